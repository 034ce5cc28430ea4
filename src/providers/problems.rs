//! The problems of a provider's configuration, one constructor per message.

use super::model::Spec;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, ProviderId};

/// The config names a region that the provider does not have.
pub(super) fn unknown_region(spec: &Spec, region: &str) -> Problem {
    let known: Vec<&str> = spec.regions.iter().map(|own| own.id.as_str()).collect();
    let what = format!("{} has no region `{}`", spec.name, sanitize(region));
    Problem::new(Code::ConfigUnknownRegion, what).hint(use_one_of(&known))
}

/// The config names a kind of token that the provider does not have.
pub(super) fn unknown_kind(spec: &Spec, kind: &str) -> Problem {
    let known: Vec<&str> = spec.tokens.iter().map(|own| own.id.as_str()).collect();
    let what = format!("{} has no token kind `{}`", spec.name, sanitize(kind));
    Problem::new(Code::ConfigUnknownKind, what).hint(use_one_of(&known))
}

/// A destination asks for a part that this kind of token does not have.
pub(super) fn unknown_part(spec: &Spec, part: &str, known: &[&str]) -> Problem {
    let hint = if known.is_empty() {
        "remove `part`: these values have no parts".to_owned()
    } else {
        use_one_of(known)
    };
    let what = format!("{} has no part `{}`", spec.name, sanitize(part));
    Problem::new(Code::ConfigUnknownPart, what).hint(hint)
}

/// A destination asks for a part that this value lacks. `group` is the missing piece of its shape.
pub(super) fn part_missing(spec: &Spec, part: &str, group: &str) -> Problem {
    Problem::new(Code::ConfigUnknownPart, format!("the value has no part `{}`", sanitize(part)))
        .cause(format!(
            "the value does not have the form of {}'s tokens: it contains no `{group}`",
            spec.name
        ))
}

/// A shape that was never checked does not compile.
pub(super) fn shape_invalid(spec: &Spec, kind: &str) -> Problem {
    Problem::new(
        Code::ProviderInvalid,
        format!("the shape of `{kind}` in the file of {} is not a regular expression", spec.name),
    )
}

/// A provider file of the user's own has the id of another provider.
pub(super) fn id_taken(id: &ProviderId) -> Problem {
    Problem::new(Code::ProviderInvalid, format!("the provider `{id}` already exists"))
        .cause(
            "a provider file of your own cannot replace it: it could send that provider's tokens \
             elsewhere",
        )
        .hint("change the `id` in your file")
}

fn use_one_of(known: &[&str]) -> String {
    format!("use one of: {}", known.join(", "))
}
