//! Decides which mark of a repository counts, and says why another does not: one that cannot be
//! checked, or that somebody else could have left.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::mark::{Marked, RUNS, TASK, environment, unreadable};
use crate::domain::text::sanitize;
use crate::domain::{Repo, Span, Timestamp};
use crate::net::github::{GitHub, GitHubError};

/// How much two responses may differ in GitHub's time.
const SKEW: Span = Span::seconds(300);
/// The maximum number of reasons in a report.
const TOLD: usize = 3;
/// All but RFC 3986's unreserved characters.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The marks of one repository.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// When a mark that counts was left.
    pub(crate) at: Option<Timestamp>,
    /// Why marks do not count.
    pub(crate) refused: Vec<String>,
}

/// Finds a mark for this value that was left after `since`, on the default branch.
pub(crate) async fn find(
    github: &GitHub,
    repo: &Repo,
    branch: &str,
    marked: Marked<'_>,
    since: Timestamp,
) -> Result<Found, GitHubError> {
    let environment = environment(marked.token);
    let query = |text: &str| utf8_percent_encode(text, PART).to_string();
    let path = format!(
        "/repos/{repo}/deployments?task={}&environment={}&per_page=100",
        query(TASK),
        query(&environment)
    );
    let mut found = Found::default();
    let mut pages = github.pages(&path);
    while let Some(page) = pages.next().await? {
        let deployments = page.as_array().ok_or_else(|| unreadable("a list of deployments"))?;
        let now = github.now().unwrap_or(since);
        for deployment in deployments {
            match judge(deployment, branch, marked, since, now) {
                Ok(at) => return Ok(Found { at: Some(at), refused: Vec::new() }),
                Err(why) if found.refused.len() < TOLD && !found.refused.contains(&why) => {
                    found.refused.push(why)
                }
                Err(_) => {}
            }
        }
        // The newest come first: all that follow are older, and do not count either.
        if deployments.iter().all(|deployment| moment(deployment).is_some_and(|at| at < since)) {
            break;
        }
    }
    Ok(found)
}

/// When a mark was left, or why it does not count.
fn judge(
    deployment: &Value,
    branch: &str,
    marked: Marked<'_>,
    since: Timestamp,
    now: Timestamp,
) -> Result<Timestamp, String> {
    let text =
        |pointer: &str| deployment.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let at = moment(deployment)
        .ok_or("a confirmation does not count: GitHub does not say when it was recorded")?;
    let no = |why: String| Err(format!("the confirmation of {at} does not count: {why}"));
    if text("/task") != TASK || text("/environment") != environment(marked.token) {
        return no("it is a deployment for something else".to_owned());
    }
    if text("/creator/login") != RUNS {
        return no(format!(
            "it was recorded by {}, not by a workflow run ({RUNS})",
            named(text("/creator/login"))
        ));
    }
    if text("/ref") != branch {
        return no(format!(
            "it was recorded on {}, not on the default branch ({})",
            named(text("/ref")),
            sanitize(branch)
        ));
    }
    let payload = payload(deployment);
    let said = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default();
    if said("token") != marked.token.as_str()
        || !said("of").eq_ignore_ascii_case(&marked.primary.to_string())
    {
        return no(format!("it is for token {} of {}", named(said("token")), named(said("of"))));
    }
    if said("fingerprint") != marked.fingerprint.as_str() {
        return no(format!("it is for a value other than {}", marked.version));
    }
    if at < since {
        return no(format!("it is older than the delivery at {since}"));
    }
    if at > SKEW.after(now) {
        return no("its date is in the future".to_owned());
    }
    Ok(at)
}

/// What the workflow wrote into the mark.
fn payload(deployment: &Value) -> Value {
    match deployment.get("payload") {
        // Some clients send it as a string.
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(payload) => payload.clone(),
        None => Value::Null,
    }
}

fn named(text: &str) -> String {
    if text.is_empty() { "(not named)".to_owned() } else { sanitize(text) }
}

fn moment(deployment: &Value) -> Option<Timestamp> {
    Timestamp::parse(deployment.get("created_at")?.as_str()?)
}
