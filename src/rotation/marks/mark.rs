//! The mark that a run of another repository leaves when it received a value: a deployment of that
//! repository, created with its own `GITHUB_TOKEN`. `mark_found` decides which marks count.

use http::Method;
use serde_json::{Value, json};

use crate::domain::lifecycle::Run;
use crate::domain::{Fingerprint, Repo, TokenName, Version};
use crate::net::github::{GitHub, GitHubError, Use};

/// The task of the deployment that is a mark.
pub(crate) const TASK: &str = "tokenward:confirm";
/// The creator of a deployment that a workflow run made with its `GITHUB_TOKEN`. No person can have
/// a login with brackets.
pub(crate) const RUNS: &str = "github-actions[bot]";

/// A value that a mark is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marked<'a> {
    /// The repository that rotates the token.
    pub(crate) primary: &'a Repo,
    /// The token.
    pub(crate) token: &'a TokenName,
    /// The version of the value.
    pub(crate) version: Version,
    /// The fingerprint of the value.
    pub(crate) fingerprint: &'a Fingerprint,
}

/// The default branch of a repository.
pub(crate) async fn default_branch(github: &GitHub, repo: &Repo) -> Result<String, GitHubError> {
    let reply = github.get(&format!("/repos/{repo}")).await?;
    let branch =
        reply.body.get("default_branch").and_then(Value::as_str).filter(|name| !name.is_empty());
    branch.map(str::to_owned).ok_or_else(|| unreadable("`default_branch`"))
}

/// The environment of the deployments that are a token's marks.
pub(crate) fn environment(token: &TokenName) -> String {
    format!("tokenward/{token}")
}

/// Leaves a mark, and returns its number. The deployment is the mark; its status is for people.
pub(crate) async fn leave(
    github: &GitHub,
    repo: &Repo,
    branch: &str,
    marked: Marked<'_>,
    run: &Run,
    server: &str,
) -> Result<u64, GitHubError> {
    let Marked { primary, token, version, fingerprint } = marked;
    // GitHub accepts 140 characters.
    let description = format!("a run received {version} of {token}");
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
    // The rotating repository does not read the status.
    let _ = github
        .write(Method::POST, &format!("{path}/{number}/statuses"), Some(&status), Use::Journal)
        .await;
    Ok(number)
}

pub(crate) fn unreadable(what: &str) -> GitHubError {
    GitHubError::Silent { why: format!("GitHub's response lacks {what}"), without_effect: false }
}
