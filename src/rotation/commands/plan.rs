//! Predicts a run: the same steps as `rotate`, with actions that change nothing.

use super::forecast::{Planned, empty, forecast};
use super::rotate::advance;
use crate::domain::Problem;
use crate::domain::forecast::Forecast;
use crate::rotation::checks::account::no_manager;
use crate::rotation::checks::preflight;
use crate::rotation::effects::dry_run::DryRun;
use crate::rotation::problems::account::no_clock;
use crate::rotation::run::Run;
use crate::rotation::types::job::{Job, World};
use crate::rotation::types::step::Rest;

/// The journal of a planned run.
#[derive(Clone, Copy, Debug)]
pub struct JournalAt {
    /// Whether a record costs requests at GitHub.
    pub on_github: bool,
    /// Whether the journal does not exist yet.
    pub is_new: bool,
    /// Whether this run would create its key: then it adopts the value in use, and does nothing
    /// else.
    pub adopts_only: bool,
}

/// Predicts the run of a token: every step, and what it costs.
pub async fn plan(world: &World<'_>, job: &Job<'_>, journal: JournalAt) -> Forecast {
    let Some(now) = world.now() else { return empty(job, "new", vec![no_clock()]) };
    let actions = DryRun::open(world, job, journal.on_github, journal.is_new, now).await;
    let planned = match Run::begin(world, job, &actions).await {
        Ok(run) => Box::pin(suppose(run, journal)).await,
        Err(problem) => return empty(job, "new", vec![problem]),
    };
    let (steps, revokes) = actions.into_steps();
    let mut forecast = forecast(world, job, steps, planned);
    if journal.adopts_only && forecast.problems.is_empty() {
        forecast.then = "waits until a run receives the key of the journal".to_owned();
    }
    if revokes {
        forecast.revoke_not_before = world.now();
    }
    forecast
}

async fn suppose(mut run: Run<'_>, journal: JournalAt) -> Planned {
    let began = run.state.as_str();
    let rest = if journal.adopts_only { adopt(&mut run).await } else { advance(&mut run).await };
    let (rest, mut problems) = match rest {
        Ok(rest) => (Some(rest), Vec::new()),
        Err(problem) => (None, run.stopped_by(problem)),
    };
    // A destination that does not exist would also stop a rotation that is not due yet.
    if rest.is_some() && run.memory.seen.snapshots.is_empty() {
        let stops = preflight::look_at_new_destinations(&run.cx, &run.state, &mut run.memory).await;
        let state = "this run would change nothing there; the next rotation would stop before it issues a key";
        problems.extend(stops.into_iter().map(|problem| problem.state(state)));
    }
    if rest.is_some() {
        problems.extend(no_manager(run.cx.job.config, &run.cx.job.abilities));
    }
    run.leave().await;
    Planned { began, state: run.state, rest, problems }
}

/// Without the key of the journal, a run only adopts the value in use, once.
async fn adopt(run: &mut Run<'_>) -> Result<Rest, Problem> {
    if run.state.current.is_none()
        && run.state.pending.is_none()
        && run.cx.job.values.handed.is_some()
    {
        run.adopt().await?;
    }
    run.cx.actions.rests();
    Ok(Rest::Idle)
}
