//! The actions of a real run. It journals a step before the step changes anything (one record for
//! all writes of a delivery), and knows since when it has the token's lease.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use futures::future::{BoxFuture, FutureExt};
use http::Method;
use serde_json::json;
use tokio::time::sleep;

use super::actions::{Actions, Comment, Ending, Manner, Shown};
use super::issue::{Issue, Issues, Text};
use super::lease;
use super::random::random;
use crate::config::Asking;
use crate::destinations::{Arrival, PutError, Snapshot};
use crate::domain::lifecycle::{Ending as End, Stage, TokenState, Why};
use crate::domain::{
    Destination, KeyId, Nonce, Problem, Repo, Secret, Span, Timestamp, TokenName, Verdict, ids,
};
use crate::journal::CommitError;
use crate::net::github::{GitHubError, Use};
use crate::providers::{Minted, Order, ProviderError, Refreshed, Revoked};
use crate::rotation::problems::account::no_clock;
use crate::rotation::types::carry;
use crate::rotation::types::carry::Kept;
use crate::rotation::types::job::{Job, World};
use crate::rotation::types::moves;
use crate::rotation::types::step::Step;
use crate::rotation::types::transition::Record;

/// After this time without a request, the journal is read again before anything is written: another
/// run may have taken over.
const SILENT: Duration = Duration::from_secs(15);
/// How often a new key is searched in the provider's list.
const LOOKS: u32 = 4;
/// The maximum wait for the provider's list.
const LONGEST: Duration = Duration::from_secs(15);

/// Changes the world.
pub(crate) struct Live<'a> {
    world: &'a World<'a>,
    job: &'a Job<'a>,
    position: Mutex<Position>,
}

/// The position of this run in the journal.
struct Position {
    /// The state of the token in the journal; `None` before its first record.
    journalled: Option<TokenState>,
    /// When this run last knew that it has the lease: by GitHub's clock, and by both clocks of this
    /// machine. One of those stops while the machine sleeps, and the other can be set.
    leased_at: (Timestamp, Instant, SystemTime),
}

impl<'a> Live<'a> {
    /// Starts at the token's newest record.
    pub(crate) async fn open(world: &'a World<'a>, job: &'a Job<'a>) -> Result<Self, Problem> {
        let now = world.now().ok_or_else(no_clock)?;
        let journalled = world.ledger.token(&job.config.name).await;
        let leased_at = (world.latest().unwrap_or(now), Instant::now(), SystemTime::now());
        Ok(Self { world, job, position: Mutex::new(Position { journalled, leased_at }) })
    }

    fn issues<'r>(&'r self, repo: &'r Repo) -> Issues<'r> {
        Issues { github: self.world.reader, repo }
    }

    fn moved_to(&self, journalled: Option<TokenState>, latest: Timestamp) {
        let mut position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        position.leased_at = (latest, Instant::now(), SystemTime::now());
        position.journalled = journalled;
    }

    fn leased_at(&self) -> (Timestamp, Instant, SystemTime) {
        self.position.lock().unwrap_or_else(PoisonError::into_inner).leased_at
    }

    async fn commit(&self, from: &TokenState, record: Record) -> Result<TokenState, Problem> {
        let (name, now) = (&self.job.config.name, self.world.now().unwrap_or(from.changed_at));
        let to = as_written(self.world, from, record.to, record.keeps_lease, now);
        // The journal decides between two tokens of one group that start at the same time.
        let begins = !from.is_in_flight() && to.is_in_flight();
        let leaked = to.pending.as_ref().is_none_or(|pending| pending.why == Why::Leaked);
        let apart: &[TokenName] = if begins && !leaked { &self.job.peers } else { &[] };
        let before = self.journalled();
        let written = self
            .world
            .ledger
            .commit(name, before.as_ref(), to.clone(), &record.event, now, apart)
            .await;
        written.map_err(|failure| failure.into_problem(name))?;
        self.moved_to(Some(to.clone()), self.world.latest().unwrap_or(now));
        Ok(to)
    }

