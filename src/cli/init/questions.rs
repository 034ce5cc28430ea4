//! What `init` asks on a terminal, and what it says where there is none. A wrong answer is
//! explained, and the question is asked again.

use std::io::BufRead as _;

use super::problems;
use super::token_arg::{self, Wish};
use crate::cli::args::InitFlags;
use crate::cli::env::Env;
use crate::domain::Problem;
use crate::domain::text::sanitize;
use crate::providers::Registry;

/// How often a question is asked.
const ATTEMPTS: usize = 3;

const TOKENS: &str = "[NAME=]PROVIDER[:SECRET]...";
pub(super) const REPOSITORY: &str = "--repository OWNER/NAME";
pub(super) const ACTION: &str = "--action OWNER/tokenward@COMMIT";

/// Asks which tokens to set up.
pub(super) fn ask_for_tokens(env: &Env, registry: &Registry) -> Result<Vec<Wish>, Problem> {
    let ids: Vec<String> = registry.ids().map(ToString::to_string).collect();
    let question = format!(
        "Which tokens, separated by spaces ([NAME=]PROVIDER[:SECRET])?\nProviders: {}",
        ids.join(", ")
    );
    ask(env, &question, TOKENS, &|answer| {
        let parts = answer.split([' ', ',']).filter(|part| !part.is_empty());
        token_arg::read(&parts.map(str::to_owned).collect::<Vec<_>>(), registry)
    })
}

/// Asks a question on a terminal, and again after a wrong answer. Without an answer, `instead` is
/// the argument to give.
pub(super) fn ask<T>(
    env: &Env,
    question: &str,
    instead: &str,
    read: &dyn Fn(&str) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let mut attempt = 1;
    loop {
        let answer = line(env, question).ok_or_else(|| problems::no_answer(instead))?;
        let wrong = match answer.trim() {
            "" => problems::no_answer(instead),
            answer => match read(answer) {
                Ok(read) => return Ok(read),
                Err(problem) => problem,
            },
        };
        if attempt == ATTEMPTS {
            return Err(wrong);
        }
        attempt += 1;
        env.note(&problems::asked_again(&wrong));
    }
}

/// One line of input; `None` at its end.
fn line(env: &Env, question: &str) -> Option<String> {
    env.note(&format!("{question}\n> "));
    let mut input = env.input.lock().ok()?;
    let mut line = String::new();
    let read = std::io::BufReader::with_capacity(1, &mut *input).read_line(&mut line).ok()?;
    (read > 0).then_some(line)
}

/// Checks that nothing has to be asked for. If something does, the message has the whole command
/// line, with what was given already.
pub(super) fn check_arguments(
    flags: &InitFlags,
    repository: Option<&str>,
    action: Option<&str>,
) -> Result<(), Problem> {
    if !flags.tokens.is_empty() && repository.is_some() && action.is_some() {
        return Ok(());
    }
    let tokens =
        if flags.tokens.is_empty() { TOKENS.to_owned() } else { sanitize(&flags.tokens.join(" ")) };
    let typed = |flag: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("--{flag} {}", sanitize(value)))
    };
    let missing: Vec<&str> = [
        flags.tokens.is_empty().then_some("the tokens"),
        repository.is_none().then_some("--repository"),
        action.is_none().then_some("--action"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let has_remote = repository.is_some();
    let repository = typed("repository", &flags.repository)
        .or(repository.is_none().then(|| REPOSITORY.to_owned()));
    let action = typed("action", &flags.action).or(action.is_none().then(|| ACTION.to_owned()));
    let line: Vec<String> = std::iter::once(tokens).chain(repository).chain(action).collect();
    Err(problems::arguments_missing(&missing, has_remote, &line.join(" ")))
}
