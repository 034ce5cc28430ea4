//! `grace: {confirmed-by: [...]}`: an old key waits until the repositories named there left a mark
//! for the value in use. What cannot be seen counts as not confirmed, and is said.

use super::late;
use super::mark::{self, Marked};
use super::mark_found::{self, Found};
use super::moves;
use super::next::{ripe_at, waits_for_marks};
use super::since;
use super::token_run::TokenRun;
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem, Repo, Timestamp};
use crate::net::github::GitHubError;

impl TokenRun<'_> {
    /// Reads the marks of the repositories that are not known to have confirmed the value in use.
    /// Two reads a repository, and one a hundred marks more. Changes nothing.
    pub(super) async fn marks(&mut self, state: &TokenState) -> Vec<(String, Timestamp)> {
        self.marks_seen = true;
        let mut confirmed = Vec::new();
        let policy = &self.job.policy;
        for repo in policy.unconfirmed(state) {
            match self.mark_of(repo, state).await {
                Ok(Found { at: Some(at), .. }) => {
                    confirmed.push((repo.to_string().to_lowercase(), at))
                }
                Ok(Found { refused, .. }) => self
                    .marks_refused
                    .extend(refused.into_iter().map(|why| format!("{repo}: {why}"))),
                Err(trouble) => {
                    let problem = self.unseen(repo, &trouble);
                    self.outcome.problems.push(problem);
                }
            }
        }
        confirmed
    }

    async fn mark_of(&self, repo: &Repo, state: &TokenState) -> Result<Found, GitHubError> {
        let primary = self.job.config.primary().and_then(|primary| primary.place.repo());
        let (Some(primary), Some(current), Some(since)) =
            (primary, &state.current, since::delivered(state, repo))
        else {
            return Ok(Found::default());
        };
        let marked = Marked {
            primary,
            token: &self.job.config.name,
            version: current.version,
            fingerprint: &current.fingerprint,
        };
        let github = self.world.writer;
        let branch = mark::default_branch(github, repo).await?;
        mark_found::find(github, repo, &branch, marked, since).await
    }

    fn unseen(&self, repo: &Repo, trouble: &GitHubError) -> Problem {
        let name = &self.job.config.name;
        let problem = trouble.to_problem(&format!("read the deployments of {repo}"));
        let problem = match trouble {
            GitHubError::Permission { .. } | GitHubError::NotFound => Problem {
                id: Code::ConfirmUnseen,
                what: format!("whether {repo} confirmed the value in use of {name} could not be seen"),
                causes: vec!["our credential may not read its deployments, or it does not exist".to_owned()],
                ..problem
            }
            .hint(format!("install the GitHub App behind TOKENWARD_GITHUB_TOKEN on {repo}, with the permission `Deployments: read`")),
            _ => problem,
        };
        problem
            .state("old and new value both work; the old one is not revoked before this is known")
    }

    /// Reads the marks, journals those that count, and says what is still waited for.
    pub(super) async fn look_at_marks(&mut self) -> Result<(), Problem> {
        let confirmed = self.marks(&self.state.clone()).await;
        if !confirmed.is_empty() {
            let version = self.state.current.as_ref().map(|key| key.version).unwrap_or_default();
            let by: Vec<&str> = confirmed.iter().map(|(repo, _)| repo.as_str()).collect();
            let what = format!("{} confirmed {version}", by.join(", "));
            self.journal(moves::confirmed(&self.state, confirmed), &what).await?;
            self.done(what);
        }
        self.tell_what_marks_are_missing();
        Ok(())
    }

    fn tell_what_marks_are_missing(&mut self) {
        let (name, policy, now) = (&self.job.config.name, &self.job.policy, self.now());
        let missing = policy.unconfirmed(&self.state);
        let mut waiting = self
            .state
            .retiring
            .iter()
            .filter(|retiring| waits_for_marks(retiring) && !missing.is_empty());
        let ripe = waiting.find_map(|retiring| {
            Some((retiring.key.version, ripe_at(retiring).filter(|ripe| *ripe <= now)?))
        });
        let refused = std::mem::take(&mut self.marks_refused);
        let problem = match ripe {
            Some((version, ripe)) => {
                Some(late::unconfirmed(Code::RotationUnderWay, name, version, &missing, ripe))
            }
            // The person who set `confirm` up learns at once that it does not work, and not when
            // the grace is over.
            None if !refused.is_empty() => Some(late::not_confirmed(name, &missing)),
            None => None,
        };
        if let Some(problem) = problem {
            let problem = refused.into_iter().fold(problem, Problem::cause);
            self.outcome.problems.push(problem);
        }
    }
}
