//! `check`: a test call for each token, then the config's policy. A token that could not be tested is never green.

use super::args::{Global, Selection, VerdictFlags};
use super::failure::Failure;
use super::look::look;
use super::output::Output;
use super::session::Session;
use super::surroundings::Surroundings;

pub(super) async fn run(around: &Surroundings, global: &Global, selection: &Selection, flags: &VerdictFlags) -> Result<u8, Failure> {
    flags.check()?;
    let session = Session::open(around, global, false)?;
    let looked = look(&session, session.select(&selection.tokens)?, selection.tokens.is_empty()).await?;
    Ok(Output::new(around, global).at(session.places()).checked(looked, flags))
}
