//! `push` and `adopt`: a value that a person made goes to every destination; a value in use is
//! taken over.

use std::fs;
use std::io::Read as _;

use super::args::Global;
use super::checkout::may_change;
use super::env::Env;
use super::error::CliError;
use super::interrupt::Interrupt;
use super::output::Output;
use super::session::Session;
use super::signing::Signing;

use crate::destinations::Secrets;
use crate::domain::outcome::TokenOutcome;
use crate::domain::text::sanitize;
use crate::domain::{Code, KeyId, Problem, Secret, handing_over};
use crate::journal::{KEY_NAME, Ledger};
use crate::rotation;

/// Far above what GitHub takes; only keeps a wrong file from filling the memory.
const LARGEST_INPUT: u64 = 1 << 20;

pub(super) async fn push(
    env: &Env,
    global: &Global,
    token: &str,
    source: &str,
) -> Result<u8, CliError> {
    let session = Session::open(env, global, false)?;
    session.one(token)?;
    let value = value_from(env, source)?;
    session.mask(&value);
    let outcome = work(&session, token, None, Some(("--value-from", &value))).await?;
    Ok(Output::new(env, global).at(session.places()).tokens("push", vec![outcome], Vec::new()))
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
) -> Result<u8, CliError> {
    let session = Session::open(env, global, false)?;
    let given = id.map(|id| KeyId::named(id).ok_or_else(no_id)).transpose()?;
    let outcome = work(&session, token, given, None).await?;
    Ok(Output::new(env, global).at(session.places()).tokens("adopt", vec![outcome], Vec::new()))
}

fn no_id() -> Problem {
    Problem::new(Code::Usage, "the text of --id cannot be a key's id")
        .cause("an id is one line of at most 512 characters, without control characters and without {}<>\"\\`")
        .hint("copy it from the provider's list of keys")
        .state("nothing was changed")
}

/// Signs a journal that is not signed, once a person has looked at what it claims.
pub(super) async fn take_over(env: &Env, global: &Global) -> Result<u8, CliError> {
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
    env.say(&format!("signed the journal in {}; it says:\n", store.place()));
    claims.iter().for_each(|claim| env.say(&format!("  {claim}\n")));
    env.say("A key that it names is revoked only if the provider or a value shows as well that it is ours.\n");
    Ok(0)
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
    let (writer, reader) = session.clients()?;
    let store = session.store(&reader)?;
    let secrets = Secrets::new(&writer);
    let signing = match brought {
        Some(_) => Signing::Handed(session.needed_key()?),
        None => session.signing(&secrets, &*store).await?,
    };
    let ledger = match &signing {
        Signing::Missing(problem) => return Err(problem.clone().into()),
        Signing::Handed(key) | Signing::Made(key, _) => {
            session.ledger(&*store, Some(key), &reader).await?
        }
    };
    if let Signing::Made(_, slot) = &signing {
        env.note(&format!(
            "note: {slot} was made, and signs the journal from now on; {}\n",
            handing_over(KEY_NAME, KEY_NAME)
        ));
    }
    let interrupt = Interrupt::listen();
    let world = session.world(&writer, &reader, &secrets, &ledger, &interrupt);
    Ok(match brought {
        Some((_, value)) => rotation::push(&world, &job, value).await,
        None => rotation::adopt(&world, &job).await,
    })
}

/// A value from `env:NAME`, `file:PATH` or `-`. White space at its ends is not part of it.
pub(super) fn value_from(env: &Env, source: &str) -> Result<Secret, Problem> {
    let usage = |what: String| {
        Problem::new(Code::Usage, what)
            .hint("give it as env:NAME, as file:PATH, or as - on standard input")
            .state("nothing was done")
    };
    let unreadable = |error: std::io::Error| usage(format!("the value cannot be read: {error}"));
    let mut text = String::new();
    if source == "-" {
        let mut input =
            env.input.lock().map_err(|_| usage("standard input was taken already".to_owned()))?;
        (&mut *input).take(LARGEST_INPUT).read_to_string(&mut text).map_err(unreadable)?;
    } else if let Some(name) = source.strip_prefix("env:") {
        return env
            .secret(name)
            .ok_or_else(|| usage(format!("the variable {} is empty or not set", sanitize(name))));
    } else if let Some(path) = source.strip_prefix("file:") {
        let file = fs::File::open(env.folder.join(path)).map_err(unreadable)?;
        file.take(LARGEST_INPUT).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        // What stands here may be the value itself, pasted by mistake: it is not repeated.
        return Err(usage("--value-from takes the place of a value, never the value".to_owned()));
    }
    let value = Secret::new(text);
    let trimmed = value.trimmed();
    if trimmed.is_empty() {
        return Err(usage("the value is empty".to_owned()));
    }
    Ok(trimmed)
}
