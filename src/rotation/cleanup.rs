//! What is tidied up outside when its time has come: helper secrets are removed, the issue and the
//! alerts are closed. Which of them, and when, is decided by the journal alone.

use http::Method;
use serde_json::json;

use super::alerts::alert_problem;
use super::facts::{Facts, NextSecret};
use super::issue::{self, Issues};
use super::issue_text;
use super::token_run::{TokenRun, bug};
use crate::domain::cleanup::{Leak, PendingCleanup};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem};
use crate::net::github::Use;

/// One thing to tidy up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CleanupTask {
    /// The secret that a person put the new value into: the primary destination holds it now.
    Next,
    /// The secret that keeps old values: each was seen dead.
    Kept,
    /// An alert whose value was seen dead.
    Alert(u64),
    /// An issue that another one has replaced.
    Replaced(u64),
    /// The issue: everything in it is done.
    Issue,
}

/// What can be tidied up now, while nothing is pending.
pub(super) fn next(state: &TokenState, facts: &Facts) -> Option<CleanupTask> {
    let ends = &state.loose_ends;
    let in_use = state.current.as_ref().map(|key| &key.fingerprint);
    let taken = ends
        .next
        .as_ref()
        .filter(|taken| in_use == Some(&taken.fingerprint))
        .map(|_| CleanupTask::Next);
    let over = !ends.kept.is_empty()
        && !state.retiring.iter().any(|retiring| ends.kept.contains(&retiring.key.fingerprint));
    let settled =
        state.retiring.is_empty() && facts.wanted.is_none() && facts.left != NextSecret::Fresh;
    let closed = settled
        && ends.next.is_none()
        && ends.kept.is_empty()
        && ends.issue.as_ref().is_some_and(|ask| ask.replaces.is_empty());
    let mut all = replaced(state).chain(taken).chain(over.then_some(CleanupTask::Kept));
    let mut all =
        all.by_ref().chain(dead_alerts(state)).chain(closed.then_some(CleanupTask::Issue));
    all.find(|loose| !facts.untidy.contains(loose))
}

/// An alert that can be resolved, or an issue that was replaced: also while a new value waits for
/// its proof.
pub(super) fn urgent(state: &TokenState, facts: &Facts) -> Option<CleanupTask> {
    dead_alerts(state).chain(replaced(state)).find(|loose| !facts.untidy.contains(loose))
}

/// Issues that another one has replaced, once that is known to be open.
fn replaced(state: &TokenState) -> impl Iterator<Item = CleanupTask> {
    let ask = state.loose_ends.issue.as_ref().filter(|ask| ask.number.is_some());
    ask.into_iter().flat_map(|ask| ask.replaces.iter().copied()).map(CleanupTask::Replaced)
}

fn dead_alerts(state: &TokenState) -> impl Iterator<Item = CleanupTask> {
    let is_dead = |leak: &&Leak| state.dead.iter().any(|dead| dead.fingerprint == leak.fingerprint);
    state
        .loose_ends
        .leaks
        .iter()
        .filter(is_dead)
        .filter_map(|leak| leak.alert)
        .map(CleanupTask::Alert)
}

