//! What one run has learned and done, beside the journal. It is gone when the run ends, so nothing
//! in it may be needed by the next one.

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
    /// What will be reported.
    pub(super) report: TokenOutcome,
    /// The value on its way.
    pub(super) value: NewValue,
    /// What was looked at outside.
    pub(super) seen: Seen,
    /// What the checks before a new key found.
    pub(super) ready: Checks,
    /// What was sent.
    pub(super) sent: Sent,
    /// The end of old keys.
    pub(super) ends: Ends,
    /// What passes between the run and a person.
    pub(super) person: Person,
    /// A leak that this run handles.
    pub(super) leak: Leaked,
}

/// The value on its way.
#[derive(Default)]
pub(super) struct NewValue {
    /// The pending value, while this process has it.
    pub(super) in_hand: Option<Secret>,
    /// A value that was issued in this run and will not be used.
    pub(super) dropped: Option<Secret>,
    /// Whether the value in hand was tested here and works.
    pub(super) tested: bool,
    /// When the provider ends it, once that is known.
    pub(super) expires_at: Option<Timestamp>,
    /// Why the pending key is deleted and no other is begun in this run.
    pub(super) unusable: Option<Unusable>,
}

/// Why a new key is deleted again.
pub(super) enum Unusable {
    /// It did not pass its test.
    Tested(Problem),
    /// The primary secret refused it, which was reported there.
    Refused,
}

/// What was looked at outside.
#[derive(Default)]
pub(super) struct Seen {
    /// The destinations as they were before this run touched them.
    pub(super) snapshots: BTreeMap<String, Snapshot>,
    /// Whether the primary secret was written since the fence, or, once it is known to hold the new
    /// value, since that; `None` before this run has looked.
    pub(super) primary_moved: Option<bool>,
    /// Whether this run has seen what the destinations hold.
    pub(super) places_seen: bool,
    /// What keeps old values from being revoked; no matter where this very run replaces what the
    /// destinations hold.
    pub(super) moved: Vec<Problem>,
    /// Whether this run has read the marks of other repositories.
    pub(super) marks_seen: bool,
    /// Why marks that are there do not count.
    pub(super) marks_refused: Vec<String>,
    /// Labels of retiring keys that were seen to be out of use.
    pub(super) unused: BTreeSet<String>,
    /// What an old key waits for beside the time.
    pub(super) waits: Vec<String>,
    /// Whether this run has looked for keys that earlier attempts left behind.
    pub(super) swept: bool,
}

/// What the checks before a new key found.
#[derive(Default)]
pub(super) struct Checks {
    /// The scopes the new key is to have.
    pub(super) scopes: Vec<String>,
    /// What goes over to it from the key in use.
    pub(super) carried: Carried,
    /// The ids that the provider listed before a key was asked for.
    pub(super) listed_before: BTreeSet<KeyId>,
    /// The key that goes before the new one comes.
    pub(super) going: Option<KeyId>,
    /// Whether all that comes before a new key was checked already, before the value in use was
    /// revoked.
    pub(super) looked_ahead: bool,
    /// Whether the writes of a new key are reserved at GitHub.
    pub(super) reserved: bool,
    /// Whether a new key comes first even with `--revoke-first`: the provider asked to wait, so
    /// whether there will be one is not certain.
    pub(super) key_first: bool,
    /// Whether revoking first was tried, and cannot be done.
    pub(super) revoke_first_failed: bool,
}

/// What was sent.
#[derive(Default)]
pub(super) struct Sent {
    /// Whether this run wrote the intent and has not asked the provider for a key since.
    pub(super) unsent: bool,
    /// How many keys this run has asked the provider for.
    pub(super) mints: u32,
    /// How often this run has sent a refresh.
    pub(super) refreshed: u32,
    /// Whether a run before this one may have sent a refresh.
    pub(super) inherited: bool,
    /// Whether a run before this one died with the intent journalled.
    pub(super) inherited_intent: bool,
    /// Whether this run has tried every destination that was open.
    pub(super) pushed: bool,
    /// Whether this process passed the fence, so that it knows what has been tried since.
    pub(super) fenced_here: bool,
    /// Whether GitHub's budget was used up on the way.
    pub(super) used_up: bool,
}

/// The end of old keys.
#[derive(Default)]
pub(super) struct Ends {
    /// Labels of retiring keys this run can do no more for.
    pub(super) left_for_later: BTreeSet<String>,
    /// Labels of retiring keys that a person has to revoke, as this run has seen.
    pub(super) need_person: BTreeSet<String>,
    /// Clean-up that this run can do no more for.
    pub(super) untidy: BTreeSet<CleanupTask>,
    /// Values that this run saw dead.
    pub(super) buried: BTreeSet<Fingerprint>,
    /// Whether the provider or a value contradicted what the journal says: nothing of this token is
    /// revoked in this run.
    pub(super) contradicted: bool,
}

/// What passes between the run and a person.
#[derive(Default)]
pub(super) struct Person {
    /// Why the value that a person left was not taken.
    pub(super) left_refused: Option<Problem>,
    /// Where a person was asked for something, or why that could not be done.
    pub(super) asked_person: Option<Result<u64, Problem>>,
    /// Whether this run journalled that it opens an issue, and has not opened it.
    pub(super) opening: bool,
    /// Whether this run has made the issue say what is true, as far as it can.
    pub(super) told: bool,
    /// Why there is nothing to refresh any more.
    pub(super) grant_dead: Option<Problem>,
}

/// A leak that this run handles.
pub(super) struct Leaked {
    /// Whether this run has journalled the leak that was reported.
    pub(super) recorded: bool,
    /// The value that leaked, where this run was asked to handle that; known from the start, so
    /// that a run that slept never takes the next value for the one it was asked about.
    pub(super) meant: Option<Fingerprint>,
}

impl Memory {
    /// What a run knows when it begins.
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

    /// Notes what this run did: a sentence fragment in the past tense.
    pub(super) fn done(&mut self, cx: &Context<'_>, what: impl Into<String>) {
        let at = cx.world.now();
        self.report.done.push(Done { what: what.into(), at });
    }

    /// Notes what became of a destination.
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

    /// Whether a person left a value that this run has not refused.
    pub(super) fn takes_next(&self, job: &Job<'_>) -> bool {
        job.abilities.is_manual()
            && job.values.desk.next.is_some()
            && self.person.left_refused.is_none()
    }
}
