//! The mark that a run of another repository leaves when it was handed a value: a deployment of
//! that repository, made with its own `GITHUB_TOKEN`. Says what a mark holds; which one counts is
//! `mark_found`.

use http::Method;
use serde_json::{Value, json};

use crate::domain::lifecycle::Run;
use crate::domain::{Fingerprint, Repo, TokenName, Version};
use crate::net::github::{GitHub, GitHubError, Use};

/// What GitHub calls the task of a mark.
pub(super) const TASK: &str = "tokenward:confirm";
/// Who a deployment is made by that a workflow run made with its `GITHUB_TOKEN`. No person can have
/// a login with brackets.
pub(super) const RUNS: &str = "github-actions[bot]";

/// A value that a mark is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marked<'a> {
    /// The repository that rotates the token.
    pub(super) primary: &'a Repo,
    /// The token.
    pub(super) token: &'a TokenName,
    /// Which value of it.
    pub(super) version: Version,
    /// Names the value.
    pub(super) fingerprint: &'a Fingerprint,
}

/// The default branch of a repository.
pub(super) async fn default_branch(github: &GitHub, repo: &Repo) -> Result<String, GitHubError> {
    let reply = github.get(&format!("/repos/{repo}")).await?;
    let branch =
        reply.body.get("default_branch").and_then(Value::as_str).filter(|name| !name.is_empty());
    branch.map(str::to_owned).ok_or_else(|| unreadable("`default_branch`"))
}

/// What GitHub calls the environment of a token's marks.
pub(super) fn environment(token: &TokenName) -> String {
    format!("tokenward/{token}")
}

/// Leaves a mark; returns its number. The deployment is the mark: its status is for people.
pub(super) async fn leave(
    github: &GitHub,
    repo: &Repo,
    branch: &str,
    marked: Marked<'_>,
    run: &Run,
    server: &str,
) -> Result<u64, GitHubError> {
    let Marked { primary, token, version, fingerprint } = marked;
    // GitHub takes 140 characters.
    let description = format!("a run was handed {version} of {token}");
    let body = json!({
        "ref": branch,
        "task": TASK,
        "environment": environment(token),
        "auto_merge": false,
        "required_contexts": [],
        "transient_environment": true,
        "production_environment": false,
        "description": description,
        "payload": {
            "of": primary.to_string(),
            "token": token,
            "generation": version,
            "fingerprint": fingerprint,
            "run": {"id": run.id, "attempt": run.attempt},
        },
    });
    let path = format!("/repos/{repo}/deployments");
    let reply = github.write(Method::POST, &path, Some(&body), Use::Journal).await?;
    let number = reply.body.get("id").and_then(Value::as_u64).filter(|_| reply.status == 201);
    let number = number.ok_or_else(|| unreadable("the number of the deployment"))?;
    let log = format!("{server}/{repo}/actions/runs/{}", run.id);
    let status = json!({"state": "success", "auto_inactive": false, "description": description, "log_url": log});
    // Whoever reads the mark does not look at its status.
    let _ = github
        .write(Method::POST, &format!("{path}/{number}/statuses"), Some(&status), Use::Journal)
        .await;
    Ok(number)
}

pub(super) fn unreadable(what: &str) -> GitHubError {
    GitHubError::Silent { why: format!("GitHub's answer lacks {what}"), without_effect: false }
}
