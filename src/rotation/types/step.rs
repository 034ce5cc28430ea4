//! The steps of a run, and the reasons why it rests.

use crate::domain::Timestamp;
use crate::domain::lifecycle::Why;

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Record the value in use as version 0.
    Adopt,
    /// Check everything that can be checked, then journal that a key will be issued.
    Intend(Why),
    /// Request the key from the provider.
    Mint,
    /// Search for a key whose response was lost.
    FindOurs,
    /// Show that the primary destination can be written, and journal that the access token will be
    /// refreshed.
    Rehearse,
    /// Refresh it, and write the result to the primary destination.
    Refresh,
    /// Adopt the value of the primary destination as the result of the refresh.
    Recognise,
    /// Forget the `n`th retiring key, which expires by itself.
    Expire(usize),
    /// Test the new value.
    Test,
    /// Journal that from now on any destination may hold the new value.
    Fence,
    /// Write every destination that is not known to hold it.
    Push,
    /// Journal that this run continues the delivery of a run that died, so that no other run does.
    Claim,
    /// Check whether the primary secret was written since the checks before the new key was issued.
    LookAtPrimary,
    /// Journal that the pending key, which was not delivered, will be deleted.
    Abort,
    /// Delete it, and try again under another name.
    Discard,
    /// Delete it, and give up for now.
    Withdraw,
    /// Give up the pending value, which may be in any destination, and issue a newer one.
    Supersede,
    /// This run is the proof: the pending value becomes the value in use, and the previous one
    /// retires.
    Promote,
    /// Journal that the value in use, which leaked, will be revoked now: every destination has the
    /// pending one.
    GiveUp,
    /// Journal that the value in use will be revoked before there is another.
    RevokeFirst,
    /// Check whether the `n`th retiring key is still in use.
    LookAtUse(usize),
    /// Check whether every destination still holds what tokenward wrote, before an old key is
    /// revoked.
    LookAtPlaces,
    /// Check whether the repositories that the grace period waits for confirmed the value in use.
    LookAtMarks,
    /// Journal that the `n`th retiring key will be revoked.
    BeginRevoking(usize),
    /// Disable it, which can be undone.
    Disable(usize),
    /// Revoke it.
    Revoke(usize),
    /// Check whether it is revoked.
    Bury(usize),
    /// Journal that a value leaked.
    RecordLeak,
    /// Journal that a person is asked to revoke the `n`th retiring key.
    AskToEnd(usize),
    /// Check with a test call whether it is revoked.
    SeeDead(usize),
    /// Test the value that a person stored, and pass the fence with it.
    TakeNext,
    /// Journal that a person requested a new value: if this run cannot make it, a later one does.
    Wish,
    /// Find the issue that asks a person, or journal that one will be opened.
    Ask,
    /// Open it.
    OpenIssue,
    /// Update the issue.
    Tell,
    /// Clean something up outside.
    CleanUp(CleanupTask),
    /// Search for keys that earlier attempts left behind.
    Sweep,
    /// Nothing more can be done now.
    Rest(Rest),
}

/// Why a run rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing to do until something is due.
    Idle,
    /// A later run has to receive the new value.
    AwaitProof,
    /// This run was queued before the last write of the primary secret.
    QueuedBefore,
    /// This run received a value that was revoked since.
    HandedDead,
    /// Keys are in their grace period; the first one ends then.
    Grace(Option<Timestamp>),
    /// The grace period of a key is over, and other repositories have to confirm the value in use.
    AwaitMarks,
    /// Keys could not be revoked, or not be verified as revoked.
    Unrevoked,
    /// Destinations still have to be written.
    Unpushed,
    /// The provider asked to wait until then.
    Paused(Timestamp),
    /// Another token of its group is being rotated.
    Staggered(String),
    /// Another run is working on the token.
    Busy(String),
    /// The provider gave no clear response twice.
    Unclear,
    /// This run received no value.
    NotHanded,
    /// This run received a value that the journal does not know.
    Overwritten,
    /// A person has to create the new value.
    NeedsValue(Why),
}

/// The maximum number of keys that one run requests: one, and another after a lost response.
pub(crate) const MINTS_A_RUN: u32 = 2;

/// One thing to clean up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CleanupTask {
    /// The secret in which a person stored the new value: the primary destination holds it now.
    Next,
    /// The secret that keeps old values: each is verified as revoked.
    Kept,
    /// An alert whose value is verified as revoked.
    Alert(u64),
    /// An issue that another one has replaced.
    Replaced(u64),
    /// The issue: all its steps are done.
    Issue,
}
