//! `revoke`: ends one key, named by its token or by its value on standard input. Never takes a
//! value from the command line.

use super::answer::Answer;
use super::args::{Global, Revocation};
use super::checkout::may_change;
use super::env::Env;
use super::error::CliError;
use super::leaked;
use super::session::Session;
use super::signing::KeyNeed;
use super::value;
use super::value_source::value_from;
use crate::config::TokenConfig;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, Secret};
use crate::journal::Ledger;
use crate::rotation::{self, ReportedLeak, uses};

pub(super) async fn run(
    env: &Env,
    global: &Global,
    asked: &Revocation,
) -> Result<Answer, CliError> {
    // A person revokes from wherever they are; only what merely proposes may not.
    may_change(env, true)?;
    let session = Session::open(env, global, false)?;
    let value = match asked.leaked.as_deref() {
        // What stands here may be the value itself, pasted by mistake: it is not repeated.
        Some(source) if source != "-" => {
            let problem =
                Problem::new(Code::Usage, "--leaked takes the place of a value, never the value");
            return Err(problem
                .hint("write --leaked -, and give the value on standard input")
                .state("nothing was changed")
                .into());
        }
        Some(source) => Some(value_from(env, source)?),
        None => None,
    };
    value.iter().for_each(|value| session.mask(value));
    if let Some(flaw) = value.as_ref().and_then(|value| value::formless("--leaked", value)) {
        return Err(flaw.into());
    }
    let named: Vec<String> = asked.token.iter().cloned().collect();
    let selected = session.select(&named)?;
    session.in_own_repository(&selected)?;
    let outcome = session
        .with_world(KeyNeed::Required, async |opened| {
            let token = match &value {
                Some(value) => whose(&session, &selected, value, opened.ledger).await?,
                None => selected.first().copied().ok_or_else(nobodys)?,
            };
            let world = opened.world();
            let mut job = session.job(token, None, None)?;
            job.request.reported_leak = value.map(|value| ReportedLeak { value, alert: None });
            let reason = asked.reason.as_deref().map(sanitize);
            Ok(rotation::revoke(&world, &job, reason.as_deref()).await)
        })
        .await?;
    Ok(Answer::tokens("revoke", vec![outcome], Vec::new()))
}

/// The token a value belongs to; else one of the provider that the value belongs to, whose manager
/// can revoke it.
async fn whose<'t>(
    session: &Session<'_>,
    tokens: &[&'t TokenConfig],
    value: &Secret,
    ledger: &Ledger<'_>,
) -> Result<&'t TokenConfig, Problem> {
    if let Some((token, _)) = leaked::of_value(session, tokens, value, ledger).await {
        return Ok(token);
    }
    for token in tokens {
        let Some(id) = session.driver(token)?.key_id(value) else { continue };
        // A value that is not the one in use, and yet its key's: cut, or with something added.
        let user = ledger
            .tokens()
            .await
            .into_iter()
            .find(|(_, state)| state.provider == token.provider && uses(state, &id));
        if let Some((name, _)) = user {
            return Err(Problem::new(
                Code::StillInUse,
                format!("key {id} is the one in use of {name}, and the value given is another"),
            )
            .cause("it was cut, or something was added to it")
            .hint(format!("to replace the key: tokenward rotate {name} --leaked"))
            .state("nothing was changed"));
        }
        return Ok(token);
    }
    Err(nobodys())
}

fn nobodys() -> Problem {
    Problem::new(Code::NothingSelected, "no token of the config has this value, and no provider of the config gives out such values")
        .hint("revoke it in its provider's settings; `tokenward providers` lists the providers that are known")
        .state("nothing was changed")
}
