//! Messages about what a provider reports on the use of keys.

use crate::config::TokenConfig;
use crate::domain::{Code, KeyId, Problem, Span, Timestamp, TokenName};
use crate::providers::ListedKey;

/// An old key was used after it was `replaced`.
pub(in crate::cli) fn still_used(
    name: &TokenName,
    id: &KeyId,
    used: Timestamp,
    replaced: Timestamp,
) -> Problem {
    Problem::new(Code::TokenStillUsed, format!("the old key {id} of {name} was used at {used}"))
        .cause(format!("it was replaced at {replaced}, and will be revoked soon"))
        .hint("find what still uses it: a copy outside the destinations, or a run that started before the replacement")
}

pub(in crate::cli) fn listed_again(name: &TokenName, id: &KeyId) -> Problem {
    Problem::new(Code::StillAlive, format!("key {id} of {name} was revoked, but is listed again"))
        .hint("revoke it manually in the provider's settings, and contact the provider's support")
}

/// The provider revokes a key that is not used for `limit`.
pub(in crate::cli) fn unused(token: &TokenConfig, used: Timestamp, limit: Span) -> Problem {
    Problem::new(Code::TokenInactive, format!("{} was last used at {used}", token.name))
        .cause(format!("{} revokes a key that is not used for {limit}", token.provider))
        .hint("use it; or, if nothing needs it, remove it from the config")
}

/// A key of this token that the journal does not have.
pub(in crate::cli) fn undeclared(token: &TokenConfig, key: &ListedKey) -> Problem {
    let id = key.id.as_ref().map_or("whose id cannot be shown", KeyId::as_str);
    let named = key.name.as_deref().map_or_else(String::new, |name| format!(" ({name})"));
    Problem::new(
        Code::KeyUndeclared,
        format!("{} has a key {id}{named} that is not in the journal", token.provider),
    )
    .cause(format!("its name, or the list it is in, shows that it belongs to {}", token.name))
    .hint("if nothing uses it, revoke it in the provider's settings; a scheduled `rotate` deletes the keys that it may have issued itself")
}

/// The provider did not list the keys, because of `problem`.
pub(in crate::cli) fn use_unknown(problem: Problem, id: Code, name: &TokenName) -> Problem {
    Problem { id, ..problem }
        .state(format!("it is unknown whether old keys of {name} are still used"))
}

/// The note about keys that were not listed, for want of these managers.
pub(in crate::cli) fn not_listed(names: &[&str], managers: &[&str]) -> String {
    format!(
        "note: not checked: undeclared keys in the accounts of {}; this run does not have {}\n",
        names.join(", "),
        managers.join(", ")
    )
}
