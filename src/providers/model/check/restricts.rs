//! What restricts a key goes over to the next one only if the request that makes it carries it.

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
            flaws.add(format!("{at}.name"), "is empty; say what people call it");
        }
        let Some(texts) = &texts else {
            flaws.add(&*at, "is there without `create`: no key is made that could lose it");
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
                    "is `{}`; an entry of `with` is lower case letters, digits and `_`",
                    own.with
                ),
            );
        } else if own.carry.is_some() && !uses(&|key| key != "path" && key != "base") {
            flaws.add(
                format!("{at}.carry"),
                format!("is there, and `create.request` never uses `{{{{{variable}}}}}`"),
            );
        }
        if uses(&|key| key == "path" || key == "base") {
            flaws.add(
                format!("{at}.with"),
                format!(
                    "is `{}`, which is part of an address; what a list tells stays out of one",
                    own.with
                ),
            );
        }
        if own.open.is_some() && own.carry != Some(Carry::Value) {
            flaws.add(format!("{at}.open"), "is there without `carry: value`");
        }
    }
}

/// Attributes are looked at by their first step.
fn step(at: &str, place: &str, flaws: &mut SpecErrors) {
    flaws.pointer(at, place, false);
    if place.is_empty() {
        flaws.add(at, "is empty, which is the whole item");
    }
}
