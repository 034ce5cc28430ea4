//! Completion scripts and the manual page, generated from the definition of the command line.

use clap::CommandFactory as _;

use super::answer::Answer;
use super::args::Cli;
use super::error::CliError;
use super::{complete, manual, problems};

pub(super) fn completions(shell: clap_complete::Shell) -> Result<Answer, CliError> {
    let script = complete::script(shell).ok_or_else(|| problems::output::no_completions(&shell))?;
    Ok(Answer::text(script))
}

pub(super) fn man() -> Result<Answer, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(problems::output::manual_page_failed)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for (title, text) in manual::SECTIONS {
        page.push_str(&manual::section(title, text));
    }
    Ok(Answer::text(page))
}
