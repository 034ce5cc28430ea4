//! What a person is asked for, and how: one issue that says at any time what is true and what is to
//! be done. Where it cannot be opened, the report says the same.

use super::alarm;
use super::due;
use super::facts::InjectedValue;
use super::issue::{self, Issue, Issues};
use super::issue_text::{self, Phase};
use super::job::NEXT;
use super::moves;
use super::token_run::{TokenRun, bug};
use crate::domain::cleanup::{Ask, PendingCleanup};
use crate::domain::lifecycle::{Ending, Retiring, Stage, TokenState, Why};
use crate::domain::{Code, Problem, Repo, Secret, Version};
use crate::net::github::GitHubError;

impl TokenRun<'_> {
    /// The repository of the primary secret.
    pub(super) fn primary_repo(&self) -> Result<&Repo, Problem> {
        self.job
            .config
            .primary()
            .and_then(|primary| primary.place.repo())
            .ok_or_else(|| bug("the primary destination is in no repository"))
    }

    /// Where a person makes and ends tokens of this kind.
    pub(super) fn page(&self) -> String {
        let driver = &self.job.driver;
        driver
            .made_at(self.state.owner.as_deref())
            .unwrap_or_else(|| format!("the settings of {}", driver.spec().name))
    }

    /// The newest value that leaked and takes a person, if there is one.
    pub(super) fn alarm(&self) -> Option<Version> {
        alarm::alarm(&self.state, self.manual(), self.ends())
    }

    /// Whether keys whose id is known are ended by API.
    pub(super) fn ends(&self) -> bool {
        self.job.abilities.revokes || self.job.abilities.disables
    }

    /// Makes sure that there is an issue; a leak has one of its own. A refusal is remembered, and
    /// no failure of the run.
    pub(super) async fn ask(&mut self) -> Result<(), Problem> {
        if self.asked_person.is_some() {
            return Ok(());
        }
        self.tell_if_dead().await;
        self.tell_if_not_handed().await;
        let repo = self.primary_repo()?.clone();
        let issues = Issues { github: self.world.reader, repo: &repo };
        let known = self.state.loose_ends.issue.clone();
        let leaked = self
            .alarm()
            .filter(|leaked| known.as_ref().is_none_or(|ask| ask.leaked < Some(*leaked)));
        let ask = match leaked {
            Some(_) => self.in_place_of(&issues, known.as_ref(), leaked).await,
            None => Ok(known.clone().unwrap_or_else(|| self.new_ask(None))),
        };
        let issue = match ask {
            Ok(ask) => self.find_or_open(&issues, ask).await?,
            Err(trouble) => Err(trouble),
        };
        match issue {
            Ok((issue, ask)) => {
                let number = issue.number;
                if known.filter(|_| leaked.is_none()).and_then(|ask| ask.number) != Some(number) {
                    let ask = Ask { number: Some(number), ..ask };
                    self.journal_ask(ask, &format!("a person is asked in issue {number}")).await?;
                    self.done(format!("asked a person in issue {number} of {repo}"));
                }
                self.asked_person = Some(Ok(issue.page));
            }
            Err(trouble) => {
                self.asked_person = Some(Err(issue::problem(&trouble, &repo, "open an issue")))
            }
        }
        Ok(())
    }

    /// A value in use that is dead already cannot wait as long as a routine may.
    async fn tell_if_dead(&mut self) {
        let value = self
            .job
            .handed
            .as_ref()
            .filter(|_| self.job.abilities.manual && self.handed() == InjectedValue::Current);
        let Some(value) = value else { return };
        let verdict = self.job.driver.verify(value).await;
        if verdict.is_dead() {
            let problem = self.not_alive(&verdict);
            self.outcome.problems.extend(problem);
        }
    }

    /// The person may have done it already, and this run cannot see that.
    async fn tell_if_not_handed(&mut self) {
        let Ok(slot) = self.next_slot() else { return };
        if !self.job.abilities.manual || self.job.desk.next.is_some() {
            return;
        }
        if self.world.secrets.look(&slot).await.is_ok_and(|snapshot| snapshot.updated_at.is_some())
        {
            let (variable, secret) = (format!("{}_{NEXT}", self.job.config.value), &slot.secret);
            let problem = Problem::new(
                Code::ValueMissing,
                format!("{slot} exists, and this step is not handed it"),
            )
            .cause(format!(
                "{variable} is empty or not set, so the new value in it cannot be taken"
            ))
            .hint(format!(
                "add to the `env:` of this step: `{variable}: ${{{{ secrets.{secret} }}}}`"
            ))
            .state(self.unchanged());
            self.outcome.problems.push(problem);
        }
    }

    /// The issue that is there, or else a new one. The journal says first that one will be opened.
    async fn find_or_open(
        &mut self,
        issues: &Issues<'_>,
        ask: Ask,
    ) -> Result<Result<(Issue, Ask), GitHubError>, Problem> {
        let found = match ask.number {
            Some(number) => issues.get(number).await,
            None => issues.find(&issue_text::mark(self, ask.leaked)).await,
        };
        match found {
            Ok(Some(issue)) => return Ok(Ok((issue, ask))),
            Ok(None) => {}
            Err(trouble) => return Ok(Err(trouble)),
        }
        let ask = Ask { replaces: ask.replaces, ..self.new_ask(ask.leaked) };
        self.journal_ask(ask.clone(), "a person will be asked in an issue").await?;
        let config = &self.job.config.ask;
        let opened = issues.open(&issue_text::text(self, &self.phase(), ask.leaked), config).await;
        // What is taken in this very run changes what is to be done.
        self.told = opened.is_ok() && !self.takes_next();
        if let Some(lacking) = opened.as_ref().ok().and_then(|issue| issue::lacking(issue, config))
        {
            self.outcome.problems.push(not_assigned(issues.repo, &lacking));
        }
        Ok(opened.map(|issue| (issue, ask)))
    }

    /// An issue about a leak, in place of those that were open: one of which the number is not
    /// known is looked for.
    async fn in_place_of(
        &self,
        issues: &Issues<'_>,
        known: Option<&Ask>,
        leaked: Option<Version>,
    ) -> Result<Ask, GitHubError> {
        let mut ask = self.new_ask(leaked);
        if let Some(known) = known {
            ask.replaces.clone_from(&known.replaces);
            let number = match known.number {
                None => issues
                    .find(&issue_text::mark(self, known.leaked))
                    .await?
                    .map(|issue| issue.number),
                number => number,
            };
            ask.replaces.extend(number);
        }
        Ok(ask)
    }

    fn new_ask(&self, leaked: Option<Version>) -> Ask {
        Ask { number: None, since: self.now(), leaked, replaces: Vec::new(), reminded: None }
    }

    /// Journals what a person asked for.
    pub(super) async fn wish(&mut self) -> Result<(), Problem> {
        let Some(Why::Asked(reason)) = self.asked().cloned() else {
            return Err(bug("nothing was asked for"));
        };
        let to = moves::wished(&self.state, reason, self.now());
        self.journal_and_leave(to, "a new value was asked for").await?;
        self.done(
            "noted that a new value is asked for: a later run makes it, where this one cannot"
                .to_owned(),
        );
        Ok(())
    }

    async fn journal_ask(&mut self, ask: Ask, event: &str) -> Result<(), Problem> {
        let ends = PendingCleanup { issue: Some(ask), ..self.state.loose_ends.clone() };
        self.journal_and_leave(TokenState { loose_ends: ends, ..self.state.clone() }, event).await
    }

    /// Makes the issue say what is true now. It is no harm where that fails: the next run does it.
    pub(super) async fn tell(&mut self) -> Result<(), Problem> {
        self.told = true;
        let Some(ask) = self.state.loose_ends.issue.clone() else { return Ok(()) };
        let Some(number) = ask.number else { return Ok(()) };
        let repo = self.primary_repo()?.clone();
        let issues = Issues { github: self.world.reader, repo: &repo };
        let phase = self.phase();
        let text = issue_text::text(self, &phase, ask.leaked);
        let comments = [issue_text::comment(self, &phase), self.reminder(&phase)];
        let reminds = comments.last().is_some_and(Option::is_some);
        let told = async {
            let Some(issue) = issues.get(number).await? else { return Ok(None) };
            let issue =
                if says(&issue, &text) { issue } else { issues.update(number, &text).await? };
            for (mark, comment) in comments.iter().flatten() {
                issues.comment(number, mark, comment).await?;
            }
            Ok(Some(issue))
        };
        match told.await {
            Ok(Some(issue)) => {
                self.asked_person = Some(Ok(issue.page));
                if reminds {
                    let ask = Ask { reminded: Some(self.now()), ..ask };
                    self.journal_ask(ask, &format!("people are reminded in issue {number}"))
                        .await?;
                    self.done(format!("reminded people in issue {number} of {repo}"));
                }
            }
            // Somebody deleted it: the next time something is to be asked, another one is opened.
            Ok(None) => {
                let ends = PendingCleanup { issue: None, ..self.state.loose_ends.clone() };
                self.journal_and_leave(
                    TokenState { loose_ends: ends, ..self.state.clone() },
                    "the issue is gone",
                )
                .await?;
            }
            Err(trouble) => {
                self.asked_person =
                    Some(Err(issue::problem(&trouble, &repo, &format!("update issue {number}"))))
            }
        }
        Ok(())
    }

    /// The comment that reminds people, where one is due: they are waited for, and heard of it last
    /// a whole period ago.
    pub(super) fn reminder(&self, phase: &Phase) -> Option<(String, String)> {
        let every = self.job.config.ask.remind?;
        let ask = self.state.loose_ends.issue.as_ref()?;
        let since = match phase {
            Phase::Value(_) => ask.since,
            Phase::End(old) => {
                let at = |retiring: &Retiring| match retiring.stage {
                    Ending::Asked { at } if retiring.key.version == *old => Some(at),
                    _ => None,
                };
                self.state.retiring.iter().find_map(at).unwrap_or(ask.since).max(ask.since)
            }
            Phase::Delivering(_) | Phase::Waiting(..) | Phase::Over => return None,
        };
        let last = ask.reminded.map_or(since, |reminded| reminded.max(since));
        (every.after(last) <= self.now()).then(|| issue_text::reminder(self, phase, since, last))
    }

    /// What a person has to know and do now.
    pub(super) fn phase(&self) -> Phase {
        let retiring = &self.state.retiring;
        let leaked = retiring
            .iter()
            .find(|retiring| alarm::is_persons(&self.state, retiring, self.ends()))
            .map(|retiring| retiring.key.version);
        if let Some(pending) = &self.state.pending {
            let lost = !matches!(pending.stage, Stage::Pushed { .. })
                && self.in_hand.is_none()
                && self.primary_moved == Some(false);
            return match leaked {
                _ if lost => Phase::Value(pending.why.clone()),
                Some(old) => Phase::End(old),
                None => Phase::Delivering(pending.version),
            };
        }
        // The only value there is was asked to be revoked, and did not leak: that comes first, and
        // may be all that is wanted.
        let is_only = |retiring: &&Retiring| {
            Some(&retiring.key) == self.state.current.as_ref() && !self.state.has_leaked()
        };
        if let Some(only) =
            retiring.iter().find(is_only).filter(|only| matches!(only.stage, Ending::Asked { .. }))
        {
            return Phase::End(only.key.version);
        }
        match due::wanted(&self.state, &self.job.policy, self.asked(), self.now())
            .filter(|_| self.manual())
        {
            Some(why) if why == Why::Leaked || leaked.is_none() => return Phase::Value(why),
            _ => {}
        }
        if let Some(old) = leaked {
            return Phase::End(old);
        }
        if let Some(asked) =
            retiring.iter().find(|retiring| matches!(retiring.stage, Ending::Asked { .. }))
        {
            return Phase::End(asked.key.version);
        }
        match retiring.first() {
            Some(waiting) => Phase::Waiting(waiting.key.version, waiting.not_before),
            None => Phase::Over,
        }
    }

    /// Where the person was asked, or why that could not be done.
    pub(super) fn where_asked(&self) -> Option<String> {
        match self.asked_person.as_ref()? {
            Ok(page) => Some(format!("a person is asked in {page}")),
            Err(problem) => {
                let why =
                    problem.causes.first().map_or_else(String::new, |cause| format!(": {cause}"));
                let hint =
                    problem.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
                Some(format!("{}{why}{hint}", problem.what))
            }
        }
    }
}