impl TokenRun<'_> {
    /// Tidies one thing up. What cannot be done now is said, and tried again by the next run.
    pub(super) async fn tidy(&mut self, loose: CleanupTask) -> Result<(), Problem> {
        let done = match &loose {
            CleanupTask::Next => self.remove_next().await,
            CleanupTask::Kept => self.remove_kept().await,
            CleanupTask::Alert(number) => self.resolve_alert(*number).await,
            CleanupTask::Replaced(number) => self.close_replaced(*number).await,
            CleanupTask::Issue => self.close_issue().await,
        };
        match done {
            Ok((ends, what)) => {
                self.journal_and_leave(
                    TokenState { loose_ends: ends, ..self.state.clone() },
                    &what,
                )
                .await?;
                self.done(what);
            }
            Err(problem) => {
                self.untidy.insert(loose);
                self.outcome.problems.push(problem);
            }
        }
        Ok(())
    }

    async fn remove_next(&self) -> Result<(PendingCleanup, String), Problem> {
        let slot = self.next_slot()?;
        let ends = PendingCleanup { next: None, ..self.state.loose_ends.clone() };
        let taken = self.state.loose_ends.next.as_ref().ok_or_else(|| bug("no value was taken"))?;
        let now = self.world.secrets.look(&slot).await?.updated_at;
        // A value that a person put there since is for the next rotation.
        if now.is_some() && now != taken.written {
            return Ok((ends, format!("left {slot} alone: it was written again")));
        }
        self.world.secrets.remove(&slot).await?;
        Ok((ends, format!("removed {slot}")))
    }

    async fn remove_kept(&self) -> Result<(PendingCleanup, String), Problem> {
        let slot = self.old_slot()?;
        self.world.secrets.remove(&slot).await?;
        Ok((
            PendingCleanup { kept: Vec::new(), ..self.state.loose_ends.clone() },
            format!("removed {slot}"),
        ))
    }

    /// Says to GitHub that the value an alert tells of is dead: by a test call where this run holds
    /// it, else when the key is gone and the time is over in which the provider may go on accepting
    /// it.
    async fn resolve_alert(&self, number: u64) -> Result<(PendingCleanup, String), Problem> {
        let repo = self.primary_repo()?;
        let leak = self.state.loose_ends.leaks.iter().find(|leak| leak.alert == Some(number));
        let fingerprint =
            leak.map(|leak| &leak.fingerprint).ok_or_else(|| bug("there is no such alert"))?;
        let lag = self.job.abilities.revoke_lag;
        let dead =
            match self.value_of(fingerprint) {
                Some(value) => self.job.driver.verify(&value).await.is_dead(),
                None => self.state.dead.iter().any(|dead| {
                    dead.fingerprint == *fingerprint && lag.after(dead.at) <= self.now()
                }),
            };
        if !dead {
            return Err(Problem::new(
                Code::StillAlive,
                format!("alert {number} of {repo} stays open: its value was revoked, and not seen refused yet"),
            )
            .cause(format!("the provider may need up to {lag}"))
            .hint("the next run looks again")
            .state("consumers hold the new value; the old one may still work"));
        }
        let comment = format!(
            "tokenward replaced {} everywhere, and saw that this value is dead.",
            self.job.config.name
        );
        let body =
            json!({"state": "resolved", "resolution": "revoked", "resolution_comment": comment});
        let path = format!("/repos/{repo}/secret-scanning/alerts/{number}");
        let answer = self.world.writer.write(Method::PATCH, &path, Some(&body), Use::Journal).await;
        answer.map_err(|trouble| alert_problem(&trouble, number, repo, "resolve"))?;
        let mut ends = self.state.loose_ends.clone();
        ends.leaks.retain(|leak| leak.alert != Some(number));
        Ok((ends, format!("resolved alert {number} of {repo} as revoked")))
    }

    async fn close_issue(&self) -> Result<(PendingCleanup, String), Problem> {
        let repo = self.primary_repo()?;
        let ends = PendingCleanup { issue: None, ..self.state.loose_ends.clone() };
        let Some(number) = self.state.loose_ends.issue.as_ref().and_then(|ask| ask.number) else {
            return Ok((ends, "no issue was opened".to_owned()));
        };
        let issues = Issues { github: self.world.reader, repo };
        let trouble = |trouble| issue::problem(&trouble, repo, &format!("close issue {number}"));
        issues.say_and_close(number, issue_text::farewell(self)).await.map_err(trouble)?;
        Ok((ends, format!("closed issue {number} of {repo}")))
    }

    /// What a routine issue asks for does not hold any more: it names the one that tells of the
    /// leak.
    async fn close_replaced(&self, number: u64) -> Result<(PendingCleanup, String), Problem> {
        let repo = self.primary_repo()?;
        let mut ends = self.state.loose_ends.clone();
        let Some(ask) = &mut ends.issue else { return Err(bug("nothing replaces the issue")) };
        let Some(by) = ask.number else {
            return Err(bug("the issue that replaces another is not known"));
        };
        ask.replaces.retain(|old| *old != number);
        let issues = Issues { github: self.world.reader, repo };
        let closed = issues.say_and_close(number, issue_text::replaced(self, by)).await;
        closed
            .map_err(|trouble| issue::problem(&trouble, repo, &format!("close issue {number}")))?;
        Ok((ends, format!("closed issue {number} of {repo}: issue {by} stands in its place")))
    }
}
