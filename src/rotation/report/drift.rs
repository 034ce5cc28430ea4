//! Finds what somebody else changed: a secret that was written or deleted, never existed, or can be
//! read by others than when tokenward wrote it; a key that was deleted. It only reads; nothing is
//! ever repaired silently.

use crate::config::TokenConfig;
use crate::destinations::{Secrets, Snapshot};
use crate::domain::lifecycle::{Stage, TokenState};
use crate::domain::{Destination, Problem, Timestamp};
use crate::rotation::problems;
use crate::rotation::types::job::Job;
use crate::rotation::types::reached::Shown;

/// The drift of a token's destinations.
#[derive(Debug, Default)]
pub struct Drift {
    /// What a person needs to know.
    pub problems: Vec<Problem>,
    /// What GitHub shows for the destinations that were checked.
    pub shown: Shown,
}

/// Checks every destination of a token, with one read each.
pub async fn drift(secrets: &Secrets<'_>, config: &TokenConfig, state: &TokenState) -> Drift {
    if state.pending.is_some() {
        return drift_in_rotation(secrets, config, state).await;
    }
    let mut drift = Drift::default();
    // If a value was adopted, only the primary destination is known to hold it.
    let found = state.adopted_at().filter(|_| state.held.is_empty());
    if found.is_none() && state.held.is_empty() {
        return drift;
    }
    for (index, destination) in config.destinations.iter().enumerate() {
        let snapshot = match secrets.seen(destination).await {
            Ok(snapshot) => snapshot,
            Err(problem) => {
                drift.problems.push(problem);
                continue;
            }
        };
        drift.shown.insert(destination.key(), snapshot.updated_at);
        let found = found.filter(|_| index == 0);
        match compare(config, state, destination, found, snapshot.updated_at) {
            Some(Change::Problem(problem)) => drift.problems.push(problem),
            Some(Change::Missing) => drift
                .problems
                .push(secrets.missing(destination, index == 0, &config.destinations).await),
            None => {}
        }
        drift.problems.extend(visibility(state, destination, snapshot));
    }
    drift
}

/// While a token is being rotated, only destinations that this rotation does not write are checked.
async fn drift_in_rotation(
    secrets: &Secrets<'_>,
    config: &TokenConfig,
    state: &TokenState,
) -> Drift {
    let mut drift = Drift::default();
    let Some(pending) = state
        .pending
        .as_ref()
        .filter(|pending| matches!(pending.stage, Stage::Pushing { .. } | Stage::Pushed { .. }))
    else {
        return drift;
    };
    let destinations = config.destinations.iter().enumerate();
    for (index, destination) in
        destinations.filter(|(_, one)| !pending.pushes.contains_key(&one.key()))
    {
        drift.problems.push(match secrets.seen(destination).await {
            Ok(snapshot) => {
                drift.shown.insert(destination.key(), snapshot.updated_at);
                if snapshot.updated_at.is_none() && !destination.create {
                    secrets.missing(destination, index == 0, &config.destinations).await
                } else {
                    problems::destinations::unwritten_now(destination, &config.name)
                }
            }
            Err(problem) => problem,
        });
    }
    drift
}

/// What is wrong with a destination.
enum Change {
    Problem(Problem),
    /// It does not exist, and the config does not say `create: true`.
    Missing,
}

/// Compares the last write of a destination with what the journal knows. `found`: when the value in
/// use was adopted from it.
fn compare(
    config: &TokenConfig,
    state: &TokenState,
    destination: &Destination,
    found: Option<Timestamp>,
    written: Option<Timestamp>,
) -> Option<Change> {
    let name = &config.name;
    let problem = match (written, state.held.get(&destination.key())) {
        (Some(now), None) if found.is_some_and(|found| now > found) => {
            problems::destinations::written_since_adoption(destination, now, name)
        }
        // GitHub's own time at the adoption is exact.
        (Some(now), None) if found.is_some() && state.found.is_some_and(|found| now < found) => {
            problems::destinations::older_write(destination, now, None, name)
        }
        (Some(_), None) if found.is_some() => return None,
        (Some(now), Some(ours)) if now > *ours => {
            problems::destinations::written_since(destination, now, *ours, name)
        }
        (Some(now), Some(ours)) if now < *ours => {
            problems::destinations::older_write(destination, now, Some(*ours), name)
        }
        (None, Some(_)) => problems::destinations::deleted(destination, name),
        // Deleted, or the config has another name now than at the adoption.
        (None, None) if found.is_some() => return Some(Change::Missing),
        // The record says whether it holds a value that was found elsewhere; the first rotation
        // writes it.
        (Some(_), None) if state.held.is_empty() => return None,
        (None, None) if destination.create && state.held.is_empty() => return None,
        (None, None) if !destination.create => return Some(Change::Missing),
        (_, None) => problems::destinations::unwritten(destination, name),
        _ => return None,
    };
    Some(Change::Problem(problem))
}

/// Whether other repositories can read a secret than when tokenward wrote it.
fn visibility(
    state: &TokenState,
    destination: &Destination,
    snapshot: Snapshot,
) -> Option<Problem> {
    let now = snapshot.reach?.digest();
    let ours = state.reach.get(&destination.key()).filter(|ours| **ours != now)?;
    Some(problems::destinations::visibility_changed(destination, ours, &now))
}

/// Reports that the key in use no longer exists, according to the list that the manager sees. A
/// test call cannot show that: a deleted key can work for a while.
pub async fn lost_key(job: &Job<'_>, state: &TokenState) -> Option<Problem> {
    // A value that cannot be the manager is not sent anywhere.
    let current =
        state.current.as_ref().filter(|key| job.flaw.is_none() && !state.is_ending(key))?;
    let (id, manager) = (current.id.as_ref()?, job.values.manager.as_ref()?);
    if !job.abilities.issues()
        || (job.config.manager.is_none() && !job.abilities.manager.self_managed)
    {
        return None;
    }
    match job.driver.is_gone(manager, id).await {
        Ok(false) => None,
        Ok(true) => Some(problems::revoking::key_is_gone(job.config, id)),
        Err(_) => Some(problems::revoking::key_not_checked(job.config, id)),
    }
}
