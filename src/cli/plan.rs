//! `plan` and `rotate --dry-run`: what a run would do. Reads only. `plan --matrix` reads nothing
//! but the config.

use super::answer::Answer;
use super::args::{Asked, Global, Selection};
use super::env::Env;
use super::error::CliError;
use super::isolated::isolated;
use super::jobs::jobs;
use super::matrix;
use super::opened::Opened;
use super::problems;
use super::session::Session;
use super::signing::KeyNeed;
use crate::config::TokenConfig;
use crate::domain::Destination;
use crate::domain::forecast::{ForecastStep, Requests, StepKind};
use crate::domain::lifecycle::Why;
use crate::rotation::{JournalAt, no_plan, plan};

/// The reads of making the journal's key: whether there is one, twice, and the store's public key.
const KEY_READS: u64 = 3;

pub(super) async fn run(
    env: &Env,
    global: &Global,
    selection: &Selection,
    asked: Option<&Asked>,
) -> Result<Answer, CliError> {
    let session = Session::open(env, global, false)?;
    let selected = session.select(&selection.tokens)?;
    session.in_own_repository(&selected)?;
    let (selected, why) = session.asked(selected, asked)?;
    session
        .with_world(KeyNeed::Optional, async |opened| {
            forecasts(&session, opened, selected, why, asked).await
        })
        .await
}

async fn forecasts<'t>(
    session: &'t Session<'_>,
    opened: &Opened<'_>,
    selected: Vec<&'t TokenConfig>,
    why: Option<Why>,
    asked: Option<&Asked>,
) -> Result<Answer, CliError> {
    // Without the key, `rotate` would make one, or only read.
    let made = match opened.signing.key() {
        Some(_) => None,
        None => Some(session.key_to_be_made(opened.secrets, opened.store).await??),
    };
    let jobs = jobs(session, opened, selected, why, asked).await?;
    let world = opened.world();
    let mut journal_is_new = opened.ledger.is_new().await;
    let mut forecasts = Vec::new();
    for job in &jobs {
        let journal = JournalAt {
            on_github: session.journal_on_github(),
            is_new: journal_is_new,
            adopts_only: made.is_some(),
        };
        let planned = plan(&world, job, journal);
        let planned = isolated(job.config.name.as_str(), planned).await;
        let mut forecast = planned.unwrap_or_else(|bug| no_plan(job, vec![bug]));
        if let (Some(slot), true) = (&made, forecasts.is_empty()) {
            forecast.first(making(slot));
        }
        journal_is_new &= !forecast.steps.iter().any(|step| step.kind == StepKind::Journal);
        forecasts.push(forecast);
    }
    Ok(Answer::forecasts(forecasts))
}

/// The step that makes the key of the journal.
fn making(slot: &Destination) -> ForecastStep {
    ForecastStep {
        kind: StepKind::WriteSecret,
        what: format!("create the key that signs the journal, and write it to {slot}"),
        requests: Requests { github_reads: KEY_READS, github_writes: 1, ..Requests::default() },
    }
}

/// One line for `$GITHUB_OUTPUT`.
pub(super) fn matrix(
    env: &Env,
    global: &Global,
    selection: &Selection,
) -> Result<Answer, CliError> {
    let session = Session::open(env, global, false)?;
    let selected = session.select(&selection.tokens)?;
    session.in_own_repository(&selected)?;
    let line = serde_json::to_string(&matrix::matrix(&selected)?)
        .map_err(|error| problems::output::not_written("the report", error))?;
    Ok(Answer::matrix(line))
}
