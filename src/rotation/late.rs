//! What is to be done for a token and how late it is: within its time that is worth a notice, and
//! after it a finding. `check` and `status` go by it, and so does a run that waits for a person.
//! Pure.

use super::due::Policy;
use super::retiring::{ripe_at, waits_for_marks};
use crate::domain::lifecycle::{Ending, Retiring, TokenState, Why};
use crate::domain::{Code, Problem, Repo, Span, Timestamp, TokenName, Version};

/// How late a step of ours may be: two runs of a daily schedule.
const OURS: Span = Span::days(2);
/// How long a person may take for a step of his.
const PERSONS: Span = Span::days(14);

/// Whether a step of ours that could be done since then is late.
pub(super) fn is_late(since: Timestamp, now: Timestamp) -> bool {
    OURS.after(since) <= now
}

/// What is due and not done, begun and not over.
#[must_use]
pub(super) fn late(
    name: &TokenName,
    state: &TokenState,
    policy: &Policy,
    manual: bool,
    now: Timestamp,
) -> Vec<Problem> {
    let going = state.pending.as_ref().map(|pending| {
        let what = format!("{} of {name} is on its way since {}", pending.version, pending.since);
        if is_late(pending.since, now) {
            Problem::new(Code::RotationStuck, what)
                .hint(format!("tokenward rotate {name} goes on from there, and says what stops it"))
        } else {
            Problem::new(Code::RotationUnderWay, what)
                .hint("nothing to do: the next scheduled `rotate` goes on from there")
        }
    });
    let unconfirmed_by = policy.unconfirmed(state);
    let due = going
        .is_none()
        .then(|| asked(name, state, manual, now).or_else(|| due(name, state, policy, manual, now)))
        .flatten();
    let told = if state.loose_ends.issue.is_some() {
        "the issue says how"
    } else {
        "`tokenward rotate` says where"
    };
    let old = state.retiring.iter().filter(|retiring| !retiring.leaked);
    let ending = old.filter_map(|retiring| ending(name, retiring, &unconfirmed_by, told, now));
    going.into_iter().chain(due).chain(ending).collect()
}

/// A new value was asked for, or a person was asked to make one.
fn asked(name: &TokenName, state: &TokenState, manual: bool, now: Timestamp) -> Option<Problem> {
    let current =
        state.current.as_ref().filter(|key| !state.is_ending(key) && !state.has_leaked())?;
    let (wish, ask) = (
        state.loose_ends.wish.as_ref(),
        state.loose_ends.issue.as_ref().filter(|_| manual && state.retiring.is_empty()),
    );
    let since = wish.map(|wish| wish.since).or(ask.map(|ask| ask.since))?;
    let place = ask
        .and_then(|ask| ask.number)
        .map_or_else(String::new, |number| format!(" in issue {number}"));
    let (waits, late, what) = if manual {
        (
            Code::WaitsForPerson,
            Code::NeedsPerson,
            format!("a person was asked at {since}{place} to make a new value of {name}"),
        )
    } else {
        (
            Code::TokenDue,
            Code::TokenOverdue,
            format!("a new value of {name} was asked for at {since}"),
        )
    };
    let in_time = if manual { has_time(since, now) } else { !is_late(since, now) };
    let problem = Problem::new(if in_time { waits } else { late }, what)
        .cause(format!("the value in use is {}", current.version));
    Some(
        problem.hint(format!(
            "tokenward rotate {name} goes on from there, and says what it waits for"
        )),
    )
}

/// The value in use is older than `rotate-every`.
fn due(
    name: &TokenName,
    state: &TokenState,
    policy: &Policy,
    manual: bool,
    now: Timestamp,
) -> Option<Problem> {
    let due = policy.due_by_age(state).filter(|due| *due <= now)?;
    let problem = if policy.has_time(state, manual, due, now) {
        Problem::new(Code::TokenDue, format!("{name} is to be replaced since {due}"))
            .hint("nothing to do: the next scheduled `rotate` replaces it, or asks a person to")
    } else {
        Problem::new(Code::TokenOverdue, format!("{name} was to be replaced at {due}, and was not"))
            .hint(format!("tokenward rotate {name} says what stops it"))
    };
    Some(problem.cause(format!("it is in use since {}", state.current.as_ref()?.since)))
}

