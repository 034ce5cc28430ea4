//! What one run has learned and done, beside the journal. It is lost when the run ends, so the next
//! run must not need any of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::destinations::Snapshot;
use crate::domain::lifecycle::{Stage, TokenState};
use crate::domain::outcome::{Delivery, DestinationOutcome, Done, TokenOutcome};
use crate::domain::{Destination, Fingerprint, KeyId, Problem, Secret, Timestamp};
use crate::rotation::effects::context::Context;
use crate::rotation::types::carry::Carried;
use crate::rotation::types::job::Job;
use crate::rotation::types::leak;
use crate::rotation::types::step::CleanupTask;

/// The memory of one run.
pub(crate) struct Memory {
    /// The report.
    pub(crate) report: TokenOutcome,
    /// The new value.
    pub(crate) value: NewValue,
    /// What was read outside.
    pub(crate) seen: Seen,
    /// The results of the checks before a new key.
    pub(crate) ready: Checks,
    /// What was sent.
    pub(crate) sent: Sent,
    /// Revoking old keys.
    pub(crate) ends: Ends,
    /// What the run and a person exchange.
    pub(crate) person: Person,
    /// A leak that this run handles.
    pub(crate) leak: Leaked,
}

/// The new value.
#[derive(Default)]
pub(crate) struct NewValue {
    /// The new value, while this process has it.
    pub(crate) in_hand: Option<Secret>,
    /// A value that this run issued and will not use.
    pub(crate) dropped: Option<Secret>,
    /// Whether this run tested the new value and it works.
    pub(crate) tested: bool,
    /// When it expires, if that is known.
    pub(crate) expires_at: Option<Timestamp>,
    /// Why the new key is deleted and this run requests no other.
    pub(crate) unusable: Option<Unusable>,
}

/// Why a new key is deleted.
pub(crate) enum Unusable {
    /// It failed its test.
    Tested(Problem),
    /// The primary secret did not accept it; its destination reports why.
    Refused,
}

/// What was read outside.
#[derive(Default)]
pub(crate) struct Seen {
    /// The state of the destinations before this run changed them.
    pub(crate) snapshots: BTreeMap<String, Snapshot>,
    /// Whether the primary secret was written since the checks before the new key was issued, or,
    /// if it is known to hold the new value, since then; `None` before this run has checked.
    pub(crate) primary_moved: Option<bool>,
    /// Whether this run has checked the destinations.
    pub(crate) places_seen: bool,
    /// Why old values are not revoked; irrelevant if this run replaces what the destinations hold.
    pub(crate) moved: Vec<Problem>,
    /// Whether this run has read the marks of other repositories.
    pub(crate) marks_seen: bool,
    /// Why marks do not count.
    pub(crate) marks_refused: Vec<String>,
    /// Labels of retiring keys that are no longer used.
    pub(crate) unused: BTreeSet<String>,
    /// What an old key waits for, other than time.
    pub(crate) waits: Vec<String>,
    /// Whether this run has searched for keys that earlier attempts left behind.
    pub(crate) swept: bool,
}

/// The results of the checks before a new key.
#[derive(Default)]
pub(crate) struct Checks {
    /// The scopes that the new key should have.
    pub(crate) scopes: Vec<String>,
    /// The restrictions that it takes from the key in use.
    pub(crate) carried: Carried,
    /// The ids that the provider listed before a key was requested.
    pub(crate) listed_before: BTreeSet<KeyId>,
    /// The key that is revoked before the new one is issued.
    pub(crate) going: Option<KeyId>,
    /// Whether the checks before a new key were already made, before the value in use was revoked.
    pub(crate) looked_ahead: bool,
    /// Whether the writes for a new key are reserved in GitHub's budget.
    pub(crate) reserved: bool,
    /// Whether a new key is requested first in spite of `--revoke-first`: the provider is rate
    /// limiting, so it may not issue one.
    pub(crate) key_first: bool,
    /// Whether revoking first was tried and is impossible.
    pub(crate) revoke_first_failed: bool,
}

/// What was sent.
#[derive(Default)]
pub(crate) struct Sent {
    /// Whether this run journaled the intent and has not requested a key since.
    pub(crate) unsent: bool,
    /// How many keys this run has requested.
    pub(crate) mints: u32,
    /// How many refreshes this run has sent.
    pub(crate) refreshed: u32,
    /// Whether an earlier run may have sent a refresh.
    pub(crate) inherited: bool,
    /// Whether an earlier run died after it journaled the intent.
    pub(crate) inherited_intent: bool,
    /// Whether this run is done with the delivery: it wrote all it could, or something stopped it.
    pub(crate) pushed: bool,
    /// Whether this process passed the fence, so that it knows all writes since.
    pub(crate) fenced_here: bool,
    /// Whether GitHub's budget ran out during the delivery.
    pub(crate) used_up: bool,
}

/// Revoking old keys.
#[derive(Default)]
pub(crate) struct Ends {
    /// Labels of retiring keys that this run leaves to a later one.
    pub(crate) left_for_later: BTreeSet<String>,
    /// Labels of retiring keys that a person has to revoke.
    pub(crate) need_person: BTreeSet<String>,
    /// Clean-up that this run leaves to a later one.
    pub(crate) untidy: BTreeSet<CleanupTask>,
    /// Values that this run verified as revoked.
    pub(crate) buried: BTreeSet<Fingerprint>,
    /// Whether the provider or a value contradicted the journal: then this run revokes nothing of
    /// this token.
    pub(crate) contradicted: bool,
}

/// What the run and a person exchange.
#[derive(Default)]
pub(crate) struct Person {
    /// Why the value that a person stored was rejected.
    pub(crate) left_refused: Option<Problem>,
    /// The number of the issue that asks a person, or why there is none.
    pub(crate) asked_person: Option<Result<u64, Problem>>,
    /// Whether this run journaled that it will open an issue, and has not opened it yet.
    pub(crate) opening: bool,
    /// Whether this run has updated the issue, as far as it can.
    pub(crate) told: bool,
    /// Why nothing can be refreshed any more.
    pub(crate) grant_dead: Option<Problem>,
}

/// A leak that this run handles.
pub(crate) struct Leaked {
    /// Whether this run has journaled the leak that was reported.
    pub(crate) recorded: bool,
    /// The leaked value, if this run was asked to handle one. Determined at the start, so that a
    /// run that was suspended never mistakes the next value for it.
    pub(crate) meant: Option<Fingerprint>,
}

impl Memory {
    /// The memory of a run at its start.
    pub(crate) fn new(job: &Job<'_>, state: &TokenState, in_hand: Option<Secret>) -> Self {
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
    pub(crate) fn done(&mut self, cx: &Context<'_>, what: impl Into<String>) {
        let at = cx.world.now();
        self.report.done.push(Done { what: what.into(), at });
    }

    /// Records the result for a destination.
    pub(crate) fn delivery(
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
    pub(crate) fn takes_next(&self, job: &Job<'_>) -> bool {
        job.abilities.is_manual()
            && job.values.desk.next.is_some()
            && self.person.left_refused.is_none()
    }
}
