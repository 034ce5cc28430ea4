//! Messages about the checkout: the repository, the trusted commit, and files that are not used.

use std::fmt::Display;
use std::path::Path;

use super::shown;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};

const NOTHING_CHANGED: &str = "nothing was changed";

fn unclear(what: impl Into<String>) -> Problem {
    Problem::new(Code::CheckoutUnclear, what)
}

pub(super) fn workspace_unknown() -> Problem {
    unclear("the workspace of this run is unknown").cause("GITHUB_WORKSPACE is not set")
}

/// Outside GitHub Actions.
pub(super) fn no_repository() -> Problem {
    unclear("there is no git repository here")
        .cause("neither this folder nor one above it has a `.git`")
        .hint("run it in a repository, or name files and folders: `tokenward scan PATH`")
}

/// In GitHub Actions.
pub(super) fn no_checkout() -> Problem {
    unclear("there is no git repository here")
        .cause("no folder from GITHUB_WORKSPACE down to this one has a `.git`")
        .hint("run `actions/checkout` in a step before this one, with git installed")
}

pub(super) fn outside_repository(path: &Path) -> Problem {
    Problem::new(
        Code::PathOutside,
        format!("{} is not in the repository", sanitize(&path.display().to_string())),
    )
    .cause("in GitHub Actions, tokenward reads such files from the trusted commit, never from the disk")
    .hint("name a file in the repository, by its path relative to the current folder")
}

/// Adds to a problem with a file where the file was read from.
pub(super) fn read_from_commit(problem: Problem, path: &Path, commit: &str) -> Problem {
    problem.cause(format!(
        "{} is read from the trusted commit {commit}, so that a proposed change has no effect",
        shown(path)
    ))
}

pub(super) fn not_utf8(path: &Path) -> Problem {
    Problem::new(Code::ConfigUnreadable, format!("{} is not UTF-8", shown(path)))
}

pub(super) fn unreadable(path: &Path, why: impl Display) -> Problem {
    Problem::new(Code::ConfigUnreadable, format!("{} cannot be read", shown(path)))
        .cause(sanitize(&why.to_string()))
}

/// A file that could be anything, or lead anywhere.
pub(super) fn refused(path: &Path, why: &str) -> Problem {
    Problem::new(Code::PathOutside, format!("{} is not used", shown(path)))
        .cause(why)
        .hint("put an ordinary file there")
}

pub(super) fn only_in_actions() -> Problem {
    unclear("only a run in GitHub Actions has a trusted commit")
}

pub(super) fn trusted_commit_unknown(why: &str) -> Problem {
    unclear("the trusted commit of this run is unknown").cause(why)
}

/// The run is on a ref that anybody may be able to push to, and the default branch is unknown.
pub(super) fn default_branch_unknown(reference: &str, why: impl Display) -> Problem {
    unclear(format!(
        "{} is neither the default branch nor protected, and the commit of the default branch is unknown",
        sanitize(reference)
    ))
    .cause(why.to_string())
    .hint("pass the runner's own variables and GITHUB_TOKEN to tokenward; or protect the branch (Settings, Rules)")
}

/// Why the default branch is unknown: the request failed.
pub(super) fn default_branch_not_fetched(cause: &str) -> String {
    format!("could not look up the default branch: {}", sanitize(cause))
}

/// Why the default branch is unknown: the response lacks it.
pub(super) const DEFAULT_BRANCH_NOT_NAMED: &str =
    "the server does not say which commit the default branch is at";

/// A git object that the clone lacks. `why` says why it was not fetched.
pub(super) fn object_missing(id: &str, why: impl Display) -> Problem {
    unclear(format!("the object {id} is not in this clone and could not be fetched"))
        .cause(why.to_string())
        .hint("give `actions/checkout` the input `fetch-depth: 0`, and give tokenward GITHUB_TOKEN with `contents: read`")
}

/// Why an object is missing: the server's response lacks it.
pub(super) const OBJECT_NOT_SENT: &str = "the fetch succeeded, but the object is still missing";

pub(super) fn remote_unknown() -> Problem {
    unclear(
        "the address to fetch from is unknown: GITHUB_SERVER_URL or GITHUB_REPOSITORY is not set",
    )
}

pub(super) fn event_only_proposes(event: &str) -> Problem {
    Problem::new(
        Code::UntrustedEvent,
        format!("this run was started by {}, which only proposes a change", sanitize(event)),
    )
    .cause("a proposed change must not decide where a token is sent")
    .hint("run it on `schedule`, `workflow_dispatch` or `repository_dispatch`")
    .state(NOTHING_CHANGED)
}

pub(super) fn on_journal_branch(reference: &str) -> Problem {
    Problem::new(
        Code::UnprotectedRef,
        format!("{} is a branch for journals; a run on it changes nothing", sanitize(reference)),
    )
    .cause("anybody who can write the journal could add a config and a workflow to the branch")
    .hint("run it on the default branch")
    .state(NOTHING_CHANGED)
}

pub(super) fn not_protected(reference: &str) -> Problem {
    Problem::new(Code::UnprotectedRef, format!("{} is not protected", sanitize(reference)))
        .cause("anybody who can push to it could change the config, and so where tokens are sent")
        .hint("protect it (Settings, Rules), or add `--allow-unprotected-ref` (in the Action: `args: --allow-unprotected-ref`)")
        .state(NOTHING_CHANGED)
}
