//! When a token wants a new value. Pure: the clock is GitHub's and comes in as an argument.

use crate::config::{Drain, Grace, TokenConfig};
use crate::domain::lifecycle::{Renewed, TokenState, Why};
use crate::domain::{Destination, Place, Span, Timestamp};

/// The part of the config that decides when things happen.
#[derive(Clone, Debug)]
pub struct Policy {
    /// A value older than this is replaced; `None`: only when asked.
    pub rotate_every: Option<Span>,
    /// A value older than this is a finding, and no more time is given to replace it.
    pub max_age: Option<Span>,
    /// A value the platform ends within this is replaced.
    pub warn_before: Span,
    /// How long the old value lives on after the last destination had the new one.
    pub grace: Span,
    /// How the workflow runs that may still hold the old value are waited for, if they are.
    pub drain: Option<Drain>,
    /// How long the platform must not have seen the old value, if it is asked.
    pub last_used: Option<Span>,
}

/// A run may wait a day in the queue with the secrets of a repository or an organization in hand.
const GRACE: Span = Span::hours(24);
/// The secrets of an environment are read when the job starts, and a hosted job ends after six hours.
const ENVIRONMENT_GRACE: Span = Span::hours(6);

impl Policy {
    /// A token's own.
    #[must_use]
    pub fn of(token: &TokenConfig) -> Self {
        let Grace { time, drain, last_used } = token.grace;
        let grace = time.unwrap_or_else(|| Self::default_grace(&token.destinations));
        Self { rotate_every: token.rotate_every, max_age: token.max_age, warn_before: token.warn_before, grace, drain, last_used }
    }

    /// Of a token that the config does not know: nothing is ever due.
    #[must_use]
    pub fn none() -> Self {
        Self { rotate_every: None, max_age: None, warn_before: Span::default(), grace: Span::default(), drain: None, last_used: None }
    }

    /// Whether a key's use is looked at before it is revoked.
    pub(super) fn looks_at_use(&self) -> bool {
        self.drain.is_some() || self.last_used.is_some()
    }

    /// The grace a token has when the config says nothing. Source: GitHub's "Secrets reference" and "Actions limits".
    #[must_use]
    fn default_grace(destinations: &[Destination]) -> Span {
        let only_environments = destinations.iter().all(|destination| matches!(destination.place, Place::Environment { .. }));
        if only_environments { ENVIRONMENT_GRACE } else { GRACE }
    }

    /// When the current value is next due.
    #[must_use]
    pub fn next_due(&self, state: &TokenState) -> Option<Timestamp> {
        let current = state.current.as_ref()?;
        let by_age = self.due_by_age(state);
        let by_expiry = current.expires_at.map(|end| end.before(lead(self.warn_before, current.since, end)));
        by_age.into_iter().chain(by_expiry).min()
    }
}

/// How long before its end a value is replaced: what the config says, but no more than half of its life, so that one that lives for a
/// day is not replaced by every run.
#[must_use]
pub fn lead(warn_before: Span, since: Timestamp, end: Timestamp) -> Span {
    let half = Span::between(since, end).as_duration() / 2;
    warn_before.min(Span::seconds(half.as_secs()))
}

/// Why a new value is wanted now, if it is. What was asked for comes before what is due.
#[must_use]
pub fn wanted(state: &TokenState, policy: &Policy, asked: Option<&Why>, now: Timestamp) -> Option<Why> {
    if let Some(why) = asked {
        return Some(why.clone());
    }
    if state.has_leaked() {
        return Some(Why::Leaked);
    }
    if let Some(wish) = &state.loose_ends.wish {
        return Some(Why::Asked(wish.reason.clone()));
    }
    let current = state.current.as_ref()?;
    if state.is_ending(current) {
        // It was revoked before there was another: whoever holds it fails until there is.
        return Some(Why::Leaked);
    }
    // Its access token ends some time, and nothing can be refreshed any more.
    if current.renewed == Some(Renewed::Refused) {
        return Some(Why::Expiring);
    }
    if current.expires_at.is_some_and(|end| end.before(lead(policy.warn_before, current.since, end)) <= now) {
        return Some(Why::Expiring);
    }
    policy.rotate_every.filter(|every| every.after(current.since) <= now).map(|_| Why::Due)
}
