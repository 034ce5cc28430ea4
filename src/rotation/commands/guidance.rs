//! What `guide` tells a person before they create a value: the text of the issue. It reads, and
//! changes nothing.

use crate::domain::Problem;
use crate::domain::lifecycle::{Stage, Why};
use crate::rotation::checks::page;
use crate::rotation::checks::preflight;
use crate::rotation::decide::alarm;
use crate::rotation::effects::live::Live;
use crate::rotation::issue::parts;
use crate::rotation::issue::parts::Phase;
use crate::rotation::issue::text;
use crate::rotation::problems::{NOTHING_CHANGED, destinations, manual};
use crate::rotation::run::Run;
use crate::rotation::steps::mint::first;
use crate::rotation::steps::person;
use crate::rotation::types::due;
use crate::rotation::types::job::{Job, World};

/// What a person needs to know to create a value.
#[derive(Clone, Debug)]
pub struct Guidance {
    /// Why a new value is needed, as the end of a sentence that begins with the token's name;
    /// `None` if none is needed.
    pub why: Option<String>,
    /// Whether a value leaked and may still work.
    pub is_urgent: bool,
    /// The steps to create the value.
    pub making: Vec<String>,
    /// All steps, as in the issue.
    pub steps: Vec<String>,
    /// Where the old value is revoked.
    pub page: String,
    /// Where the workflow can be started.
    pub workflow: String,
    /// Whether this run has the value in use, so that a later run can verify that it is revoked.
    pub holds_old: bool,
}

/// Collects what a person needs to know to create a new value of this token, after checking that
/// the value could be delivered.
///
/// # Errors Fails if nobody has to create a value, or if it could not be delivered.
pub async fn guidance(world: &World<'_>, job: &Job<'_>) -> Result<Guidance, Problem> {
    let name = &job.config.name;
    if !job.abilities.is_manual() {
        return Err(manual::not_manual(name, &job.driver.spec().name));
    }
    let actions = Live::open(world, job).await?;
    let mut run = Run::begin(world, job, &actions).await?;
    if let Some(pending) =
        run.state.pending.as_ref().filter(|pending| matches!(pending.stage, Stage::Pushed { .. }))
    {
        return Err(destinations::delivered_before_guide(name, pending.version));
    }
    let mut problems = Vec::new();
    preflight::look_at_destinations(&run.cx, &run.state, &mut run.memory, &mut problems).await;
    if !problems.is_empty() {
        return Err(first(problems).state(NOTHING_CHANGED));
    }
    if let Some(old) = &job.values.handed {
        let verdict = job.driver.verify(old).await;
        run.state.owner =
            verdict.facts().and_then(|facts| facts.owner.clone()).or(run.state.owner.take());
        run.memory.report.verdict = Some(verdict);
    }
    let why = due::wanted(&run.state, &job.policy, None, run.cx.now());
    if let (Phase::End(old), None) = (person::phase(&run.cx, &run.state, &run.memory), &why) {
        return Err(manual::only_to_revoke(name, old, &page::page(&run.cx, &run.state)));
    }
    steps(&run, why)
}

/// The guidance itself, when nothing stops it.
fn steps(run: &Run<'_>, why: Option<Why>) -> Result<Guidance, Problem> {
    let Run { cx, state, memory, .. } = run;
    let values = &cx.job.values;
    let is_urgent = alarm::in_run(cx, state, memory).is_some();
    Ok(Guidance {
        why: if is_urgent {
            Some("leaked".to_owned())
        } else {
            why.map(|why| text::why(cx, state, memory, &why))
        },
        is_urgent,
        making: parts::making(cx, state, memory),
        steps: parts::steps(cx, state, memory),
        page: page::page(cx, state),
        workflow: format!("{}/{}/actions", values.desk.server, page::primary_repo(cx)?),
        holds_old: values.handed.is_some(),
    })
}
