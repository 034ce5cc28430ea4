//! Workflow runs: whether one is still alive, and which are waiting.

use super::call::{Call, not_found};
use super::logs::{self, Link};
use super::repos::Repo;
use crate::clock::{rfc3339, whole_second};
use crate::http::Answer;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Clone)]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) attempt: u32,
    /// `queued`, `in_progress`, `waiting`, `pending`, `requested` or `completed`.
    pub(super) status: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// What each attempt printed, as a zip. GitHub keeps it for a while.
    pub(super) logs: BTreeMap<u32, Vec<u8>>,
    /// The repository that what it ran came from, where that is another.
    pub(super) fork: Option<String>,
    /// The link to it that was handed out last.
    pub(super) link: Option<Link>,
}

pub(super) fn answer(repo: &mut Repo, rest: &[&str], call: &Call) -> Answer {
    match (call.method(), rest) {
        ("GET", [id, "attempts", attempt, "logs"]) => logs::answer(repo, id, attempt, call),
        ("GET", []) => {
            let wanted = |run: &&Run| {
                let status = call
                    .request
                    .query("status")
                    .is_none_or(|s| s == run.status || Some(s) == conclusion(run));
                status
                    && call
                        .request
                        .query("created")
                        .is_none_or(|range| within(run.created_at, range))
            };
            let newest_first = repo.runs.values().rev().filter(wanted);
            call.counted(
                "workflow_runs",
                newest_first.map(|run| describe(repo, run, call)).collect(),
            )
        }
        ("GET", [id] | [id, "attempts", _]) => {
            let run = id.parse().ok().and_then(|id: u64| repo.runs.get(&id));
            run.map_or_else(not_found, |run| Answer::json(200, &describe(repo, run, call)))
        }
        _ => not_found(),
    }
}

fn conclusion(run: &Run) -> Option<&'static str> {
    (run.status == "completed").then_some("success")
}

/// Whether a time lies in a search range: `>=T`, `>T`, `<=T`, `<T`, `A..B` or a day.
fn within(at: Timestamp, range: &str) -> bool {
    let at = whole_second(at);
    let moment = |text: &str| -> Option<Timestamp> {
        text.parse().ok().or_else(|| format!("{text}T00:00:00Z").parse().ok())
    };
    let compare = |text: &str, holds: fn(Timestamp, Timestamp) -> bool| {
        moment(text).is_some_and(|t| holds(at, t))
    };
    if let Some((from, to)) = range.split_once("..") {
        return (from == "*" || compare(from, |a, t| a >= t))
            && (to == "*" || compare(to, |a, t| a <= t));
    }
    if let Some(text) = range.strip_prefix(">=") {
        compare(text, |a, t| a >= t)
    } else if let Some(text) = range.strip_prefix("<=") {
        compare(text, |a, t| a <= t)
    } else if let Some(text) = range.strip_prefix('>') {
        compare(text, |a, t| a > t)
    } else if let Some(text) = range.strip_prefix('<') {
        compare(text, |a, t| a < t)
    } else {
        rfc3339(at).starts_with(range)
    }
}

fn describe(repo: &Repo, run: &Run, call: &Call) -> Value {
    let api = repo.url(call, &format!("/actions/runs/{}", run.id));
    let head = repo.refs.get("refs/heads/main").cloned().unwrap_or_default();
    let suite = run.id + 1;
    let mut head_repository = repo.brief(call);
    if let Some(fork) = &run.fork {
        head_repository["full_name"] = fork.as_str().into();
    }
    json!({
        "id": run.id,
        "node_id": format!("WFR_{}", run.id),
        "name": "rotate",
        "head_branch": "main",
        "head_sha": head,
        "path": ".github/workflows/rotate.yml",
        "display_title": "rotate",
        "run_number": 1,
        "run_attempt": run.attempt,
        "event": "schedule",
        "status": run.status,
        "conclusion": conclusion(run),
        "workflow_id": 7,
        "url": api,
        "html_url": format!("https://github.com/{}/actions/runs/{}", repo.full_name(), run.id),
        "pull_requests": [],
        "created_at": rfc3339(run.created_at),
        "updated_at": rfc3339(run.updated_at),
        "run_started_at": rfc3339(run.created_at),
        "jobs_url": format!("{api}/jobs"),
        "logs_url": format!("{api}/logs"),
        "check_suite_url": repo.url(call, &format!("/check-suites/{suite}")),
        "artifacts_url": format!("{api}/artifacts"),
        "cancel_url": format!("{api}/cancel"),
        "rerun_url": format!("{api}/rerun"),
        "workflow_url": repo.url(call, "/actions/workflows/7"),
        "head_commit": null,
        "repository": repo.brief(call),
        "head_repository": head_repository,
    })
}
