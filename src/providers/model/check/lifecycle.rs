//! Issue, list and revoke belong together: tokenward must be able to find and revoke every key that
//! it issues.

use super::super::call::{Call, Method};
use super::super::template::variables;
use super::super::{Create, Kind, List, Paging, Rotate, Slots, Spec};
use super::{SpecErrors, manual, twice};

/// The longest name that tokenward gives a key: `tw1-`, 8 characters of the token, `-v`, a version,
/// `-`, 6 of the nonce.
const LONGEST_NAME: u32 = 32;

pub(super) fn check(spec: &Spec, flaws: &mut SpecErrors) {
    for (at, rotate) in spec.rotations() {
        rotation(&at, rotate, spec, flaws);
    }
}

fn rotation(at: &str, rotate: &Rotate, spec: &Spec, flaws: &mut SpecErrors) {
    let needed: &[(&str, bool)] = match rotate.kind {
        Kind::ApiKey => &[
            ("create", rotate.create.is_some()),
            ("list", rotate.list.is_some()),
            ("revoke", rotate.revoke.is_some()),
        ],
        Kind::Oauth => &[("oauth", rotate.oauth.is_some())],
        Kind::Slots => &[("slots", rotate.slots.is_some())],
        Kind::Manual => &[],
    };
    for (what, _) in needed.iter().filter(|(_, there)| !there) {
        let word = rotate.kind.as_str();
        flaws.add(at, format!("is of kind `{word}` but has no `{what}`: tokenward must be able to find and revoke the keys it issues"));
    }
    for (what, is_stray) in [
        ("create", rotate.create.is_some() && rotate.kind != Kind::ApiKey),
        ("oauth", rotate.oauth.is_some() && rotate.kind != Kind::Oauth),
        ("slots", rotate.slots.is_some() && rotate.kind != Kind::Slots),
    ] {
        if is_stray {
            let kind = if what == "create" { "api-key" } else { what };
            flaws.add(format!("{at}.{what}"), format!("is only for the kind `{kind}`"));
        }
    }
    match &rotate.manual {
        Some(steps) => manual::check(&format!("{at}.manual"), steps, flaws),
        None if rotate.kind == Kind::Manual => {
            flaws.add(format!("{at}.manual"), "is missing; describe what a person must do");
        }
        None => {}
    }
    if let Some(create) = &rotate.create {
        made(&format!("{at}.create"), create, rotate, spec, flaws);
    }
    if let Some(list) = &rotate.list {
        listed(&format!("{at}.list"), list, flaws);
    }
    if let Some(slots) = &rotate.slots {
        fixed(&format!("{at}.slots"), slots, flaws);
    }
    if let Some(get) = &rotate.get {
        reads(&format!("{at}.get.request"), &get.request, flaws);
        if get.gone.is_empty() {
            flaws.add(
                format!("{at}.get.gone"),
                "is empty, so tokenward could never see that a key is gone",
            );
        }
        names("id", &format!("{at}.get.request"), &get.request, flaws);
    }
    if let Some(last_used) = &rotate.last_used {
        reads(&format!("{at}.last-used.request"), &last_used.request, flaws);
        names("id", &format!("{at}.last-used.request"), &last_used.request, flaws);
        flaws.pointer(&format!("{at}.last-used.at"), &last_used.at, false);
    }
    if let Some(disable) = &rotate.disable {
        changes(&format!("{at}.disable.request"), &disable.request, flaws);
        names("id", &format!("{at}.disable.request"), &disable.request, flaws);
    }
    if let Some(revoke) = &rotate.revoke {
        changes(&format!("{at}.revoke.request"), &revoke.request, flaws);
        if rotate.ends_by_value() {
            // The id in a value then shows which key it belongs to.
            if !spec.tokens.iter().any(|kind| kind.shape.contains("<key_id>")) {
                flaws.add(
                    format!("{at}.revoke.request"),
                    "revokes a key by its value, but no shape has a group `key_id` that shows which key a value belongs to",
                );
            }
        } else {
            names("id", &format!("{at}.revoke.request"), &revoke.request, flaws);
        }
        if revoke.gone.is_empty() {
            flaws.add(
                format!("{at}.revoke.gone"),
                "is empty, so tokenward would try forever to revoke a key that is already gone",
            );
        }
    }
    if rotate.limits.name.is_some_and(|longest| longest < LONGEST_NAME) {
        flaws.add(
            format!("{at}.limits.name"),
            format!(
                "is too short for the names of keys, which have up to {LONGEST_NAME} characters"
            ),
        );
    }
    if rotate.limits.keys.is_some_and(|keys| keys < 2) && rotate.kind == Kind::ApiKey {
        flaws.add(
            format!("{at}.limits.keys"),
            "must be at least 2: the old and the new key exist at the same time",
        );
    }
}

