//! Cleans up outside when a rotation no longer needs something: removes helper secrets, closes the
//! issue, resolves alerts. The journal alone decides what, and when.

use super::context::Context;
use super::facts::NextSecret;
use super::inputs::Inputs;
use super::memory::Memory;
use super::problems::{self, bug};
use super::step::CleanupTask;
use super::transition::Transition;
use super::{issue_text, page, slots};
use crate::domain::Problem;
use crate::domain::cleanup::{Leak, PendingCleanup};
use crate::domain::lifecycle::TokenState;

/// What can be cleaned up now, while nothing is pending.
pub(super) fn next(state: &TokenState, memory: &Memory, inputs: &Inputs) -> Option<CleanupTask> {
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
pub(super) fn urgent(state: &TokenState, memory: &Memory) -> Option<CleanupTask> {
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

/// Cleans one thing up. A failure is reported, and the next run tries again.
pub(super) async fn tidy(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    loose: CleanupTask,
) -> Result<Transition, Problem> {
    let done = match &loose {
        CleanupTask::Next => remove_next(cx, state).await,
        CleanupTask::Kept => remove_kept(cx, state).await,
        CleanupTask::Alert(number) => resolve_alert(cx, state, *number).await,
        CleanupTask::Replaced(number) => close_replaced(cx, state, *number).await,
        CleanupTask::Issue => close_issue(cx, state).await,
    };
    match done {
        Ok((ends, what)) => {
            let to = TokenState { loose_ends: ends, ..state.clone() };
            Ok(Transition::leave(to, what.clone()).done(what))
        }
        Err(problem) => {
            memory.ends.untidy.insert(loose);
            memory.report.problems.push(problem);
            Ok(Transition::stay())
        }
    }
}

async fn remove_next(
    cx: &Context<'_>,
    state: &TokenState,
) -> Result<(PendingCleanup, String), Problem> {
    let slot = slots::next_slot(cx)?;
    let ends = PendingCleanup { next: None, ..state.loose_ends.clone() };
    let taken = state.loose_ends.next.as_ref().ok_or_else(|| bug("no value was taken"))?;
    let now = cx.world.secrets.look(&slot).await?.updated_at;
    // A person has stored another value there since, for the next rotation.
    if now.is_some() && now != taken.written {
        return Ok((ends, format!("kept {slot}: it was written again")));
    }
    cx.actions.remove(&slot).await?;
    Ok((ends, format!("removed {slot}")))
}

async fn remove_kept(
    cx: &Context<'_>,
    state: &TokenState,
) -> Result<(PendingCleanup, String), Problem> {
    let slot = slots::old_slot(cx)?;
    cx.actions.remove(&slot).await?;
    Ok((PendingCleanup { kept: Vec::new(), ..state.loose_ends.clone() }, format!("removed {slot}")))
}

/// Resolves an alert when its value is known to be revoked: by a test call if this run has the
/// value, otherwise when the key is gone and the provider's delay for rejecting it has passed.
async fn resolve_alert(
    cx: &Context<'_>,
    state: &TokenState,
    number: u64,
) -> Result<(PendingCleanup, String), Problem> {
    let repo = page::primary_repo(cx)?;
    let leak = state.loose_ends.leaks.iter().find(|leak| leak.alert == Some(number));
    let fingerprint =
        leak.map(|leak| &leak.fingerprint).ok_or_else(|| bug("there is no such alert"))?;
    let lag = cx.job.abilities.limits.revoke_lag;
    let dead = match slots::value_of(cx, state, fingerprint) {
        Some(value) => cx.actions.verify(&value).await.is_dead(),
        None => state
            .dead
            .iter()
            .any(|dead| dead.fingerprint == *fingerprint && lag.after(dead.at) <= cx.now()),
    };
    if !dead {
        return Err(problems::lateness::alert_stays_open(number, repo, lag));
    }
    let comment = format!(
        "tokenward replaced {} in every destination, and verified that this value is revoked.",
        cx.job.config.name
    );
    let answer = cx.actions.resolve_alert(repo, number, &comment).await;
    answer.map_err(|trouble| problems::leaks::alert(&trouble, number, repo, "resolve"))?;
    let mut ends = state.loose_ends.clone();
    ends.leaks.retain(|leak| leak.alert != Some(number));
    Ok((ends, format!("resolved alert {number} of {repo} as revoked")))
}

async fn close_issue(
    cx: &Context<'_>,
    state: &TokenState,
) -> Result<(PendingCleanup, String), Problem> {
    let repo = page::primary_repo(cx)?;
    let ends = PendingCleanup { issue: None, ..state.loose_ends.clone() };
    let Some(number) = state.loose_ends.issue.as_ref().and_then(|ask| ask.number) else {
        return Ok((ends, "no issue was opened".to_owned()));
    };
    let trouble =
        |trouble| problems::manual::issue(&trouble, repo, &format!("close issue {number}"));
    cx.actions
        .close_issue(repo, number, &issue_text::farewell(cx, state))
        .await
        .map_err(trouble)?;
    Ok((ends, format!("closed issue {number} of {repo}")))
}

/// Closes a routine issue whose steps are obsolete because of a leak; a comment names the issue
/// about the leak.
async fn close_replaced(
    cx: &Context<'_>,
    state: &TokenState,
    number: u64,
) -> Result<(PendingCleanup, String), Problem> {
    let repo = page::primary_repo(cx)?;
    let mut ends = state.loose_ends.clone();
    let Some(ask) = &mut ends.issue else { return Err(bug("no issue replaces this one")) };
    let Some(by) = ask.number else {
        return Err(bug("the number of the replacing issue is not known"));
    };
    ask.replaces.retain(|old| *old != number);
    let closed = cx.actions.close_issue(repo, number, &issue_text::replaced(cx, by)).await;
    closed.map_err(|trouble| {
        problems::manual::issue(&trouble, repo, &format!("close issue {number}"))
    })?;
    Ok((ends, format!("closed issue {number} of {repo}: issue {by} replaces it")))
}
