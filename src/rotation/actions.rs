//! Everything a rotation can change outside, behind one trait: `Live` does it, `DryRun` counts what
//! it would cost. Steps read through the world and the driver, and change through this alone, so
//! that `plan` is the run itself with other hands.

use std::time::Duration;

use futures::future::BoxFuture;

use super::carry::Kept;
use super::issue::{Issue, Text};
use super::step::Step;
use super::transition::Record;
use crate::config::Asking;
use crate::destinations::{Arrival, PutError, Snapshot};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Destination, KeyId, Nonce, Problem, Repo, Secret, Timestamp, Verdict};
use crate::net::github::GitHubError;
use crate::providers::{Minted, Order, ProviderError, Refreshed, Revoked};

/// A key that is to be ended.
#[derive(Clone, Copy)]
pub(super) struct Ending<'e> {
    /// Who may end it.
    pub(super) manager: &'e Secret,
    /// The key.
    pub(super) id: &'e KeyId,
    /// A value that tells this id, where this run has one.
    pub(super) value: Option<&'e Secret>,
    /// The value that a record says is this key's, where this run has it.
    pub(super) recorded: Option<&'e Secret>,
    /// In which way.
    pub(super) manner: Manner,
}

/// What the provider shows of a new key's restrictions.
pub(super) struct Shown {
    /// Those it does not show.
    pub(super) missing: Vec<String>,
    /// When the key ends, where it shows that.
    pub(super) until: Option<Timestamp>,
}

/// A comment on an issue: the mark that tells it from others, and its text.
pub(super) type Comment = (String, String);

/// What changes something outside, and what is asked of a value or a key that this run made or
/// ended itself.
pub(super) trait Actions: Send + Sync {
    /// The token as the journal has it; `None` before its first record.
    fn journalled(&self) -> Option<TokenState>;

    /// A step begins.
    fn begins(&self, step: &Step);

    /// No step follows.
    fn rests(&self);

    /// Writes a record. Gives the state as it was written.
    fn journal<'f>(
        &'f self,
        from: &'f TokenState,
        record: Record,
    ) -> BoxFuture<'f, Result<TokenState, Problem>>;

    /// Refuses to go on where this run was silent so long that another may have taken over: an old
    /// run that wakes up must not write an older value over a newer one. A run that GitHub calls
    /// completed is taken over from at once, and may go on for a while.
    fn renew_lease(&self) -> BoxFuture<'_, Result<(), Problem>>;

    /// Random letters for a key's name.
    fn nonce(&self) -> Result<Nonce, Problem>;

    /// Waits.
    fn wait(&self, time: Duration) -> BoxFuture<'_, ()>;

    /// Reserves `writes` writes of GitHub's hourly budget, if that many are left.
    fn reserve(&self, writes: usize) -> bool;

    /// Writes a secret.
    fn put<'f>(
        &'f self,
        destination: &'f Destination,
        value: &'f Secret,
        before: &'f Snapshot,
    ) -> BoxFuture<'f, Result<Arrival, PutError>>;

    /// Removes a secret. Says whether it was there.
    fn remove<'f>(&'f self, destination: &'f Destination) -> BoxFuture<'f, Result<bool, Problem>>;

    /// Asks the provider for a key.
    fn create<'f>(
        &'f self,
        manager: &'f Secret,
        order: &'f Order<'f>,
    ) -> BoxFuture<'f, Result<Minted, ProviderError>>;

    /// Sends a refresh.
    fn refresh<'f>(
        &'f self,
        manager: Option<&'f Secret>,
        source: &'f Secret,
    ) -> BoxFuture<'f, Result<Refreshed, ProviderError>>;

    /// Ends a key.
    fn end<'f>(&'f self, ending: Ending<'f>) -> BoxFuture<'f, Result<Revoked, ProviderError>>;

    /// Ends an OAuth grant; `None` where the provider has no call for that.
    fn end_grant<'f>(
        &'f self,
        manager: Option<&'f Secret>,
        value: &'f Secret,
    ) -> BoxFuture<'f, Result<Option<()>, ProviderError>>;

    /// Tests a value that this run made or ended.
    fn verify<'f>(&'f self, value: &'f Secret) -> BoxFuture<'f, Verdict>;

    /// Whether a key that this run ended is gone.
    fn is_gone<'f>(
        &'f self,
        manager: &'f Secret,
        id: &'f KeyId,
    ) -> BoxFuture<'f, Result<bool, ProviderError>>;

    /// What the provider shows of a new key's restrictions; `None` where it does not list the key.
    fn restrictions<'f>(
        &'f self,
        manager: &'f Secret,
        id: &'f KeyId,
        kept: &'f [Kept],
    ) -> BoxFuture<'f, Result<Option<Shown>, ProviderError>>;

    /// A part of a value.
    fn part(&self, value: &Secret, part: &str) -> Result<Secret, Problem>;

    /// The issue of this number; `None` where it was deleted.
    fn issue<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
    ) -> BoxFuture<'f, Result<Option<Issue>, GitHubError>>;

    /// Opens an issue.
    fn open_issue<'f>(
        &'f self,
        repo: &'f Repo,
        text: &'f Text,
        ask: &'f Asking,
    ) -> BoxFuture<'f, Result<Issue, GitHubError>>;

    /// Makes an issue say this.
    fn update_issue<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        text: &'f Text,
    ) -> BoxFuture<'f, Result<Issue, GitHubError>>;

    /// Adds a comment to an issue, unless it is there.
    fn comment<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        comment: &'f Comment,
    ) -> BoxFuture<'f, Result<(), GitHubError>>;

    /// Adds a last comment to an issue that is open, and closes it.
    fn close_issue<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        comment: &'f Comment,
    ) -> BoxFuture<'f, Result<(), GitHubError>>;

    /// Resolves an alert of secret scanning.
    fn resolve_alert<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        comment: &'f str,
    ) -> BoxFuture<'f, Result<(), GitHubError>>;
}

/// In which way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Revoke,
    /// This can be undone.
    Disable,
}
