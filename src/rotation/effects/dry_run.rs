//! The actions of a plan: they record and count what a run would change, and send nothing. Reads
//! are real, so their requests are counted as they are sent.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};

use super::actions::{Actions, Comment, Ending, Manner, Shown};
use super::issue::NOT_OPEN;
use super::issue::{Issue, Issues, Text};
use super::live::as_written;
use super::plan_words;
use crate::config::Asking;
use crate::destinations::{Arrival, PutError, Snapshot};
use crate::domain::forecast::{ForecastStep, Requests, StepKind};
use crate::domain::lifecycle::TokenState;
use crate::domain::{
    Destination, Facts, KeyId, Nonce, Place, Problem, Repo, Secret, Timestamp, Verdict,
};
use crate::net::github::GitHubError;
use crate::providers::{Minted, Order, ProviderError, Refreshed, Revoked};
use crate::rotation::types::carry::Kept;
use crate::rotation::types::job::{Job, World};
use crate::rotation::types::step::Step;
use crate::rotation::types::transition::Record;

/// How many GitHub requests a journal record costs: the commit, and the ref.
const RECORD: u64 = 2;
/// The placeholder for what only the provider can determine.
const UNKNOWN: &str = "?";

/// Records what a run would change.
pub(crate) struct DryRun<'a> {
    world: &'a World<'a>,
    job: &'a Job<'a>,
    /// Whether a record costs requests at GitHub.
    journal_on_github: bool,
    /// GitHub's clock at the start.
    begun: Timestamp,
    noted: Mutex<Noted>,
}

/// What was recorded so far.
#[derive(Default)]
struct Noted {
    /// Every step, in order.
    steps: Vec<ForecastStep>,
    /// The current step.
    open: Option<Open>,
    /// Whether the journal does not exist yet.
    journal_is_new: bool,
    /// The state of the token that the journal would hold.
    journalled: Option<TokenState>,
    /// The value that would be issued.
    made: Option<Secret>,
    /// The scopes it would have.
    scopes: Vec<String>,
    /// Keys that would be revoked.
    ended: BTreeSet<KeyId>,
    /// Values that would be revoked.
    dead: Vec<Secret>,
    /// The issue that was read, or would be opened.
    issue: Option<Issue>,
    /// Whether an old key would be revoked.
    revokes: bool,
}

/// The current step: its reads are known when it has ended.
struct Open {
    /// What it reads, as an imperative.
    looks: &'static str,
    /// Whether it revokes an old key for good.
    ends: bool,
    /// The index of its first line.
    at: usize,
    /// How many requests were sent before it: to GitHub, and to the provider.
    before: (u64, u64),
    /// How many requests it would send about values and keys that do not exist in a plan.
    supposed: u64,
}

impl<'a> DryRun<'a> {
    /// Starts at the token's newest record. `journal_is_new`: the journal does not exist yet.
    pub(crate) async fn open(
        world: &'a World<'a>,
        job: &'a Job<'a>,
        journal_on_github: bool,
        journal_is_new: bool,
        begun: Timestamp,
    ) -> Self {
        let journalled = world.ledger.token(&job.config.name).await;
        let before = (world.requests(), job.driver.requests());
        let looks = "check where the last run stopped";
        let open = Open { looks, ends: false, at: 0, before, supposed: 0 };
        let noted = Noted { open: Some(open), journal_is_new, journalled, ..Noted::default() };
        Self { world, job, journal_on_github, begun, noted: Mutex::new(noted) }
    }

