//! Completes the report of a run.

use super::describe::describe;
use crate::domain::Problem;
use crate::domain::outcome::TokenOutcome;
use crate::rotation::run::Run;
use crate::rotation::types::job::Job;

/// The report of a run that has ended.
pub(crate) fn finish(mut run: Run<'_>) -> TokenOutcome {
    describe(&mut run.memory.report, &run.state, &run.cx.job.policy);
    let waits = &run.memory.seen.waits;
    if let (Some(next), false) = (&mut run.memory.report.next, waits.is_empty()) {
        next.what = format!("{} once {}", next.what, waits.join(", and "));
    }
    run.memory.report
}

/// The report of a run that could not start.
pub(crate) fn failed(job: &Job<'_>, problem: Problem) -> TokenOutcome {
    let mut outcome = TokenOutcome::new(job.config.name.clone(), job.config.provider.clone());
    outcome.problems.push(problem);
    outcome
}
