//! What a plan becomes for the reports.

use super::job::Job;
use super::next::Rest;
use super::plan_words;
use super::token_run::TokenRun;
use crate::domain::forecast::{Forecast, ForecastStep, Requests};
use crate::domain::lifecycle::{Stage, TokenState, Why};
use crate::domain::{Problem, Timestamp};

pub(super) fn forecast(
    run: &TokenRun<'_>,
    steps: Vec<ForecastStep>,
    outcome: Result<(TokenState, Rest), Vec<Problem>>,
) -> Forecast {
    let job = run.job;
    let mut total = Requests::default();
    for step in &steps {
        total += step.requests;
    }
    let (then, revoke_not_before, problems) = match outcome {
        Ok((state, rest)) => {
            (plan_words::of(&rest), earliest_revocation(&state, job, run.now()), Vec::new())
        }
        Err(problems) => ("stops before anything is changed".to_owned(), None, problems),
    };
    Forecast {
        steps,
        total,
        points: total.points(),
        then,
        revoke_not_before,
        ..empty(job, run.state.as_str(), problems)
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
    state.retiring.iter().filter_map(super::next::ripe_at).min()
}

/// A plan of a token of which nothing can be foretold.
pub fn no_plan(job: &Job<'_>, problems: Vec<Problem>) -> Forecast {
    empty(job, "unknown", problems)
}

pub(super) fn empty(job: &Job<'_>, state: &str, problems: Vec<Problem>) -> Forecast {
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
