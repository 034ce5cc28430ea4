//! What every step works with and cannot change: the world, the job, and the actions.

use super::actions::Actions;
use crate::domain::lifecycle::Lease;
use crate::domain::secret::keyed_hash;
use crate::domain::{Nonce, Problem, Timestamp, Version, ids};
use crate::rotation::types::job::{Job, World};

/// What a step works with.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// GitHub, the secret stores, the journal.
    pub(crate) world: &'a World<'a>,
    /// The token.
    pub(crate) job: &'a Job<'a>,
    /// Everything that changes something outside.
    pub(crate) actions: &'a dyn Actions,
    /// GitHub's clock when the run started.
    pub(crate) begun: Timestamp,
}

impl Context<'_> {
    /// GitHub's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.world.now().unwrap_or(self.begun)
    }

    /// The beginning of the name of every key of this token at the provider. It depends only on the
    /// config, so that it outlives the journal.
    pub(crate) fn prefix(&self) -> String {
        mark_of(self.job.config)
    }

    /// A fresh nonce and the name made with it: `tw1-<token8>-v<version>-<nonce>`.
    pub(crate) fn fresh_name(&self, version: Version) -> Result<(Nonce, String), Problem> {
        let nonce = self.actions.nonce()?;
        let name = format!("{}{version}-{nonce}", self.prefix());
        Ok((nonce, name))
    }

    /// Whether this run holds the lease.
    pub(crate) fn holds(&self, lease: Option<&Lease>) -> bool {
        lease.is_some_and(|lease| lease.instance == *self.world.instance)
    }
}

/// The beginning of the names of a token's keys at its provider: `tw1-<token8>-`.
#[must_use]
pub fn mark_of(config: &crate::config::TokenConfig) -> String {
    let primary =
        config.destinations.first().map(crate::domain::Destination::key).unwrap_or_default();
    let tag = keyed_hash(b"tokenward name 1", format!("{primary} {}", config.name).as_bytes());
    format!("tw1-{}-", ids::hex(tag.get(..4).unwrap_or_default()))
}
