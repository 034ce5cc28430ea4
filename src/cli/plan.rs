//! `plan` and `rotate --dry-run`: what a run would do. Reads only. `plan --matrix` reads nothing
//! but the config.

use super::args::{Asked, Global, Selection};
use super::env::Env;
use super::error::CliError;
use super::interrupt::Interrupt;
use super::isolated::isolated;
use super::leaked;
use super::matrix;
use super::output::Output;
use super::session::Session;
use crate::destinations::Secrets;
use crate::domain::forecast::{ForecastStep, Requests};
use crate::rotation::{Job, JournalAt, no_plan, plan};

/// What making the key of the journal reads: whether there is one, twice, and the store's public
/// key.
const KEY_READS: u64 = 3;

pub(super) async fn run(
    env: &Env,
    global: &Global,
    selection: &Selection,
    asked: Option<&Asked>,
) -> Result<u8, CliError> {
    let session = Session::open(env, global, false)?;
    let selected = session.select(&selection.tokens)?;
    session.in_own_repository(&selected)?;
    let revoke_first = asked.is_some_and(|asked| asked.revoke_first);
    let (selected, why) = session.asked(selected, asked)?;
    let (writer, reader) = session.clients()?;
    let store = session.store(&reader)?;
    let secrets = Secrets::new(&writer);
    let key = session.journal_key()?;
    let ledger = session.ledger(&*store, key.as_ref(), &reader).await?;
    // Without the key, what `rotate` would do is looked at first: make it, or read only.
    let made = match key {
        Some(_) => None,
        None => match session.key_to_be_made(&secrets, &*store).await? {
            Ok(slot) => Some(slot),
            Err(problem) => return Err(problem.into()),
        },
    };
    let leaked = match asked {
        Some(asked) => leaked::find(&session, &selected, asked, &ledger, &writer).await?,
        None => None,
    };
    let jobs = match leaked {
        Some(leaked) => vec![leaked.job(&session)?],
        None => selected
            .into_iter()
            .map(|token| session.job(token, why.clone(), None))
            .collect::<Result<_, _>>()?,
    };
    let jobs: Vec<Job<'_>> = jobs.into_iter().map(|job| Job { revoke_first, ..job }).collect();
    let interrupt = Interrupt::listen();
    let world = session.world(&writer, &reader, &secrets, &ledger, &interrupt);
    let mut journal_is_new = ledger.is_new().await;
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
            let requests =
                Requests { github_reads: KEY_READS, github_writes: 1, ..Requests::default() };
            forecast.first(ForecastStep {
                what: format!("make the key that signs the journal, and seal it into {slot}"),
                requests,
            });
        }
        journal_is_new &= !forecast.steps.iter().any(|step| step.what.starts_with("journal"));
        forecasts.push(forecast);
    }
    Ok(Output::new(env, global).forecasts(forecasts))
}

/// One line for `$GITHUB_OUTPUT`.
pub(super) fn matrix(env: &Env, global: &Global, selection: &Selection) -> Result<u8, CliError> {
    let session = Session::open(env, global, false)?;
    let selected = session.select(&selection.tokens)?;
    session.in_own_repository(&selected)?;
    Ok(Output::new(env, global).matrix(&matrix::matrix(&selected)?))
}
