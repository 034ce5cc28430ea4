//! What one token's rotation works with: its config, its provider's limits, the values at hand, and
//! the ways out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::due::Policy;
use crate::config::TokenConfig;
use crate::destinations::Secrets;
use crate::domain::lifecycle::{Lease, Run, Why};
use crate::domain::{KeyId, Nonce, Problem, Secret, Timestamp, TokenName};
use crate::journal::Ledger;
use crate::net::github::{GitHub, Jump};
use crate::providers::{Abilities, Driver};

/// What passes between a person and the runs.
#[derive(Clone, Debug, Default)]
pub struct ManualInputs {
    /// The value a person put into the secret beside the primary destination (`NAME_NEXT`).
    pub next: Option<Secret>,
    /// The old values kept in the secret beside the primary destination (`NAME_OLD`).
    pub kept: Vec<Secret>,
    /// Where a person sees GitHub: `https://github.com`.
    pub server: String,
}

/// A value that this run holds of one of a provider's tokens. It is in use, so no other token's
/// work ends its key.
#[derive(Clone, Debug)]
pub struct Bystander {
    /// The token it belongs to.
    pub token: TokenName,
    /// How the names of that token's keys begin at the provider.
    pub mark: String,
    /// The value.
    pub value: Secret,
    /// Whether it manages that token's keys.
    pub is_manager: bool,
}

/// The ending of the name of the secret, and of the variable, that a person puts a new value into.
pub const NEXT: &str = "NEXT";
/// The ending of the name of those that keep old values until they are seen dead.
pub const OLD: &str = "OLD";

/// One token, ready to be worked on.
pub struct Job<'a> {
    /// Its config.
    pub config: &'a TokenConfig,
    /// What is possible with its provider.
    pub abilities: Abilities,
    /// Speaks to its provider.
    pub driver: Driver<'a>,
    /// When things happen.
    pub policy: Policy,
    /// The values at hand.
    pub values: Values,
    /// What was asked of this run.
    pub request: Request,
    /// The other tokens of its group, which are not rotated at the same time.
    pub peers: Vec<TokenName>,
    /// Why one of its values cannot be what it is said to be: then nothing is sent and nothing is
    /// done.
    pub flaw: Option<Problem>,
}

/// The values that a run was given for a token.
#[derive(Clone, Debug)]
pub struct Values {
    /// The value of the token itself, from GitHub.
    pub handed: Option<Secret>,
    /// The credential that may make and revoke keys: the manager, or the token itself where none is
    /// configured.
    pub manager: Option<Secret>,
    /// What passes between a person and this run.
    pub desk: ManualInputs,
    /// The values of the same provider's tokens, this one among them.
    pub bystanders: Arc<[Bystander]>,
    /// The id of the value in use, where a person gave it.
    pub given_id: Option<KeyId>,
}

/// What was asked of a run.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Why a person wants a new value now.
    pub asked: Option<Why>,
    /// Whether the value in use is to be revoked before there is another, whatever that breaks.
    pub revoke_first: bool,
    /// A value that leaked, and where that was reported.
    pub reported_leak: Option<ReportedLeak>,
}

/// What all tokens of a run share.
pub struct World<'a> {
    /// GitHub, with the credential that may write secrets.
    pub writer: &'a GitHub,
    /// GitHub, with the credential that may read runs.
    pub reader: &'a GitHub,
    /// The secret stores.
    pub secrets: &'a Secrets<'a>,
    /// The journal.
    pub ledger: &'a Ledger<'a>,
    /// Names this process in the journal.
    pub instance: &'a Nonce,
    /// The workflow run we are part of.
    pub run: Option<&'a Run>,
    /// Set when the run was asked to stop: the request under way is finished, and no other begun.
    pub interrupted: &'a AtomicBool,
}

impl World<'_> {
    /// GitHub's clock, the latest of what its answers said.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.writer.now().max(self.reader.now())
    }

    /// The latest time that GitHub said, believed or not: a run that was asleep is told by it that
    /// it was.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.writer.latest().max(self.reader.latest())
    }

    /// A time that GitHub said and that is not believed.
    pub fn jump(&self) -> Option<Jump> {
        self.writer.jump().or_else(|| self.reader.jump())
    }

    /// How many reads were sent to GitHub so far.
    pub(super) fn requests(&self) -> u64 {
        self.writer.counts().reads + self.reader.counts().reads
    }

    /// Whether the run was asked to stop.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// This run, as the journal names it.
    pub(super) fn us(&self, now: Timestamp) -> Lease {
        Lease { instance: self.instance.clone(), run: self.run.cloned(), at: now }
    }
}

/// What was found, and where it was told.
#[derive(Clone, Debug)]
pub struct ReportedLeak {
    /// The value that leaked.
    pub value: Secret,
    /// The alert to resolve when it is dead.
    pub alert: Option<u64>,
}
