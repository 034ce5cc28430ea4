//! The logs of a workflow run, fetched for `scan`. They stay in memory: what they give away shall
//! not lie on a disk as well.

use serde_json::Value;
use zeroize::Zeroizing;

use super::client;
use super::env::Env;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, Repo};
use crate::net::github::{Cause, GitHub, GitHubError};

/// How a zip begins that has anything in it.
const ZIP: &[u8] = b"PK\x03\x04";

/// No run is run more often than this: GitHub lets it be run again 50 times.
const MOST: u64 = 100;

/// A workflow run that is over.
pub(super) struct Run {
    github: GitHub,
    repo: Repo,
    id: u64,
    /// How often it was run. Each time has logs of its own, and those of all of them can be read.
    pub(super) attempts: u64,
    /// Whether somebody else's repository brought what it ran, or may have.
    pub(super) is_of_fork: bool,
}

impl Run {
    /// Finds a run by its number.
    pub(super) async fn find(env: &Env, id: u64) -> Result<Self, Problem> {
        Self::look_up(env, id).await.map_err(unscanned)
    }

    async fn look_up(env: &Env, id: u64) -> Result<Self, Problem> {
        let named = client::repository(env).ok_or_else(|| {
            Problem::new(Code::Usage, format!("it is not known of which repository run {id} is"))
                .hint(format!("GITHUB_REPOSITORY=OWNER/NAME tokenward scan --workflow-logs {id}"))
        })?;
        let repo = Repo::parse(&named).ok_or_else(|| {
            Problem::new(
                Code::ConfigBadRepository,
                format!("\"{}\" is not the name of a repository", sanitize(&named)),
            )
            .hint("write owner/name")
        })?;
        let github = client::reader(env)?;
        let what = format!("read run {id} of {repo}");
        let found = github
            .get(&format!("/repos/{repo}/actions/runs/{id}"))
            .await
            .map_err(|trouble| explain(&trouble, &what))?
            .body;
        if found.get("status").and_then(Value::as_str) != Some("completed") {
            return Err(Problem::new(
                Code::ScanIncomplete,
                format!("run {id} of {repo} is still under way"),
            )
            .cause("GitHub hands out the logs of a run when it is over; no run can read its own")
            .hint("run this when it is over, such as on `workflow_run: {types: [completed]}`"));
        }
        let name = |of: &str| {
            Some(found.pointer(&format!("/{of}/full_name"))?.as_str()?.to_ascii_lowercase())
        };
        // Without it there is nothing to read, which would look like nothing to find.
        let attempts =
            found.get("run_attempt").and_then(Value::as_u64).filter(|attempts| (1..=MOST).contains(attempts)).ok_or_else(|| {
                Problem::new(
                    Code::ScanIncomplete,
                    format!("GitHub does not say how often run {id} of {repo} was run, or nothing that can be"),
                )
            })?;
        let is_of_fork =
            name("repository").is_none() || name("repository") != name("head_repository");
        Ok(Self { github, repo, id, attempts, is_of_fork })
    }

    /// What findings in the logs of one attempt are told to stand in.
    pub(super) fn path(&self, attempt: u64) -> String {
        format!("run-{}-attempt-{attempt}-logs.zip", self.id)
    }

    /// The zip that GitHub makes of what one attempt printed.
    pub(super) async fn logs(&self, attempt: u64) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let Self { github, repo, id, .. } = self;
        let what = format!("read the logs of attempt {attempt} of run {id} of {repo}");
        // Source: GitHub's REST API, "Download workflow run attempt logs".
        let path = format!("repos/{repo}/actions/runs/{id}/attempts/{attempt}/logs");
        let by_hand = format!(
            "or by hand: gh api {path} > logs.zip, and then: tokenward scan --workflow-logs logs.zip"
        );
        match github.get_file(&format!("/{path}")).await {
            Ok(logs) if logs.starts_with(ZIP) => Ok(logs),
            Ok(_) => Err(Problem::new(
                Code::ScanIncomplete,
                format!("could not {what}: what came is no archive, or an empty one"),
            )),
            Err(GitHubError::Refused { status: 410, .. }) => Err(Problem::new(
                Code::ScanIncomplete,
                format!("could not {what}: they are gone"),
            )
            .cause("GitHub keeps logs for 90 days, or as long as the repository's settings say")),
            Err(trouble) => Err(explain(&trouble, &what).hint(by_hand)),
        }
        .map_err(unscanned)
    }
}

fn unscanned(problem: Problem) -> Problem {
    problem.state("the logs were not scanned, so nothing says that they are clean")
}

/// What a person is told who wanted to scan, and to change nothing.
fn explain(trouble: &GitHubError, what: &str) -> Problem {
    let unavailable = |cause: String| {
        Problem::new(Code::GithubUnavailable, format!("could not {what}")).cause(cause)
    };
    match trouble {
        GitHubError::NotFound => {
            Problem::new(Code::RepositoryUnknown, format!("could not {what}: GitHub says 404"))
                .cause("there is none, or our credential may not see it")
                .hint("check the number and the repository")
        }
        GitHubError::Permission { .. } => Problem::new(
            Code::GithubPermission,
            format!("could not {what}: our credential lacks a permission (403)"),
        )
        .hint("give the job `permissions: {actions: read, contents: read}`"),
        GitHubError::Silent { why, .. } => unavailable(why.clone()).hint("run it again"),
        GitHubError::RateLimited { wait } => {
            unavailable(format!("GitHub asked to wait for {}", wait.in_words()))
                .hint("run it again after that")
        }
        GitHubError::Refused { status, cause: Cause::Other, message } if *status < 400 => {
            unavailable(format!("GitHub answered {status}: {message}"))
        }
        GitHubError::Moved => Problem::new(
            Code::RepositoryUnknown,
            format!("could not {what}: the repository was renamed or moved"),
        )
        .hint("GITHUB_REPOSITORY=OWNER/NAME, with its new name"),
        GitHubError::Dead { .. } | GitHubError::Refused { .. } | GitHubError::Unlisted { .. } => {
            trouble.to_problem(what)
        }
    }
}
