//! `push` delivers a value that a person made to every destination; `adopt` takes over the value in
//! use.

use super::answer::Answer;
use super::args::Global;
use super::checkout::may_change;
use super::env::Env;
use super::error::CliError;
use super::problems;
use super::session::Session;
use super::signing::{KeyNeed, Signing};
use super::value::Origin;
use super::value_source::value_from;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{KeyId, Secret};
use crate::journal::Ledger;
use crate::rotation;

pub(super) async fn push(
    env: &Env,
    global: &Global,
    token: &str,
    source: &str,
) -> Result<Answer, CliError> {
    let session = Session::open(env, global, false)?;
    session.one(token)?;
    let value = value_from(env, source)?;
    session.mask(&value);
    let outcome = work(&session, token, None, Some((Origin::of_source(source), &value))).await?;
    Ok(Answer::tokens("push", vec![outcome], Vec::new()).at(session.places()))
}

/// Delivers a value that a person just made.
pub(super) async fn deliver(
    session: &Session<'_>,
    token: &str,
    value: &Secret,
) -> Result<TokenOutcome, CliError> {
    session.mask(value);
    work(session, token, None, Some((Origin::Paste, value))).await
}

pub(super) async fn adopt(
    env: &Env,
    global: &Global,
    token: &str,
    id: Option<&str>,
) -> Result<Answer, CliError> {
    let session = Session::open(env, global, false)?;
    let given =
        id.map(|id| KeyId::named(id).ok_or_else(problems::arguments::not_a_key_id)).transpose()?;
    let outcome = work(&session, token, given, None).await?;
    Ok(Answer::tokens("adopt", vec![outcome], Vec::new()).at(session.places()))
}

/// Signs a journal that is not signed, after a person has reviewed it.
pub(super) async fn take_over(env: &Env, global: &Global) -> Result<Answer, CliError> {
    may_change(env, true)?;
    let session = Session::open(env, global, false)?;
    let key = session.needed_key()?;
    let reader = session.reader()?;
    let store = session.store(&reader)?;
    // GitHub's clock dates the record.
    reader
        .get("/rate_limit")
        .await
        .map_err(|trouble| trouble.to_problem("ask GitHub for the time"))?;
    let now = reader.now().ok_or_else(problems::journal::github_time_unknown)?;
    let claims = Ledger::take_over(&*store, session.lead(), &key, now).await?;
    let claims: String = claims.iter().map(|claim| format!("  {claim}\n")).collect();
    Ok(Answer::text(format!(
        "signed the journal in {}; it says:\n{claims}\
         tokenward revokes a key listed there only if the provider or a value also shows that the key belongs to tokenward.\n",
        store.place()
    )))
}

/// Pushes the value that a person made, or adopts the value in use if there is none.
async fn work(
    session: &Session<'_>,
    token: &str,
    id: Option<KeyId>,
    brought: Option<(Origin<'_>, &Secret)>,
) -> Result<TokenOutcome, CliError> {
    let env = session.env;
    // A person can push from anywhere; only a run for a proposed change must not.
    may_change(env, true)?;
    let config = session.one(token)?;
    session.in_own_repository(&[config])?;
    if brought.is_some() {
        session.key_to_deliver(config)?;
    }
    let mut job = session.job(config, None, id)?;
    if let Some((origin, value)) = brought {
        // A flaw of the value in use does not matter: a push replaces that value.
        job.flaw = session.flaw_of_brought(config, origin, value, &job.driver);
    }
    let need = if brought.is_some() { KeyNeed::Required } else { KeyNeed::RequiredOrMade };
    session
        .with_world(need, async |opened| {
            if let Signing::Made(..) = opened.signing {
                env.note(&opened.signing.note());
            }
            let world = opened.world();
            Ok(match brought {
                Some((_, value)) => rotation::push(&world, &job, value).await,
                None => rotation::adopt(&world, &job).await,
            })
        })
        .await
}
