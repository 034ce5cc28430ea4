//! Messages about the Action's inputs and its comment on a pull request.

use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};
use crate::net::github::GitHubError;

fn wrong(what: impl Into<String>) -> Problem {
    Problem::new(Code::Usage, what).state("nothing was done")
}

pub(super) fn no_folder(folder: &str) -> Problem {
    wrong(format!("`working-directory` is not a folder: {}", sanitize(folder)))
        .hint("run `actions/checkout` in a step before this one")
}

pub(super) fn reserved_folder(folder: &str) -> Problem {
    wrong(format!(
        "`working-directory` is a folder that git or the runner reserves: {}",
        sanitize(folder)
    ))
    .cause("it contains no files from the checkout, so a scan there proves nothing")
    .hint("name a folder in the checkout, or remove the input to use all of it")
}

pub(super) fn folder_outside_workspace(folder: &str) -> Problem {
    wrong(format!("`working-directory` is outside the workspace: {}", sanitize(folder)))
        .cause("its path is outside, or goes through a symbolic link")
        .hint("name a folder in the checkout, without symbolic links")
}

pub(super) fn unknown_command() -> Problem {
    wrong("the input `command` is not a command that the Action supports")
        .hint("use `scan`, `check`, `rotate`, `plan` or `status`")
}

pub(super) fn tokens_not_accepted() -> Problem {
    wrong("the input `tokens` is only for commands that work on tokens")
        .hint("remove the input, or set `command`")
}

pub(super) fn unclosed_quote() -> Problem {
    wrong("the input `args` has a quotation mark that is not closed").hint("quote it as in a shell")
}

pub(super) fn leaked_without_tokens() -> Problem {
    wrong("the input `leaked` is true, but no input says which token leaked")
        .hint("name the tokens in the input `tokens`, or a provider in `provider`")
        .state("nothing was done; nothing was rotated or revoked")
}

pub(super) fn fail_on_not_accepted() -> Problem {
    wrong("the input `fail-on` is only for `scan` and `check`").hint("remove the input")
}

pub(super) fn dry_run_not_accepted() -> Problem {
    wrong("the input `dry-run` is only for `rotate`; this command has no dry run")
        .hint("remove the input")
}

pub(super) fn only_for_rotate() -> Problem {
    wrong("the inputs `leaked` and `provider` are only for `rotate`").hint("remove them")
}

pub(super) fn not_a_name(input: &str) -> Problem {
    wrong(format!("the input `{input}` contains something that is not a name"))
        .cause("it is used as a value, so it cannot contain a flag, a quotation mark or a path")
}

const SECRET_NAMES: &str = "the workflow's input `secret-names`";

pub(super) fn too_many_secret_names(most: usize) -> Problem {
    wrong(format!("{SECRET_NAMES} has more than {most} names"))
        .hint("copy `workflows/rotate.yml` instead: it has one `env:` line for each secret")
}

/// `number` counts from 1.
pub(super) fn bad_secret_name(number: usize) -> Problem {
    wrong(format!("name {number} in {SECRET_NAMES} cannot be used"))
        .cause("it is not a variable name in upper case, appears twice, or begins with GITHUB_, RUNNER_, ACTIONS_ or TOKENWARD_")
        .hint("list the variables that the config names (`env:NAME`), not values")
}

pub(super) fn secret_without_name(number: usize) -> Problem {
    wrong(format!("SECRET_{number} has a value, but {SECRET_NAMES} has no name {number}"))
        .hint("list one name for each SECRET, in the same order")
}

pub(super) fn not_a_path(input: &str) -> Problem {
    wrong(format!("the input `{input}` is not a path"))
        .hint("write `./` before a name that begins with `-`")
}

pub(super) fn not_a_switch(input: &str) -> Problem {
    wrong(format!("the input `{input}` is neither `true` nor `false`"))
        .hint("write `true` or `false`")
}

/// `what` is what was tried, such as `write a comment on the pull request`.
pub(super) fn comment_failed(trouble: &GitHubError, what: &str) -> Problem {
    match trouble {
        GitHubError::Permission { .. } | GitHubError::NotFound => Problem::new(
            Code::GithubPermission,
            format!("this run is not allowed to {what}"),
        )
        .cause(
            "to allow comments, add these lines to the job (a pull request from a fork cannot get these permissions):",
        )
        .cause("permissions:")
        .cause("  contents: read")
        .cause("  pull-requests: write"),
        other => other.to_problem(what),
    }
}
