//! What a value that this run received is to the token, and which run is working on the token.

use crate::domain::lifecycle::{Pending, TokenState};
use crate::domain::{Problem, Secret};
use crate::rotation::problems::bug;

/// What the value is that GitHub passed to this run, by its fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InjectedValue {
    /// Nothing: the variable is empty or not set.
    Nothing,
    /// The value in use, which consumers should have.
    Current,
    /// The new value: that this run received it is the proof.
    Pending,
    /// A value that is being retired: this run was queued before the last rotation.
    Retiring,
    /// A value that was revoked: this run was queued before that, or somebody put it back.
    Dead,
    /// None of these.
    Stranger,
}

impl InjectedValue {
    /// Compares fingerprints.
    pub(crate) fn recognise(state: &TokenState, handed: Option<&Secret>) -> Self {
        let Some(value) = handed else { return Self::Nothing };
        let fingerprint = value.fingerprint(&state.salt);
        if state.pending.as_ref().and_then(|pending| pending.fingerprint()) == Some(&fingerprint) {
            return Self::Pending;
        }
        if state.current.as_ref().map(|key| &key.fingerprint) == Some(&fingerprint) {
            return Self::Current;
        }
        if state.retiring.iter().any(|retiring| retiring.key.fingerprint == fingerprint) {
            return Self::Retiring;
        }
        if state.dead.iter().any(|dead| dead.fingerprint == fingerprint) {
            return Self::Dead;
        }
        Self::Stranger
    }
}

/// What the value is that a person stored in the secret beside the primary destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextSecret {
    /// Nothing.
    Nothing,
    /// A value that the journal does not know yet: the new one.
    Fresh,
    /// A value that the journal already knows.
    Known,
    /// A grant that was taken, and may have been refreshed.
    Taken,
}

impl NextSecret {
    /// Compares fingerprints.
    pub(crate) fn recognise(state: &TokenState, left: Option<&Secret>) -> Self {
        let source = state.loose_ends.next.as_ref().and_then(|taken| taken.source.as_ref());
        match (left, InjectedValue::recognise(state, left)) {
            (None, _) => Self::Nothing,
            (Some(value), _) if source == Some(&value.fingerprint(&state.salt)) => Self::Taken,
            (Some(_), InjectedValue::Stranger) => Self::Fresh,
            (Some(_), _) => Self::Known,
        }
    }
}

/// Who is working on the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeaseHolder {
    /// Nobody, or a run that has certainly ended.
    Nobody,
    /// This run.
    Us,
    /// A run that may still be active.
    Another {
        /// Its description, for people.
        who: String,
    },
}

/// The new key.
pub(crate) fn pending(state: &TokenState) -> Result<&Pending, Problem> {
    state.pending.as_ref().ok_or_else(|| bug("there is no pending key"))
}
