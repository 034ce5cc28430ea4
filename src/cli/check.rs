//! `check`: a test call for each token, then the config's policy. A token that could not be tested
//! never passes.

use super::answer::Answer;
use super::args::{Global, Selection, VerdictFlags};
use super::env::Env;
use super::error::CliError;
use super::look::{Looked, look};
use super::session::Session;
use super::verdict::verdict;

pub(super) async fn run(
    env: &Env,
    global: &Global,
    selection: &Selection,
    flags: &VerdictFlags,
) -> Result<Answer, CliError> {
    flags.check()?;
    let session = Session::open(env, global, false)?;
    super::own_rules::read(&session)?;
    let looked =
        look(&session, session.select(&selection.tokens)?, selection.tokens.is_empty()).await?;
    let Looked { tokens, own, .. } = looked;
    let code = verdict(&tokens, &own, env, flags);
    Ok(Answer::looked("check", tokens, own, code).at(session.places()))
}
