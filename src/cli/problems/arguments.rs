//! Messages about arguments: a value on the command line, a source of a value, an option that does
//! not fit. What was typed could be a value, so only names of options and variables are repeated.

use std::io;

use super::command_line::instead_of;
use super::{NOTHING_CHANGED, NOTHING_DONE};
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};

/// Why a text that would be stored may contain a value.
#[derive(Clone, Copy)]
pub(in crate::cli) enum Holds {
    /// A secret of the environment.
    Secret,
    /// Something of a token's shape.
    TokenShape,
    /// A word that is not plain.
    OddWord,
}

/// `shape` is a rule such as `sendgrid/api-key`.
pub(in crate::cli) fn token_as_argument(shape: &str) -> Problem {
    Problem::new(Code::Usage, format!("an argument has the shape of a token ({shape})"))
        .cause("every process on this machine can read a command line, and the shell keeps it in its history")
        .hint("use the name of the token in the config; pass a value only as env:NAME, as file:PATH or on standard input")
        .state("nothing was done; if this command line was logged, treat the value as leaked")
}

pub(in crate::cli) fn empty_text(flag: &str) -> Problem {
    Problem::new(Code::Usage, format!("{flag} is empty"))
        .hint(format!("write some text after `{flag}`"))
        .state(NOTHING_DONE)
}

pub(in crate::cli) fn text_holds_value(flag: &str, holds: Holds) -> Problem {
    let cause = match holds {
        Holds::Secret => "it contains a secret from this run's environment, verbatim or encoded",
        Holds::TokenShape => "it contains something with the shape of a token, verbatim or encoded",
        Holds::OddWord => {
            "it contains an unusual word of twelve or more characters, or a word spelled letter by letter; the journal and the issue would show it to everybody"
        }
    };
    Problem::new(Code::Usage, format!("the text after {flag} seems to contain a value"))
        .cause(cause)
        .hint("write plain words, and refer to a key by the name of its token")
        .state("nothing was done, and nothing was stored")
}

/// Says that something that was typed is not in the message.
pub(in crate::cli) fn with_typed_text_hidden(problem: Problem, placeholder: &str) -> Problem {
    problem.cause(format!("{placeholder} replaces what was typed, because it might be a secret"))
}

pub(in crate::cli) fn unknown_finding<'n>(
    typed: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Problem {
    Problem::new(Code::Usage, format!("--fail-on: unknown id `{}`", sanitize(typed)))
        .hint(instead_of(typed, known))
}

fn unusable_source(what: String) -> Problem {
    Problem::new(Code::Usage, what)
        .hint("use env:NAME, file:PATH, or - for standard input")
        .state(NOTHING_DONE)
}

pub(in crate::cli) fn source_unreadable(error: &io::Error) -> Problem {
    unusable_source(format!("the value cannot be read: {error}"))
}

pub(in crate::cli) fn input_used_already() -> Problem {
    unusable_source("standard input has already been read".to_owned())
}

pub(in crate::cli) fn variable_empty(name: &str) -> Problem {
    unusable_source(format!("the variable {} is empty or not set", sanitize(name)))
}

pub(in crate::cli) fn value_empty() -> Problem {
    unusable_source("the value is empty".to_owned())
}

/// What was typed could be the value itself, so it is not repeated.
pub(in crate::cli) fn not_a_source() -> Problem {
    unusable_source("--value-from takes the source of a value, never the value itself".to_owned())
}

/// What was typed could be the value itself, so it is not repeated.
pub(in crate::cli) fn leaked_takes_standard_input() -> Problem {
    Problem::new(Code::Usage, "--leaked takes only `-`, never the value itself")
        .hint("write `--leaked -`, and pass the value on standard input")
        .state(NOTHING_CHANGED)
}

pub(in crate::cli) fn not_a_key_id() -> Problem {
    Problem::new(Code::Usage, "the text after --id is not a valid key id")
        .cause("an id is one line of at most 512 characters, without control characters and without {}<>\"\\`")
        .hint("copy the id from the provider's list of keys")
        .state(NOTHING_CHANGED)
}

/// `what` is the option or the variable that should name a repository.
pub(in crate::cli) fn not_a_repository(what: &str) -> Problem {
    Problem::new(Code::Usage, format!("{what} is not a valid repository name"))
        .hint("write `owner/name`")
        .state(NOTHING_DONE)
}

pub(in crate::cli) fn bad_repository_name(name: &str) -> Problem {
    Problem::new(
        Code::ConfigBadRepository,
        format!("`{}` is not a valid repository name", sanitize(name)),
    )
    .hint("write `owner/name`")
}

/// Two options name one file, and the command writes it.
pub(in crate::cli) fn same_file(one: &str, other: &str) -> Problem {
    let what = if one == other {
        format!("{one} is the same file as another one that the command writes")
    } else {
        format!("{one} and {other} are the same file")
    };
    Problem::new(Code::Usage, what)
        .cause("the command would replace what it has just written, or what it reads")
        .hint("name another file for one of them")
        .state(NOTHING_DONE)
}

pub(in crate::cli) fn format_unsupported() -> Problem {
    Problem::new(Code::Usage, "this command does not support that format")
        .hint("use `--format human` or `--format json`, which every command supports")
}

pub(in crate::cli) fn confirm_outside_actions() -> Problem {
    Problem::new(Code::Usage, "`confirm` works only in a GitHub Actions workflow run")
        .hint("run it as a step of a workflow, in the repository that uses the token")
        .state(NOTHING_DONE)
}

pub(in crate::cli) fn too_many_environments(environments: usize, most_jobs: usize) -> Problem {
    Problem::new(
        Code::Usage,
        format!("the primary destinations are in {environments} environments, but a matrix has at most {most_jobs} jobs"),
    )
    .hint("run `tokenward plan --matrix TOKEN...` once for each subset of the tokens")
}