    async fn still_leads(&self) -> Result<(), Problem> {
        let (told, instant, moment) = self.leased_at();
        let latest = self.world.latest().unwrap_or(told);
        let silent = Span::between(told, latest).as_duration() >= SILENT;
        if !silent
            && instant.elapsed() < SILENT
            && moment.elapsed().is_ok_and(|slept| slept < SILENT)
        {
            return Ok(());
        }
        let (name, journalled) = (&self.job.config.name, self.journalled());
        if self.world.ledger.look_again(name).await? != journalled {
            return Err(CommitError::Superseded.into_problem(name));
        }
        self.moved_to(journalled, latest);
        Ok(())
    }

    async fn send_end(&self, ending: Ending<'_>) -> Result<Revoked, ProviderError> {
        let (driver, Ending { manager, id, value, manner, .. }) = (&self.job.driver, ending);
        match (manner, value) {
            (Manner::Disable, _) => {
                let ended = driver.disable(manager, id).await;
                ended.map(|ended| ended.unwrap_or(Revoked::AlreadyGone))
            }
            (Manner::Revoke, Some(value)) => driver.revoke_held(manager, id, value).await,
            (Manner::Revoke, None) => driver.revoke(manager, id).await,
        }
    }

    async fn listed(
        &self,
        manager: &Secret,
        id: &KeyId,
        kept: &[Kept],
    ) -> Result<Option<Shown>, ProviderError> {
        let lag = self.job.abilities.limits.list_lag.as_duration().min(LONGEST);
        let looks = if lag.is_zero() { 1 } else { LOOKS };
        for look in 0..looks {
            sleep(lag * look / LOOKS).await;
            let keys = self.job.driver.list(manager).await?;
            if let Some(listed) = keys.into_iter().find(|key| key.is(id)) {
                // The expiry that the provider shows, which may be earlier than the requested one.
                let until = listed.restricted.iter().filter_map(|told| told.until).min();
                return Ok(Some(Shown { missing: carry::missing(kept, &listed), until }));
            }
        }
        Ok(None)
    }
}

/// A state as a record of this run contains it: with its lease, if the run keeps one.
pub(crate) fn as_written(
    world: &World<'_>,
    from: &TokenState,
    to: TokenState,
    keeps_lease: bool,
    now: Timestamp,
) -> TokenState {
    let lead = (keeps_lease && needs_lease(&to)).then(|| world.us(now));
    let mut to = moves::led_by(to, lead, now);
    if from.lead.as_ref().is_some_and(|lead| lead.instance != *world.instance) {
        to.late_until = Some(lease::LEASE.after(now));
    }
    to
}

/// Whether a run needs the lease while the token is in this state: if its death would leave
/// something half done.
fn needs_lease(to: &TokenState) -> bool {
    let pending =
        to.pending.as_ref().is_some_and(|pending| !matches!(pending.stage, Stage::Pushed { .. }));
    pending || to.retiring.iter().any(|retiring| matches!(retiring.stage, End::Revoking { .. }))
}

