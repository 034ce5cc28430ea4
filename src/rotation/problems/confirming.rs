//! Messages about confirmations: the marks that runs of other repositories leave.

use super::{BOTH_WORK, BOTH_WORK_UNTIL_KNOWN, list};
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, Repo, Timestamp, TokenName, Version};
use crate::net::github::GitHubError;

/// GitHub refused to store a mark.
pub(in crate::rotation) fn no_mark(trouble: &GitHubError, repo: &Repo, primary: &Repo) -> Problem {
    let problem = trouble.to_problem(&format!("record a confirmation in {repo}"));
    let problem = match trouble {
        GitHubError::Permission { .. } | GitHubError::NotFound => {
            Problem { id: Code::GithubPermission, ..problem }
                .hint("grant the permission to the job: `permissions: {deployments: write}`")
        }
        _ => problem,
    };
    problem.state(format!("this run received the right value, but {primary} has no record of that"))
}

/// The run is not on the default branch.
pub(in crate::rotation) fn not_default_branch(
    reference: &str,
    repo: &Repo,
    branch: &str,
) -> Problem {
    Problem::new(
        Code::NotProven,
        format!(
            "no confirmation was recorded: {} is not the default branch of {repo} ({})",
            sanitize(reference),
            sanitize(branch)
        ),
    )
    .cause("only a confirmation from the default branch counts, because its code was reviewed")
    .hint("run this step on the default branch too, for example on a schedule")
}

/// The marks of a repository cannot be read.
pub(in crate::rotation) fn marks_unseen(
    trouble: &GitHubError,
    repo: &Repo,
    name: &TokenName,
) -> Problem {
    let problem = trouble.to_problem(&format!("read the deployments of {repo}"));
    let problem = match trouble {
        GitHubError::Permission { .. } | GitHubError::NotFound => Problem {
            id: Code::ConfirmUnseen,
            what: format!("could not see whether {repo} confirmed the value in use for {name}"),
            causes: vec![
                "the credential cannot read its deployments, or the repository does not exist"
                    .to_owned(),
            ],
            ..problem
        }
        .hint(format!(
            "install the GitHub App behind TOKENWARD_GITHUB_TOKEN on {repo}, with the permission `Deployments: read`"
        )),
        _ => problem,
    };
    problem.state(BOTH_WORK_UNTIL_KNOWN)
}

/// The grace period of an old value has ended, but repositories have not confirmed the value in
/// use.
pub(in crate::rotation) fn unconfirmed(
    id: Code,
    name: &TokenName,
    version: Version,
    by: &[&Repo],
    ripe: Timestamp,
) -> Problem {
    Problem::new(
        id,
        format!(
            "{version} of {name} is not revoked, although its grace period ended at {ripe}: not confirmed by {}",
            list(by)
        ),
    )
    .hint(format!(
        "start a workflow there that runs `tokenward confirm {name}` on the default branch, or remove the repository from `confirmed-by`"
    ))
    .state(BOTH_WORK)
}

/// Repositories left marks for the value in use, but none of them counts.
pub(in crate::rotation) fn no_valid_mark(name: &TokenName, by: &[&Repo]) -> Problem {
    Problem::new(
        Code::RotationUnderWay,
        format!("no valid confirmation of the value in use for {name}: {}", list(by)),
    )
    .hint(format!("run `tokenward confirm {name}` in a workflow there, on the default branch"))
    .state("tokenward revokes no old value until each of them has confirmed the value in use")
}
