//! What has to be done for a token, and whether it is late: a notice while there is time, an error
//! after that. Used by `check`, `status` and runs that wait for a person. Pure.

use crate::domain::lifecycle::{Ending, Retiring, TokenState, Why};
use crate::domain::{Code, Problem, Repo, Span, Timestamp, TokenName};
use crate::rotation::problems::{confirming, lateness};
use crate::rotation::types::due::Policy;
use crate::rotation::types::retiring::{ripe_at, waits_for_marks};

/// How late a step of tokenward may be: two runs of a daily schedule.
const OURS: Span = Span::days(2);
/// How long a person may take for a manual step.
const PERSONS: Span = Span::days(14);

/// Whether a step that tokenward could take since then is late.
pub(crate) fn is_late(since: Timestamp, now: Timestamp) -> bool {
    OURS.after(since) <= now
}

/// The problems of what is due and not done, or started and not finished.
#[must_use]
pub(crate) fn late(
    name: &TokenName,
    state: &TokenState,
    policy: &Policy,
    manual: bool,
    now: Timestamp,
) -> Vec<Problem> {
    let going = state.pending.as_ref().map(|pending| {
        let report =
            if is_late(pending.since, now) { lateness::stuck } else { lateness::under_way };
        report(name, pending.version, pending.since)
    });
    let unconfirmed_by = policy.unconfirmed(state);
    let due = going
        .is_none()
        .then(|| asked(name, state, manual, now).or_else(|| due(name, state, policy, manual, now)))
        .flatten();
    let has_issue = state.loose_ends.issue.is_some();
    let old = state.retiring.iter().filter(|retiring| !retiring.leaked);
    let ending = old.filter_map(|retiring| ending(name, retiring, &unconfirmed_by, has_issue, now));
    going.into_iter().chain(due).chain(ending).collect()
}

/// Reports that a new value was requested, or that a person was asked to create one.
fn asked(name: &TokenName, state: &TokenState, manual: bool, now: Timestamp) -> Option<Problem> {
    let current =
        state.current.as_ref().filter(|key| !state.is_ending(key) && !state.has_leaked())?;
    let (wish, ask) = (
        state.loose_ends.wish.as_ref(),
        state.loose_ends.issue.as_ref().filter(|_| manual && state.retiring.is_empty()),
    );
    let since = wish.map(|wish| wish.since).or(ask.map(|ask| ask.since))?;
    let current = current.version;
    Some(if manual {
        let issue = ask.and_then(|ask| ask.number);
        lateness::requested_manually(name, since, issue, current, !has_time(since, now))
    } else {
        lateness::requested(name, since, current, is_late(since, now))
    })
}

/// Reports that the value in use is older than `rotate-every`.
fn due(
    name: &TokenName,
    state: &TokenState,
    policy: &Policy,
    manual: bool,
    now: Timestamp,
) -> Option<Problem> {
    let due = policy.due_by_age(state).filter(|due| *due <= now)?;
    let since = state.current.as_ref()?.since;
    let in_time = policy.has_time(state, manual, due, now);
    let report = if in_time { lateness::due } else { lateness::overdue };
    Some(report(name, due, since))
}

/// Reports an old value that should be revoked by now, or waits for a person. `has_issue`: an issue
/// explains how to revoke it.
fn ending(
    name: &TokenName,
    retiring: &Retiring,
    unconfirmed_by: &[&Repo],
    has_issue: bool,
    now: Timestamp,
) -> Option<Problem> {
    let version = retiring.key.version;
    let late = |since| is_late(since, now).then(|| lateness::not_revoked(name, version, since));
    if waits_for_marks(retiring) && !unconfirmed_by.is_empty() {
        let ripe = ripe_at(retiring).filter(|ripe| *ripe <= now)?;
        let id = if is_late(ripe, now) { Code::RotationStuck } else { Code::RotationUnderWay };
        return Some(confirming::unconfirmed(id, name, version, unconfirmed_by, ripe));
    }
    match retiring.stage {
        Ending::Asked { at } => {
            let report = if has_time(at, now) {
                lateness::waits_to_be_revoked
            } else {
                lateness::not_revoked_manually
            };
            Some(report(name, version, at, has_issue))
        }
        Ending::Waiting | Ending::Disabled { .. } => late(ripe_at(retiring)?),
        Ending::Revoking { since: at } | Ending::Revoked { at } => late(at),
    }
}

/// Since when a new value is requested: an issue may be older, and about something else.
fn asked_at(state: &TokenState) -> Option<Timestamp> {
    let ends = &state.loose_ends;
    ends.wish.as_ref().map(|wish| wish.since).or(ends.issue.as_ref().map(|ask| ask.since))
}

/// The deadline for what a person was asked to do at this time.
#[must_use]
pub(crate) fn persons_time(asked: Timestamp) -> Timestamp {
    PERSONS.after(asked)
}

/// Whether a person who was asked at this time has time left.
#[must_use]
pub(crate) fn has_time(asked: Timestamp, now: Timestamp) -> bool {
    now < persons_time(asked)
}

impl Policy {
    /// When the value in use becomes older than `rotate-every`.
    pub(crate) fn due_by_age(&self, state: &TokenState) -> Option<Timestamp> {
        Some(self.rotate_every?.after(state.current.as_ref()?.since))
    }

    /// Whether a value that is due since `due` may wait: for a few runs, or, if a person creates
    /// it, for some days, but never past `max-age`.
    fn has_time(&self, state: &TokenState, manual: bool, due: Timestamp, now: Timestamp) -> bool {
        let over_age = self
            .max_age
            .zip(state.current.as_ref())
            .is_some_and(|(max, current)| max.after(current.since) <= now);
        let patience = if manual { PERSONS } else { OURS };
        !over_age && now < patience.after(due)
    }

    /// The deadline for a person to create a new value for this reason, if there is time. The
    /// expiry of the old value does not count here.
    pub(crate) fn persons_end(
        &self,
        state: &TokenState,
        why: &Why,
        now: Timestamp,
    ) -> Option<Timestamp> {
        match why {
            Why::Due => self.due_by_age(state).map(persons_time),
            Why::Asked(_) => Some(persons_time(asked_at(state).unwrap_or(now))),
            Why::Expiring | Why::Leaked | Why::Brought | Why::Found => None,
        }
    }

    /// Whether a person who has to create a new value for this reason has time left.
    pub(crate) fn person_has_time(&self, state: &TokenState, why: &Why, now: Timestamp) -> bool {
        match why {
            Why::Due => {
                self.due_by_age(state).is_some_and(|due| self.has_time(state, true, due, now))
            }
            Why::Asked(_) => asked_at(state).is_none_or(|since| has_time(since, now)),
            Why::Expiring | Why::Leaked | Why::Brought | Why::Found => false,
        }
    }
}
