//! What a person is asked for, and how: one issue that says at any time what is true and what is to be done. Where it cannot be
//! opened, the report says the same.

use super::due;
use super::issue::{self, Issue, Issues};
use super::issue_text::{self, Phase};
use super::job::NEXT;
use super::moves;
use super::walk::{Walk, bug};
use crate::domain::lifecycle::{Ending, Stage, TokenState, Why};
use crate::domain::loose::{Ask, LooseEnds};
use crate::domain::{Code, Problem, Repo};

impl Walk<'_> {
    /// The repository of the home secret.
    pub(super) fn home_repo(&self) -> Result<&Repo, Problem> {
        self.job.config.home().and_then(|home| home.place.repo()).ok_or_else(|| bug("home is in no repository"))
    }

    /// Where a person makes and ends tokens of this kind.
    pub(super) fn page(&self) -> String {
        let driver = &self.job.driver;
        driver.made_at(self.state.owner.as_deref()).unwrap_or_else(|| format!("the settings of {}", driver.spec().name))
    }

    /// Makes sure that there is an issue. A refusal is remembered, and no failure of the tick.
    pub(super) async fn ask(&mut self) -> Result<(), Problem> {
        if self.asked_person.is_some() {
            return Ok(());
        }
        let repo = self.home_repo()?.clone();
        let issues = Issues { github: self.world.reader, repo: &repo };
        let (mark, text) = (issue_text::mark(self), issue_text::text(self, &self.phase()));
        let known = self.state.loose_ends.issue.clone();
        let found = match known.as_ref().and_then(|ask| ask.number) {
            Some(number) => issues.get(number).await,
            None => issues.find(&mark).await,
        };
        let issue = match found {
            Ok(Some(issue)) => Ok(issue),
            Ok(None) => {
                self.journal_ask(None, "a person will be asked in an issue").await?;
                let opened = issues.open(&text).await;
                self.told = opened.is_ok();
                opened
            }
            Err(trouble) => Err(trouble),
        };
        match issue {
            Ok(issue) => {
                if known.and_then(|ask| ask.number) != Some(issue.number) {
                    self.journal_ask(Some(issue.number), &format!("a person is asked in issue {}", issue.number)).await?;
                    self.done(format!("asked a person in issue {} of {repo}", issue.number));
                }
                self.asked_person = Some(Ok(issue.page));
            }
            Err(trouble) => self.asked_person = Some(Err(issue::problem(&trouble, &repo, "open an issue"))),
        }
        Ok(())
    }

    /// Journals what a person asked for.
    pub(super) async fn wish(&mut self) -> Result<(), Problem> {
        let Some(Why::Asked(reason)) = self.asked().cloned() else { return Err(bug("nothing was asked for")) };
        let to = moves::wished(&self.state, reason, self.now());
        self.journal_and_leave(to, "a new value was asked for").await
    }

    async fn journal_ask(&mut self, number: Option<u64>, event: &str) -> Result<(), Problem> {
        let ends = LooseEnds { issue: Some(Ask { number, since: self.now() }), ..self.state.loose_ends.clone() };
        self.journal_and_leave(TokenState { loose_ends: ends, ..self.state.clone() }, event).await
    }

    /// Makes the issue say what is true now. It is no harm where that fails: the next run does it.
    pub(super) async fn tell(&mut self) -> Result<(), Problem> {
        self.told = true;
        let Some(number) = self.state.loose_ends.issue.as_ref().and_then(|ask| ask.number) else { return Ok(()) };
        let repo = self.home_repo()?.clone();
        let issues = Issues { github: self.world.reader, repo: &repo };
        let phase = self.phase();
        let text = issue_text::text(self, &phase);
        let told = async {
            let Some(issue) = issues.get(number).await? else { return Ok(None) };
            let issue = if says(&issue, &text) { issue } else { issues.update(number, &text).await? };
            if let Some((mark, comment)) = issue_text::comment(self, &phase) {
                issues.comment(number, &mark, &comment).await?;
            }
            Ok(Some(issue))
        };
        match told.await {
            Ok(Some(issue)) => self.asked_person = Some(Ok(issue.page)),
            // Somebody deleted it: the next time something is to be asked, another one is opened.
            Ok(None) => {
                let ends = LooseEnds { issue: None, ..self.state.loose_ends.clone() };
                self.journal_and_leave(TokenState { loose_ends: ends, ..self.state.clone() }, "the issue is gone").await?;
            }
            Err(trouble) => self.asked_person = Some(Err(issue::problem(&trouble, &repo, &format!("update issue {number}")))),
        }
        Ok(())
    }

    /// What a person has to know and do now.
    pub(super) fn phase(&self) -> Phase {
        let asked = self.job.asked.as_ref();
        if let Some(pending) = &self.state.pending {
            let lost = !matches!(pending.stage, Stage::Pushed { .. }) && self.in_hand.is_none() && self.home_moved == Some(false);
            return if lost { Phase::Value(pending.why.clone()) } else { Phase::Delivering(pending.generation) };
        }
        if let Some(why) = due::wanted(&self.state, &self.job.policy, asked, self.now()).filter(|_| self.by_person()) {
            return Phase::Value(why);
        }
        let retiring = &self.state.retiring;
        if let Some(asked) = retiring.iter().find(|retiring| matches!(retiring.stage, Ending::Asked { .. })) {
            return Phase::End(asked.key.generation);
        }
        match retiring.first() {
            Some(waiting) => Phase::Waiting(waiting.key.generation, waiting.not_before),
            None => Phase::Over,
        }
    }

    /// Where the person was asked, or why that could not be done.
    pub(super) fn where_asked(&self) -> Option<String> {
        match self.asked_person.as_ref()? {
            Ok(page) => Some(format!("a person is asked in {page}")),
            Err(problem) => {
                let why = problem.causes.first().map_or_else(String::new, |cause| format!(": {cause}"));
                let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
                Some(format!("{}{why}{hint}", problem.what))
            }
        }
    }
}

pub(super) fn says(issue: &Issue, text: &issue::Text) -> bool {
    issue.open && issue.title == text.title && issue.body.trim_end() == text.body.trim_end()
}

/// A person has to make a new value.
pub(super) fn needs_value(walk: &Walk<'_>, why: &Why) -> Problem {
    let config = walk.job.config;
    let due = issue_text::why(walk, why);
    let what = format!("{} {due}, and {} lets only a person make a new one", config.name, config.provider);
    let is_asked = matches!(walk.asked_person, Some(Ok(_)));
    let has_time = is_asked && walk.job.policy.person_has_time(&walk.state, why, walk.now());
    let id = if has_time { Code::WaitsForPerson } else { Code::NeedsPerson };
    let mut problem = walk.grant_dead.clone().unwrap_or_else(|| Problem::new(id, what));
    if let Some(asked) = walk.where_asked() {
        problem = problem.cause(asked);
    }
    if !is_asked {
        problem = issue_text::steps(walk).into_iter().fold(problem, Problem::cause);
    }
    let slot = config.home().map(|home| format!("{} in {}", home.secret.beside(NEXT), home.place)).unwrap_or_default();
    problem
        .hint(format!("put the new value into the secret {slot}, or: tokenward push {} --value-from -", config.name))
        .state(walk.old_value())
}
