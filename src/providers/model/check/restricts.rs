//! A key's restriction is kept only if the request that creates the next key contains it.

use super::super::template::variables;
use super::super::{Carry, Create, List, Spec};
use super::{SpecErrors, twice};

pub(super) fn check(spec: &Spec, flaws: &mut SpecErrors) {
    for (at, rotate) in spec.rotations() {
        if let Some(list) = &rotate.list {
            listed(&format!("{at}.list"), list, rotate.create.as_ref(), flaws);
        }
    }
}

fn listed(at: &str, list: &List, create: Option<&Create>, flaws: &mut SpecErrors) {
    for (index, place) in list.plain.iter().enumerate() {
        step(&format!("{at}.plain[{index}]"), place, flaws);
    }
    if let Some(name) = twice(list.restricts.iter().map(|own| own.with.as_str())) {
        flaws.add(format!("{at}.restricts"), format!("has `with: {name}` twice"));
    }
    let texts = create.map(|create| {
        create
            .narrowed()
            .texts()
            .into_iter()
            .map(|(key, text)| (key, text.to_owned()))
            .collect::<Vec<_>>()
    });
    for (index, own) in list.restricts.iter().enumerate() {
        let at = format!("{at}.restricts[{index}]");
        step(&format!("{at}.at"), &own.at, flaws);
        if own.name.trim().is_empty() {
            flaws.add(
                format!("{at}.name"),
                "is empty; write the name that the provider's users know",
            );
        }
        let Some(texts) = &texts else {
            flaws.add(
                &*at,
                "needs `create`: without it no key is issued that could lose a restriction",
            );
            continue;
        };
        let variable = format!("with.{}", own.with);
        let uses = |wanted: &dyn Fn(&str) -> bool| {
            texts
                .iter()
                .any(|(key, text)| wanted(key) && variables(text).contains(&variable.as_str()))
        };
        if variables(&format!("{{{{{variable}}}}}")).is_empty() {
            flaws.add(
                format!("{at}.with"),
                format!(
                    "is `{}`; an entry of `with` consists of lowercase letters, digits and `_`",
                    own.with
                ),
            );
        } else if own.carry.is_some() && !uses(&|key| key != "path" && key != "base") {
            flaws.add(
                format!("{at}.carry"),
                format!("has no effect: `create.request` never uses `{{{{{variable}}}}}`"),
            );
        }
        if uses(&|key| key == "path" || key == "base") {
            flaws.add(
                format!("{at}.with"),
                format!(
                    "is `{}`, which is part of an address; data from a list must not be in an address",
                    own.with
                ),
            );
        }
        if own.open.is_some() && own.carry != Some(Carry::Value) {
            flaws.add(format!("{at}.open"), "needs `carry: value`");
        }
    }
}

/// Attributes are looked at by their first step.
fn step(at: &str, place: &str, flaws: &mut SpecErrors) {
    flaws.pointer(at, place, false);
    if place.is_empty() {
        flaws.add(at, "is empty, so it would select the whole item");
    }
}
