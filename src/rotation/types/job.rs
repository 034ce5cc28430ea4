//! What the rotation of one token works with: its config, the limits of its provider, the values
//! that this run received, and the clients of GitHub and the provider.

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

/// The values that a person and the runs pass to each other.
#[derive(Clone, Debug, Default)]
pub struct ManualInputs {
    /// The value that a person stored in the secret beside the primary destination (`NAME_NEXT`).
    pub next: Option<Secret>,
    /// The old values kept in the secret beside the primary destination (`NAME_OLD`).
    pub kept: Vec<Secret>,
    /// The address of GitHub's web site: `https://github.com`.
    pub server: String,
}

/// A value of another token of the same provider that this run received. It is in use, so its key
/// is never revoked for another token.
#[derive(Clone, Debug)]
pub struct Bystander {
    /// The token it belongs to.
    pub token: TokenName,
    /// The beginning of the names of that token's keys at the provider.
    pub mark: String,
    /// The value.
    pub value: Secret,
    /// Whether it is the manager credential of that token.
    pub is_manager: bool,
}

/// The suffix of the secret, and of its variable, in which a person stores a new value.
pub const NEXT: &str = "NEXT";
/// The suffix of the secret, and of its variable, that keeps old values until they are verified as
/// revoked.
pub const OLD: &str = "OLD";

/// One token and everything that its rotation needs.
pub struct Job<'a> {
    /// Its config.
    pub config: &'a TokenConfig,
    /// What its provider can do.
    pub abilities: Abilities,
    /// The client of its provider.
    pub driver: Driver<'a>,
    /// When things happen.
    pub policy: Policy,
    /// The values that this run received.
    pub values: Values,
    /// What this run was asked to do.
    pub request: Request,
    /// The other tokens of its group, which are not rotated at the same time.
    pub peers: Vec<TokenName>,
    /// Why one of its values cannot be what the config says: then nothing is sent or changed.
    pub flaw: Option<Problem>,
}

/// The values that a run received for a token.
#[derive(Clone, Debug)]
pub struct Values {
    /// The value of the token itself, from GitHub.
    pub handed: Option<Secret>,
    /// The credential that can issue and revoke keys: the manager, or the token itself if none is
    /// configured.
    pub manager: Option<Secret>,
    /// The values that a person and the runs pass to each other.
    pub desk: ManualInputs,
    /// The values of all tokens of the same provider, including this one.
    pub bystanders: Arc<[Bystander]>,
    /// The id of the value in use, if a person supplied it.
    pub given_id: Option<KeyId>,
}

/// What a run was asked to do.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Why a person wants a new value now.
    pub asked: Option<Why>,
    /// Whether to revoke the value in use before there is another, whatever that breaks.
    pub revoke_first: bool,
    /// A value that leaked, and the alert that reported it.
    pub reported_leak: Option<ReportedLeak>,
}

/// What all tokens of a run share.
pub struct World<'a> {
    /// GitHub, with the credential that can write secrets.
    pub writer: &'a GitHub,
    /// GitHub, with the credential that can read runs.
    pub reader: &'a GitHub,
    /// The secret stores.
    pub secrets: &'a Secrets<'a>,
    /// The journal.
    pub ledger: &'a Ledger<'a>,
    /// Names this process in the journal.
    pub instance: &'a Nonce,
    /// The current workflow run.
    pub run: Option<&'a Run>,
    /// Set when the run was asked to stop: it completes the current request and sends no other.
    pub interrupted: &'a AtomicBool,
}

impl World<'_> {
    /// GitHub's clock: the latest time of its responses.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.writer.now().max(self.reader.now())
    }

    /// The latest time that GitHub reported, plausible or not: it shows a run that it was
    /// suspended.
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        self.writer.latest().max(self.reader.latest())
    }

    /// An implausible time that GitHub reported.
    pub fn jump(&self) -> Option<Jump> {
        self.writer.jump().or_else(|| self.reader.jump())
    }

    /// How many reads were sent to GitHub so far.
    pub(crate) fn requests(&self) -> u64 {
        self.writer.counts().reads + self.reader.counts().reads
    }

    /// Whether the run was asked to stop.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// The lease of this run, as the journal records it.
    pub(crate) fn us(&self, now: Timestamp) -> Lease {
        Lease { instance: self.instance.clone(), run: self.run.cloned(), at: now }
    }
}

/// A leaked value, and the alert that reported it.
#[derive(Clone, Debug)]
pub struct ReportedLeak {
    /// The value that leaked.
    pub value: Secret,
    /// The alert to resolve when it is revoked.
    pub alert: Option<u64>,
}