pub(super) fn says(issue: &Issue, text: &issue::Text) -> bool {
    issue.open && issue.title == text.title && issue.body.trim_end() == text.body.trim_end()
}

/// An issue that GitHub opened without all that the config names.
fn not_assigned(repo: &Repo, lacking: &str) -> Problem {
    Problem::new(Code::AskIncomplete, format!("GitHub opened the issue in {repo} without {lacking}"))
        .cause("it assigns only people who may write to the repository, and leaves out the others without a word")
        .hint("correct `ask` in the config, and assign or label this issue yourself")
}

/// A person has to make a new value.
pub(super) fn needs_value(run: &TokenRun<'_>, why: &Why) -> Problem {
    let config = run.job.config;
    let due = issue_text::why(run, why);
    let what =
        format!("{} {due}, and {} lets only a person make a new one", config.name, config.provider);
    let is_asked = matches!(run.asked_person, Some(Ok(_)));
    let has_time = is_asked && run.job.policy.person_has_time(&run.state, why, run.now());
    let id = if has_time { Code::WaitsForPerson } else { Code::NeedsPerson };
    let mut problem = run.grant_dead.clone().unwrap_or_else(|| Problem::new(id, what));
    if let Some(asked) = run.where_asked() {
        problem = problem.cause(asked);
    }
    let known = |value: &Secret| {
        InjectedValue::recognise(&run.state, Some(value)) != InjectedValue::Stranger
    };
    if run.job.desk.next.as_ref().is_some_and(known) {
        problem = problem.cause(format!(
            "{}_{NEXT} holds a value that was in use already, and no new one",
            config.value
        ));
    }
    if !is_asked {
        problem = issue_text::steps(run).into_iter().fold(problem, Problem::cause);
    }
    let slot = config
        .primary()
        .map(|primary| format!("{} in {}", primary.secret.beside(NEXT), primary.place))
        .unwrap_or_default();
    problem
        .hint(format!(
            "put the new value into the secret {slot}, or: tokenward push {} --value-from -",
            config.name
        ))
        .state(run.old_value())
}
