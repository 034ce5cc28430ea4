//! Messages about a value that tokenward finds in use: whether it works, and which key it is.

use super::NOTHING_CHANGED;
use crate::config::TokenConfig;
use crate::domain::{Code, KeyId, Problem, TokenName, Verdict, Version};

/// The provider rejects the value in use.
pub(in crate::rotation) fn current_dead(config: &TokenConfig, verdict: &Verdict) -> Problem {
    let (name, variable) = (&config.name, &config.value);
    Problem::new(
        Code::CurrentDead,
        format!("{} does not accept the value of {name} ({})", config.provider, verdict.as_str()),
    )
    .cause(format!("everything that uses {variable} already fails"))
    .hint(format!(
        "store a working value in the secret behind {variable}, or run `tokenward push {name} --value-from -`"
    ))
}

/// The value in use does not say which key it is.
pub(in crate::rotation) fn needs_id(config: &TokenConfig) -> Problem {
    let (name, provider) = (&config.name, &config.provider);
    Problem::new(Code::NeedsId, format!("the id of the key behind {} is not known", config.value))
        .cause(format!("a token from {provider} does not contain the id of its key"))
        .hint(format!(
            "find the id in the list of keys at {provider}, and run `tokenward adopt {name} --id ID` once"
        ))
        .state("nothing was changed: tokenward does not replace a key that it could never revoke")
}

/// The manager's account does not list the key in use.
pub(in crate::rotation) fn no_such_key(id: &KeyId) -> Problem {
    Problem::new(Code::NeedsId, format!("the manager's account has no key {id}"))
        .cause("the id is misspelled, or the manager belongs to another account, subuser or region")
        .state("nothing was adopted")
}

/// `adopt` was called for a token that has a record.
pub(in crate::rotation) fn already_adopted(name: &TokenName, version: Version) -> Problem {
    Problem::new(Code::Usage, format!("{name} is already adopted ({version})"))
        .hint(format!("see `tokenward status {name}`"))
}

/// A command needs a value in use, and the journal has none.
pub(in crate::rotation) fn not_adopted(name: &TokenName) -> Problem {
    Problem::new(Code::NothingSelected, format!("the journal has no record of a value of {name}"))
        .hint(format!("adopt the value in use first: run `tokenward adopt {name}`"))
        .state(NOTHING_CHANGED)
}

/// The journal knows a value under another token's name.
#[must_use]
pub fn renamed(name: &TokenName, other: &TokenName) -> Problem {
    Problem::new(
        Code::TokenRenamed,
        format!("the journal lists the value of {name} under the name {other}"),
    )
    .cause(
        "the token was renamed in the config, or two tokens share one value; records in the journal are found only by name",
    )
    .hint(format!(
        "rename it back to {other} in the config; if these are two tokens, create a separate value for {name}"
    ))
}
