//! Everything that can be found out before a key is made: it reads only, and reports all it finds
//! at once. `rotate` and `plan` stop at what it finds; `doctor` tells it. What the provider is
//! asked is in `account`.

use super::context::Context;
use super::memory::Memory;
use super::{account, truth};
use crate::destinations::{Found, LARGEST_VALUE, Snapshot, Which};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Destination, Place, Problem, Secret, VisibilityRule};
use crate::providers::ProviderError;

/// Looks at the destinations, the value in use and the manager's account.
pub(super) async fn preflight(
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

/// Every destination exists or may be created, and can be written as far as GitHub tells. Also
/// remembers what each was before.
pub(super) async fn look_at_destinations(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    problems: &mut Vec<Problem>,
) {
    look_at(cx, state, memory, Which::All, problems).await;
}

/// Where no rotation is due: what would stop the next one, so that it is reported in time.
pub(super) async fn look_at_new_destinations(
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

/// The value in use works, and says what the new one may do.
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
    // A refresh token is not tested: that would use it up. An access token whose time is over
    // is what a refresh cures.
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

/// The manager works, its account holds the key in use, and there is room for one more.
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
    let is_told =
        |problem: &Problem| memory.report.problems.iter().any(|told| told.what == problem.what);
    let unknown = account.unknown.filter(|problem| !is_told(problem));
    memory.report.problems.extend(unknown);
    problems.extend(account.problems);
}

/// The problem that reports a refused manager.
pub(super) fn manager_problem(cx: &Context<'_>, verb: &str, refusal: &ProviderError) -> Problem {
    account::manager_problem(cx.job.config, verb, refusal)
}

/// Whether tokenward wrote a destination before, or has begun to: one that is gone was deleted.
pub(super) fn wrote(state: &TokenState, destination: &Destination) -> bool {
    let key = destination.key();
    let begun = state.pending.as_ref().and_then(|pending| pending.pushes.get(&key));
    state.held.contains_key(&key) || begun.is_some_and(|push| push.before.is_some())
}

pub(super) fn value_missing(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Problem {
    let config = cx.job.config;
    let variable = &config.value;
    Problem::new(
        Code::ValueMissing,
        format!("{variable} is empty or not set, so the value of {} is not known", config.name),
    )
    .hint(config.handing(variable))
    .state(truth::unchanged(state, memory))
}

pub(super) fn provider_unavailable(cx: &Context<'_>, why: &str) -> Problem {
    account::unavailable(cx.job.config, why)
}

/// An organization's secret that is not there, and whose readers are to stay who they are: a write
/// would leave it to nobody.
pub(super) fn nothing_to_preserve(
    destination: &Destination,
    snapshot: &Snapshot,
) -> Option<Problem> {
    let Place::Organization { org, visibility: VisibilityRule::Preserve } = &destination.place
    else {
        return None;
    };
    snapshot.updated_at.is_none().then(|| {
        Problem::new(
            Code::SecretDidNotExist,
            format!(
                "{} does not exist in {org}, so there is no visibility to preserve",
                destination.secret
            ),
        )
        .hint("create it in the organization's settings, or write `visibility: private` or `all`")
    })
}

/// A value over GitHub's limit is refused before anything is begun.
pub(super) fn too_large(value: &Secret) -> Option<Problem> {
    (value.len() > LARGEST_VALUE).then(|| {
        Problem::new(
            Code::ValueTooLarge,
            format!(
                "the value has {} bytes, and GitHub takes at most {LARGEST_VALUE}",
                value.len()
            ),
        )
        .state("nothing was changed: no key was made, the old one lives")
    })
}

fn or_state(problem: Problem, state: &str) -> Problem {
    if problem.state.is_some() { problem } else { problem.state(state) }
}

/// The credential that may make and revoke keys.
pub(super) fn manager<'j>(
    cx: &Context<'j>,
    state: &TokenState,
    memory: &Memory,
) -> Result<&'j Secret, Problem> {
    account::manager(cx.job).map_err(|problem| problem.state(truth::unchanged(state, memory)))
}
