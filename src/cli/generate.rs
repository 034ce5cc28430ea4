//! What tokenward prints about itself besides its schemas: completion scripts and the manual page,
//! made from the code of the command line.

use clap::CommandFactory as _;

use super::answer::Answer;
use super::args::Cli;
use super::error::CliError;
use super::{complete, manual};
use crate::domain::{Code, Problem};

pub(super) fn completions(shell: clap_complete::Shell) -> Result<Answer, CliError> {
    let script = complete::script(shell).ok_or_else(|| {
        Problem::new(Code::OutputFailed, format!("there is no completion script for {shell}"))
    })?;
    Ok(Answer::text(script))
}

pub(super) fn man() -> Result<Answer, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|error| {
        Problem::new(Code::OutputFailed, "the manual page could not be made")
            .cause(error.to_string())
    })?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for (title, text) in manual::SECTIONS {
        page.push_str(&manual::section(title, text));
    }
    Ok(Answer::text(page))
}
