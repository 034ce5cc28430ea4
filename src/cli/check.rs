//! `check`: a test call for each token, then the config's policy. A token that could not be tested
//! is never green.

use super::args::{Global, Selection, VerdictFlags};
use super::env::Env;
use super::error::CliError;
use super::look::look;
use super::output::Output;
use super::session::Session;

pub(super) async fn run(
    env: &Env,
    global: &Global,
    selection: &Selection,
    flags: &VerdictFlags,
) -> Result<u8, CliError> {
    flags.check()?;
    let session = Session::open(env, global, false)?;
    let looked =
        look(&session, session.select(&selection.tokens)?, selection.tokens.is_empty()).await?;
    Ok(Output::new(env, global).at(session.places()).checked(looked, flags))
}
