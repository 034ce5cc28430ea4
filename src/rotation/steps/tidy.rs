//! Cleans up outside what a rotation no longer needs: removes helper secrets, closes the issue,
//! resolves alerts. `decide/cleanup.rs` decides what, and when.

use crate::domain::Problem;
use crate::domain::cleanup::PendingCleanup;
use crate::domain::lifecycle::TokenState;
use crate::rotation::checks::page;
use crate::rotation::checks::slots;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::issue::text;
use crate::rotation::problems::{self, bug};
use crate::rotation::types::step::CleanupTask;
use crate::rotation::types::transition::Transition;

/// Cleans one thing up. A failure is reported, and the next run tries again.
pub(crate) async fn tidy(
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
    cx.actions.close_issue(repo, number, &text::farewell(cx, state)).await.map_err(trouble)?;
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
    let closed = cx.actions.close_issue(repo, number, &text::replaced(cx, by)).await;
    closed.map_err(|trouble| {
        problems::manual::issue(&trouble, repo, &format!("close issue {number}"))
    })?;
    Ok((ends, format!("closed issue {number} of {repo}: issue {by} replaces it")))
}
