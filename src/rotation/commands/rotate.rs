//! Runs the rotation of one token: takes steps until nothing more can be done now. It never waits
//! for a grace period to end.

use std::time::Duration;

use tokio::time::sleep;

use crate::domain::Problem;
use crate::domain::lifecycle::{Stage, TokenState, Why};
use crate::domain::outcome::TokenOutcome;
use crate::rotation::decide::truth;
use crate::rotation::effects::actions::Actions as _;
use crate::rotation::effects::live::Live;
use crate::rotation::problems::{self, bug};
use crate::rotation::report::describe::describe;
use crate::rotation::report::finish;
use crate::rotation::report::rests;
use crate::rotation::run::Run;
use crate::rotation::types::job::{Job, World};
use crate::rotation::types::step::{Rest, Step};
use crate::rotation::types::transition::Transition;

/// More steps than any run takes: beyond it the state machine is in a loop.
const MOST_STEPS: usize = 80;

/// How many times, and how far apart, the run for a leak checks whether another run on its token
/// has ended: for a quarter of an hour in total.
const TURNS: u32 = 45;
const A_TURN: Duration = Duration::from_secs(20);

/// Advances a token as far as possible now. If another run is working on the token, the run for a
/// leak waits for it to end.
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
        // If this fails, the next turn reads the journal again and reports the failure.
        let _ = world.ledger.look_again(&job.config.name).await;
    }
    let mut outcome = Box::pin(turn(world, job)).await.0;
    outcome.done.splice(0..0, earlier);
    outcome
}

/// One attempt, and whether another run is working on the token.
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
pub(crate) async fn advance(run: &mut Run<'_>) -> Result<Rest, Problem> {
    for _ in 0..MOST_STEPS {
        if run.cx.world.is_interrupted() {
            let problem = problems::run::interrupted(&run.cx.job.config.name, run.state.as_str());
            return Err(problem.state(truth::journalled(&run.state, &run.memory)));
        }
        let step = run.next().await?;
        if let Step::Rest(rest) = step {
            run.cx.actions.rests();
            return Ok(rest);
        }
        run.take(step).await?;
    }
    Err(bug("the state machine did not reach a resting state")
        .state(truth::journalled(&run.state, &run.memory)))
}

/// Gives up the lease of a run that was cut off, so that the next one takes over at once, as it does
/// in Actions, where GitHub says that the run has ended. Nothing else is known of a cut-off request,
/// so the state stays. A refresh keeps its lease: its request may still be under way, and a second
/// one with the same refresh token could end the grant.
///
/// Returns whether this run has no lease any more.
pub async fn let_go(world: &World<'_>, job: &Job<'_>) -> bool {
    let Ok(Some(state)) = world.ledger.look_again(&job.config.name).await else { return false };
    if state.lead.as_ref().is_none_or(|lead| lead.instance != *world.instance) {
        return true;
    }
    let refreshes =
        state.pending.as_ref().is_some_and(|pending| matches!(pending.stage, Stage::Refreshing));
    if refreshes {
        return false;
    }
    let Ok(actions) = Live::open(world, job).await else { return false };
    let left = Transition::leave(state.clone(), "cut off; left to the next run");
    match left.record {
        Some(record) => actions.journal(&state, record).await.is_ok(),
        None => false,
    }
}

/// The report of a token whose run ended in a bug: its state in the journal, from which the next
/// run continues.
pub async fn stopped(world: &World<'_>, job: &Job<'_>, bug: Problem) -> TokenOutcome {
    let state = world.ledger.token(&job.config.name).await;
    let word = state.as_ref().map_or("new", TokenState::as_str);
    let mut outcome = finish::failed(
        job,
        bug.state(format!(
            "the journal records the state ({word}); the next run continues from there"
        )),
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

/// Adopts the value in use, unless that was done before.
async fn adopt_only(run: &mut Run<'_>) -> Result<(), Problem> {
    let name = &run.cx.job.config.name;
    if let Some(current) = &run.state.current {
        return Err(problems::adoption::already_adopted(name, current.version));
    }
    run.adopt().await
}
