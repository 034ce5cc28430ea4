//! What a problem says is true of the tokens now: asked of the state and of what the run did, never
//! assumed where the problem is worded. With `--revoke-first` the value in use ends before there is
//! another, and a problem after that must not say that it works.

use super::memory::Memory;
use crate::domain::Destination;
use crate::domain::lifecycle::{Ending, Stage, TokenState};

/// That nothing was changed, where nothing was.
pub(super) fn unchanged(state: &TokenState, memory: &Memory) -> String {
    told(state, memory, Claim::Unchanged)
}

/// That no key was made and the value in use works, where that is so.
pub(super) fn no_key(state: &TokenState, memory: &Memory) -> String {
    told(state, memory, Claim::NoKey)
}

/// That the value in use is untouched, where it is.
pub(super) fn old_value(state: &TokenState, memory: &Memory) -> String {
    told(state, memory, Claim::OldValue)
}

/// That the value in use and the new one both work, where they do.
pub(super) fn both(state: &TokenState, memory: &Memory) -> String {
    told(state, memory, Claim::Both)
}

/// What a destination holds that was not written.
pub(super) fn still_holds(state: &TokenState, destination: &Destination) -> String {
    match end_of_current(state) {
        Some((key, how)) => format!(
            "{destination} still holds the value of {key}, which {how}: whoever reads it fails, or will"
        ),
        None => format!("{destination} still holds the old value, which still works"),
    }
}

/// What a destination holds of which it is not known whether it was written.
pub(super) fn may_hold(state: &TokenState, destination: &Destination) -> String {
    match end_of_current(state) {
        Some((key, how)) => {
            format!("{destination} holds the new value or that of {key}, which {how}")
        }
        None => format!(
            "{destination} holds the old value or the new one; both work, and the old one is not revoked before this is settled"
        ),
    }
}

fn told(state: &TokenState, memory: &Memory, claim: Claim) -> String {
    truly(claim, ended(state), !memory.report.done.is_empty())
}

/// What would be said if the run had done nothing, and nothing had been revoked.
#[derive(Clone, Copy)]
enum Claim {
    Unchanged,
    NoKey,
    OldValue,
    Both,
}

/// `ended`: what is true of the value in use where it was ended. `did`: whether this run did
/// anything.
fn truly(claim: Claim, ended: Option<String>, did: bool) -> String {
    let usual = match claim {
        Claim::Unchanged if did => {
            "the value in use was not touched; what this run did is listed beside this"
        }
        Claim::Unchanged => "nothing was changed",
        Claim::NoKey if did => {
            "no key was made, the old one lives; what this run did is listed beside this"
        }
        Claim::NoKey => "nothing was changed: no key was made, the old one lives",
        Claim::OldValue => "the old value is untouched and still in every destination",
        Claim::Both => "old and new value both work",
    };
    ended.unwrap_or_else(|| usual.to_owned())
}

/// What is true where the value in use was ended, or may have been.
fn ended(state: &TokenState) -> Option<String> {
    let (key, how) = end_of_current(state)?;
    Some(match state.pending.as_ref().map(|pending| &pending.stage) {
        Some(Stage::Pushed { .. }) => {
            format!("every destination was given the new value, and {key} {how}")
        }
        _ => format!(
            "{key} {how} before there is another: whoever uses it fails until a new value arrives, which every run tries"
        ),
    })
}

/// The key of the value in use, and how it was ended, where it was or may have been.
pub(super) fn end_of_current(state: &TokenState) -> Option<(String, &'static str)> {
    let current = state.current.as_ref().filter(|key| state.is_ending(key))?;
    let key =
        current.id.as_ref().map_or_else(|| current.version.to_string(), |id| format!("key {id}"));
    let retiring = state.retiring.iter().find(|retiring| retiring.key == *current);
    let how = match retiring.map(|retiring| &retiring.stage) {
        Some(Ending::Waiting | Ending::Asked { .. }) => return None,
        Some(Ending::Revoking { .. }) => "was to be revoked, and may be dead",
        Some(Ending::Disabled { .. } | Ending::Revoked { .. }) | None => "was revoked",
    };
    Some((key, how))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_claim_that_the_old_value_works_outlives_it() {
        let gone = || Some("key a was revoked before there is another".to_owned());
        for claim in [Claim::Unchanged, Claim::NoKey, Claim::OldValue, Claim::Both] {
            assert_eq!(truly(claim, gone(), true), "key a was revoked before there is another");
        }
        assert_eq!(truly(Claim::Unchanged, None, false), "nothing was changed");
        for claim in [Claim::Unchanged, Claim::NoKey] {
            assert!(!truly(claim, None, true).contains("nothing was changed"));
        }
    }
}