/// The slot in use is recognized by its value, and the other one is regenerated.
fn fixed(at: &str, slots: &Slots, flaws: &mut SpecErrors) {
    if slots.slots.len() < 2 {
        flaws.add(
            format!("{at}.slots"),
            "has fewer than two slots, so the one in use would be regenerated",
        );
    }
    if let Some(id) = twice(slots.slots.iter().map(|slot| slot.id.as_str())) {
        flaws.add(format!("{at}.slots"), format!("has `{id}` twice"));
    }
    for (index, slot) in slots.slots.iter().enumerate() {
        flaws.pointer(&format!("{at}.slots[{index}].value"), &slot.value, false);
    }
    reads(&format!("{at}.show"), &slots.show, flaws);
    changes(&format!("{at}.fill"), &slots.fill, flaws);
    names("slot", &format!("{at}.fill"), &slots.fill, flaws);
}

fn made(at: &str, create: &Create, rotate: &Rotate, spec: &Spec, flaws: &mut SpecErrors) {
    changes(&format!("{at}.request"), &create.request, flaws);
    if create.request.repeatable {
        flaws.add(
            format!("{at}.request.repeatable"),
            "is set, but repeating the request would issue two keys",
        );
    }
    let used: Vec<_> = create
        .narrowed()
        .texts()
        .iter()
        .flat_map(|(_, text)| variables(text))
        .map(str::to_owned)
        .collect();
    let uses = |name: &str| used.iter().any(|own| own == name);
    if !uses("name") && !create.nameless {
        flaws.add(format!("{at}.request"), "never uses `{{name}}`, so a key could not be found again after a lost response; set `nameless: true` if keys have no names at this provider");
    }
    if rotate.needs_scopes && !uses("scopes") && !uses("scope") {
        flaws.add(format!("{at}.request"), "never sends scopes, although `needs-scopes` is set");
    }
    if let Some(scoped) = &create.scoped {
        if create.request.form.is_none() {
            flaws.add(format!("{at}.scoped"), "adds form fields to a request without a form");
        }
        if scoped.full.trim().is_empty() || !rotate.needs_scopes {
            flaws.add(
                format!("{at}.scoped"),
                "issues a key with full access unless scopes are set; name the word for full access in `full`, and set `needs-scopes`",
            );
        }
    }
    if create.id.is_none() && !spec.tokens.iter().any(|kind| kind.shape.contains("<key_id>")) {
        flaws.add(
            format!("{at}.id"),
            "is missing, and no shape has a group `key_id`, so the key could never be revoked",
        );
    }
    let pointers = [
        ("first", &create.first),
        ("id", &create.id),
        ("scopes", &create.scopes),
        ("created-at", &create.created_at),
    ];
    flaws.pointer(&format!("{at}.value"), &create.value, false);
    for (key, pointer) in pointers {
        if let Some(pointer) = pointer {
            flaws.pointer(&format!("{at}.{key}"), pointer, key == "scopes");
        }
    }
}

fn listed(at: &str, list: &List, flaws: &mut SpecErrors) {
    reads(&format!("{at}.request"), &list.request, flaws);
    flaws.pointer(&format!("{at}.items"), &list.items, false);
    flaws.pointer(&format!("{at}.id"), &list.id, false);
    for (key, pointer) in [
        ("name", &list.name),
        ("created-at", &list.created_at),
        ("last-used", &list.last_used),
        ("tail", &list.tail),
    ] {
        if let Some(pointer) = pointer {
            flaws.pointer(&format!("{at}.{key}"), pointer, false);
        }
    }
    let (pointer, param) = match &list.paging {
        None => return,
        Some(Paging::Cursor { next, param }) => (Some(next), Some(param)),
        Some(Paging::LastId { more, param }) => (Some(more), Some(param)),
        Some(Paging::Number { param, total, step, .. }) => {
            if *step == 0 {
                flaws.add(
                    format!("{at}.paging.number.step"),
                    "is 0, so every page would be the first",
                );
            }
            (total.as_ref(), Some(param))
        }
        Some(Paging::Link { next }) => (next.as_ref(), None),
    };
    if let Some(pointer) = pointer {
        flaws.pointer(&format!("{at}.paging"), pointer, false);
    }
    if param.is_some_and(String::is_empty) {
        flaws.add(format!("{at}.paging"), "names no query parameter");
    }
}

fn reads(at: &str, call: &Call, flaws: &mut SpecErrors) {
    if !call.is_repeatable() {
        flaws.add(at, "is not a GET; set `repeatable: true` if it changes nothing");
    }
}

fn changes(at: &str, call: &Call, flaws: &mut SpecErrors) {
    if call.method == Method::Get {
        flaws.add(at, "is a GET, which changes nothing");
    }
}

/// Without it, some providers would revoke all keys.
fn names(what: &str, at: &str, call: &Call, flaws: &mut SpecErrors) {
    if !call.texts().iter().any(|(_, text)| variables(text).contains(&what)) {
        flaws.add(at, format!("never uses `{{{{{what}}}}}`, so it would affect all keys or none"));
    }
}
