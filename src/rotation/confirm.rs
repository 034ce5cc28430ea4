//! `confirm`: what a value is that a run of another repository was handed, and the mark that tells
//! the rotating one. Reads the journal's facts and never writes them.

use super::describe::describe;
use super::due::Policy;
use super::holds::{Said, good};
use super::mark::Marked;
use super::{mark, mark_found};
use crate::domain::lifecycle::Run;
use crate::domain::outcome::{Done, TokenOutcome};
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, Repo, Secret, Timestamp};
use crate::net::github::{GitHub, GitHubError};

/// A run that was handed a value.
pub struct Consumer<'a> {
    /// GitHub with the credential of the run itself.
    pub github: &'a GitHub,
    /// Its repository.
    pub repo: &'a Repo,
    /// The ref it is on: `refs/heads/main`.
    pub reference: &'a str,
    /// The run.
    pub run: &'a Run,
    /// Where a person sees GitHub: `https://github.com`.
    pub server: &'a str,
}

/// Says what the value is, and leaves a mark where it is the one in use or on its way.
pub async fn confirm(consumer: &Consumer<'_>, said: &Said<'_>, value: &Secret) -> TokenOutcome {
    let Said { primary, token, state } = *said;
    let mut outcome = TokenOutcome::new(token.clone(), state.provider.clone());
    describe(&mut outcome, state, &Policy::none());
    outcome.next = None;
    let mut done = |what: String| outcome.done.push(Done { what, at: consumer.github.now() });
    done(format!(
        "read the journal of {primary}, without verifying it: only {primary} has its key"
    ));
    let (words, marked, since) = match good(said, consumer.repo, value) {
        Ok(good) => good,
        Err(problem) => {
            outcome.problems.push(problem.state("no mark was left"));
            return outcome;
        }
    };
    done(format!("saw that this run holds {words} of {token} ({})", marked.version));
    match mark(consumer, marked, since).await {
        Ok(what) => done(what),
        Err(problem) => outcome.problems.push(problem),
    }
    outcome
}

/// The mark: left, or there already, or why it would not count.
async fn mark(
    consumer: &Consumer<'_>,
    marked: Marked<'_>,
    since: Timestamp,
) -> Result<String, Problem> {
    let Consumer { github, repo, reference, run, server } = *consumer;
    let failed = |trouble: GitHubError| {
        let problem = trouble.to_problem(&format!("leave a mark in {repo}"));
        let problem = match trouble {
            GitHubError::Permission { .. } | GitHubError::NotFound => {
                Problem { id: Code::GithubPermission, ..problem }
                    .hint("give the job `permissions: {deployments: write}`")
            }
            _ => problem,
        };
        problem.state(format!("the value is right; {} does not learn of it", marked.primary))
    };
    let branch = mark::default_branch(github, repo).await.map_err(failed)?;
    if reference.strip_prefix("refs/heads/") != Some(branch.as_str()) {
        let what = format!(
            "no mark was left: {} is not the default branch of {repo} ({})",
            sanitize(reference),
            sanitize(&branch)
        );
        return Err(Problem::new(Code::NotProven, what)
            .cause("a mark counts on the default branch alone, where what runs was reviewed")
            .hint("run this step on the default branch as well, for example on a schedule"));
    }
    let found = mark_found::find(github, repo, &branch, marked, since).await.map_err(failed)?;
    if let Some(at) = found.at {
        return Ok(format!("left no other mark: {repo} confirmed {} at {at}", marked.version));
    }
    let number = mark::leave(github, repo, &branch, marked, run, server).await.map_err(failed)?;
    Ok(format!("left a mark for {}: deployment {number} of {repo}", marked.primary))
}
