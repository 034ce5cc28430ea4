//! One run's work on one token: it takes steps until nothing more can be done now. It never waits
//! out a grace period.

use std::time::Duration;

use tokio::time::sleep;

use super::describe::describe;
use super::faults::bug;
use super::job::{Job, World};
use super::live::Live;
use super::run::Run;
use super::step::{Rest, Step};
use super::{finish, rests};
use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, Problem};

/// More steps than any run takes: beyond it the machine goes in a circle.
const MOST_STEPS: usize = 80;

/// How often a leak asks whether the run at work on its token is over, and how long apart: a
/// quarter of an hour in all.
const TURNS: u32 = 45;
const A_TURN: Duration = Duration::from_secs(20);

/// Advances a token as far as it may go now. A leak does not give up where another run is at work
/// on the token: it takes the next turn.
pub async fn rotate(world: &World<'_>, job: &Job<'_>) -> TokenOutcome {
    let mut earlier = Vec::new();
    for _ in 0..TURNS {
        let (mut outcome, is_busy) = Box::pin(turn(world, job)).await;
        if !is_busy || job.request.asked != Some(Why::Leaked) || world.is_interrupted() {
            outcome.done.splice(0..0, earlier);
            return outcome;
        }
        earlier.append(&mut outcome.done);
        sleep(A_TURN).await;
        // What cannot be read now is read by the turn itself, which says so.
        let _ = world.ledger.look_again(&job.config.name).await;
    }
    let mut outcome = Box::pin(turn(world, job)).await.0;
    outcome.done.splice(0..0, earlier);
    outcome
}

/// One try, and whether another run is at work.
async fn turn(world: &World<'_>, job: &Job<'_>) -> (TokenOutcome, bool) {
    let actions = match Live::open(world, job).await {
        Ok(actions) => actions,
        Err(problem) => return (finish::failed(job, problem), false),
    };
    let mut run = match Run::begin(world, job, &actions).await {
        Ok(run) => run,
        Err(problem) => {
            let mut outcome = finish::failed(job, problem);
            if let Some(state) = world.ledger.token(&job.config.name).await {
                describe(&mut outcome, &state, &job.policy);
            }
            return (outcome, false);
        }
    };
    let mut is_busy = false;
    match Box::pin(advance(&mut run)).await {
        Ok(rest) => {
            is_busy = matches!(rest, Rest::Busy(_));
            if run.state.pending.is_none() {
                run.memory.report.problems.append(&mut run.memory.seen.moved);
            }
            let problem = rests::problem_of(&run.cx, &run.state, &mut run.memory, &rest);
            run.memory.report.problems.extend(problem);
        }
        Err(problem) => run.memory.report.problems.push(problem),
    }
    run.leave().await;
    (finish::finish(run), is_busy)
}

/// Takes steps until the run rests.
pub(super) async fn advance(run: &mut Run<'_>) -> Result<Rest, Problem> {
    for _ in 0..MOST_STEPS {
        if run.cx.world.is_interrupted() {
            return Err(Problem::new(
                Code::Interrupted,
                format!("{} was interrupted ({})", run.cx.job.config.name, run.state.as_str()),
            )
            .hint("run it again; it goes on from here")
            .state("the journal holds the state; nothing in use was revoked"));
        }
        let step = run.next().await?;
        if let Step::Rest(rest) = step {
            run.cx.actions.rests();
            return Ok(rest);
        }
        run.take(step).await?;
    }
    Err(bug("the state machine did not reach a resting state")
        .state("the journal holds the state; nothing in use was revoked"))
}

/// What is told of a token whose run ended in a bug: where the journal says that it stands, which
/// the next run goes on from.
pub async fn stopped(world: &World<'_>, job: &Job<'_>, bug: Problem) -> TokenOutcome {
    let state = world.ledger.token(&job.config.name).await;
    let word = state.as_ref().map_or("new", TokenState::as_str);
    let mut outcome = finish::failed(
        job,
        bug.state(format!("the journal holds the state ({word}); the next run goes on from there")),
    );
    if let Some(state) = &state {
        describe(&mut outcome, state, &job.policy);
    }
    outcome
}

/// Adopts the value in use, and does nothing else.
pub async fn adopt(world: &World<'_>, job: &Job<'_>) -> TokenOutcome {
    let actions = match Live::open(world, job).await {
        Ok(actions) => actions,
        Err(problem) => return finish::failed(job, problem),
    };
    let mut run = match Run::begin(world, job, &actions).await {
        Ok(run) => run,
        Err(problem) => return finish::failed(job, problem),
    };
    if let Err(problem) = adopt_only(&mut run).await {
        run.memory.report.problems.push(problem);
    }
    finish::finish(run)
}

/// Takes the value in use over, where that was not done before.
async fn adopt_only(run: &mut Run<'_>) -> Result<(), Problem> {
    let name = &run.cx.job.config.name;
    if let Some(current) = &run.state.current {
        return Err(Problem::new(
            Code::Usage,
            format!("{name} was adopted already ({})", current.version),
        )
        .hint(format!("see `tokenward status {name}`")));
    }
    run.adopt().await
}
