//! `grace: {confirmed-by: [...]}`: an old key waits until the repositories named there left a mark
//! for the value in use. What cannot be seen counts as not confirmed, and is said.

use super::context::Context;
use super::mark::Marked;
use super::mark_found::Found;
use super::memory::Memory;
use super::retiring::{ripe_at, waits_for_marks};
use super::transition::Transition;
use super::{late, mark, mark_found, moves, since};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem, Repo, Timestamp};
use crate::net::github::GitHubError;

/// Reads the marks of the repositories that are not known to have confirmed the value in use.
/// Two reads a repository, and one a hundred marks more. Changes nothing.
pub(super) async fn marks(
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
                let problem = unseen(cx, repo, &trouble);
                memory.report.problems.push(problem);
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
    mark_found::find(github, repo, &branch, marked, since).await
}

fn unseen(cx: &Context<'_>, repo: &Repo, trouble: &GitHubError) -> Problem {
    let name = &cx.job.config.name;
    let problem = trouble.to_problem(&format!("read the deployments of {repo}"));
    let problem = match trouble {
        GitHubError::Permission { .. } | GitHubError::NotFound => Problem {
            id: Code::ConfirmUnseen,
            what: format!("whether {repo} confirmed the value in use of {name} could not be seen"),
            causes: vec!["our credential may not read its deployments, or it does not exist".to_owned()],
            ..problem
        }
        .hint(format!("install the GitHub App behind TOKENWARD_GITHUB_TOKEN on {repo}, with the permission `Deployments: read`")),
        _ => problem,
    };
    problem.state("old and new value both work; the old one is not revoked before this is known")
}

/// Reads the marks, journals those that count, and says what is still waited for.
pub(super) async fn look_at_marks(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let confirmed = marks(cx, memory, state).await;
    let to = moves::confirmed(state, confirmed.clone());
    tell_what_marks_are_missing(cx, &to, memory);
    if !confirmed.is_empty() {
        let version = state.current.as_ref().map(|key| key.version).unwrap_or_default();
        let by: Vec<&str> = confirmed.iter().map(|(repo, _)| repo.as_str()).collect();
        let what = format!("{} confirmed {version}", by.join(", "));
        return Ok(Transition::keep(to, what.clone()).done(what));
    }
    Ok(Transition::stay())
}

fn tell_what_marks_are_missing(cx: &Context<'_>, state: &TokenState, memory: &mut Memory) {
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
            Some(late::unconfirmed(Code::RotationUnderWay, name, version, &missing, ripe))
        }
        // The person who set `confirm` up learns at once that it does not work, and not when
        // the grace is over.
        None if !refused.is_empty() => Some(late::not_confirmed(name, &missing)),
        None => None,
    };
    if let Some(problem) = problem {
        let problem = refused.into_iter().fold(problem, Problem::cause);
        memory.report.problems.push(problem);
    }
}