    /// Every step, and whether an old key would be revoked.
    pub(crate) fn into_steps(self) -> (Vec<ForecastStep>, bool) {
        self.close();
        let noted = self.noted.into_inner().unwrap_or_else(PoisonError::into_inner);
        (noted.steps, noted.revokes)
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Inserts what the current step has read, before what it changes.
    fn close(&self) {
        let sent = (self.world.requests(), self.job.driver.requests());
        let mut noted = self.noted();
        let Some(open) = noted.open.take() else { return };
        let requests = Requests {
            github_reads: sent.0.saturating_sub(open.before.0),
            provider_reads: sent.1.saturating_sub(open.before.1) + open.supposed,
            ..Requests::default()
        };
        if requests != Requests::default() {
            let what = open.looks.to_owned();
            noted.steps.insert(open.at, ForecastStep { kind: StepKind::Look, what, requests });
        }
    }

    fn note(&self, kind: StepKind, what: impl Into<String>, requests: Requests) {
        self.noted().steps.push(ForecastStep { kind, what: what.into(), requests });
    }

    /// Counts a request about a value or a key that does not exist in a plan.
    fn suppose(&self) {
        if let Some(open) = &mut self.noted().open {
            open.supposed += 1;
        }
    }

    fn provider_writes(&self, kind: StepKind, what: impl Into<String>) {
        self.note(kind, what, Requests { provider_writes: 1, ..Requests::default() });
    }

    fn github_writes(&self, kind: StepKind, what: impl Into<String>, writes: u64) {
        self.note(kind, what, Requests { github_writes: writes, ..Requests::default() });
    }

    /// A placeholder for a new value, different each time.
    fn make(&self, scopes: &[String]) -> Secret {
        let mut noted = self.noted();
        let value = Secret::new(format!("{UNKNOWN}{}", noted.steps.len()));
        noted.made = Some(value.clone());
        noted.scopes = scopes.to_vec();
        value
    }

    fn now(&self) -> Timestamp {
        self.world.now().unwrap_or(self.begun)
    }

    fn write_record(&self, from: &TokenState, record: Record) -> TokenState {
        let to = as_written(self.world, from, record.to, record.keeps_lease, self.now());
        let mut noted = self.noted();
        let is_first = std::mem::take(&mut noted.journal_is_new);
        noted.journalled = Some(to.clone());
        drop(noted);
        // The first record needs a tree.
        let writes = if self.journal_on_github { RECORD + u64::from(is_first) } else { 0 };
        self.github_writes(StepKind::Journal, format!("journal: {}", record.event), writes);
        to
    }

    fn write(&self, destination: &Destination, before: &Snapshot) -> Arrival {
        // It is read again afterwards. The repositories that can read a secret of an organization
        // are listed a hundred at a time.
        let selected = before.reach.as_ref().filter(|reach| {
            matches!(destination.place, Place::Organization { .. })
                && reach.visibility == "selected"
        });
        let pages =
            selected.map_or(0, |reach| (reach.repositories.len() as u64).div_ceil(100).max(1));
        self.note(
            StepKind::WriteSecret,
            format!("write {destination}"),
            Requests { github_reads: 1 + pages, github_writes: 1, ..Requests::default() },
        );
        let created = before.updated_at.is_none();
        Arrival { at: self.now(), created, problems: Vec::new() }
    }

    fn create_key(&self, order: &Order<'_>) -> Minted {
        // The values of fixed keys are read before one is regenerated.
        let looks = u64::from(self.job.abilities.is_fixed());
        let requests =
            Requests { provider_reads: looks, provider_writes: 1, ..Requests::default() };
        self.note(StepKind::IssueKey, "issue a key", requests);
        Minted {
            value: self.make(order.scopes),
            known: false,
            id: KeyId::new(UNKNOWN),
            scopes: None,
            at: None,
        }
    }

    fn end_key(&self, Ending { id, value, recorded, manner, .. }: Ending<'_>) -> Revoked {
        let verb = if manner == Manner::Disable { "disable" } else { "revoke" };
        self.provider_writes(StepKind::RevokeKey, format!("{verb} key {id}"));
        let mut noted = self.noted();
        noted.ended.insert(id.clone());
        noted.dead.extend(value.into_iter().chain(recorded).cloned());
        noted.revokes |= noted.open.as_ref().is_some_and(|open| open.ends);
        Revoked::Done
    }

    /// The verdict on a value that would be issued or revoked; `None` for every other.
    fn supposed_verdict(&self, value: &Secret) -> Option<Verdict> {
        let noted = self.noted();
        if noted.dead.iter().any(|dead| dead.is(value)) {
            return Some(Verdict::Revoked);
        }
        let is_made = noted.made.as_ref().is_some_and(|made| made.is(value));
        is_made.then(|| {
            let scopes = Some(noted.scopes.clone()).filter(|scopes| !scopes.is_empty());
            Verdict::Live(Facts { scopes, ..Facts::default() })
        })
    }

    fn opened(&self, text: &Text, ask: &Asking) -> Issue {
        self.github_writes(StepKind::UpdateIssue, "open an issue", 1);
        let issue = Issue {
            number: NOT_OPEN,
            title: text.title.clone(),
            body: text.body.clone(),
            open: true,
            assignees: ask.assignees.clone(),
            labels: ask.labels.clone(),
        };
        self.noted().issue = Some(issue.clone());
        issue
    }

    async fn seen_issue(&self, repo: &Repo, number: u64) -> Result<Option<Issue>, GitHubError> {
        if number == NOT_OPEN {
            return Ok(self.noted().issue.clone());
        }
        let seen = Issues { github: self.world.reader, repo }.get(number).await?;
        self.noted().issue.clone_from(&seen);
        Ok(seen)
    }

    async fn comments(&self, repo: &Repo, number: u64, mark: &str) -> Result<(), GitHubError> {
        let issues = Issues { github: self.world.reader, repo };
        if number == NOT_OPEN {
            let requests = Requests { github_reads: 1, github_writes: 1, ..Requests::default() };
            self.note(StepKind::UpdateIssue, "comment on the issue", requests);
        } else if !issues.has_comment(number, mark).await? {
            self.github_writes(StepKind::UpdateIssue, format!("comment on issue {number}"), 1);
        }
        Ok(())
    }

    async fn closes(&self, repo: &Repo, number: u64, mark: &str) -> Result<(), GitHubError> {
        if self.seen_issue(repo, number).await?.is_some_and(|issue| issue.open) {
            self.comments(repo, number, mark).await?;
            self.github_writes(StepKind::UpdateIssue, format!("close issue {number}"), 1);
        }
        Ok(())
    }
}

impl Actions for DryRun<'_> {
    fn journalled(&self) -> Option<TokenState> {
        self.noted().journalled.clone()
    }

