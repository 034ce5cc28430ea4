//! Fetches the logs of a workflow run for `scan`. They stay in memory, because a leaked value in
//! them must not reach a disk as well.

use std::sync::Arc;

use serde_json::Value;
use zeroize::Zeroizing;

use super::client;
use super::env::Env;
use super::problems::{arguments, logs};
use crate::domain::{Problem, Repo};
use crate::net::github::{GitHub, GitHubError};

/// The first bytes of a zip that is not empty.
pub(super) const ZIP: &[u8] = b"PK\x03\x04";

/// The largest number of attempts: GitHub allows 50 re-runs.
const MOST: u64 = 100;

/// A finished workflow run.
pub(super) struct Run {
    github: Arc<GitHub>,
    repo: Repo,
    pub(super) id: u64,
    /// The number of attempts. Each has logs of its own, and all can be read.
    pub(super) attempts: u64,
    /// Whether a fork may have provided what it ran.
    pub(super) is_of_fork: bool,
}

impl Run {
    /// Finds a run by its number.
    pub(super) async fn find(env: &Env, id: u64) -> Result<Self, Problem> {
        Self::look_up(env, id).await.map_err(logs::unscanned)
    }

    async fn look_up(env: &Env, id: u64) -> Result<Self, Problem> {
        let named = client::repository(env).ok_or_else(|| logs::repository_of_run_unknown(id))?;
        let repo = Repo::parse(&named).ok_or_else(|| arguments::bad_repository_name(&named))?;
        let github = Arc::new(client::reader(env)?);
        let what = format!("read run {id} of {repo}");
        let found = github
            .get(&format!("/repos/{repo}/actions/runs/{id}"))
            .await
            .map_err(|trouble| logs::of_github(&trouble, &what))?
            .body;
        if found.get("status").and_then(Value::as_str) != Some("completed") {
            return Err(logs::run_in_progress(id, &repo));
        }
        let name = |of: &str| {
            Some(found.pointer(&format!("/{of}/full_name"))?.as_str()?.to_ascii_lowercase())
        };
        // Without it there is nothing to read, which would look like a clean result.
        let attempts = found
            .get("run_attempt")
            .and_then(Value::as_u64)
            .filter(|attempts| (1..=MOST).contains(attempts))
            .ok_or_else(|| logs::attempts_unknown(id, &repo))?;
        let is_of_fork =
            name("repository").is_none() || name("repository") != name("head_repository");
        Ok(Self { github, repo, id, attempts, is_of_fork })
    }

    /// A run in GitHub's list, if it has ended.
    pub(super) fn of(github: &Arc<GitHub>, repo: &Repo, listed: &Value) -> Option<Self> {
        let is_ended = listed.get("status").and_then(Value::as_str) == Some("completed");
        let attempts = listed.get("run_attempt").and_then(Value::as_u64).unwrap_or(1);
        Some(Self {
            github: Arc::clone(github),
            repo: repo.clone(),
            id: listed.get("id").and_then(Value::as_u64).filter(|_| is_ended)?,
            attempts: attempts.clamp(1, MOST),
            is_of_fork: true,
        })
    }

    /// The path of findings in the logs of one attempt.
    pub(super) fn path(&self, attempt: u64) -> String {
        format!("run-{}-attempt-{attempt}-logs.zip", self.id)
    }

    /// The zip of the logs of one attempt.
    pub(super) async fn logs(&self, attempt: u64) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let Self { repo, id, .. } = self;
        let what = format!("read the logs of attempt {attempt} of run {id} of {repo}");
        match self.zip(attempt).await {
            Ok(zip) if zip.starts_with(ZIP) => Ok(zip),
            Ok(_) => Err(logs::not_an_archive(&what)),
            Err(GitHubError::Refused { status: 410, .. }) => Err(logs::gone(&what)),
            Err(trouble) => {
                let by_hand = logs::of_github(&trouble, &what);
                Err(logs::download_by_hand(by_hand, &self.address(attempt)))
            }
        }
        .map_err(logs::unscanned)
    }

    /// What GitHub gives as the logs of one attempt.
    pub(super) async fn zip(&self, attempt: u64) -> Result<Zeroizing<Vec<u8>>, GitHubError> {
        self.github.get_file(&format!("/{}", self.address(attempt))).await
    }

    /// Source: GitHub's REST API, "Download workflow run attempt logs".
    fn address(&self, attempt: u64) -> String {
        format!("repos/{}/actions/runs/{}/attempts/{attempt}/logs", self.repo, self.id)
    }
}
