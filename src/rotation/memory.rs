//! What one run has learned and done, beside the journal. It is lost when the run ends, so the next
//! run must not need any of it.

use std::collections::{BTreeMap, BTreeSet};

use super::carry::Carried;
use super::context::Context;
use super::job::Job;
use super::leak;
use super::step::CleanupTask;
use crate::destinations::Snapshot;
use crate::domain::lifecycle::{Stage, TokenState};
use crate::domain::outcome::{Delivery, DestinationOutcome, Done, TokenOutcome};
use crate::domain::{Destination, Fingerprint, KeyId, Problem, Secret, Timestamp};

/// The memory of one run.
pub(super) struct Memory {
    /// The report.
    pub(super) report: TokenOutcome,
    /// The new value.
    pub(super) value: NewValue,
    /// What was read outside.
    pub(super) seen: Seen,
    /// The results of the checks before a new key.
    pub(super) ready: Checks,
    /// What was sent.
    pub(super) sent: Sent,
    /// Revoking old keys.
    pub(super) ends: Ends,
    /// What the run and a person exchange.
    pub(super) person: Person,
    /// A leak that this run handles.
    pub(super) leak: Leaked,
}

/// The new value.
#[derive(Default)]
pub(super) struct NewValue {
    /// The new value, while this process has it.
    pub(super) in_hand: Option<Secret>,
    /// A value that this run issued and will not use.
    pub(super) dropped: Option<Secret>,
    /// Whether this run tested the new value and it works.
    pub(super) tested: bool,
    /// When it expires, if that is known.
    pub(super) expires_at: Option<Timestamp>,
    /// Why the new key is deleted and this run requests no other.
    pub(super) unusable: Option<Unusable>,
}

/// Why a new key is deleted.
pub(super) enum Unusable {
    /// It failed its test.
    Tested(Problem),
    /// The primary secret did not accept it; its destination reports why.
    Refused,
}

/// What was read outside.
#[derive(Default)]
pub(super) struct Seen {
    /// The state of the destinations before this run changed them.
    pub(super) snapshots: BTreeMap<String, Snapshot>,
    /// Whether the primary secret was written since the checks before the new key was issued, or,
    /// if it is known to hold the new value, since then; `None` before this run has checked.
    pub(super) primary_moved: Option<bool>,
    /// Whether this run has checked the destinations.
    pub(super) places_seen: bool,
    /// Why old values are not revoked; irrelevant if this run replaces what the destinations hold.
    pub(super) moved: Vec<Problem>,
    /// Whether this run has read the marks of other repositories.
    pub(super) marks_seen: bool,
    /// Why marks do not count.
    pub(super) marks_refused: Vec<String>,
    /// Labels of retiring keys that are no longer used.
    pub(super) unused: BTreeSet<String>,
    /// What an old key waits for, other than time.
    pub(super) waits: Vec<String>,
    /// Whether this run has searched for keys that earlier attempts left behind.
    pub(super) swept: bool,
}

/// The results of the checks before a new key.
#[derive(Default)]
pub(super) struct Checks {
    /// The scopes that the new key should have.
    pub(super) scopes: Vec<String>,
    /// The restrictions that it takes from the key in use.
    pub(super) carried: Carried,
    /// The ids that the provider listed before a key was requested.
    pub(super) listed_before: BTreeSet<KeyId>,
    /// The key that is revoked before the new one is issued.
    pub(super) going: Option<KeyId>,
    /// Whether the checks before a new key were already made, before the value in use was revoked.
    pub(super) looked_ahead: bool,
    /// Whether the writes for a new key are reserved in GitHub's budget.
    pub(super) reserved: bool,
    /// Whether a new key is requested first in spite of `--revoke-first`: the provider is rate
    /// limiting, so it may not issue one.
    pub(super) key_first: bool,
    /// Whether revoking first was tried and is impossible.
    pub(super) revoke_first_failed: bool,
}

