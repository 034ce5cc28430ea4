//! Turns a dry run into the forecast that reports show.

use crate::domain::forecast::{Forecast, ForecastStep, Requests, StepKind};
use crate::domain::lifecycle::{Stage, TokenState, Why};
use crate::domain::{Problem, Timestamp};
use crate::rotation::effects::plan_words;
use crate::rotation::types::job::{Job, World};
use crate::rotation::types::step::Rest;

pub(crate) fn forecast(
    world: &World<'_>,
    job: &Job<'_>,
    steps: Vec<ForecastStep>,
    planned: Planned,
) -> Forecast {
    let Planned { began, state, rest, problems } = planned;
    let mut total = Requests::default();
    for step in &steps {
        total += step.requests;
    }
    let (then, revoke_not_before) = match &rest {
        Some(rest) => {
            let now = world.now().unwrap_or(state.changed_at);
            (plan_words::of(rest), earliest_revocation(&state, job, now))
        }
        // A record of a journal in a file costs no requests.
        None if steps.iter().all(|step| step.kind == StepKind::Look) => {
            ("stops before it changes anything".to_owned(), None)
        }
        None => ("stops after these steps".to_owned(), None),
    };
    Forecast {
        steps,
        total,
        points: total.points(),
        then,
        revoke_not_before,
        ..empty(job, began, problems)
    }
}

fn earliest_revocation(state: &TokenState, job: &Job<'_>, now: Timestamp) -> Option<Timestamp> {
    if let Some(pending) = state
        .pending
        .as_ref()
        .filter(|_| !state.current.as_ref().is_some_and(|key| state.is_ending(key)))
    {
        let pushed =
            if let Stage::Pushed { pushed_at, .. } = pending.stage { pushed_at } else { now };
        return Some(if pending.why == Why::Leaked || state.has_leaked() {
            pushed
        } else {
            job.policy.grace.after(pushed)
        });
    }
    state.retiring.iter().filter_map(crate::rotation::types::retiring::ripe_at).min()
}

/// The forecast of a token if nothing can be predicted.
pub fn no_plan(job: &Job<'_>, problems: Vec<Problem>) -> Forecast {
    empty(job, "unknown", problems)
}

pub(crate) fn empty(job: &Job<'_>, state: &str, problems: Vec<Problem>) -> Forecast {
    Forecast {
        name: job.config.name.clone(),
        provider: job.config.provider.clone(),
        state: state.to_owned(),
        steps: Vec::new(),
        total: Requests::default(),
        points: 0,
        then: String::new(),
        revoke_not_before: None,
        problems,
    }
}

/// The result of a dry run.
pub(crate) struct Planned {
    /// The state in which it started, in one word.
    pub(crate) began: &'static str,
    /// The state in which it would end.
    pub(crate) state: TokenState,
    /// Why it would stop there; none if it would fail.
    pub(crate) rest: Option<Rest>,
    /// The problems that would stop it.
    pub(crate) problems: Vec<Problem>,
}
