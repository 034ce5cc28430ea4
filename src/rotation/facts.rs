//! What a decision needs to know beside the journal. Facts that cost a request are asked for only
//! when `next` wants them.

use std::collections::BTreeSet;

use super::cleanup::CleanupTask;
use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::{Secret, Timestamp};

/// What the value is that GitHub handed this run, told by its fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InjectedValue {
    /// Nothing: the variable is empty or not set.
    Nothing,
    /// The value consumers are meant to hold.
    Current,
    /// The value on its way to them: the proof.
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
    pub(super) fn recognise(state: &TokenState, handed: Option<&Secret>) -> Self {
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

/// What the value is that a person left in the secret beside the primary destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextSecret {
    /// Nothing.
    Nothing,
    /// A value nobody knows yet: the new one.
    Fresh,
    /// A value that is known already.
    Known,
    /// A grant that was taken, and may have been refreshed.
    Taken,
}

impl NextSecret {
    /// Compares fingerprints.
    pub(super) fn recognise(state: &TokenState, left: Option<&Secret>) -> Self {
        let source = state.loose_ends.next.as_ref().and_then(|taken| taken.source.as_ref());
        match (left, InjectedValue::recognise(state, left)) {
            (None, _) => Self::Nothing,
            (Some(value), _) if source == Some(&value.fingerprint(&state.salt)) => Self::Taken,
            (Some(_), InjectedValue::Stranger) => Self::Fresh,
            (Some(_), _) => Self::Known,
        }
    }
}

/// Who is at work on the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LeaseHolder {
    /// Nobody, or a run that is certainly over.
    Nobody,
    /// This run.
    Us,
    /// A run that may still be going on.
    Another {
        /// Which, for a person.
        who: String,
    },
}

/// Everything `next` looks at beside the token's state.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// GitHub's clock.
    pub(super) now: Timestamp,
    /// What GitHub handed this run.
    pub(super) handed: InjectedValue,
    /// Who is at work.
    pub(super) leader: LeaseHolder,
    /// Why a new value is wanted, if it is.
    pub(super) wanted: Option<Why>,
    /// Whether a person asked for a new value in this run.
    pub(super) asked: bool,
    /// Whether that is since the value in use leaked.
    pub(super) leaked: bool,
    /// Whether new values come of a refresh token.
    pub(super) refreshes: bool,
    /// How often this run has sent a refresh.
    pub(super) refreshed: u32,
    /// Whether the value in use is to be revoked before there is another.
    pub(super) revoke_first: bool,
    /// Another token of the same group whose rotation is under way.
    pub(super) peer: Option<String>,
    /// Whether the provider can disable a key before it is deleted.
    pub(super) disables: bool,
    /// Whether an old key's use is looked at before it is revoked.
    pub(super) looks_at_use: bool,
    /// Whether this run has seen what the destinations hold.
    pub(super) places_seen: bool,
    /// Whether a repository that the grace waits for is not known to have confirmed the value in
    /// use.
    pub(super) unconfirmed: bool,
    /// Whether this run has read the marks of those.
    pub(super) marks_seen: bool,
    /// Labels of retiring keys that were seen to be out of use.
    pub(super) unused: BTreeSet<String>,
    /// Whether a leak was found that the journal does not tell of yet.
    pub(super) unrecorded_leak: bool,
    /// Whether the provider issues keys by API.
    pub(super) issues: bool,
    /// Whether only a person makes new values.
    pub(super) manual: bool,
    /// Whether keys whose id is known are ended by API.
    pub(super) ends: bool,
    /// What a person left in the secret beside the primary destination.
    pub(super) left: NextSecret,
    /// Whether the value a person left was tested here and refused.
    pub(super) left_refused: bool,
    /// Whether this run has asked a person for a value, or could not.
    pub(super) asked_person: bool,
    /// Whether the issue says what is true now, as far as this run can make it.
    pub(super) told: bool,
    /// Loose ends that this run can do no more for.
    pub(super) untidy: BTreeSet<CleanupTask>,
    /// Whether the pending value is in this process's memory (minted here, or handed by GitHub).
    pub(super) holding: bool,
    /// Whether the value in memory was tested here and found live.
    pub(super) tested: bool,
    /// Whether this run wrote the intent and has not asked the provider for a key since.
    pub(super) unsent: bool,
    /// Whether the primary secret was written since the fence, or, once it is known to hold the new
    /// value, since that; `None` where nobody has looked.
    pub(super) primary_moved: Option<bool>,
    /// Whether this run has tried every destination that was open.
    pub(super) pushed: bool,
    /// Labels of retiring keys this run can do no more for.
    pub(super) left_for_later: BTreeSet<String>,
    /// Whether this run has looked for strays.
    pub(super) swept: bool,
    /// How many keys this run has asked the provider for.
    pub(super) mints: u32,
}