/// An old value whose end is late, or waits for a person. `told` is where a person reads what to
/// do.
fn ending(
    name: &TokenName,
    retiring: &Retiring,
    unconfirmed_by: &[&Repo],
    told: &str,
    now: Timestamp,
) -> Option<Problem> {
    let version = retiring.key.version;
    let late = |since: Timestamp| {
        is_late(since, now).then(|| {
            Problem::new(
                Code::RotationStuck,
                format!("{version} of {name} was to be revoked at {since}, and was not seen dead"),
            )
            .hint(format!("tokenward rotate {name} says what stops it"))
        })
    };
    if waits_for_marks(retiring) && !unconfirmed_by.is_empty() {
        let ripe = ripe_at(retiring).filter(|ripe| *ripe <= now)?;
        let id = if is_late(ripe, now) { Code::RotationStuck } else { Code::RotationUnderWay };
        return Some(unconfirmed(id, name, version, unconfirmed_by, ripe));
    }
    match retiring.stage {
        Ending::Asked { at } if has_time(at, now) => Some(
            Problem::new(Code::WaitsForPerson, format!("a person was asked at {at} to revoke {version} of {name}"))
                .hint(format!("{told}; a run that is handed it sees whether it is dead")),
        ),
        Ending::Asked { at } => Some(
            Problem::new(
                Code::NeedsPerson,
                format!("a person was asked at {at} to revoke {version} of {name}, and it was not seen dead since"),
            )
            .hint(format!("{told}; a run that is handed it sees whether it is dead")),
        ),
        Ending::Waiting | Ending::Disabled { .. } => late(ripe_at(retiring)?),
        Ending::Revoking { since: at } | Ending::Revoked { at } => late(at),
    }
}

/// An old value whose grace is over, and that waits for repositories to confirm the one in use.
pub(super) fn unconfirmed(
    id: Code,
    name: &TokenName,
    version: Version,
    by: &[&Repo],
    ripe: Timestamp,
) -> Problem {
    let names: Vec<String> = by.iter().map(ToString::to_string).collect();
    let names = names.join(", ");
    Problem::new(id, format!("{version} of {name} is not revoked, although its grace ended at {ripe}: not confirmed by {names}"))
        .hint(format!(
            "start a workflow there that runs `tokenward confirm {name}` on the default branch, or take it out of `confirmed-by`"
        ))
        .state("old and new value both work")
}

/// Repositories left marks for the value in use, and none that counts.
pub(super) fn not_confirmed(name: &TokenName, by: &[&Repo]) -> Problem {
    let names: Vec<String> = by.iter().map(ToString::to_string).collect();
    Problem::new(
        Code::RotationUnderWay,
        format!("no mark that counts for the value in use of {name}: {}", names.join(", ")),
    )
    .hint(format!("run `tokenward confirm {name}` in a workflow there, on the default branch"))
    .state("an old value is not revoked before each of them confirmed the one in use")
}

/// Since when a new value is asked for: an issue may be older, and about something else.
fn asked_at(state: &TokenState) -> Option<Timestamp> {
    let ends = &state.loose_ends;
    ends.wish.as_ref().map(|wish| wish.since).or(ends.issue.as_ref().map(|ask| ask.since))
}

/// Until when a person may take for what was asked at this moment.
#[must_use]
pub(super) fn persons_time(asked: Timestamp) -> Timestamp {
    PERSONS.after(asked)
}

/// Whether a person who was asked at this moment has time left.
#[must_use]
pub(super) fn has_time(asked: Timestamp, now: Timestamp) -> bool {
    now < persons_time(asked)
}

impl Policy {
    /// When the value in use is older than `rotate-every`.
    pub(super) fn due_by_age(&self, state: &TokenState) -> Option<Timestamp> {
        Some(self.rotate_every?.after(state.current.as_ref()?.since))
    }

    /// Whether a value that is due since `due` may wait: a few runs, or, where a person makes it,
    /// some days, but never past `max-age`.
    fn has_time(&self, state: &TokenState, manual: bool, due: Timestamp, now: Timestamp) -> bool {
        let over_age = self
            .max_age
            .zip(state.current.as_ref())
            .is_some_and(|(max, current)| max.after(current.since) <= now);
        let patience = if manual { PERSONS } else { OURS };
        !over_age && now < patience.after(due)
    }

    /// Until when a person may take to make a new value for this reason, where there is time; an
    /// old one's own end is not looked at.
    pub(super) fn persons_end(
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

    /// Whether a person who has to make a new value for this reason has time left.
    pub(super) fn person_has_time(&self, state: &TokenState, why: &Why, now: Timestamp) -> bool {
        match why {
            Why::Due => {
                self.due_by_age(state).is_some_and(|due| self.has_time(state, true, due, now))
            }
            Why::Asked(_) => asked_at(state).is_none_or(|since| has_time(since, now)),
            Why::Expiring | Why::Leaked | Why::Brought | Why::Found => false,
        }
    }
}
