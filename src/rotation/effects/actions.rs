//! The trait for everything that a rotation changes outside: `Live` changes it, `DryRun` counts
//! what it would cost. Steps read through the world and the driver, but change things only through
//! this trait, so that `plan` takes the same steps as `rotate`.

use std::time::Duration;

use futures::future::BoxFuture;

use super::issue::{Issue, Text};
use crate::config::Asking;
use crate::destinations::{Arrival, PutError, Snapshot};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Destination, KeyId, Nonce, Problem, Repo, Secret, Timestamp, Verdict};
use crate::net::github::GitHubError;
use crate::providers::{Minted, Order, ProviderError, Refreshed, Revoked};
use crate::rotation::types::carry::Kept;
use crate::rotation::types::step::Step;
use crate::rotation::types::transition::Record;

/// A key to revoke or disable.
#[derive(Clone, Copy)]
pub(crate) struct Ending<'e> {
    /// The credential that can do it.
    pub(crate) manager: &'e Secret,
    /// The key.
    pub(crate) id: &'e KeyId,
    /// A value that contains this id, if this run has one.
    pub(crate) value: Option<&'e Secret>,
    /// The value that belongs to this key according to a record, if this run has it.
    pub(crate) recorded: Option<&'e Secret>,
    /// Whether to revoke or to disable it.
    pub(crate) manner: Manner,
}

/// The restrictions that the provider shows for a new key.
pub(crate) struct Shown {
    /// The names of those that it does not show.
    pub(crate) missing: Vec<String>,
    /// When the key expires, if the provider shows that.
    pub(crate) until: Option<Timestamp>,
}

/// A comment on an issue: the mark that identifies it, and its text.
pub(crate) type Comment = (String, String);

/// Changes something outside, or asks about a value or a key that this run itself made or revoked.
pub(crate) trait Actions: Send + Sync {
    /// The token as the journal has it; `None` before its first record.
    fn journalled(&self) -> Option<TokenState>;

    /// A step starts.
    fn begins(&self, step: &Step);

    /// No step follows.
    fn rests(&self);

    /// Writes a record. Returns the state as written.
    fn journal<'f>(
        &'f self,
        from: &'f TokenState,
        record: Record,
    ) -> BoxFuture<'f, Result<TokenState, Problem>>;

    /// Fails if this run was inactive for so long that another may have taken over: an old run that
    /// wakes up must not overwrite a newer value. Another run also takes over as soon as GitHub
    /// reports this one as completed, although its process can continue for a while.
    fn renew_lease(&self) -> BoxFuture<'_, Result<(), Problem>>;

    /// Random characters for a key's name.
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

    /// Removes a secret. Returns whether it existed.
    fn remove<'f>(&'f self, destination: &'f Destination) -> BoxFuture<'f, Result<bool, Problem>>;

    /// Requests a key from the provider.
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

    /// Revokes or disables a key.
    fn end<'f>(&'f self, ending: Ending<'f>) -> BoxFuture<'f, Result<Revoked, ProviderError>>;

    /// Revokes an OAuth grant; `None` if the provider has no API for that.
    fn end_grant<'f>(
        &'f self,
        manager: Option<&'f Secret>,
        value: &'f Secret,
    ) -> BoxFuture<'f, Result<Option<()>, ProviderError>>;

    /// Tests a value that this run made or revoked.
    fn verify<'f>(&'f self, value: &'f Secret) -> BoxFuture<'f, Verdict>;

    /// Whether a key that this run revoked is gone.
    fn is_gone<'f>(
        &'f self,
        manager: &'f Secret,
        id: &'f KeyId,
    ) -> BoxFuture<'f, Result<bool, ProviderError>>;

    /// The restrictions that the provider shows for a new key; `None` if it does not list the key.
    fn restrictions<'f>(
        &'f self,
        manager: &'f Secret,
        id: &'f KeyId,
        kept: &'f [Kept],
    ) -> BoxFuture<'f, Result<Option<Shown>, ProviderError>>;

    /// A part of a value.
    fn part(&self, value: &Secret, part: &str) -> Result<Secret, Problem>;

    /// The issue with this number; `None` if it was deleted.
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

    /// Replaces the text of an issue.
    fn update_issue<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        text: &'f Text,
    ) -> BoxFuture<'f, Result<Issue, GitHubError>>;

    /// Adds a comment to an issue, unless it already exists.
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

    /// Resolves a secret-scanning alert.
    fn resolve_alert<'f>(
        &'f self,
        repo: &'f Repo,
        number: u64,
        comment: &'f str,
    ) -> BoxFuture<'f, Result<(), GitHubError>>;
}

/// How a key is taken out of use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Revoke,
    /// This can be undone.
    Disable,
}
