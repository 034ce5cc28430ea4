//! When a token needs a new value. Pure: the time is GitHub's, and an argument.

use crate::config::{Drain, Grace, TokenConfig};
use crate::domain::lifecycle::{Renewed, TokenState, Why};
use crate::domain::{Destination, Place, Repo, Span, Timestamp};
use crate::providers::Abilities;

/// The part of the config that decides when things happen.
#[derive(Clone, Debug)]
pub struct Policy {
    /// A value older than this is replaced; `None`: only on request.
    pub rotate_every: Option<Span>,
    /// A value older than this is an error, also if its rotation would have more time.
    pub max_age: Option<Span>,
    /// A value that expires within this is replaced.
    pub warn_before: Span,
    /// How long the old value works after the last destination received the new one.
    pub grace: Span,
    /// How long to wait for workflow runs that may still hold the old value, if at all.
    pub drain: Option<Drain>,
    /// How long the old value must have been unused, if the provider is asked.
    pub last_used: Option<Span>,
    /// The repositories that have to confirm a later value before an old one is revoked.
    pub confirmed_by: Vec<Repo>,
    /// The other repositories that receive the value, these among them.
    pub elsewhere: Vec<Repo>,
    /// Whether a person revokes the old values, because no API does.
    pub ends_by_person: bool,
}

/// A run can wait a day in the queue after it received the secrets of a repository or an
/// organization.
const GRACE: Span = Span::hours(24);
/// The secrets of an environment are read when the job starts, and a hosted job ends after six
/// hours.
const ENVIRONMENT_GRACE: Span = Span::hours(6);

impl Policy {
    /// The policy of a token.
    #[must_use]
    pub fn of(token: &TokenConfig) -> Self {
        let Grace { time, drain, last_used, confirmed_by } = token.grace.clone();
        let grace = time.unwrap_or_else(|| Self::default_grace(&token.destinations));
        let elsewhere = elsewhere(token);
        let (rotate_every, max_age, warn_before) =
            (token.rotate_every, token.max_age, token.warn_before);
        Self {
            rotate_every,
            max_age,
            warn_before,
            grace,
            drain,
            last_used,
            confirmed_by,
            elsewhere,
            ends_by_person: false,
        }
    }

    /// This policy with what the token's provider can do.
    #[must_use]
    pub fn at(self, token: &TokenConfig, abilities: &Abilities) -> Self {
        let ends_by_person = abilities.is_ended_by_person(token.manager.is_some());
        Self { ends_by_person, ..self }
    }

    /// The policy of a token that is not in the config: nothing is ever due.
    #[must_use]
    pub fn none() -> Self {
        let (warn_before, grace) = (Span::default(), Span::default());
        let (confirmed_by, elsewhere) = (Vec::new(), Vec::new());
        Self {
            rotate_every: None,
            max_age: None,
            warn_before,
            grace,
            drain: None,
            last_used: None,
            confirmed_by,
            elsewhere,
            ends_by_person: false,
        }
    }

    /// The repositories that the grace period waits for and that are not known to have confirmed
    /// the value in use.
    pub(crate) fn unconfirmed(&self, state: &TokenState) -> Vec<&Repo> {
        self.confirmed_by.iter().filter(|repo| state.confirmed_by(repo).is_none()).collect()
    }

    /// The other repositories that are not known to have confirmed the value in use, if tokenward
    /// delivered it.
    pub(crate) fn silent(&self, state: &TokenState) -> Vec<String> {
        let silent = self
            .elsewhere
            .iter()
            .filter(|repo| !state.held.is_empty() && state.confirmed_by(repo).is_none());
        silent.map(ToString::to_string).collect()
    }

    /// Whether a key's use is checked before it is revoked.
    pub(crate) fn looks_at_use(&self) -> bool {
        self.drain.is_some() || self.last_used.is_some()
    }

    /// The grace period of a token if the config sets none. Source: GitHub's "Secrets reference"
    /// and "Actions limits".
    #[must_use]
    fn default_grace(destinations: &[Destination]) -> Span {
        let only_environments = destinations
            .iter()
            .all(|destination| matches!(destination.place, Place::Environment { .. }));
        if only_environments { ENVIRONMENT_GRACE } else { GRACE }
    }

    /// When the value in use is next due.
    #[must_use]
    pub fn next_due(&self, state: &TokenState) -> Option<Timestamp> {
        let current = state.current.as_ref()?;
        let by_age = self.due_by_age(state);
        let by_expiry =
            current.expires_at.map(|end| end.before(lead(self.warn_before, current.since, end)));
        by_age.into_iter().chain(by_expiry).min()
    }
}

/// The repositories other than that of the primary destination that receive a token's value, and
/// those that its grace period waits for.
fn elsewhere(token: &TokenConfig) -> Vec<Repo> {
    let primary = token.primary().and_then(|primary| primary.place.repo());
    let others = token.destinations.iter().filter_map(|destination| destination.place.repo());
    let others = others.filter(|repo| primary.is_none_or(|primary| !primary.is(repo)));
    let mut found: Vec<Repo> = Vec::new();
    for repo in others.chain(&token.grace.confirmed_by) {
        if !found.iter().any(|known| known.is(repo)) {
            found.push(repo.clone());
        }
    }
    found
}

/// How long before it expires a value is replaced: as the config says, but at most half of its
/// lifetime, so that a value that lasts a day is not replaced by every run.
#[must_use]
pub fn lead(warn_before: Span, since: Timestamp, end: Timestamp) -> Span {
    let half = Span::between(since, end).as_duration() / 2;
    warn_before.min(Span::seconds(half.as_secs()))
}

/// Why a new value is needed now, if one is. A leak comes first: a request for a new value must not
/// make it look like something that can wait. Then what was requested, then what is due.
#[must_use]
pub fn wanted(
    state: &TokenState,
    policy: &Policy,
    asked: Option<&Why>,
    now: Timestamp,
) -> Option<Why> {
    if state.has_leaked() {
        return Some(Why::Leaked);
    }
    if let Some(why) = asked {
        return Some(why.clone());
    }
    if let Some(wish) = &state.loose_ends.wish {
        return Some(Why::Asked(wish.reason.clone()));
    }
    let current = state.current.as_ref()?;
    if state.is_ending(current) {
        // It was revoked before there was another: its consumers fail until there is one.
        return Some(Why::Leaked);
    }
    // Its access token expires at some time, and nothing can be refreshed any more.
    if current.renewed == Some(Renewed::Refused) {
        return Some(Why::Expiring);
    }
    if current
        .expires_at
        .is_some_and(|end| end.before(lead(policy.warn_before, current.since, end)) <= now)
    {
        return Some(Why::Expiring);
    }
    policy.rotate_every.filter(|every| every.after(current.since) <= now).map(|_| Why::Due)
}
