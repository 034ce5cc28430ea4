//! Leaked values: an old one loses its grace period, and the alert that reported it is resolved
//! when it is revoked.

use super::facts::InjectedValue;
use super::job::Job;
use crate::domain::cleanup::Leak;
use crate::domain::lifecycle::{Pending, Stage, TokenState, Why};
use crate::domain::{Fingerprint, Secret, Timestamp};

/// What a value is to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Consumers hold it.
    InUse,
    /// It is being delivered to them.
    Coming,
    /// It was replaced, and has to be revoked.
    Replaced,
    /// It was verified as revoked.
    Dead,
}

/// What a value is to a token, by its fingerprint; `None` if it does not belong to the token.
#[must_use]
pub fn standing(state: &TokenState, value: &Secret) -> Option<Standing> {
    match InjectedValue::recognise(state, Some(value)) {
        InjectedValue::Current => Some(match &state.current {
            // It was revoked before the next one was proven.
            Some(key) if state.dead.iter().any(|dead| dead.fingerprint == key.fingerprint) => {
                Standing::Dead
            }
            Some(key) if state.is_ending(key) => Standing::Replaced,
            _ => Standing::InUse,
        }),
        InjectedValue::Pending => Some(Standing::Coming),
        InjectedValue::Retiring => Some(Standing::Replaced),
        InjectedValue::Dead => Some(Standing::Dead),
        InjectedValue::Stranger | InjectedValue::Nothing => None,
    }
}

/// The value that a run was asked to handle as leaked: the reported one, else the one that the run
/// received, else the one in use.
pub(crate) fn meant(state: &TokenState, job: &Job<'_>) -> Option<Fingerprint> {
    if job.request.asked != Some(Why::Leaked) {
        return None;
    }
    let known = |value: &&Secret| state.current.is_none() || standing(state, value).is_some();
    let at_hand = job
        .request
        .reported_leak
        .as_ref()
        .map(|reported_leak| &reported_leak.value)
        .or(job.values.handed.as_ref())
        .filter(known);
    let at_hand = at_hand.map(|value| value.fingerprint(&state.salt));
    at_hand.or_else(|| state.current.as_ref().map(|key| key.fingerprint.clone()))
}

/// The leak that the journal does not know yet: of the reported value, of one in its grace period,
/// or of the one in use.
pub(crate) fn unrecorded_leak(
    state: &TokenState,
    job: &Job<'_>,
    asked: Option<&Why>,
    meant: Option<&Fingerprint>,
) -> Option<Leak> {
    let current = state.current.as_ref()?;
    let in_grace = |meant: &&Fingerprint| {
        state
            .retiring
            .iter()
            .any(|retiring| retiring.key.fingerprint == **meant && !retiring.leaked)
    };
    let pushing = state.pending.as_ref().filter(|pending| {
        matches!(pending.stage, Stage::Pushing { .. }) && pending.why != Why::Brought
    });
    let is_being_pushed = |meant: &Fingerprint| {
        pushing.and_then(Pending::fingerprint) == Some(meant) && job.abilities.issues()
    };
    let manual = job.abilities.is_manual() || job.abilities.refreshes();
    let is_currents = |meant: Option<&Fingerprint>| {
        manual || meant.is_none_or(|meant| *meant == current.fingerprint)
    };
    let leak = match &job.request.reported_leak {
        Some(reported_leak) => {
            standing(state, &reported_leak.value)?;
            Leak {
                fingerprint: reported_leak.value.fingerprint(&state.salt),
                alert: reported_leak.alert,
            }
        }
        // The request is journaled before anything can fail: only this run may know about it.
        None if asked == Some(&Why::Leaked) && is_currents(meant) => {
            Leak { fingerprint: current.fingerprint.clone(), alert: None }
        }
        // It was already replaced: only its grace period has to end. Or it is being delivered, and
        // another value has to replace it.
        None => Leak {
            fingerprint: meant.filter(|meant| in_grace(meant) || is_being_pushed(meant))?.clone(),
            alert: None,
        },
    };
    let is_known = |known: &&Leak| {
        known.fingerprint == leak.fingerprint && (leak.alert.is_none() || known.alert == leak.alert)
    };
    let dead =
        state.dead.iter().any(|dead| dead.fingerprint == leak.fingerprint) && leak.alert.is_none();
    (!dead && state.loose_ends.leaks.iter().find(is_known).is_none()).then_some(leak)
}

/// Adds a leak to the state. An older value loses its grace period if every destination is known to
/// hold a later one.
pub(crate) fn with_leak(state: &TokenState, leak: Leak, now: Timestamp) -> TokenState {
    let mut to = state.clone();
    for retiring in
        to.retiring.iter_mut().filter(|retiring| retiring.key.fingerprint == leak.fingerprint)
    {
        retiring.leaked = true;
        retiring.not_before = retiring.not_before.map(|moment| moment.min(now));
    }
    // Several reports of one alert are one leak.
    to.loose_ends
        .leaks
        .retain(|known| known.fingerprint != leak.fingerprint || known.alert.is_some());
    to.loose_ends.leaks.push(leak);
    to
}
