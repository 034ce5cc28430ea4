//! `revoke`: revokes one key, named by its token or by its value on standard input. Never takes a
//! value from the command line.

use super::answer::Answer;
use super::args::{Global, Revocation};
use super::checkout::may_change;
use super::env::Env;
use super::error::CliError;
use super::leaked;
use super::problems;
use super::session::Session;
use super::signing::KeyNeed;
use super::value::{Origin, formless};
use super::value_source::value_from;
use crate::config::TokenConfig;
use crate::domain::text::sanitize;
use crate::domain::{Problem, Secret};
use crate::journal::Ledger;
use crate::rotation::{self, ReportedLeak, uses};

pub(super) async fn run(
    env: &Env,
    global: &Global,
    asked: &Revocation,
) -> Result<Answer, CliError> {
    // A person can revoke from anywhere; only a run for a proposed change must not.
    may_change(env, true)?;
    let session = Session::open(env, global, false)?;
    let value = match asked.leaked.as_deref() {
        Some(source) if source != "-" => {
            return Err(problems::arguments::leaked_takes_standard_input().into());
        }
        Some(source) => Some(value_from(env, source)?),
        None => None,
    };
    value.iter().for_each(|value| session.mask(value));
    if let Some(flaw) = value.as_ref().and_then(|value| formless(Origin::StandardInput, value)) {
        return Err(flaw.into());
    }
    let named: Vec<String> = asked.token.iter().cloned().collect();
    let selected = session.select(&named)?;
    session.in_own_repository(&selected)?;
    let outcome = session
        .with_world(KeyNeed::Required, async |opened| {
            let token = match &value {
                Some(value) => whose(&session, &selected, value, opened.ledger).await?,
                None => {
                    selected.first().copied().ok_or_else(problems::selection::no_token_named)?
                }
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

/// The token that a value belongs to; otherwise a token of the value's provider, whose manager can
/// revoke it.
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
        // The id of a key in use, but not its value: the value was cut off or extended.
        let user = ledger
            .tokens()
            .await
            .into_iter()
            .find(|(_, state)| state.provider == token.provider && uses(state, &id));
        if let Some((name, _)) = user {
            return Err(problems::selection::value_differs_from_key(&id, &name));
        }
        return Ok(token);
    }
    Err(problems::selection::value_of_no_token())
}
