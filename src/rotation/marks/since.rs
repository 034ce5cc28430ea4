//! Since when a mark of a repository counts: since the delivery of the value to it. Pure.

use crate::domain::lifecycle::{TokenState, Written};
use crate::domain::{Repo, Timestamp};

/// When the value in use was delivered to a repository: to its own destinations, or to all if it
/// has none.
pub(crate) fn delivered(state: &TokenState, repo: &Repo) -> Option<Timestamp> {
    latest(state.held.iter().map(|(key, at)| (key.as_str(), *at)), repo)
}

/// The same for the new value.
pub(crate) fn on_its_way(state: &TokenState, repo: &Repo) -> Option<Timestamp> {
    let pending = state.pending.as_ref()?;
    let done = pending.pushes.iter().filter_map(|(key, push)| match push.written {
        Written::Done { at } => Some((key.as_str(), at)),
        _ => None,
    });
    latest(done, repo).or(Some(pending.since))
}

fn latest<'k>(
    written: impl Iterator<Item = (&'k str, Timestamp)> + Clone,
    repo: &Repo,
) -> Option<Timestamp> {
    let repo = repo.to_string().to_lowercase();
    let (secrets, environments) = (format!("actions:{repo}#"), format!("environment:{repo}:"));
    let own = written
        .clone()
        .filter(|(key, _)| key.starts_with(&secrets) || key.starts_with(&environments))
        .map(|(_, at)| at)
        .max();
    own.or_else(|| written.map(|(_, at)| at).max())
}
