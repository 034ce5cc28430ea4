//! Messages about revoking a key: what still uses it, and whether the provider rejects it.

use super::{NOTHING_CHANGED, lateness, rotate_now};
use crate::config::TokenConfig;
use crate::domain::{Code, Destination, KeyId, Problem, Timestamp, TokenName, Version};

/// The provider accepts a value that should be revoked.
pub(in crate::rotation) fn still_accepted(
    config: &TokenConfig,
    cause: &str,
    page: &str,
) -> Problem {
    Problem::new(Code::StillAlive, format!("{} still accepts this value", config.provider))
        .cause(cause)
        .hint(format!("revoke it at {page}, and run this again"))
        .state("anybody who has it can use it")
}

/// The provider accepts a deleted key, but only within the documented time.
pub(in crate::rotation) fn settling(
    config: &TokenConfig,
    what: &str,
    at: Timestamp,
    (lag, until): (crate::domain::Span, Timestamp),
) -> Problem {
    let provider = &config.provider;
    lateness::settling(what, at, until)
        .cause(format!(
            "{provider} still accepts this value, and takes up to {lag} to reject a deleted key"
        ))
        .hint("nothing to do; to check again after that time, run `tokenward revoke --leaked -`")
}

/// A value that is not in the config is a manager credential.
pub(in crate::rotation) fn is_a_manager(config: &TokenConfig, page: &str) -> Problem {
    Problem::new(
        Code::StillInUse,
        format!("this value is a manager credential of {}, not a token", config.provider),
    )
    .hint(format!(
        "create another manager credential, store it in its secret, and revoke this one at {page}"
    ))
    .state("nothing was changed: it still works")
}

/// A value that is not in the config may be in use.
pub(in crate::rotation) fn users_unknown(config: &TokenConfig, id: &KeyId) -> Problem {
    Problem::new(
        Code::StillInUse,
        format!(
            "key {id} of {} was not revoked: it is not in the config, so it is unknown what uses it",
            config.provider
        ),
    )
    .hint("to revoke it anyway, add `--force --reason TEXT`")
    .state(NOTHING_CHANGED)
}

/// Why a value of the token is not revoked without `--force`.
#[derive(Clone, Copy)]
pub(in crate::rotation) enum Use {
    Current,
    NewerNotDelivered,
}

/// Destinations use a value that should be revoked. Each has the moment since which it holds the
/// value, if the journal knows it.
pub(in crate::rotation) fn still_in_use<'d>(
    name: &TokenName,
    reason: Use,
    destinations: impl Iterator<Item = (&'d Destination, Option<Timestamp>)>,
) -> Problem {
    let why = match reason {
        Use::Current => "it is the value in use",
        Use::NewerNotDelivered => "not every destination has a newer value yet",
    };
    let problem =
        Problem::new(Code::StillInUse, format!("this value of {name} was not revoked: {why}"));
    destinations
        .map(|(destination, since)| match since {
            Some(since) => format!("{destination} has held it since {since}"),
            None => format!("{destination} holds it, according to the config"),
        })
        .fold(problem, Problem::cause)
        .hint(format!(
            "replace it everywhere first: run `tokenward rotate {name} --leaked`; to revoke it anyway, add `--force --reason TEXT`"
        ))
        .state(NOTHING_CHANGED)
}

/// The value to revoke is being delivered.
pub(in crate::rotation) fn being_delivered(name: &TokenName) -> Problem {
    Problem::new(
        Code::AlreadyRotating,
        format!("this value of {name} is being delivered to its destinations"),
    )
    .hint(format!(
        "let `tokenward rotate` finish; if the value leaked, run `tokenward rotate {name} --leaked`"
    ))
    .state(NOTHING_CHANGED)
}

/// The manager's list does not have the key in use.
pub(in crate::rotation) fn key_is_gone(config: &TokenConfig, id: &KeyId) -> Problem {
    let (name, provider) = (&config.name, &config.provider);
    Problem::new(
        Code::TokenDead,
        format!("the key in use for {name} ({id}) no longer exists at {provider}"),
    )
    .cause("somebody deleted it there, or the manager belongs to another account")
    .hint(format!("run {}", rotate_now(name)))
    .state("everything that uses it fails, or will fail soon")
}

/// The manager could not list keys.
pub(in crate::rotation) fn key_not_checked(config: &TokenConfig, id: &KeyId) -> Problem {
    let (name, provider) = (&config.name, &config.provider);
    Problem::new(
        Code::NotTested,
        format!("could not check whether the key in use for {name} ({id}) still exists"),
    )
    .cause(format!("this run's manager credential could not list the keys at {provider}"))
    .hint(format!(
        "run `tokenward providers {provider}` to see the scopes that a manager needs, or run this again"
    ))
}

/// `push` received the value in use.
pub(in crate::rotation) fn same_value(name: &TokenName) -> Problem {
    Problem::new(Code::NothingSelected, format!("{name} already has this value"))
        .state(NOTHING_CHANGED)
}

/// `push` received an old value.
pub(in crate::rotation) fn old_value(config: &TokenConfig, version: Version) -> Problem {
    let name = &config.name;
    Problem::new(
        Code::Usage,
        format!("this value is {version} of {name}, which was replaced and is being revoked"),
    )
    .hint(format!("run {}, or create a new value at {}", rotate_now(name), config.provider))
    .state("nothing was pushed")
}
