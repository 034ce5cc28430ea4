//! Alerts of GitHub's secret scanning: what value one tells of. Resolving them is a loose end, tied
//! up by `tidy`.

use serde_json::Value;

use crate::domain::{Code, Problem, Repo, Secret, SecretMasker};
use crate::net::github::{GitHub, GitHubError};

/// An alert, as far as a rotation needs it.
pub struct Found {
    /// The value it tells of.
    pub value: Secret,
    /// Whether somebody resolved it already.
    pub resolved: bool,
}

/// Reads one alert. Its value is masked before anything else is done.
///
/// # Errors
/// When GitHub does not show it to our credential.
pub async fn read_alert(
    github: &GitHub,
    repo: &Repo,
    number: u64,
    masker: &dyn SecretMasker,
) -> Result<Found, Problem> {
    let reply = github.get(&format!("/repos/{repo}/secret-scanning/alerts/{number}")).await;
    let mut body = reply.map_err(|trouble| alert_problem(&trouble, number, repo, "read"))?.body;
    let resolved = body.get("state").and_then(Value::as_str) == Some("resolved");
    let Some(Value::String(text)) =
        body.get_mut("secret").map(Value::take).filter(|text| text.as_str() != Some(""))
    else {
        return Err(Problem::new(Code::GithubUnavailable, format!("alert {number} of {repo} does not tell its value"))
            .hint("pipe the value into `tokenward revoke --leaked -`, or name the token: `tokenward rotate TOKEN --leaked`")
            .state("nothing was changed"));
    };
    let value = Secret::new(text);
    masker.mask(&value);
    Ok(Found { value, resolved })
}

/// What a person is told where GitHub does not let us.
pub(super) fn alert_problem(
    trouble: &GitHubError,
    number: u64,
    repo: &Repo,
    verb: &str,
) -> Problem {
    let problem = trouble.to_problem(&format!("{verb} alert {number} of {repo}"));
    match trouble {
        GitHubError::Permission { .. } | GitHubError::NotFound => Problem { causes: Vec::new(), ..problem }
            .cause("there is no such alert, or our credential may not see it; a workflow's `GITHUB_TOKEN` never may")
            .hint("give the GitHub App behind `TOKENWARD_GITHUB_TOKEN` the permission `Secret scanning alerts: write`"),
        _ => problem,
    }
}
