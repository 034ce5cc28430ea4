//! What a person at a terminal is told before they make a value: the words of the issue. It looks,
//! and changes nothing.

use super::issue_parts::Phase;
use super::job::{Job, World};
use super::live::Live;
use super::mint::first;
use super::run::Run;
use super::{alarm, due, issue_parts, issue_text, page, person, preflight};
use crate::domain::lifecycle::Stage;
use crate::domain::{Code, Problem};

/// What a person is told.
#[derive(Clone, Debug)]
pub struct Guidance {
    /// Why a new value is wanted, as the end of a sentence that begins with the token's name;
    /// `None` where nothing wants one.
    pub why: Option<String>,
    /// Whether a value leaked and works, as far as is known.
    pub is_urgent: bool,
    /// How the value is made.
    pub making: Vec<String>,
    /// All steps, as the issue has them.
    pub steps: Vec<String>,
    /// Where the old value is revoked.
    pub page: String,
    /// Where the workflow is started.
    pub workflow: String,
    /// Whether this run holds the value in use, so that it can be seen dead later.
    pub holds_old: bool,
}

/// What a person has to know to make a new value of this token. What would stop its delivery is
/// told before it is made.
///
/// # Errors
/// When nobody has to make one, or it could not be delivered.
pub async fn guidance(world: &World<'_>, job: &Job<'_>) -> Result<Guidance, Problem> {
    let config = job.config;
    if !job.abilities.is_manual() {
        return Err(Problem::new(
            Code::Usage,
            format!(
                "no person has to make a value of {}: {} does",
                config.name,
                job.driver.spec().name
            ),
        )
        .hint(format!("tokenward rotate {}", config.name))
        .state("nothing was changed"));
    }
    let actions = Live::open(world, job).await?;
    let mut run = Run::begin(world, job, &actions).await?;
    if let Some(pending) =
        run.state.pending.as_ref().filter(|pending| matches!(pending.stage, Stage::Pushed { .. }))
    {
        return Err(Problem::new(
            Code::AlreadyRotating,
            format!(
                "a new value of {} ({}) is in every destination already, and waits for its proof",
                config.name, pending.version
            ),
        )
        .hint(format!("let the next run of `tokenward rotate {}` prove it first", config.name))
        .state("nothing was changed"));
    }
    let mut problems = Vec::new();
    preflight::look_at_destinations(&run.cx, &run.state, &mut run.memory, &mut problems).await;
    if !problems.is_empty() {
        return Err(first(problems).state("nothing was changed"));
    }
    if let Some(old) = &job.values.handed {
        let verdict = job.driver.verify(old).await;
        run.state.owner =
            verdict.facts().and_then(|facts| facts.owner.clone()).or(run.state.owner.take());
        run.memory.report.verdict = Some(verdict);
    }
    let why = due::wanted(&run.state, &job.policy, None, run.cx.now());
    if let (Phase::End(old), None) = (person::phase(&run.cx, &run.state, &run.memory), &why) {
        return Err(Problem::new(
            Code::NeedsPerson,
            format!(
                "no new value is to be made: {old} of {} waits to be revoked by a person",
                config.name
            ),
        )
        .hint(format!(
            "revoke it at {}; then: tokenward rotate {}, which tests whether it is dead",
            page::page(&run.cx, &run.state),
            config.name
        ))
        .state("nothing was changed"));
    }
    let is_urgent = alarm::in_run(&run.cx, &run.state, &run.memory).is_some();
    Ok(Guidance {
        why: if is_urgent {
            Some("leaked".to_owned())
        } else {
            why.map(|why| issue_text::why(&run.cx, &run.state, &run.memory, &why))
        },
        is_urgent,
        making: issue_parts::making(&run.cx, &run.state, &run.memory),
        steps: issue_parts::steps(&run.cx, &run.state, &run.memory),
        page: page::page(&run.cx, &run.state),
        workflow: format!("{}/{}/actions", job.values.desk.server, page::primary_repo(&run.cx)?),
        holds_old: job.values.handed.is_some(),
    })
}
