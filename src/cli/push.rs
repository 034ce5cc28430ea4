//! `push` and `adopt`: a value that a person made goes to every destination; a value in use is
//! taken over.

use super::answer::Answer;
use super::args::Global;
use super::checkout::may_change;
use super::env::Env;
use super::error::CliError;
use super::session::Session;
use super::signing::{KeyNeed, Signing};
use super::value_source::value_from;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Code, KeyId, Problem, Secret};
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
    let outcome = work(&session, token, None, Some(("--value-from", &value))).await?;
    Ok(Answer::tokens("push", vec![outcome], Vec::new()).at(session.places()))
}

/// Delivers a value that a person just made.
pub(super) async fn deliver(
    session: &Session<'_>,
    token: &str,
    value: &Secret,
) -> Result<TokenOutcome, CliError> {
    session.mask(value);
    work(session, token, None, Some(("the paste", value))).await
}

pub(super) async fn adopt(
    env: &Env,
    global: &Global,
    token: &str,
    id: Option<&str>,
) -> Result<Answer, CliError> {
    let session = Session::open(env, global, false)?;
    let given = id.map(|id| KeyId::named(id).ok_or_else(no_id)).transpose()?;
    let outcome = work(&session, token, given, None).await?;
    Ok(Answer::tokens("adopt", vec![outcome], Vec::new()).at(session.places()))
}

fn no_id() -> Problem {
    Problem::new(Code::Usage, "the text of --id cannot be a key's id")
        .cause("an id is one line of at most 512 characters, without control characters and without {}<>\"\\`")
        .hint("copy it from the provider's list of keys")
        .state("nothing was changed")
}

/// Signs a journal that is not signed, once a person has looked at what it claims.
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
    let now = reader.now().ok_or_else(|| {
        Problem::new(Code::GithubUnavailable, "GitHub's clock is not known")
            .state("nothing was changed")
    })?;
    let claims = Ledger::take_over(&*store, session.lead(), &key, now).await?;
    let claims: String = claims.iter().map(|claim| format!("  {claim}\n")).collect();
    Ok(Answer::text(format!(
        "signed the journal in {}; it says:\n{claims}\
         A key that it names is revoked only if the provider or a value shows as well that it is ours.\n",
        store.place()
    )))
}

/// What a person brings is a value, with where it comes from.
async fn work(
    session: &Session<'_>,
    token: &str,
    id: Option<KeyId>,
    brought: Option<(&str, &Secret)>,
) -> Result<TokenOutcome, CliError> {
    let env = session.env;
    // A person pushes from wherever they are; only what merely proposes may not.
    may_change(env, true)?;
    let config = session.one(token)?;
    session.in_own_repository(&[config])?;
    let mut job = session.job(config, None, id)?;
    if let Some((source, value)) = brought {
        // What stands there now may be the very thing that a push cures.
        job.flaw = session.flaw_of_brought(config, source, value, &job.driver);
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
