//! `push`: delivers a value that a person created. It is tested and compared with the value in use
//! before anything is changed, and passes the fence like any other.

use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, Problem, Secret};
use crate::rotation::checks::page;
use crate::rotation::checks::preflight;
use crate::rotation::checks::slots;
use crate::rotation::effects::context::Context;
use crate::rotation::effects::lease;
use crate::rotation::effects::live::Live;
use crate::rotation::problems;
use crate::rotation::report::finish::{failed, finish};
use crate::rotation::report::known;
use crate::rotation::run::Run;
use crate::rotation::steps::adopt;
use crate::rotation::steps::brought;
use crate::rotation::steps::deliver;
use crate::rotation::types::facts::LeaseHolder;
use crate::rotation::types::job::{Job, World};
use crate::rotation::types::retiring;

/// Delivers a value that a person created: tests it, then writes it to every destination. Later
/// runs prove it and retire the old one.
pub async fn push(world: &World<'_>, job: &Job<'_>, value: &Secret) -> TokenOutcome {
    let actions = match Live::open(world, job).await {
        Ok(actions) => actions,
        Err(problem) => return failed(job, problem),
    };
    let mut run = match Run::begin(world, job, &actions).await {
        Ok(run) => run,
        Err(problem) => return failed(job, problem),
    };
    if let Err(problem) = push_brought(&mut run, value).await {
        run.memory.report.problems.push(problem);
    }
    run.leave().await;
    // The person who supplies the new value can also revoke the leaked one, so the report says that
    // it still works.
    let page = job.abilities.is_manual().then(|| page::page(&run.cx, &run.state));
    let leaked: Vec<Problem> = known::leaks(&job.config.name, &run.state)
        .filter(|problem| problem.id == Code::TokenLeaked)
        .collect();
    let is_replaced = retiring::is_replaced(&run.state);
    run.memory.report.problems.extend(leaked.into_iter().map(|problem| match &page {
        Some(page) if is_replaced => problems::leaks::revoke_now(problem, page, &job.config.name),
        _ => problem,
    }));
    let unkept = slots::unkept(&run.cx, &run.state);
    run.memory.report.problems.extend(unkept);
    finish(run)
}

async fn push_brought(run: &mut Run<'_>, value: &Secret) -> Result<(), Problem> {
    let (cx, config) = (run.cx, run.cx.job.config);
    if let Some(problem) = preflight::too_large(value) {
        return Err(problem);
    }
    let leader = lease::leader(cx.world, run.state.lead.as_ref(), cx.now()).await?;
    if let LeaseHolder::Another { who } = leader {
        return Err(problems::run::busy(&config.name, &who));
    }
    if run.state.pending.as_ref().is_some_and(|pending| pending.why != Why::Brought) {
        return Err(problems::run::being_rotated(&config.name, run.state.as_str()));
    }
    if run.state.current.is_none() && run.state.pending.is_none() && cx.job.values.handed.is_some()
    {
        // The value in use is adopted before it is replaced; otherwise it would never be revoked.
        match adopt::adopt_current(&cx, &run.state, &mut run.memory).await {
            // A dead one need not be revoked, and the new value fixes that.
            Err(problem) if problem.id == Code::CurrentDead => {
                run.memory.done(&cx, format!("did not adopt the value in use: {}", problem.what))
            }
            adopted => run.apply(adopted?).await?,
        }
    }
    is_another(&cx, &run.state, value)?;
    let new = brought::test_brought(&cx, &run.state, &mut run.memory, value)
        .await
        .map_err(|problem| problem.state("nothing was pushed"))?;
    let accepted = brought::accept(&cx, &run.state, &mut run.memory, value, new, None).await?;
    run.apply(accepted).await?;
    let pushed = Box::pin(deliver::push(&cx, &run.state, &mut run.memory)).await?;
    run.apply(pushed).await
}

/// Checks that the given value is neither the one in use nor an older one.
fn is_another(cx: &Context<'_>, state: &TokenState, value: &Secret) -> Result<(), Problem> {
    let (config, fingerprint) = (cx.job.config, value.fingerprint(&state.salt));
    if state.current.as_ref().is_some_and(|key| key.fingerprint == fingerprint) {
        return Err(problems::revoking::same_value(&config.name));
    }
    if let Some(old) =
        state.retiring.iter().find(|retiring| retiring.key.fingerprint == fingerprint)
    {
        return Err(problems::revoking::old_value(config, old.key.version));
    }
    Ok(())
}
