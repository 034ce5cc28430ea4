//! What can be cleaned up outside, now that the rotation no longer needs it. Pure: the journal alone
//! decides what, and when.

use super::inputs::Inputs;
use super::memory::Memory;
use crate::domain::cleanup::Leak;
use crate::domain::lifecycle::TokenState;
use crate::rotation::types::facts::NextSecret;
use crate::rotation::types::step::CleanupTask;

/// What can be cleaned up now, while nothing is pending.
pub(crate) fn next(state: &TokenState, memory: &Memory, inputs: &Inputs) -> Option<CleanupTask> {
    let ends = &state.loose_ends;
    let in_use = state.current.as_ref().map(|key| &key.fingerprint);
    let taken = ends
        .next
        .as_ref()
        .filter(|taken| in_use == Some(&taken.fingerprint))
        .map(|_| CleanupTask::Next);
    let over = !ends.kept.is_empty()
        && !state.retiring.iter().any(|retiring| ends.kept.contains(&retiring.key.fingerprint));
    let settled =
        state.retiring.is_empty() && inputs.wanted.is_none() && inputs.left != NextSecret::Fresh;
    let closed = settled
        && ends.next.is_none()
        && ends.kept.is_empty()
        && ends.issue.as_ref().is_some_and(|ask| ask.replaces.is_empty());
    let mut all = replaced(state).chain(taken).chain(over.then_some(CleanupTask::Kept));
    let mut all =
        all.by_ref().chain(dead_alerts(state)).chain(closed.then_some(CleanupTask::Issue));
    all.find(|loose| !memory.ends.untidy.contains(loose))
}

/// An alert that can be resolved, or an issue that was replaced: also while a new value waits to be
/// proven.
pub(crate) fn urgent(state: &TokenState, memory: &Memory) -> Option<CleanupTask> {
    dead_alerts(state).chain(replaced(state)).find(|loose| !memory.ends.untidy.contains(loose))
}

/// Issues that another one has replaced, once that one is open.
fn replaced(state: &TokenState) -> impl Iterator<Item = CleanupTask> {
    let ask = state.loose_ends.issue.as_ref().filter(|ask| ask.number.is_some());
    ask.into_iter().flat_map(|ask| ask.replaces.iter().copied()).map(CleanupTask::Replaced)
}

fn dead_alerts(state: &TokenState) -> impl Iterator<Item = CleanupTask> {
    let is_dead = |leak: &&Leak| state.dead.iter().any(|dead| dead.fingerprint == leak.fingerprint);
    state
        .loose_ends
        .leaks
        .iter()
        .filter(is_dead)
        .filter_map(|leak| leak.alert)
        .map(CleanupTask::Alert)
}
