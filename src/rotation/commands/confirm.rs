//! `confirm`: identifies the value that a run of another repository received, and leaves a mark for
//! the rotating repository. Reads the journal and never writes it.

use crate::domain::lifecycle::Run;
use crate::domain::outcome::{Done, TokenOutcome};
use crate::domain::{Problem, Repo, Secret, Timestamp};
use crate::net::github::{GitHub, GitHubError};
use crate::rotation::marks::found;
use crate::rotation::marks::mark;
use crate::rotation::marks::mark::Marked;
use crate::rotation::problems;
use crate::rotation::report::describe::describe;
use crate::rotation::report::holds::{Said, good};
use crate::rotation::types::due::Policy;

/// A run that received a value.
pub struct Consumer<'a> {
    /// GitHub with the credential of the run itself.
    pub github: &'a GitHub,
    /// Its repository.
    pub repo: &'a Repo,
    /// The ref that it runs on: `refs/heads/main`.
    pub reference: &'a str,
    /// The run.
    pub run: &'a Run,
    /// The address of GitHub's web site: `https://github.com`.
    pub server: &'a str,
}

/// Reports what the value is, and leaves a mark if it is the value in use or the new one.
pub async fn confirm(consumer: &Consumer<'_>, said: &Said<'_>, value: &Secret) -> TokenOutcome {
    let Said { primary, token, state } = *said;
    let mut outcome = TokenOutcome::new(token.clone(), state.provider.clone());
    describe(&mut outcome, state, &Policy::none());
    outcome.next = None;
    let mut done = |what: String| outcome.done.push(Done { what, at: consumer.github.now() });
    done(format!(
        "read the journal of {primary} without verifying its signature: only {primary} has the key"
    ));
    let (words, marked, since) = match good(said, consumer.repo, value) {
        Ok(good) => good,
        Err(problem) => {
            outcome.problems.push(problem.state("no confirmation was recorded"));
            return outcome;
        }
    };
    done(format!("verified that this run received {words} for {token} ({})", marked.version));
    match mark(consumer, marked, since).await {
        Ok(what) => done(what),
        Err(problem) => outcome.problems.push(problem),
    }
    outcome
}

/// Leaves a mark, or reports the one that exists, or why none would count.
async fn mark(
    consumer: &Consumer<'_>,
    marked: Marked<'_>,
    since: Timestamp,
) -> Result<String, Problem> {
    let Consumer { github, repo, reference, run, server } = *consumer;
    let failed =
        |trouble: GitHubError| problems::confirming::no_mark(&trouble, repo, marked.primary);
    let branch = mark::default_branch(github, repo).await.map_err(failed)?;
    if reference.strip_prefix("refs/heads/") != Some(branch.as_str()) {
        return Err(problems::confirming::not_default_branch(reference, repo, &branch));
    }
    let found = found::find(github, repo, &branch, marked, since).await.map_err(failed)?;
    if let Some(at) = found.at {
        return Ok(format!(
            "recorded no new confirmation: {repo} already confirmed {} at {at}",
            marked.version
        ));
    }
    let number = mark::leave(github, repo, &branch, marked, run, server).await.map_err(failed)?;
    Ok(format!("recorded a confirmation for {}: deployment {number} of {repo}", marked.primary))
}