impl Actions for Live<'_> {
    fn journalled(&self) -> Option<TokenState> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner).journalled.clone()
    }

    fn begins(&self, step: &Step) {
        tracing::debug!(token = %self.job.config.name, ?step, "step");
    }

    fn rests(&self) {}

    fn journal<'f>(
        &'f self,
        from: &'f TokenState,
        record: Record,
    ) -> BoxFuture<'f, Result<TokenState, Problem>> {
        self.commit(from, record).boxed()
    }

    fn renew_lease(&self) -> BoxFuture<'_, Result<(), Problem>> {
        self.still_leads().boxed()
    }

    fn nonce(&self) -> Result<Nonce, Problem> {
        Ok(Nonce::new(ids::hex(&random::<3>()?)))
    }

    fn wait(&self, time: Duration) -> BoxFuture<'_, ()> {
        sleep(time).boxed()
    }

    fn reserve(&self, writes: usize) -> bool {
        self.world.writer.reserve(writes)
    }

    fn put<'f>(
        &'f self,
        destination: &'f Destination,
        value: &'f Secret,
        before: &'f Snapshot,
    ) -> BoxFuture<'f, Result<Arrival, PutError>> {
        self.world.secrets.put(destination, value, before).boxed()
    }

    fn remove<'f>(&'f self, destination: &'f Destination) -> BoxFuture<'f, Result<bool, Problem>> {
        self.world.secrets.remove(destination).boxed()
    }

    fn create<'f>(
        &'f self,
        manager: &'f Secret,
        order: &'f Order<'f>,
    ) -> BoxFuture<'f, Result<Minted, ProviderError>> {
        self.job.driver.create(manager, order).boxed()
    }

    fn refresh<'f>(
        &'f self,
        manager: Option<&'f Secret>,
        source: &'f Secret,
    ) -> BoxFuture<'f, Result<Refreshed, ProviderError>> {
        self.job.driver.refresh(manager, source).boxed()
    }

    fn end<'f>(&'f self, ending: Ending<'f>) -> BoxFuture<'f, Result<Revoked, ProviderError>> {
        self.send_end(ending).boxed()
    }

    fn end_grant<'f>(
        &'f self,
        manager: Option<&'f Secret>,
        value: &'f Secret,
    ) -> BoxFuture<'f, Result<Option<()>, ProviderError>> {
        self.job.driver.end_grant(manager, value).boxed()
    }

    fn verify<'f>(&'f self, value: &'f Secret) -> BoxFuture<'f, Verdict> {
        self.job.driver.verify(value).boxed()
    }

    fn is_gone<'f>(
        &'f self,
        manager: &'f Secret,
        id: &'f KeyId,
    ) -> BoxFuture<'f, Result<bool, ProviderError>> {
        self.job.driver.is_gone(manager, id).boxed()
    }

    fn restrictions<'f>(
        &'f self,
        manager: &'f Secret,
        id: &'f KeyId,
        kept: &'f [Kept],
    ) -> BoxFuture<'f, Result<Option<Shown>, ProviderError>> {
        self.listed(manager, id, kept).boxed()
    }

    fn part(&self, value: &Secret, part: &str) -> Result<Secret, Problem> {
        self.job.driver.part(value, part)
    }

    fn issue<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
    ) -> BoxFuture<'f, Result<Option<Issue>, GitHubError>> {
        async move { self.issues(repo).get(number).await }.boxed()
    }

    fn open_issue<'f>(
        &'f self,
        repo: &'f Repo,
        text: &'f Text,
        ask: &'f Asking,
    ) -> BoxFuture<'f, Result<Issue, GitHubError>> {
        async move { self.issues(repo).open(text, ask).await }.boxed()
    }

    fn update_issue<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        text: &'f Text,
    ) -> BoxFuture<'f, Result<Issue, GitHubError>> {
        async move { self.issues(repo).update(number, text).await }.boxed()
    }

    fn comment<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        (mark, text): &'f Comment,
    ) -> BoxFuture<'f, Result<(), GitHubError>> {
        async move { self.issues(repo).comment(number, mark, text).await }.boxed()
    }

    fn close_issue<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        (mark, text): &'f Comment,
    ) -> BoxFuture<'f, Result<(), GitHubError>> {
        async move { self.issues(repo).say_and_close(number, mark, text).await }.boxed()
    }

    fn resolve_alert<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        comment: &'f str,
    ) -> BoxFuture<'f, Result<(), GitHubError>> {
        async move {
            let body = json!({
                "state": "resolved",
                "resolution": "revoked",
                "resolution_comment": comment,
            });
            let path = format!("/repos/{repo}/secret-scanning/alerts/{number}");
            self.world.writer.write(Method::PATCH, &path, Some(&body), Use::Journal).await.map(drop)
        }
        .boxed()
    }
}
