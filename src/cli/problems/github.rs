//! Messages about our own GitHub credentials.

use super::{NOTHING_CHANGED, NOTHING_DONE};
use crate::domain::{Code, Problem, Timestamp};

/// How a step receives the credential for secrets.
pub(in crate::cli) const SECRETS_TOKEN: &str = "pass it to this step: `TOKENWARD_GITHUB_TOKEN: ${{ steps.app.outputs.token }}` (docs/action.md, \"Permissions\")";
/// How a step receives the workflow's own credential.
pub(in crate::cli) const WORKFLOW_TOKEN: &str =
    "pass it to this step: `GITHUB_TOKEN: ${{ github.token }}`";

/// `has_github_token` says whether `GITHUB_TOKEN` is set.
pub(in crate::cli) fn writer_missing(has_github_token: bool) -> Problem {
    let problem =
        Problem::new(Code::GithubTokenMissing, "TOKENWARD_GITHUB_TOKEN is empty or not set");
    let problem = if has_github_token {
        problem.cause("`GITHUB_TOKEN` is set, but it can never write secrets, regardless of its `permissions:`")
    } else {
        problem
    };
    problem
        .hint("create a GitHub App with `Secrets: write`, and pass its token to this step: `TOKENWARD_GITHUB_TOKEN: ${{ steps.app.outputs.token }}` (docs/action.md, \"Permissions\")")
        .state(NOTHING_CHANGED)
}

pub(in crate::cli) fn reader_missing() -> Problem {
    Problem::new(Code::GithubTokenMissing, "neither GITHUB_TOKEN nor TOKENWARD_GITHUB_TOKEN is set")
        .hint(WORKFLOW_TOKEN)
        .state(NOTHING_CHANGED)
}

/// `confirm` leaves its mark with `GITHUB_TOKEN`.
pub(in crate::cli) fn marker_missing() -> Problem {
    Problem::new(Code::GithubTokenMissing, "GITHUB_TOKEN is empty or not set")
        .cause("a confirmation counts only if it was recorded with `GITHUB_TOKEN`")
        .hint("pass `GITHUB_TOKEN: ${{ github.token }}` to this step, and give the job `permissions: {deployments: write}`")
        .state(NOTHING_DONE)
}

/// `name` is the credential's variable.
pub(in crate::cli) fn expires(name: &str, end: Timestamp) -> Problem {
    Problem::new(Code::GithubTokenExpiring, format!("the credential in {name} expires at {end}"))
        .cause("GitHub reports this in its responses")
        .hint("create a new personal access token; or use a GitHub App, whose tokens are created for each run")
        .state("nothing can be rotated after it expires")
}
