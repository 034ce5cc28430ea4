//! Whether an old key is out of use: no workflow run is left that was created before the last push,
//! and the provider has not seen the key for a while. What cannot be seen counts as in use, and is
//! said.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::Context;
use super::memory::Memory;
use super::preflight;
use super::retiring::label;
use super::transition::Transition;
use crate::config::{Drain, OnTimeout};
use crate::destinations::Readers;
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, KeyId, Problem, Repo, Span, Timestamp};
use crate::net::github::GitHubError;

/// The states of a run that is not over. Source: GitHub's REST description, `status` of "List
/// workflow runs for a repository".
const UNFINISHED: [&str; 5] = ["queued", "in_progress", "waiting", "pending", "requested"];
/// How many runs are named.
const NAMED: usize = 3;

/// The runs of one repository that may still hold the old value.
#[derive(Default)]
struct Runs {
    count: u64,
    addresses: Vec<String>,
}

/// What looking at the runs came to.
struct Drained {
    runs: Runs,
    unseen: Vec<String>,
}

/// Looks whether a retiring key is still in use. One that is, is left for a later run.
pub(super) async fn look_at_use(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<Transition, Problem> {
    let key = state.retiring.get(index).map(|retiring| retiring.key.clone());
    let key = key.ok_or_else(|| super::faults::bug("there is no such retiring key"))?;
    let mut waits = Vec::new();
    if let Some(drain) = cx.job.policy.drain {
        waits.extend(wait_for_runs(cx, state, memory, drain).await?);
    }
    if let (Some(quiet), Some(id)) = (cx.job.policy.last_used, &key.id) {
        waits.extend(wait_for_quiet(cx, state, memory, quiet, id).await?);
    }
    if waits.is_empty() {
        memory.seen.unused.insert(label(&key));
    } else {
        memory.ends.left_for_later.insert(label(&key));
        memory.seen.waits = waits;
    }
    Ok(Transition::stay())
}

/// The moment the last destination had the value in use.
fn pushed_at(cx: &Context<'_>, state: &TokenState) -> Timestamp {
    state.held.values().max().copied().unwrap_or_else(|| cx.now())
}

/// What is waited for, while there are runs that were created before the last push, or that
/// cannot be seen.
async fn wait_for_runs(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    drain: Drain,
) -> Result<Option<String>, Problem> {
    let Drained { runs, unseen } = drained(cx, state).await?;
    if runs.count == 0 && unseen.is_empty() {
        return Ok(None);
    }
    let mut parts = Vec::new();
    if runs.count > 0 {
        parts.push(format!(
            "{} that may hold the old value ({})",
            crate::domain::text::count(
                usize::try_from(runs.count).unwrap_or(usize::MAX),
                "run",
                "runs"
            ),
            runs.addresses.join(", ")
        ));
    }
    if !unseen.is_empty() {
        parts.push("runs that could not be seen".to_owned());
    }
    let what = parts.join(" and ");
    let name = &cx.job.config.name;
    let timed_out = drain.max_wait.after(pushed_at(cx, state)) <= cx.now();
    if timed_out && drain.on_timeout == OnTimeout::Revoke {
        memory.done(
            cx,
            format!(
                "waited {} for {what}, and revoke nevertheless, as `on-timeout: revoke` says",
                drain.max_wait
            ),
        );
        return Ok(None);
    }
    if timed_out && drain.on_timeout == OnTimeout::Fail {
        let problem = Problem::new(
            Code::DrainTimeout,
            format!("the old value of {name} waits longer than {} for {what}", drain.max_wait),
        )
        .hint("cancel the runs, or end their approval; the next run looks again")
        .state("old and new value both work");
        memory.report.problems.push(problem);
    } else if !unseen.is_empty() && drain.on_timeout != OnTimeout::Revoke {
        let problem = Problem::new(
            Code::DrainUnseen,
            format!(
                "whether workflow runs still hold the old value of {name} could not be seen everywhere"
            ),
        );
        let problem = unseen.into_iter().fold(problem, Problem::cause);
        memory.report.problems.push(
            problem
                .hint("give TOKENWARD_GITHUB_TOKEN `Actions: read` on the repositories that are handed the secret, or write `on-timeout: revoke`")
                .state("old and new value both work; the old one is not revoked before this is known"),
        );
    }
    Ok(Some(format!("{what} are over")))
}

async fn drained(cx: &Context<'_>, state: &TokenState) -> Result<Drained, Problem> {
    let (mut repos, mut unseen) = (BTreeSet::new(), Vec::new());
    for destination in &cx.job.config.destinations {
        match cx.world.secrets.readers(destination).await {
            Ok(Readers::Runs(of)) => repos.extend(of.iter().map(ToString::to_string)),
            Ok(Readers::Unknown(why)) => unseen.push(why),
            Err(problem) => unseen.push(problem.what),
        }
    }
    let mut runs = Runs::default();
    for repo in repos.iter().filter_map(|repo| Repo::parse(repo)) {
        match runs_of(cx, state, &repo).await {
            Ok(found) => {
                runs.count += found.count;
                let room = NAMED.saturating_sub(runs.addresses.len());
                runs.addresses.extend(found.addresses.into_iter().take(room));
            }
            Err(trouble) if trouble.is_kept_from_us() => {
                let told = trouble.to_problem(&format!("see the runs of {repo}"));
                unseen.push(format!(
                    "our credential may not see the runs of {repo}: {}",
                    told.causes.first().unwrap_or(&told.what)
                ));
            }
            Err(trouble) => {
                return Err(trouble.to_problem(&format!("look at the runs of {repo}")));
            }
        }
    }
    Ok(Drained { runs, unseen })
}

/// The workflow's own credential sees the runs of its own repository; of the others, the one
/// that writes secrets may.
async fn runs_of(cx: &Context<'_>, state: &TokenState, repo: &Repo) -> Result<Runs, GitHubError> {
    let own = cx.world.run.is_none_or(|run| run.repository.eq_ignore_ascii_case(&repo.to_string()));
    let order =
        if own { [cx.world.reader, cx.world.writer] } else { [cx.world.writer, cx.world.reader] };
    match unfinished(cx, state, order[0], repo).await {
        Err(trouble) if trouble.is_kept_from_us() => unfinished(cx, state, order[1], repo).await,
        outcome => outcome,
    }
}

async fn unfinished(
    cx: &Context<'_>,
    state: &TokenState,
    github: &crate::net::github::GitHub,
    repo: &Repo,
) -> Result<Runs, GitHubError> {
    let until = pushed_at(cx, state);
    let mut runs = Runs::default();
    for status in UNFINISHED {
        let page = github
            .get(&format!(
                "/repos/{repo}/actions/runs?status={status}&created=%3C%3D{until}&per_page=100"
            ))
            .await?
            .body;
        let unreadable = || GitHubError::Silent {
            why: "GitHub's answer lacks `total_count`".to_owned(),
            without_effect: true,
        };
        let mut count = page.get("total_count").and_then(Value::as_u64).ok_or_else(unreadable)?;
        for run in page.get("workflow_runs").and_then(Value::as_array).into_iter().flatten() {
            // This very run holds the new value.
            if is_us(cx, repo, run) {
                count = count.saturating_sub(1);
            } else if runs.addresses.len() < NAMED {
                let id = run.get("id").and_then(Value::as_u64);
                let server = &cx.job.values.desk.server;
                runs.addresses.extend(id.map(|id| format!("{server}/{repo}/actions/runs/{id}")));
            }
        }
        runs.count = runs.count.saturating_add(count);
    }
    Ok(runs)
}

fn is_us(cx: &Context<'_>, repo: &Repo, run: &Value) -> bool {
    let id = run.get("id").and_then(Value::as_u64);
    cx.world.run.is_some_and(|ours| {
        Some(ours.id) == id && ours.repository.eq_ignore_ascii_case(&repo.to_string())
    })
}

/// What is waited for, while the provider has seen the key within this time.
async fn wait_for_quiet(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    quiet: Span,
    id: &KeyId,
) -> Result<Option<String>, Problem> {
    let used = cx.job.driver.last_used(preflight::manager(cx, state, memory)?, id).await;
    let used = used.map_err(|refusal| {
        preflight::manager_problem(cx, &format!("see when key {id} was last used at"), &refusal)
    })?;
    let (provider, lag) = (&cx.job.config.provider, cx.job.abilities.limits.use_lag);
    // The provider has reported every use before the last push by then.
    let told_at = lag.after(pushed_at(cx, state));
    Ok(match used {
        Some(used) if quiet.after(lag.after(used)) > cx.now() => {
            let late = if lag.is_zero() {
                String::new()
            } else {
                format!(", and {provider} tells of a use up to {lag} late")
            };
            Some(format!("nobody has used it for {quiet} (it was used at {used}{late})"))
        }
        _ if told_at > cx.now() => Some(format!(
            "{provider} has told who used it until the last push, which takes up to {lag}"
        )),
        _ => None,
    })
}
