//! Completion scripts and the manual page, generated from the definition of the command line.

use clap::CommandFactory as _;

use super::answer::Answer;
use super::args::Cli;
use super::error::CliError;
use super::manual;
use super::problems;

pub(super) fn completions(shell: clap_complete::Shell) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tokenward", &mut script);
    Answer::text(String::from_utf8_lossy(&script))
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
