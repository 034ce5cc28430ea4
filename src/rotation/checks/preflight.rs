//! The checks before a key is issued. They only read, and report all problems together. `rotate`
//! and `plan` stop at a problem; `doctor` reports it. The checks at the provider are in `account`.

use super::account;
use crate::destinations::{Found, LARGEST_VALUE, Snapshot, Which};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Destination, Place, Problem, Secret, VisibilityRule};
use crate::providers::ProviderError;
use crate::rotation::decide::memory::Memory;
use crate::rotation::decide::truth;
use crate::rotation::effects::context::Context;
use crate::rotation::problems;

/// Checks the destinations, the value in use and the manager's account.
pub(crate) async fn preflight(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    look_at_destinations(cx, state, memory, &mut problems).await;
    look_at_current(cx, state, memory, &mut problems).await;
    look_at_account(cx, state, memory, &mut problems).await;
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems
            .into_iter()
            .map(|problem| or_state(problem, &truth::no_key(state, memory)))
            .collect())
    }
}

/// Checks that every destination exists or may be created, and can be written as far as GitHub
/// shows. Also remembers the state of each.
pub(crate) async fn look_at_destinations(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    problems: &mut Vec<Problem>,
) {
    look_at(cx, state, memory, Which::All, problems).await;
}

/// When no rotation is due: finds what would stop the next one, so that it is reported in time.
pub(crate) async fn look_at_new_destinations(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    look_at(cx, state, memory, Which::Unwritten, &mut problems).await;
    problems
}

async fn look_at(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    which: Which,
    problems: &mut Vec<Problem>,
) {
    let wrote = |destination: &Destination| wrote(state, destination);
    for asked in cx.world.secrets.examine(&cx.job.config.destinations, which, &wrote).await {
        match (asked.found, asked.destination) {
            (Found::Stops(problem), _) => problems.push(problem),
            (Found::There(snapshot) | Found::ToBeMade { snapshot, .. }, Some(destination)) => {
                problems.extend(nothing_to_preserve(destination, &snapshot));
                memory.seen.snapshots.insert(destination.key(), snapshot);
            }
            (Found::There(_) | Found::ToBeMade { .. }, None) => {}
        }
    }
}

/// Checks that the value in use works, and determines the scopes of the new one.
async fn look_at_current(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    problems: &mut Vec<Problem>,
) {
    let Some(value) = &cx.job.values.handed else {
        problems.push(value_missing(cx, state, memory));
        return;
    };
    // A test would use a refresh token up, and a refresh replaces an expired access token.
    if cx.job.abilities.refreshes() {
        problems.extend(if cx.job.abilities.needs_client() {
            manager(cx, state, memory).err()
        } else {
            None
        });
        return;
    }
    let current = account::current(cx.job, value).await;
    problems.extend(current.problem);
    memory.ready.scopes = current.scopes;
    memory.report.verdict = Some(current.verdict);
}

/// Checks that the manager works, its account has the key in use, and there is room for one more.
async fn look_at_account(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    problems: &mut Vec<Problem>,
) {
    if !cx.job.abilities.issues() {
        return;
    }
    let manager = match manager(cx, state, memory) {
        Ok(manager) => manager,
        Err(problem) => {
            problems.push(problem);
            return;
        }
    };
    let verdict = memory.report.verdict.as_ref();
    let account = account::account(
        cx.job,
        manager,
        Some(state),
        verdict,
        memory.ready.going.as_ref(),
        Some(cx.now()),
    )
    .await;
    memory.ready.listed_before.extend(account.listed);
    memory.ready.carried = account.carried;
    let is_reported = |problem: &Problem| {
        memory.report.problems.iter().any(|reported| reported.what == problem.what)
    };
    let unknown = account.unknown.filter(|problem| !is_reported(problem));
    memory.report.problems.extend(unknown);
    problems.extend(account.problems);
}

/// The problem that reports a refused manager.
pub(crate) fn manager_problem(cx: &Context<'_>, action: &str, refusal: &ProviderError) -> Problem {
    problems::account::manager_problem(cx.job.config, action, refusal)
}

/// Whether tokenward wrote a destination before, or has started to: if it is gone, somebody deleted
/// it.
pub(crate) fn wrote(state: &TokenState, destination: &Destination) -> bool {
    let key = destination.key();
    let begun = state.pending.as_ref().and_then(|pending| pending.pushes.get(&key));
    state.held.contains_key(&key) || begun.is_some_and(|push| push.before.is_some())
}

pub(crate) fn value_missing(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Problem {
    problems::received::missing(cx.job.config).state(truth::unchanged(state, memory))
}

/// Reports an organization's secret that does not exist, although its readers should be preserved:
/// a new one would have none.
pub(crate) fn nothing_to_preserve(
    destination: &Destination,
    snapshot: &Snapshot,
) -> Option<Problem> {
    let Place::Organization { org, visibility: VisibilityRule::Preserve } = &destination.place
    else {
        return None;
    };
    let secret = &destination.secret;
    snapshot.updated_at.is_none().then(|| problems::destinations::no_visibility(secret, org))
}

/// Reports a value over GitHub's limit before anything is changed.
pub(crate) fn too_large(value: &Secret) -> Option<Problem> {
    (value.len() > LARGEST_VALUE).then(|| problems::destinations::too_large(value.len()))
}

fn or_state(problem: Problem, state: &str) -> Problem {
    if problem.state.is_some() { problem } else { problem.state(state) }
}

/// The credential that can issue and revoke keys.
pub(crate) fn manager<'j>(
    cx: &Context<'j>,
    state: &TokenState,
    memory: &Memory,
) -> Result<&'j Secret, Problem> {
    account::manager(cx.job).map_err(|problem| problem.state(truth::unchanged(state, memory)))
}
