//! A value that leaked and is not the one in use: it loses its grace. And the alert that told of
//! it, to be resolved when it is dead.

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
    /// It is on its way to them.
    Coming,
    /// It was replaced, and is to be ended.
    Replaced,
    /// It was seen dead.
    Dead,
}

/// What a value is to a token, by its fingerprint; `None` where it is no value of it.
#[must_use]
pub fn standing(state: &TokenState, value: &Secret) -> Option<Standing> {
    match InjectedValue::recognise(state, Some(value)) {
        InjectedValue::Current => Some(match &state.current {
            // It was ended before the next one was proven.
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

/// The value a run means that was asked to see to a leak: the one that was found, else the one
/// GitHub handed it, else the one in use.
pub(super) fn meant(state: &TokenState, job: &Job<'_>) -> Option<Fingerprint> {
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

/// What the journal has yet to be told: the value that was found, one whose grace is to end, or the
/// one in use.
pub(super) fn unrecorded_leak(
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
        // What was asked for is remembered before anything can fail: this run may be the only one
        // that is told.
        None if asked == Some(&Why::Leaked) && is_currents(meant) => {
            Leak { fingerprint: current.fingerprint.clone(), alert: None }
        }
        // It was replaced already: what is left is to end its grace. Or it is on its way, and
        // another has to take its place.
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

/// What was found is journalled. An older value loses its grace where every destination is known to
/// hold a later one.
pub(super) fn with_leak(state: &TokenState, leak: Leak, now: Timestamp) -> TokenState {
    let mut to = state.clone();
    for retiring in
        to.retiring.iter_mut().filter(|retiring| retiring.key.fingerprint == leak.fingerprint)
    {
        retiring.leaked = true;
        retiring.not_before = retiring.not_before.map(|moment| moment.min(now));
    }
    // What an alert tells of is one leak, however often it was reported before.
    to.loose_ends
        .leaks
        .retain(|known| known.fingerprint != leak.fingerprint || known.alert.is_some());
    to.loose_ends.leaks.push(leak);
    to
}
