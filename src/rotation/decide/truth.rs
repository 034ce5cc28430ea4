//! What a problem says about the tokens now. It is derived from the state and from what the run
//! did, never assumed: `--revoke-first` revokes the value in use before there is another, and a
//! later problem must not say that it still works.

use super::memory::Memory;
use crate::domain::Destination;
use crate::domain::lifecycle::{Ending, Stage, TokenState};
use crate::rotation::problems::{BOTH_WORK, NOTHING_CHANGED};

/// That nothing was changed, if that is true.
pub(crate) fn unchanged(state: &TokenState, memory: &Memory) -> String {
    state_of(state, memory, Claim::Unchanged)
}

/// That no key was issued and the value in use works, if that is true.
pub(crate) fn no_key(state: &TokenState, memory: &Memory) -> String {
    state_of(state, memory, Claim::NoKey)
}

/// That the value in use is unchanged, if that is true.
pub(crate) fn old_value(state: &TokenState, memory: &Memory) -> String {
    state_of(state, memory, Claim::OldValue)
}

/// That the state is in the journal and no value in use was revoked, if that is true.
pub(crate) fn journalled(state: &TokenState, memory: &Memory) -> String {
    format!("the journal records how far the run got; {}", state_of(state, memory, Claim::InUse))
}

/// That the value in use and the new one both work, if that is true.
pub(crate) fn both(state: &TokenState, memory: &Memory) -> String {
    state_of(state, memory, Claim::Both)
}

/// What an unwritten destination holds.
pub(crate) fn still_holds(state: &TokenState, destination: &Destination) -> String {
    match end_of_current(state) {
        Some((key, how)) => format!(
            "{destination} still holds the value of {key}, which {how}: its consumers fail, or will fail soon"
        ),
        None => format!("{destination} still holds the old value, which still works"),
    }
}

/// What a destination holds if it is not known whether it was written.
pub(crate) fn may_hold(state: &TokenState, destination: &Destination) -> String {
    match end_of_current(state) {
        Some((key, how)) => {
            format!("{destination} holds the new value or that of {key}, which {how}")
        }
        None => format!(
            "{destination} holds the old value or the new one; both work, and tokenward does not revoke the old one until this is resolved"
        ),
    }
}

fn state_of(state: &TokenState, memory: &Memory, claim: Claim) -> String {
    claim_or(claim, ended(state), !memory.report.done.is_empty())
}

/// The statement for a run that revoked nothing in use.
#[derive(Clone, Copy)]
enum Claim {
    Unchanged,
    InUse,
    NoKey,
    OldValue,
    Both,
}

/// `ended`: what is true of the value in use where it was ended. `did`: whether this run did
/// anything.
fn claim_or(claim: Claim, ended: Option<String>, did: bool) -> String {
    let usual = match claim {
        Claim::Unchanged if did => {
            "the value in use was not changed; the report lists what this run did"
        }
        Claim::Unchanged => NOTHING_CHANGED,
        Claim::InUse => "nothing in use was revoked",
        Claim::NoKey if did => {
            "no key was issued, and the old one still works; the report lists what this run did"
        }
        Claim::NoKey => "nothing was changed: no key was issued, and the old one still works",
        Claim::OldValue => "the old value is unchanged, and still in every destination",
        Claim::Both => BOTH_WORK,
    };
    ended.unwrap_or_else(|| usual.to_owned())
}

/// The statement if the value in use was revoked, or may have been.
fn ended(state: &TokenState) -> Option<String> {
    let (key, how) = end_of_current(state)?;
    Some(match state.pending.as_ref().map(|pending| &pending.stage) {
        Some(Stage::Pushed { .. }) => {
            format!("every destination has the new value, and {key} {how}")
        }
        _ => format!(
            "{key} {how}, and there is no replacement yet: everything that uses it fails until a run delivers a new value"
        ),
    })
}

/// The key of the value in use, and what happened to it, if it was revoked or may have been.
pub(crate) fn end_of_current(state: &TokenState) -> Option<(String, &'static str)> {
    let current = state.current.as_ref().filter(|key| state.is_ending(key))?;
    let key =
        current.id.as_ref().map_or_else(|| current.version.to_string(), |id| format!("key {id}"));
    let retiring = state.retiring.iter().find(|retiring| retiring.key == *current);
    let how = match retiring.map(|retiring| &retiring.stage) {
        Some(Ending::Waiting | Ending::Asked { .. }) => return None,
        Some(Ending::Revoking { .. }) => "is being revoked, and may no longer work",
        Some(Ending::Disabled { .. } | Ending::Revoked { .. }) | None => "was revoked",
    };
    Some((key, how))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_claim_that_the_old_value_works_outlives_it() {
        let gone = || Some("key a was revoked, and there is no replacement yet".to_owned());
        for claim in [Claim::Unchanged, Claim::NoKey, Claim::OldValue, Claim::Both] {
            assert_eq!(
                claim_or(claim, gone(), true),
                "key a was revoked, and there is no replacement yet"
            );
        }
        assert_eq!(claim_or(Claim::Unchanged, None, false), "nothing was changed");
        for claim in [Claim::Unchanged, Claim::NoKey] {
            assert!(!claim_or(claim, None, true).contains("nothing was changed"));
        }
    }
}
