//! Manual steps: each is a sentence, and `store` alone names the secret, once.

use super::super::Manual;
use super::super::rotate::SECRET;
use super::SpecErrors;

pub(super) fn check(at: &str, manual: &Manual, flaws: &mut SpecErrors) {
    if manual.create.is_empty() {
        flaws.add(format!("{at}.create"), "is empty; describe how a person creates a new value");
    }
    let create = manual.create.iter().map(|step| ("create", step));
    let revoke = manual.revoke.iter().map(|step| ("revoke", step));
    for (name, step) in create.chain(revoke) {
        if step.trim().is_empty() {
            flaws.add(format!("{at}.{name}"), "has an empty step");
        } else if step.contains("{{") {
            flaws.add(format!("{at}.{name}"), "has a placeholder; only `store` can have one");
        }
    }
    if manual.store.matches(SECRET).count() != 1 || manual.store.matches("{{").count() != 1 {
        flaws.add(
            format!("{at}.store"),
            "must name the secret once, as in `Put the new key into {{secret}}, and nowhere else.`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(create: &[&str], store: &str, revoke: Option<&str>) -> Vec<String> {
        let manual = Manual {
            create: create.iter().map(ToString::to_string).collect(),
            store: store.to_owned(),
            revoke: revoke.map(str::to_owned),
            link: None,
            overlap: None,
            several: true,
        };
        let mut flaws = SpecErrors(Vec::new());
        check("manual", &manual, &mut flaws);
        flaws.0.into_iter().map(|flaw| format!("{} {}", flaw.at, flaw.says)).collect()
    }

    #[test]
    fn the_secret_is_named_once_and_every_step_says_something() {
        let store = "Put it into {{secret}}.";
        assert!(errors(&["Make one."], store, Some("Delete the old one.")).is_empty());
        for (create, store, revoke, error) in [
            (&[][..], store, None, "create is empty"),
            (&[" "], store, None, "create has an empty step"),
            (&["Open {{secret}}."], store, None, "create has a placeholder"),
            (&["Make one."], store, Some(""), "revoke has an empty step"),
            (&["Make one."], store, Some("Delete {{id}}."), "revoke has a placeholder"),
            (&["Make one."], "Store it.", None, "store must name the secret once"),
            (&["Make one."], "{{secret}}, {{secret}}", None, "store must name the secret once"),
            (&["Make one."], "{{secret}}, {{id}}", None, "store must name the secret once"),
        ] {
            let errors = errors(create, store, revoke);
            let [one] = errors.as_slice() else { panic!("{error}: {errors:?}") };
            assert!(one.contains(error), "{error}: {one}");
        }
    }
}
