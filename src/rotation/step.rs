//! The steps of a run, and why it rests.

use crate::domain::Timestamp;
use crate::domain::lifecycle::Why;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Record the value in use as version 0.
    Adopt,
    /// Check everything that can be checked, then journal that a key will be made.
    Intend(Why),
    /// Ask the provider for the key.
    Mint,
    /// Look for a key that a lost answer may have left behind.
    FindOurs,
    /// Show that the primary destination can be written, and journal that the access token will be
    /// refreshed.
    Rehearse,
    /// Refresh it, and write what comes of it to the primary destination.
    Refresh,
    /// Take the value that the primary destination was found with for what came of the refresh.
    Recognise,
    /// Forget the `n`th retiring key, whose time is over by itself.
    Expire(usize),
    /// Test the new value.
    Test,
    /// Journal that from now on any destination may hold the new value.
    Fence,
    /// Write every destination that is not known to hold it.
    Push,
    /// Journal that this run goes on with another one's delivery, so that no third one does the
    /// same.
    Claim,
    /// See whether the primary secret was written since the fence.
    LookAtPrimary,
    /// Journal that the pending key, delivered nowhere, is to be deleted.
    Abort,
    /// Delete it, and begin again under another name.
    Discard,
    /// Delete it, and give up for now.
    Withdraw,
    /// Give the pending value up, which may be anywhere, and make a newer one.
    Supersede,
    /// The proof is there: the pending value is the current one, the one before retires.
    Promote,
    /// Journal that the value in use, which leaked, ends now: every destination was given the
    /// pending one.
    GiveUp,
    /// Journal that the value in use is revoked before there is another.
    RevokeFirst,
    /// See whether the `n`th retiring key is still in use.
    LookAtUse(usize),
    /// See whether every destination still holds what was put there, before an old key is ended for
    /// good.
    LookAtPlaces,
    /// See whether the repositories that the grace waits for confirmed the value in use.
    LookAtMarks,
    /// Journal that the `n`th retiring key is to be revoked.
    BeginRevoking(usize),
    /// Disable it, which can be undone.
    Disable(usize),
    /// Revoke it.
    Revoke(usize),
    /// See whether it is dead.
    Bury(usize),
    /// Journal that a value leaked.
    RecordLeak,
    /// Journal that a person is asked to end the `n`th retiring key.
    AskToEnd(usize),
    /// See by a test call whether it is dead.
    SeeDead(usize),
    /// Test the value that a person left for us, and pass the fence with it.
    TakeNext,
    /// Journal that a person asked for a new value: a later run does what this one cannot.
    Wish,
    /// Find the issue in which a person is asked, or journal that one will be opened.
    Ask,
    /// Open it.
    OpenIssue,
    /// Make the issue say what is true now.
    Tell,
    /// Tidy something up outside.
    CleanUp(CleanupTask),
    /// Look for keys that earlier attempts may have left behind.
    Sweep,
    /// Nothing more can be done now.
    Rest(Rest),
}

/// Why a run stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// All is done until something is due.
    Idle,
    /// A later run has to be handed the new value.
    AwaitProof,
    /// This run was queued before the last write of the primary secret.
    QueuedBefore,
    /// This run was handed a value that was revoked since.
    HandedDead,
    /// Keys are in their grace, the earliest until then.
    Grace(Option<Timestamp>),
    /// The grace of a key is over, and other repositories have to confirm the value in use.
    AwaitMarks,
    /// Keys are left to revoke that could not be, or not be seen dead.
    Unrevoked,
    /// Destinations are left to write.
    Unpushed,
    /// The provider asked to be left alone until then.
    Paused(Timestamp),
    /// Another token of its group is being rotated.
    Staggered(String),
    /// Another run is at work.
    Busy(String),
    /// The provider gave no clear answer twice.
    Unclear,
    /// GitHub handed this run no value.
    NotHanded,
    /// GitHub handed this run a value nobody knows.
    Overwritten,
    /// A person has to make the new value.
    NeedsValue(Why),
}

/// The most keys one run asks a provider for: one, and one more after an answer that was lost.
pub(super) const MINTS_A_RUN: u32 = 2;

/// One thing to tidy up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CleanupTask {
    /// The secret that a person put the new value into: the primary destination holds it now.
    Next,
    /// The secret that keeps old values: each was seen dead.
    Kept,
    /// An alert whose value was seen dead.
    Alert(u64),
    /// An issue that another one has replaced.
    Replaced(u64),
    /// The issue: everything in it is done.
    Issue,
}
