//! `rotate`: one run. Tokens are rotated concurrently; their writes to GitHub are sent one at a
//! time.

use std::time::Duration;

use futures::StreamExt as _;

use super::answer::Answer;
use super::args::{Asked, Global, Selection};
use super::checkout::may_change;
use super::env::Env;
use super::error::CliError;
use super::isolated::isolated;
use super::jobs::jobs;
use super::opened::Opened;
use super::problems;
use super::progress::Line;
use super::read_only;
use super::session::Session;
use super::signing::{KeyNeed, Signing};
use crate::domain::outcome::{Done, TokenOutcome};
use crate::domain::{Destination, Problem};
use crate::rotation::{Job, World, adopt, jumped, let_go, rotate, stopped};

/// How long a run that was cut off may take to give up its leases. With the patience before it, it
/// ends before GitHub sends the second signal.
const LETTING_GO: Duration = Duration::from_millis(2_500);

/// Tokens worked on at the same time.
const SIDE_BY_SIDE: usize = 8;

pub(super) async fn run(
    env: &Env,
    global: &Global,
    selection: &Selection,
    asked: &Asked,
    allow_unprotected_ref: bool,
) -> Result<Answer, CliError> {
    may_change(env, allow_unprotected_ref)?;
    let session = Session::open(env, global, allow_unprotected_ref)?;
    let selected = session.select(&selection.tokens)?;
    session.in_own_repository(&selected)?;
    let (selected, why) = session.asked(selected, Some(asked))?;
    let (outcomes, problems) = session
        .with_world(KeyNeed::OptionalOrMade, async |opened| {
            if let Signing::Missing(problem) = opened.signing {
                let now = opened.reader.now().unwrap_or_else(|| jiff::Timestamp::UNIX_EPOCH.into());
                let outcomes = read_only::tested(&session, selected, opened.ledger, now).await?;
                return Ok((outcomes, vec![problem.clone()]));
            }
            let jobs = jobs(&session, opened, selected, why, Some(asked)).await?;
            if let Signing::Made(_, slot) = opened.signing {
                let outcomes = adopted(opened, &jobs, slot).await;
                env.note(&opened.signing.note());
                return Ok((outcomes, Vec::new()));
            }
            if asked.revoke_first {
                env.note(&warning(&jobs));
            }
            let line = Line::new(env, global, "rotating", u64::try_from(jobs.len()).ok());
            Ok(rotated(opened, &jobs, &line).await)
        })
        .await?;
    Ok(Answer::tokens("rotate", outcomes, problems).at(session.places()))
}

/// A run that made the journal's key adopts the values in use, and does nothing else.
async fn adopted(opened: &Opened<'_>, jobs: &[Job<'_>], slot: &Destination) -> Vec<TokenOutcome> {
    let world = opened.world();
    let mut outcomes = Vec::new();
    for job in jobs {
        outcomes.push(adopt(&world, job).await);
    }
    if let Some(first) = outcomes.first_mut() {
        let what = format!("created the key that signs the journal, and wrote it to {slot}");
        first.done.insert(0, Done { what, at: opened.reader.now() });
    }
    outcomes
}

fn warning(jobs: &[Job<'_>]) -> String {
    let names: Vec<&str> = jobs.iter().map(|job| job.config.name.as_str()).collect();
    format!(
        "warning: --revoke-first: unless a check stops the rotation, the value in use is revoked before the new one is delivered, and every program that uses it fails until then: {}\n",
        names.join(", ")
    )
}

async fn rotated(
    opened: &Opened<'_>,
    jobs: &[Job<'_>],
    line: &Line,
) -> (Vec<TokenOutcome>, Vec<Problem>) {
    let world = opened.world();
    let runs = futures::stream::iter(jobs).map(|job| alone(&world, job)).buffered(SIDE_BY_SIDE);
    let outcomes: Option<Vec<TokenOutcome>> =
        opened.interrupt.or_cut(runs.inspect(|_| line.one_more()).collect()).await;
    let mut problems = Vec::new();
    if outcomes.is_none() {
        let is_free = tokio::time::timeout(LETTING_GO, all_let_go(&world, jobs)).await;
        problems.push(problems::output::cut_off(is_free.unwrap_or(false)));
    }
    problems.extend(world.jump().map(jumped));
    (outcomes.unwrap_or_default(), problems)
}

/// Gives up every lease of a run that was cut off, and returns whether none is left.
async fn all_let_go(world: &World<'_>, jobs: &[Job<'_>]) -> bool {
    let mut is_free = true;
    for job in jobs {
        is_free &= let_go(world, job).await;
    }
    is_free
}

/// One token's run. A panic in it does not stop the others.
async fn alone(world: &World<'_>, job: &Job<'_>) -> TokenOutcome {
    match isolated(job.config.name.as_str(), rotate(world, job)).await {
        Ok(outcome) => outcome,
        Err(bug) => stopped(world, job, bug).await,
    }
}