/// What was sent.
#[derive(Default)]
pub(super) struct Sent {
    /// Whether this run journaled the intent and has not requested a key since.
    pub(super) unsent: bool,
    /// How many keys this run has requested.
    pub(super) mints: u32,
    /// How many refreshes this run has sent.
    pub(super) refreshed: u32,
    /// Whether an earlier run may have sent a refresh.
    pub(super) inherited: bool,
    /// Whether an earlier run died after it journaled the intent.
    pub(super) inherited_intent: bool,
    /// Whether this run is done with the delivery: it wrote all it could, or something stopped it.
    pub(super) pushed: bool,
    /// Whether this process passed the fence, so that it knows all writes since.
    pub(super) fenced_here: bool,
    /// Whether GitHub's budget ran out during the delivery.
    pub(super) used_up: bool,
}

/// Revoking old keys.
#[derive(Default)]
pub(super) struct Ends {
    /// Labels of retiring keys that this run leaves to a later one.
    pub(super) left_for_later: BTreeSet<String>,
    /// Labels of retiring keys that a person has to revoke.
    pub(super) need_person: BTreeSet<String>,
    /// Clean-up that this run leaves to a later one.
    pub(super) untidy: BTreeSet<CleanupTask>,
    /// Values that this run verified as revoked.
    pub(super) buried: BTreeSet<Fingerprint>,
    /// Whether the provider or a value contradicted the journal: then this run revokes nothing of
    /// this token.
    pub(super) contradicted: bool,
}

/// What the run and a person exchange.
#[derive(Default)]
pub(super) struct Person {
    /// Why the value that a person stored was rejected.
    pub(super) left_refused: Option<Problem>,
    /// The number of the issue that asks a person, or why there is none.
    pub(super) asked_person: Option<Result<u64, Problem>>,
    /// Whether this run journaled that it will open an issue, and has not opened it yet.
    pub(super) opening: bool,
    /// Whether this run has updated the issue, as far as it can.
    pub(super) told: bool,
    /// Why nothing can be refreshed any more.
    pub(super) grant_dead: Option<Problem>,
}

/// A leak that this run handles.
pub(super) struct Leaked {
    /// Whether this run has journaled the leak that was reported.
    pub(super) recorded: bool,
    /// The leaked value, if this run was asked to handle one. Determined at the start, so that a
    /// run that was suspended never mistakes the next value for it.
    pub(super) meant: Option<Fingerprint>,
}

impl Memory {
    /// The memory of a run at its start.
    pub(super) fn new(job: &Job<'_>, state: &TokenState, in_hand: Option<Secret>) -> Self {
        let stage = state.pending.as_ref().map(|pending| &pending.stage);
        let sent = Sent {
            inherited_intent: stage == Some(&Stage::Intent),
            inherited: stage == Some(&Stage::Refreshing),
            ..Sent::default()
        };
        let ready = Checks { key_first: state.paused_until.is_some(), ..Checks::default() };
        Self {
            report: TokenOutcome::new(job.config.name.clone(), job.config.provider.clone()),
            value: NewValue { in_hand, ..NewValue::default() },
            seen: Seen::default(),
            ready,
            sent,
            ends: Ends::default(),
            person: Person::default(),
            leak: Leaked { recorded: false, meant: leak::meant(state, job) },
        }
    }

    /// Records what this run did: a sentence fragment in the past tense.
    pub(super) fn done(&mut self, cx: &Context<'_>, what: impl Into<String>) {
        let at = cx.world.now();
        self.report.done.push(Done { what: what.into(), at });
    }

    /// Records the result for a destination.
    pub(super) fn delivery(
        &mut self,
        destination: &Destination,
        delivery: Delivery,
        problems: Vec<Problem>,
    ) {
        self.report.destinations.push(DestinationOutcome {
            destination: destination.to_string(),
            delivery: Some(delivery),
            reached: None,
            since: None,
            problems,
        });
    }

    /// Whether a person stored a new value that this run has not rejected.
    pub(super) fn takes_next(&self, job: &Job<'_>) -> bool {
        job.abilities.is_manual()
            && job.values.desk.next.is_some()
            && self.person.left_refused.is_none()
    }
}
