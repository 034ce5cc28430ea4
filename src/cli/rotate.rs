//! `rotate`: one run. Tokens go side by side; what they write to GitHub goes in turn.

use futures::StreamExt as _;

use super::args::{Asked, Global, Selection};
use super::checkout::may_change;
use super::env::Env;
use super::error::CliError;
use super::interrupt::Interrupt;
use super::isolated::isolated;
use super::leaked;
use super::output::Output;
use super::progress::Line;
use super::read_only;
use super::session::Session;
use super::signing::Signing;
use crate::destinations::Secrets;
use crate::domain::outcome::{Done, TokenOutcome};
use crate::domain::{Code, Problem, handing_over};
use crate::journal::KEY_NAME;
use crate::rotation::{Job, World, adopt, jumped, rotate, stopped};

/// Tokens worked on at the same time.
const SIDE_BY_SIDE: usize = 8;

pub(super) async fn run(
    env: &Env,
    global: &Global,
    selection: &Selection,
    asked: &Asked,
    allow_unprotected_ref: bool,
) -> Result<u8, CliError> {
    may_change(env, allow_unprotected_ref)?;
    let session = Session::open(env, global, allow_unprotected_ref)?;
    let selected = session.select(&selection.tokens)?;
    session.in_own_repository(&selected)?;
    let revoke_first = asked.revoke_first;
    let (selected, why) = session.asked(selected, Some(asked))?;
    let (writer, reader) = session.clients()?;
    let store = session.store(&reader)?;
    let secrets = Secrets::new(&writer);
    let signing = session.signing(&secrets, &*store).await?;
    let ledger = session.ledger(&*store, signing.key(), &reader).await?;
    if let Signing::Missing(problem) = &signing {
        let now = reader.now().unwrap_or_else(|| jiff::Timestamp::UNIX_EPOCH.into());
        let outcomes = read_only::tested(&session, selected, &ledger, now).await?;
        return Ok(Output::new(env, global).at(session.places()).tokens(
            "rotate",
            outcomes,
            vec![problem.clone()],
        ));
    }
    let jobs = match leaked::find(&session, &selected, asked, &ledger, &writer).await? {
        Some(leaked) => vec![leaked.job(&session)?],
        None => selected
            .into_iter()
            .map(|token| session.job(token, why.clone(), None))
            .collect::<Result<_, _>>()?,
    };
    let jobs: Vec<Job<'_>> = jobs.into_iter().map(|job| Job { revoke_first, ..job }).collect();
    let interrupt = Interrupt::listen();
    let world = session.world(&writer, &reader, &secrets, &ledger, &interrupt);
    if let Signing::Made(_, slot) = &signing {
        let mut outcomes = Vec::new();
        for job in &jobs {
            outcomes.push(adopt(&world, job).await);
        }
        if let Some(first) = outcomes.first_mut() {
            first.done.insert(
                0,
                Done {
                    what: format!("made the key that signs the journal and sealed it into {slot}"),
                    at: reader.now(),
                },
            );
        }
        env.note(&format!(
            "note: {slot} was made, and signs the journal from now on; {}\n",
            handing_over(KEY_NAME, KEY_NAME)
        ));
        return Ok(Output::new(env, global).at(session.places()).tokens(
            "rotate",
            outcomes,
            Vec::new(),
        ));
    }
    if revoke_first {
        let names: Vec<&str> = jobs.iter().map(|job| job.config.name.as_str()).collect();
        env
            .note(&format!("warning: --revoke-first: unless something stops it, the value in use is revoked before the new one is there, and programs that use it fail until then: {}\n", names.join(", ")));
    }
    let line = Line::new(env, global, "rotating", u64::try_from(jobs.len()).ok());
    let runs = futures::stream::iter(&jobs).map(|job| alone(&world, job)).buffered(SIDE_BY_SIDE);
    let outcomes: Option<Vec<TokenOutcome>> =
        interrupt.or_cut(runs.inspect(|_| line.one_more()).collect()).await;
    drop(line);
    let mut problems = if outcomes.is_none() { vec![cut_off()] } else { Vec::new() };
    problems.extend(world.jump().map(jumped));
    Ok(Output::new(env, global).at(session.places()).tokens(
        "rotate",
        outcomes.unwrap_or_default(),
        problems,
    ))
}

/// One token's run. A bug in it leaves the others alone.
async fn alone(world: &World<'_>, job: &Job<'_>) -> TokenOutcome {
    match isolated(job.config.name.as_str(), rotate(world, job)).await {
        Ok(outcome) => outcome,
        Err(bug) => stopped(world, job, bug).await,
    }
}

fn cut_off() -> Problem {
    Problem::new(
        Code::Interrupted,
        "the run was interrupted in the middle of a request that did not end",
    )
    .hint("run it again; it goes on from the journal")
    .state("the journal holds the state up to that request; nothing in use was revoked")
}
