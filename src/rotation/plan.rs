//! What a run would do: the same run as `rotate`, with hands that change nothing.

use super::dry_run::DryRun;
use super::faults::no_clock;
use super::forecast::{Planned, empty, forecast};
use super::job::{Job, World};
use super::preflight;
use super::rotate::advance;
use super::run::Run;
use super::step::Rest;
use crate::domain::Problem;
use crate::domain::forecast::Forecast;

/// Where the journal stands when a run is planned.
#[derive(Clone, Copy, Debug)]
pub struct JournalAt {
    /// Whether a record costs requests at GitHub.
    pub on_github: bool,
    /// Whether the journal has to be begun.
    pub is_new: bool,
    /// Whether its key is made in this run: then a value in use is adopted, and nothing else is
    /// done.
    pub adopts_only: bool,
}

/// Foretells a token's run: every step of it, and what it costs.
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
        forecast.then = "waits until the key of the journal is handed over".to_owned();
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
    // A rotation that is not due yet stops just as well at a destination that does not exist.
    if rest.is_some() && run.memory.seen.snapshots.is_empty() {
        let stops = preflight::look_at_new_destinations(&run.cx, &run.state, &mut run.memory).await;
        let state =
            "this run would change nothing there; the next rotation stops before it makes a key";
        problems.extend(stops.into_iter().map(|problem| problem.state(state)));
    }
    run.leave().await;
    Planned { began, state: run.state, rest, problems }
}

/// Without the key of the journal a value in use is adopted, once.
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
