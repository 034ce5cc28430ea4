//! `grace: {confirmed-by: [...]}`: an old key waits until the repositories listed there have left a
//! mark for the value in use. A mark that cannot be read does not count, and is reported.

use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem, Repo, Timestamp};
use crate::net::github::GitHubError;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::marks::found;
use crate::rotation::marks::found::Found;
use crate::rotation::marks::mark;
use crate::rotation::marks::mark::Marked;
use crate::rotation::marks::since;
use crate::rotation::problems::confirming;
use crate::rotation::types::moves;
use crate::rotation::types::retiring::{ripe_at, waits_for_marks};
use crate::rotation::types::transition::Transition;

/// Reads the marks of the repositories that are not known to have confirmed the value in use.
/// Two reads per repository, and one more per hundred marks. Changes nothing.
pub(crate) async fn marks(
    cx: &Context<'_>,
    memory: &mut Memory,
    state: &TokenState,
) -> Vec<(String, Timestamp)> {
    memory.seen.marks_seen = true;
    let mut confirmed = Vec::new();
    let policy = &cx.job.policy;
    for repo in policy.unconfirmed(state) {
        match mark_of(cx, repo, state).await {
            Ok(Found { at: Some(at), .. }) => confirmed.push((repo.to_string().to_lowercase(), at)),
            Ok(Found { refused, .. }) => memory
                .seen
                .marks_refused
                .extend(refused.into_iter().map(|why| format!("{repo}: {why}"))),
            Err(trouble) => {
                memory.report.problems.push(confirming::marks_unseen(
                    &trouble,
                    repo,
                    &cx.job.config.name,
                ));
            }
        }
    }
    confirmed
}

async fn mark_of(cx: &Context<'_>, repo: &Repo, state: &TokenState) -> Result<Found, GitHubError> {
    let primary = cx.job.config.primary().and_then(|primary| primary.place.repo());
    let (Some(primary), Some(current), Some(since)) =
        (primary, &state.current, since::delivered(state, repo))
    else {
        return Ok(Found::default());
    };
    let marked = Marked {
        primary,
        token: &cx.job.config.name,
        version: current.version,
        fingerprint: &current.fingerprint,
    };
    let github = cx.world.writer;
    let branch = mark::default_branch(github, repo).await?;
    found::find(github, repo, &branch, marked, since).await
}

/// Reads the marks, journals those that count, and reports which are missing.
pub(crate) async fn look_at_marks(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let confirmed = marks(cx, memory, state).await;
    let to = moves::confirmed(state, confirmed.clone());
    report_missing_marks(cx, &to, memory);
    if !confirmed.is_empty() {
        let version = state.current.as_ref().map(|key| key.version).unwrap_or_default();
        let by: Vec<&str> = confirmed.iter().map(|(repo, _)| repo.as_str()).collect();
        let what = format!("{} confirmed {version}", by.join(", "));
        return Ok(Transition::keep(to, what.clone()).done(what));
    }
    Ok(Transition::stay())
}

fn report_missing_marks(cx: &Context<'_>, state: &TokenState, memory: &mut Memory) {
    let (name, policy, now) = (&cx.job.config.name, &cx.job.policy, cx.now());
    let missing = policy.unconfirmed(state);
    let mut waiting =
        state.retiring.iter().filter(|retiring| waits_for_marks(retiring) && !missing.is_empty());
    let ripe = waiting.find_map(|retiring| {
        Some((retiring.key.version, ripe_at(retiring).filter(|ripe| *ripe <= now)?))
    });
    let refused = std::mem::take(&mut memory.seen.marks_refused);
    let problem = match ripe {
        Some((version, ripe)) => {
            Some(confirming::unconfirmed(Code::RotationUnderWay, name, version, &missing, ripe))
        }
        // Reported at once, not only after the grace period: the setup of `confirm` is wrong.
        None if !refused.is_empty() => Some(confirming::no_valid_mark(name, &missing)),
        None => None,
    };
    if let Some(problem) = problem {
        let problem = refused.into_iter().fold(problem, Problem::cause);
        memory.report.problems.push(problem);
    }
}
