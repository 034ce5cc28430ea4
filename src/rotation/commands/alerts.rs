//! Reads alerts of GitHub's secret scanning. `cleanup` resolves them.

use serde_json::Value;

use crate::domain::{Problem, Repo, Secret, SecretMasker};
use crate::net::github::GitHub;
use crate::rotation::problems;

/// An alert, as far as a rotation needs it.
pub struct Found {
    /// The value it is about.
    pub value: Secret,
    /// Whether somebody has already resolved it.
    pub resolved: bool,
}

/// Reads one alert, and masks its value before anything else.
///
/// # Errors
/// Fails if GitHub does not show it to our credential.
pub async fn read_alert(
    github: &GitHub,
    repo: &Repo,
    number: u64,
    masker: &dyn SecretMasker,
) -> Result<Found, Problem> {
    let reply = github.get(&format!("/repos/{repo}/secret-scanning/alerts/{number}")).await;
    let mut body =
        reply.map_err(|trouble| problems::leaks::alert(&trouble, number, repo, "read"))?.body;
    let resolved = body.get("state").and_then(Value::as_str) == Some("resolved");
    let Some(Value::String(text)) =
        body.get_mut("secret").map(Value::take).filter(|text| text.as_str() != Some(""))
    else {
        return Err(problems::leaks::alert_without_value(number, repo));
    };
    let value = Secret::new(text);
    masker.mask(&value);
    Ok(Found { value, resolved })
}
