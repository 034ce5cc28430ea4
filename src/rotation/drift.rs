//! What changed without us: a secret that was written, deleted or never was, or that others may
//! read, since this token's value went there; a key that was deleted. It reads only, and nothing
//! here is ever put right silently.

use super::job::Job;
use super::reached::Shown;
use crate::config::TokenConfig;
use crate::destinations::Secrets;
use crate::domain::lifecycle::{Stage, TokenState};
use crate::domain::{Code, Destination, Problem};

/// What a look at a token's destinations came to.
#[derive(Debug, Default)]
pub struct Drift {
    /// What a person has to know.
    pub problems: Vec<Problem>,
    /// What GitHub shows of those that were looked at.
    pub shown: Shown,
}

/// Looks at every destination of a token: one read each. A token that is being rotated right now is
/// left alone.
pub async fn drift(secrets: &Secrets<'_>, config: &TokenConfig, state: &TokenState) -> Drift {
    let name = &config.name;
    let (mut problems, mut shown) = (Vec::new(), Shown::new());
    if let Some(pending) = &state.pending {
        // What the rotation under way was begun without.
        let joined = config
            .destinations
            .iter()
            .enumerate()
            .filter(|(_, one)| !pending.pushes.contains_key(&one.key()));
        for (index, destination) in
            joined.filter(|_| matches!(pending.stage, Stage::Pushing { .. } | Stage::Pushed { .. }))
        {
            match secrets.seen(destination).await {
                Ok(snapshot) => {
                    shown.insert(destination.key(), snapshot.updated_at);
                    if snapshot.updated_at.is_none() && !destination.create {
                        problems.push(
                            secrets.missing(destination, index == 0, &config.destinations).await,
                        );
                    } else {
                        let hint = format!(
                            "once this rotation is over: tokenward rotate {name} --force --reason TEXT"
                        );
                        problems.push(unwritten(destination).hint(hint));
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        return Drift { problems, shown };
    }
    // Of a value that was found in use, only the primary destination is known to hold it.
    let found = state.adopted_at().filter(|_| state.held.is_empty());
    if found.is_none() && state.held.is_empty() {
        return Drift::default();
    }
    for (index, destination) in config.destinations.iter().enumerate() {
        let found = found.filter(|_| index == 0);
        let snapshot = match secrets.seen(destination).await {
            Ok(snapshot) => snapshot,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        shown.insert(destination.key(), snapshot.updated_at);
        let replace = format!(
            "to replace it everywhere by a new one: tokenward rotate {name} --force --reason TEXT"
        );
        match (snapshot.updated_at, state.held.get(&destination.key())) {
            (Some(now), None) if found.is_some_and(|found| now > found) => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written at {now}, after its value was taken over"))
                    .hint(replace),
            ),
            // What GitHub itself told at the adoption is exact.
            (Some(now), None) if found.is_some() && state.found.is_some_and(|found| now < found) => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written last at {now}, GitHub says"))
                    .cause(
                        "it was written later than that when its value was taken over, so this is another secret, or an older state of it",
                    )
                    .hint(replace),
            ),
            (Some(_), None) if found.is_some() => {}
            (Some(now), Some(ours)) if now > *ours => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written at {now}, and not by tokenward"))
                    .cause(format!("tokenward wrote it last at {ours}"))
                    .hint(replace),
            ),
            (Some(now), Some(ours)) if now < *ours => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was written last at {now}, GitHub says"))
                    .cause(format!("tokenward wrote it at {ours}, so this is another secret, or an older state of it"))
                    .hint(replace),
            ),
            (None, ours) if ours.is_some() || found.is_some() => problems.push(
                Problem::new(Code::OverwrittenByHand, format!("{destination} was deleted"))
                    .cause("workflows that use it now get an empty value")
                    .hint(replace),
            ),
            // Whether they hold a value that was found elsewhere is told by the record; the first
            // rotation writes them.
            (Some(_), None) if state.held.is_empty() => {}
            (None, None) if destination.create && state.held.is_empty() => {}
            (None, None) if !destination.create => problems.push(secrets.missing(destination, index == 0, &config.destinations).await),
            (_, None) => problems.push(unwritten(destination).hint(replace)),
            _ => {}
        }
        if let (Some(now), Some(ours)) =
            (snapshot.reach.map(|reach| reach.digest()), state.reach.get(&destination.key()))
            && now != *ours
        {
            problems.push(
                Problem::new(Code::VisibilityChanged, format!("other repositories may read {destination} than when tokenward wrote it"))
                    .cause(format!("it was {ours}, and is {now}"))
                    .hint("compare the list in the organization's settings; the next rotation keeps what it finds"),
            );
        }
    }
    Drift { problems, shown }
}

/// A destination that the config names since the last rotation.
pub(super) fn unwritten(destination: &Destination) -> Problem {
    Problem::new(
        Code::DestinationUnwritten,
        format!("{destination} was added to the config, and tokenward has not written it yet"),
    )
    .cause("it may hold an older value, or another one")
}

/// Whether the key in use is gone at the provider, by the list of the manager where this run has
/// one. A test call may say nothing of it: a deleted key works on for a while.
pub async fn lost_key(job: &Job<'_>, state: &TokenState) -> Option<Problem> {
    // A value that cannot be the manager is sent to nobody.
    let current =
        state.current.as_ref().filter(|key| job.flaw.is_none() && !state.is_ending(key))?;
    let (id, manager) = (current.id.as_ref()?, job.values.manager.as_ref()?);
    if !job.abilities.issues()
        || (job.config.manager.is_none() && !job.abilities.manager.self_managed)
    {
        return None;
    }
    let (name, provider) = (&job.config.name, &job.config.provider);
    match job.driver.is_gone(manager, id).await {
        Ok(false) => None,
        Ok(true) => Some(
            Problem::new(Code::TokenDead, format!("the key in use of {name} ({id}) is no longer at {provider}"))
                .cause("somebody deleted it there, or the manager belongs to another account")
                .hint(format!("tokenward rotate {name} --force --reason TEXT"))
                .state("whoever uses it fails, or will in a moment"),
        ),
        Err(_) => Some(
            Problem::new(Code::NotTested, format!("whether the key in use of {name} ({id}) is still there could not be seen"))
                .cause(format!("{provider} does not list its keys for the manager of this run"))
                .hint(format!("see `tokenward providers {provider}` for the scopes a manager needs, or run it again")),
        ),
    }
}