    fn begins(&self, step: &Step) {
        self.close();
        let before = (self.world.requests(), self.job.driver.requests());
        let ends = matches!(step, Step::Revoke(_) | Step::Bury(_));
        let looks = plan_words::looks(step);
        let mut noted = self.noted();
        let at = noted.steps.len();
        noted.open = Some(Open { looks, ends, at, before, supposed: 0 });
    }

    fn rests(&self) {
        self.close();
    }

    fn journal<'f>(
        &'f self,
        from: &'f TokenState,
        record: Record,
    ) -> BoxFuture<'f, Result<TokenState, Problem>> {
        ready(Ok(self.write_record(from, record))).boxed()
    }

    fn renew_lease(&self) -> BoxFuture<'_, Result<(), Problem>> {
        ready(Ok(())).boxed()
    }

    fn nonce(&self) -> Result<Nonce, Problem> {
        Ok(Nonce::new("??????"))
    }

    fn wait(&self, _: Duration) -> BoxFuture<'_, ()> {
        ready(()).boxed()
    }

    fn reserve(&self, writes: usize) -> bool {
        self.world.writer.reserve(writes)
    }

    fn put<'f>(
        &'f self,
        destination: &'f Destination,
        _: &'f Secret,
        before: &'f Snapshot,
    ) -> BoxFuture<'f, Result<Arrival, PutError>> {
        ready(Ok(self.write(destination, before))).boxed()
    }

    fn remove<'f>(&'f self, destination: &'f Destination) -> BoxFuture<'f, Result<bool, Problem>> {
        self.github_writes(StepKind::RemoveSecret, format!("remove {destination}"), 1);
        ready(Ok(true)).boxed()
    }

    fn create<'f>(
        &'f self,
        _: &'f Secret,
        order: &'f Order<'f>,
    ) -> BoxFuture<'f, Result<Minted, ProviderError>> {
        ready(Ok(self.create_key(order))).boxed()
    }

    fn refresh<'f>(
        &'f self,
        _: Option<&'f Secret>,
        _: &'f Secret,
    ) -> BoxFuture<'f, Result<Refreshed, ProviderError>> {
        self.provider_writes(StepKind::IssueKey, "refresh the access token");
        let single_use = self.job.abilities.is_single_use();
        let refreshed =
            Refreshed { value: self.make(&[]), single_use, expires_at: None, scopes: None };
        ready(Ok(refreshed)).boxed()
    }

    fn end<'f>(&'f self, ending: Ending<'f>) -> BoxFuture<'f, Result<Revoked, ProviderError>> {
        ready(Ok(self.end_key(ending))).boxed()
    }

    fn end_grant<'f>(
        &'f self,
        _: Option<&'f Secret>,
        value: &'f Secret,
    ) -> BoxFuture<'f, Result<Option<()>, ProviderError>> {
        self.provider_writes(StepKind::RevokeKey, "revoke the old grant");
        self.noted().dead.push(value.clone());
        ready(Ok(Some(()))).boxed()
    }

    fn verify<'f>(&'f self, value: &'f Secret) -> BoxFuture<'f, Verdict> {
        match self.supposed_verdict(value) {
            Some(verdict) => {
                self.suppose();
                ready(verdict).boxed()
            }
            None => self.job.driver.verify(value).boxed(),
        }
    }

    fn is_gone<'f>(
        &'f self,
        manager: &'f Secret,
        id: &'f KeyId,
    ) -> BoxFuture<'f, Result<bool, ProviderError>> {
        if self.noted().ended.contains(id) {
            self.suppose();
            return ready(Ok(true)).boxed();
        }
        self.job.driver.is_gone(manager, id).boxed()
    }

    fn restrictions<'f>(
        &'f self,
        _: &'f Secret,
        _: &'f KeyId,
        _: &'f [Kept],
    ) -> BoxFuture<'f, Result<Option<Shown>, ProviderError>> {
        let looks = Requests { provider_reads: 1, ..Requests::default() };
        self.note(
            StepKind::Look,
            "check that the new key has the restrictions of the old one",
            looks,
        );
        ready(Ok(Some(Shown { missing: Vec::new(), until: None }))).boxed()
    }

    fn part(&self, value: &Secret, part: &str) -> Result<Secret, Problem> {
        let is_made = self.noted().made.as_ref().is_some_and(|made| made.is(value));
        if is_made { Ok(value.clone()) } else { self.job.driver.part(value, part) }
    }

    fn issue<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
    ) -> BoxFuture<'f, Result<Option<Issue>, GitHubError>> {
        self.seen_issue(repo, number).boxed()
    }

    fn open_issue<'f>(
        &'f self,
        _: &'f Repo,
        text: &'f Text,
        ask: &'f Asking,
    ) -> BoxFuture<'f, Result<Issue, GitHubError>> {
        ready(Ok(self.opened(text, ask))).boxed()
    }

    fn update_issue<'f>(
        &'f self,
        _: &'f Repo,
        _: u64,
        _: &'f Text,
    ) -> BoxFuture<'f, Result<Issue, GitHubError>> {
        self.github_writes(StepKind::UpdateIssue, "update the issue", 1);
        ready(self.noted().issue.clone().ok_or(GitHubError::NotFound)).boxed()
    }

    fn comment<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        (mark, _): &'f Comment,
    ) -> BoxFuture<'f, Result<(), GitHubError>> {
        self.comments(repo, number, mark).boxed()
    }

    fn close_issue<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        (mark, _): &'f Comment,
    ) -> BoxFuture<'f, Result<(), GitHubError>> {
        self.closes(repo, number, mark).boxed()
    }

    fn resolve_alert<'f>(
        &'f self,
        _: &'f Repo,
        number: u64,
        _: &'f str,
    ) -> BoxFuture<'f, Result<(), GitHubError>> {
        self.github_writes(StepKind::ResolveAlert, format!("resolve alert {number}"), 1);
        ready(Ok(())).boxed()
    }
}
