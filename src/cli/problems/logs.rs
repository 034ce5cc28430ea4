//! Messages about the logs of a workflow run that `scan` fetches.

use crate::domain::{Code, Problem, Repo};
use crate::net::github::{Cause, GitHubError};

/// Says that nothing is known about the logs.
pub(in crate::cli) fn unscanned(problem: Problem) -> Problem {
    problem.state("the logs were not scanned, so they are not known to be clean")
}

pub(in crate::cli) fn repository_of_run_unknown(id: u64) -> Problem {
    Problem::new(Code::Usage, format!("it is unknown which repository run {id} belongs to"))
        .hint(format!("GITHUB_REPOSITORY=OWNER/NAME tokenward scan --workflow-logs {id}"))
}

pub(in crate::cli) fn run_in_progress(id: u64, repo: &Repo) -> Problem {
    Problem::new(Code::ScanIncomplete, format!("run {id} of {repo} is still in progress"))
        .cause(
            "GitHub provides the logs of a run only after it has finished; no run can read its own",
        )
        .hint("run this when it has finished, for example on `workflow_run: {types: [completed]}`")
}

pub(in crate::cli) fn attempts_unknown(id: u64, repo: &Repo) -> Problem {
    Problem::new(
        Code::ScanIncomplete,
        format!("GitHub reported no valid number of attempts for run {id} of {repo}"),
    )
    .hint("run it again")
}

/// `what` is what was tried, such as `read the logs of attempt 1 of run 7 of acme/site`.
pub(in crate::cli) fn not_an_archive(what: &str) -> Problem {
    Problem::new(
        Code::ScanIncomplete,
        format!("could not {what}: the response is an empty archive, or not an archive"),
    )
}

pub(in crate::cli) fn gone(what: &str) -> Problem {
    Problem::new(Code::ScanIncomplete, format!("could not {what}: they were deleted"))
        .cause("GitHub keeps logs for 90 days, or as long as the repository's settings say")
}

/// Another way to get the same logs; `path` is their address in GitHub's API.
pub(in crate::cli) fn download_by_hand(problem: Problem, path: &str) -> Problem {
    problem.hint(format!(
        "or download them yourself: `gh api {path} > logs.zip`, then `tokenward scan --workflow-logs logs.zip`"
    ))
}

/// For a command that reads only.
pub(in crate::cli) fn of_github(trouble: &GitHubError, what: &str) -> Problem {
    let unavailable = |cause: String| {
        Problem::new(Code::GithubUnavailable, format!("could not {what}")).cause(cause)
    };
    match trouble {
        GitHubError::NotFound => {
            Problem::new(Code::RepositoryUnknown, format!("could not {what}: GitHub answered 404"))
                .cause("it does not exist, or the credential cannot see it")
                .hint("check the number and the repository")
        }
        GitHubError::Permission { .. } => Problem::new(
            Code::GithubPermission,
            format!("could not {what}: the credential lacks a permission (403)"),
        )
        .hint("give the job `permissions: {actions: read, contents: read}`"),
        GitHubError::Silent { why, .. } => unavailable(why.clone()).hint("run it again"),
        GitHubError::RateLimited { wait } => unavailable(format!(
            "GitHub's rate limit is exhausted: GitHub asked tokenward to wait {}",
            wait.in_words()
        ))
        .hint("run it again after that time"),
        GitHubError::Refused { status, cause: Cause::Other, message } if *status < 400 => {
            unavailable(format!("GitHub answered {status}: {message}"))
        }
        GitHubError::Moved => Problem::new(
            Code::RepositoryUnknown,
            format!("could not {what}: the repository was renamed or moved"),
        )
        .hint("set GITHUB_REPOSITORY=OWNER/NAME to its new name"),
        GitHubError::Dead { .. } | GitHubError::Refused { .. } | GitHubError::Unlisted { .. } => {
            trouble.to_problem(what)
        }
    }
}
