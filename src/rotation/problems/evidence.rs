//! Messages about keys that tokenward does not revoke, because the evidence does not show that they
//! belong to the token, or contradicts the journal.

use super::rotate_now;
use crate::config::TokenConfig;
use crate::domain::{Code, Destination, KeyId, Problem, Timestamp, TokenName, Version};

/// Why a key is not known to belong to the token.
#[derive(Clone, Copy)]
pub(in crate::rotation) enum Doubt {
    JournalUnsigned,
    Contradiction,
    IdNotInValue,
    NameUnknown,
    NoSuchSlot,
    NoEvidence,
}

impl Doubt {
    fn in_words(self) -> &'static str {
        match self {
            Self::JournalUnsigned => "the journal that lists it is not signed",
            Self::Contradiction => {
                "the provider contradicts the journal about the keys of this token"
            }
            Self::IdNotInValue => "the given value does not contain its id",
            Self::NameUnknown => "the provider does not report its name",
            Self::NoSuchSlot => "the provider has no such key",
            Self::NoEvidence => {
                "the provider does not list it under a name that tokenward gives, and no record says that its id was read from a value"
            }
        }
    }
}

/// Nothing shows that a key belongs to the token.
pub(in crate::rotation) fn not_ours(
    config: &TokenConfig,
    id: &KeyId,
    page: &str,
    doubt: Doubt,
) -> Problem {
    Problem::new(
        Code::KeyNotOurs,
        format!(
            "key {id} of {} was not revoked: nothing proves that it belongs to tokenward",
            config.name
        ),
    )
    .cause(doubt.in_words())
    .hint(format!("if nothing needs it, revoke it at {page}; the next run notices that it is gone"))
    .state(format!("key {id} still works"))
}

/// Another token needs the same value.
pub(in crate::rotation) fn shared_value(
    name: &TokenName,
    version: Version,
    other: &TokenName,
) -> Problem {
    Problem::new(
        Code::StillInUse,
        format!("{version} of {name} is not revoked: {other} has the same value"),
    )
    .cause("two tokens share one value, and only one of them has a new one")
    .hint(format!("replace the value of {other} too: run {}", rotate_now(other)))
    .state(format!("{version} still works, and {other} needs it"))
}

/// What uses a key that would be revoked.
pub(in crate::rotation) enum User<'u> {
    Manager,
    ReceivedValue,
    OtherReceived(&'u TokenName),
    Other(&'u TokenName),
    InUse,
    BeingDelivered,
}

/// A record asks to revoke a key that is in use.
pub(in crate::rotation) fn in_use(name: &TokenName, id: &KeyId, user: &User<'_>) -> Problem {
    let user = match user {
        User::Manager => "a manager credential".to_owned(),
        User::ReceivedValue => "the key of a value that this run received".to_owned(),
        User::OtherReceived(other) => format!("the key of the value in use for {other}"),
        User::Other(other) => format!("the key in use for {other}"),
        User::InUse => "the key in use".to_owned(),
        User::BeingDelivered => "the key that is being delivered".to_owned(),
    };
    broken(format!("the journal lists key {id} of {name} as one to revoke, but it is {user}"))
}

/// The value in use contains another id than the journal says.
pub(in crate::rotation) fn other_id(known: &KeyId, found: &KeyId) -> Problem {
    broken(format!(
        "the journal says that the value in use belongs to key {known}, but it belongs to key {found}"
    ))
}

/// The provider lists a key with the last characters of a value that must not be revoked.
pub(in crate::rotation) fn ends_like_one_in_use(config: &TokenConfig, id: &KeyId) -> Problem {
    broken(format!(
        "according to {}, key {id} ends with the same characters as a value in use or a manager credential",
        config.provider
    ))
}

/// The provider lists a key with last characters that do not match the old value.
pub(in crate::rotation) fn ends_differently(config: &TokenConfig, id: &KeyId) -> Problem {
    broken(format!(
        "according to {}, key {id} does not end with the same characters as the old value",
        config.provider
    ))
}

/// The provider lists a key under another name than the journal says.
pub(in crate::rotation) fn other_name(
    config: &TokenConfig,
    id: &KeyId,
    known: &str,
    found: &str,
) -> Problem {
    broken(format!(
        "the journal says that key {id} is named `{known}`, but {} lists it as `{found}`",
        config.provider
    ))
}

/// The provider lists an adopted key under a name that tokenward gave to another token's key.
pub(in crate::rotation) fn adopted_has_a_mark(
    config: &TokenConfig,
    id: &KeyId,
    found: &str,
) -> Problem {
    broken(format!(
        "the journal says that key {id} was adopted, but {} lists it as {found}",
        config.provider
    ))
}

/// The provider does not list a key, and its name in the journal is not one of this token's.
pub(in crate::rotation) fn foreign_name(config: &TokenConfig, id: &KeyId, known: &str) -> Problem {
    broken(format!(
        "the journal says that key {id} is named {known}, but no key of {} can have that name, and {} does not list the key",
        config.name, config.provider
    ))
}

/// A fixed key holds a value in use.
pub(in crate::rotation) fn slot_in_use(id: &KeyId) -> Problem {
    broken(format!(
        "the journal says that fixed key {id} should be revoked, but it holds a value in use"
    ))
}

/// The journal that lists an old grant is not signed.
pub(in crate::rotation) fn grant_unsigned(name: &TokenName) -> Problem {
    broken(format!(
        "the old grant of {name} was not revoked: the journal that lists it is not signed"
    ))
}

/// A value that this run received depends on a grant that should be revoked.
pub(in crate::rotation) fn grant_in_use(name: &TokenName) -> Problem {
    broken(format!(
        "the journal lists the old grant of {name} as one to revoke, but a value that this run received depends on it"
    ))
}

/// The journal says that a key was not delivered, but the primary secret was written since.
pub(in crate::rotation) fn maybe_delivered(
    config: &TokenConfig,
    key: &str,
    primary: &Destination,
    (requested, written): (Timestamp, Timestamp),
) -> Problem {
    let problem = broken(format!(
        "the journal says that key {key} of {} was not delivered, but {primary} was written after that key was requested",
        config.name
    ));
    contradiction(
        problem
            .cause(format!("requested at {requested}, written at {written}"))
            .cause("the newest records of the journal are missing, or somebody wrote the secret manually"),
    )
    .hint(
        "check the history of the journal's ref and move it forward again, or delete the ref: the next run then adopts the value in use",
    )
}

/// The journal lists a name that no key of this token can have.
pub(in crate::rotation) fn foreign_attempt(token: &TokenName, name: &str) -> Problem {
    contradiction(broken(format!(
        "the journal says that a key named {name} is left over from {token}, but no key of {token} can have that name"
    )))
}

/// Completes a problem that shows that the journal is wrong about this token.
pub(in crate::rotation) fn contradiction(problem: Problem) -> Problem {
    problem
        .hint(
            "compare the journal's history with the provider's list of keys, and manually revoke the keys that nothing needs",
        )
        .state("nothing was revoked")
}

fn broken(what: String) -> Problem {
    Problem::new(Code::JournalBroken, what)
}
