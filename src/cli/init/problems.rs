//! Messages of `init`.

use crate::cli::problems::command_line::instead_of;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};
use crate::providers::Registry;

const NOTHING_WRITTEN: &str = "nothing was written";

fn wrong(what: impl Into<String>) -> Problem {
    Problem::new(Code::Usage, what).state(NOTHING_WRITTEN)
}

/// `missing` says what; `line` is the rest of the command line that would do.
pub(super) fn arguments_missing(missing: &[&str], has_remote: bool, line: &str) -> Problem {
    let problem = wrong(format!(
        "arguments are missing ({}), and there is no terminal to prompt for them",
        missing.join(", ")
    ));
    let problem = if has_remote {
        problem
    } else {
        problem.cause("this folder has no git remote `origin` that names the repository")
    };
    problem.hint(format!("tokenward init {line}"))
}

/// A question has no answer; `instead` is the argument to give.
pub(super) fn no_answer(instead: &str) -> Problem {
    wrong("the question was not answered").hint(format!("answer it, or add {instead}"))
}

/// What is wrong with an answer, before the question is asked again.
pub(super) fn asked_again(wrong: &Problem) -> String {
    let hint = wrong.hint.as_ref().map_or_else(String::new, |hint| format!(": {hint}"));
    format!("{}{hint}\n\n", wrong.what)
}

pub(super) fn action_is_placeholder(action: &str) -> Problem {
    wrong(format!("{} is a placeholder, not a reference to an action", sanitize(action)))
        .hint("replace OWNER with the owner of your copy of tokenward, and COMMIT with the full hash of the commit to use")
}

pub(super) fn not_an_action(action: &str) -> Problem {
    wrong(format!("`{}` is not a valid reference to an action", sanitize(action)))
        .hint("write owner/repository@commit")
}

/// The note about an action that is not pinned to a commit.
pub(super) fn not_pinned(repo: &str, reference: &str) -> String {
    let (repo, reference) = (sanitize(repo), sanitize(reference));
    format!(
        "note: {reference} is a branch or a tag of {repo}: anybody who can move it decides what the workflows run with your credentials; \
         a full commit hash never changes\n"
    )
}

pub(super) fn files_exist(files: &[String]) -> Problem {
    let exist = if files.len() == 1 { "exists" } else { "exist" };
    wrong(format!("{} already {exist}", files.join(", "))).hint(
        "`tokenward doctor` reports what is still missing; to write only the missing files, name the tokens of your config; to add a token, edit the config; `--force` overwrites",
    )
}

pub(super) fn value_in_file() -> Problem {
    wrong(
        "a file would contain the value of one of this environment's variables, which could be a secret",
    )
    .hint("run it without that variable, or use other names")
}

pub(super) fn named_twice(name: &str, secret: &str) -> Problem {
    wrong(format!("two tokens have the name {name} or the secret {secret}"))
        .hint("give each a name and a secret of its own: NAME=PROVIDER:SECRET")
}

const FORM: &str = "write [NAME=]PROVIDER[:SECRET], such as mail=sendgrid:SENDGRID_API_KEY";

pub(super) fn unknown_provider(typed: &str, registry: &Registry) -> Problem {
    wrong(format!("there is no provider `{}`", sanitize(typed)))
        .hint(instead_of(typed, registry.ids().map(|id| id.as_str())))
}

pub(super) fn bad_token_name(name: &str) -> Problem {
    wrong(format!("`{}` is not a valid token name", sanitize(name)))
        .cause("a name has at most 60 lowercase letters, digits and `-`, and begins with a letter")
        .hint(FORM)
}

pub(super) fn bad_secret_name(secret: &str, why: &str) -> Problem {
    wrong(format!("`{}` is not a valid secret name", sanitize(secret))).cause(why).hint(FORM)
}
