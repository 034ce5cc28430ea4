//! What the journal alone says about a token now: a value that leaked and may still work, a
//! destination that is not known to hold the value in use, a value in use that was revoked before
//! there was another, a late step. `check` and `status` both report it.

use crate::config::TokenConfig;
use crate::domain::lifecycle::{Ending, Retiring, Stage, TokenState, Written};
use crate::domain::{Code, Fingerprint, Problem, Span, Timestamp, TokenName};
use crate::rotation::decide::late::late;
use crate::rotation::decide::truth::end_of_current;
use crate::rotation::problems;
use crate::rotation::types::due::Policy;

/// How much two clocks may differ.
const AHEAD: Span = Span::seconds(3_600);

/// A token's record, and what it is compared with.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The token's name.
    pub name: &'a TokenName,
    /// What the journal says.
    pub state: &'a TokenState,
    /// Its config; `None` if only the journal knows the token.
    pub config: Option<&'a TokenConfig>,
    /// Whether only a person creates new values.
    pub manual: bool,
    /// How long the provider may accept a deleted key.
    pub lag: Span,
    /// GitHub's clock.
    pub now: Timestamp,
}

/// The problems of a token, according to its record.
#[must_use]
pub fn known(record: &Record<'_>) -> Vec<Problem> {
    let Record { name, state, config, manual, lag, now } = *record;
    let mut problems: Vec<Problem> = leaks(name, state).collect();
    problems.extend(settling(name, state, lag, now));
    problems.extend(from_the_future(name, state, now));
    let undelivered = delivery(name, state);
    // A leak or an unwritten destination says more than that a rotation is in progress.
    let is_told = undelivered.is_some() || !problems.is_empty();
    problems.extend(undelivered);
    problems.extend(config.and_then(|config| unproven(config, state)));
    let late = late(name, state, &config.map_or_else(Policy::none, Policy::of), manual, now);
    problems.extend(
        late.into_iter().filter(|problem| !(is_told && problem.id == Code::RotationUnderWay)),
    );
    problems
}

/// Reports destinations that tokenward has not written yet: runs receive only the value of the
/// primary destination, so the others are unknown.
fn unproven(config: &TokenConfig, state: &TokenState) -> Option<Problem> {
    let is_ours = |key: &String| state.held.contains_key(key);
    // A rotation in progress delivers to all of them, and an adopted value was found in the primary
    // destination.
    let primary = state.adopted_at().and(config.primary());
    let unknown: Vec<String> = config
        .destinations
        .iter()
        .filter(|destination| {
            state.pending.is_none() && primary != Some(destination) && !is_ours(&destination.key())
        })
        .map(ToString::to_string)
        .collect();
    // `drift` reports destinations that were added to the config later.
    if unknown.is_empty() || !state.held.is_empty() || state.current.is_none() {
        return None;
    }
    Some(problems::destinations::not_proven(&config.name, &unknown))
}

/// Reports the last key that was deleted, while its provider may still accept it.
fn settling(name: &TokenName, state: &TokenState, lag: Span, now: Timestamp) -> Option<Problem> {
    let dead = state
        .dead
        .iter()
        .filter(|dead| dead.id.is_some() && now < lag.after(dead.at))
        .max_by_key(|dead| dead.at)?;
    let what = format!("{} of {name}", dead.version);
    Some(problems::lateness::settling(&what, dead.at, lag.after(dead.at)))
}

/// Reports times in the journal that a wrong clock wrote: ages and grace periods counted from them
/// are wrong too.
fn from_the_future(name: &TokenName, state: &TokenState, now: Timestamp) -> Option<Problem> {
    let current = state.current.iter().map(|key| key.since);
    let moments = current
        .chain(state.pending.iter().map(|pending| pending.since))
        .chain(state.held.values().copied());
    let latest = moments.max().filter(|latest| AHEAD.after(now) < *latest)?;
    Some(problems::lateness::from_the_future(name, latest, now))
}

/// Reports values that leaked and are not verified as revoked.
pub(crate) fn leaks<'s>(
    name: &'s TokenName,
    state: &'s TokenState,
) -> impl Iterator<Item = Problem> + 's {
    let has_leaked = move |fingerprint: &Fingerprint| state.loose_ends.has_leaked(fingerprint);
    let current = state
        .current
        .iter()
        .filter(move |key| has_leaked(&key.fingerprint) && !state.is_ending(key));
    let current = current.map(move |key| match &state.pending {
        Some(pending) if matches!(pending.stage, Stage::Pushed { .. }) => {
            problems::leaks::current_is_replaced(name, key.version, pending.version)
        }
        _ => problems::leaks::current_leaked(name, key.version),
    });
    let is_urgent = move |old: &&Retiring| old.leaked || has_leaked(&old.key.fingerprint);
    let old = state.retiring.iter().filter(is_urgent).map(move |old| {
        let version = old.key.version;
        match &old.stage {
            _ if has_leaked(&old.key.fingerprint) => problems::leaks::old_leaked(name, version),
            Ending::Asked { .. } => problems::leaks::old_to_revoke_manually(name, version),
            _ => problems::leaks::old_to_revoke(name, version),
        }
    });
    current.chain(old)
}

/// Reports destinations that may not hold the new value, and consumers without a working value.
fn delivery(name: &TokenName, state: &TokenState) -> Option<Problem> {
    let ended = end_of_current(state);
    let pending =
        state.pending.as_ref().filter(|pending| matches!(pending.stage, Stage::Pushing { .. }));
    let left = pending.map(|pending| {
        pending.pushes.values().filter(|push| !matches!(push.written, Written::Done { .. })).count()
    });
    let is_delivered =
        state.pending.as_ref().is_some_and(|pending| matches!(pending.stage, Stage::Pushed { .. }));
    match (left, ended) {
        (Some(left), Some((key, how))) => {
            Some(problems::destinations::undelivered_and_revoked(name, left, &key, how))
        }
        (Some(left), None) => Some(problems::destinations::undelivered(name, left)),
        (None, Some((key, how))) if !is_delivered => {
            Some(problems::leaks::revoked_without_another(name, &key, how))
        }
        (None, _) => None,
    }
}
