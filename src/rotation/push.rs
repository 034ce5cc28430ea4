//! A value that a person made: given to `push`, or left in the secret beside the primary
//! destination. It is tested and compared with the one in use before anything is changed, and
//! passes the fence like any other.

use super::context::Context;
use super::facts::LeaseHolder;
use super::finish::{failed, finish};
use super::job::{Job, World};
use super::live::Live;
use super::run::Run;
use super::{adopt, brought, deliver, known, lease, page, preflight, rests, retiring, slots};
use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, Problem, Secret};

/// Delivers a value that a person made: tested first, then pushed everywhere; the runs after it
/// prove it and retire the old one.
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
    // The person who brings the cure is there to revoke what leaked, and has to hear that it works
    // on.
    let page = job.abilities.is_manual().then(|| page::page(&run.cx, &run.state));
    let leaked: Vec<Problem> = known::leaks(&job.config.name, &run.state)
        .filter(|problem| problem.id == Code::TokenLeaked)
        .collect();
    let is_replaced = retiring::is_replaced(&run.state);
    run.memory.report.problems.extend(leaked.into_iter().map(|problem| match &page {
        Some(page) if is_replaced => problem.hint(format!(
            "revoke it now, at {page}; then: tokenward rotate {}, which tests whether it is dead",
            job.config.name
        )),
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
        return Err(rests::busy(&cx, &who));
    }
    if run.state.pending.as_ref().is_some_and(|pending| pending.why != Why::Brought) {
        return Err(Problem::new(
            Code::Usage,
            format!("{} is being rotated right now ({})", config.name, run.state.as_str()),
        )
        .hint("let `tokenward rotate` finish first")
        .state("nothing was changed"));
    }
    if run.state.current.is_none() && run.state.pending.is_none() && cx.job.values.handed.is_some()
    {
        // The value in use must be known before it is replaced, or nobody would ever end it.
        match adopt::adopt_current(&cx, &run.state, &mut run.memory).await {
            // A dead one has nobody to end it, and what is brought is the cure.
            Err(problem) if problem.id == Code::CurrentDead => {
                run.memory.done(&cx, format!("left the value in use behind: {}", problem.what))
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

/// A value that is given is not the one in use, and none before it.
fn is_another(cx: &Context<'_>, state: &TokenState, value: &Secret) -> Result<(), Problem> {
    let (config, fingerprint) = (cx.job.config, value.fingerprint(&state.salt));
    if state.current.as_ref().is_some_and(|key| key.fingerprint == fingerprint) {
        return Err(Problem::new(
            Code::NothingSelected,
            format!("{} holds this very value already", config.name),
        )
        .state("nothing was changed"));
    }
    if let Some(old) =
        state.retiring.iter().find(|retiring| retiring.key.fingerprint == fingerprint)
    {
        let what = format!(
            "this value is {} of {}, which was replaced and is being ended",
            old.key.version, config.name
        );
        return Err(Problem::new(Code::Usage, what)
            .hint(format!(
                "make a new one: tokenward rotate {} --force --reason TEXT, or by hand at {}",
                config.name, config.provider
            ))
            .state("nothing was pushed"));
    }
    Ok(())
}
