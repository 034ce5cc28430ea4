//! Checks whether an old key is still in use: by workflow runs that were created before the last
//! delivery, or recently according to the provider. What cannot be checked counts as in use, and is
//! reported.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::{Drain, OnTimeout};
use crate::destinations::Readers;
use crate::domain::lifecycle::TokenState;
use crate::domain::text::count;
use crate::domain::{KeyId, Problem, Repo, Span, Timestamp};
use crate::net::github::GitHubError;
use crate::rotation::checks::preflight;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::{bug, destinations};
use crate::rotation::types::retiring::label;
use crate::rotation::types::transition::Transition;

/// The states of a run that has not ended. Source: GitHub's REST description, `status` of "List
/// workflow runs for a repository".
const UNFINISHED: [&str; 5] = ["queued", "in_progress", "waiting", "pending", "requested"];
/// How many runs are listed.
const NAMED: usize = 3;

/// The runs of one repository that may still hold the old value.
#[derive(Default)]
struct Runs {
    count: u64,
    addresses: Vec<String>,
}

/// The result of checking the runs.
struct Drained {
    runs: Runs,
    unseen: Vec<String>,
}

/// Checks whether a retiring key is still in use. If it is, a later run revokes it.
pub(crate) async fn look_at_use(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<Transition, Problem> {
    let key = state.retiring.get(index).map(|retiring| retiring.key.clone());
    let key = key.ok_or_else(|| bug("there is no such retiring key"))?;
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

/// When the last destination received the value in use.
fn pushed_at(cx: &Context<'_>, state: &TokenState) -> Timestamp {
    state.held.values().max().copied().unwrap_or_else(|| cx.now())
}

/// What the key waits for, while there are runs that were created before the last delivery, or that
/// cannot be listed.
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
            count(usize::try_from(runs.count).unwrap_or(usize::MAX), "run", "runs"),
            runs.addresses.join(", ")
        ));
    }
    if !unseen.is_empty() {
        parts.push("runs that could not be listed".to_owned());
    }
    let what = parts.join(" and ");
    let name = &cx.job.config.name;
    let timed_out = drain.max_wait.after(pushed_at(cx, state)) <= cx.now();
    if timed_out && drain.on_timeout == OnTimeout::Revoke {
        memory.done(
            cx,
            format!(
                "waited {} for {what}; revoking anyway, as `on-timeout: revoke` says",
                drain.max_wait
            ),
        );
        return Ok(None);
    }
    if timed_out && drain.on_timeout == OnTimeout::Fail {
        memory.report.problems.push(destinations::runs_timed_out(name, drain.max_wait, &what));
    } else if !unseen.is_empty() && drain.on_timeout != OnTimeout::Revoke {
        memory.report.problems.push(destinations::runs_unseen(name, unseen));
    }
    Ok(Some(format!("{what} have ended")))
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
                let told = trouble.to_problem(&format!("list the runs of {repo}"));
                unseen.push(format!(
                    "the credential cannot list the runs of {repo}: {}",
                    told.causes.first().unwrap_or(&told.what)
                ));
            }
            Err(trouble) => {
                return Err(trouble.to_problem(&format!("list the runs of {repo}")));
            }
        }
    }
    Ok(Drained { runs, unseen })
}

/// Lists the runs with the credential that can probably see them: for its own repository that of
/// the workflow, otherwise the one that writes secrets.
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
            why: "GitHub's response lacks `total_count`".to_owned(),
            without_effect: true,
        };
        let mut count = page.get("total_count").and_then(Value::as_u64).ok_or_else(unreadable)?;
        for run in page.get("workflow_runs").and_then(Value::as_array).into_iter().flatten() {
            // This run has the new value.
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

/// What the key waits for, while the provider reports that it was used within this time.
async fn wait_for_quiet(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    quiet: Span,
    id: &KeyId,
) -> Result<Option<String>, Problem> {
    let used = cx.job.driver.last_used(preflight::manager(cx, state, memory)?, id).await;
    let used = used.map_err(|refusal| {
        preflight::manager_problem(cx, &format!("check when key {id} was last used at"), &refusal)
    })?;
    let (provider, lag) = (&cx.job.config.provider, cx.job.abilities.limits.use_lag);
    // By then the provider has reported every use before the last delivery.
    let told_at = lag.after(pushed_at(cx, state));
    Ok(match used {
        Some(used) if quiet.after(lag.after(used)) > cx.now() => {
            let late = if lag.is_zero() {
                String::new()
            } else {
                format!(", and {provider} reports a use up to {lag} late")
            };
            Some(format!("it has been unused for {quiet} (last used at {used}{late})"))
        }
        _ if told_at > cx.now() => Some(format!(
            "{provider} has reported every use before the last delivery (this takes up to {lag})"
        )),
        _ => None,
    })
}
