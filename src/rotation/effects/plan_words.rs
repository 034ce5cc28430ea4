//! The words of a plan: what a step reads, and why the plan ends.

use crate::rotation::types::step::{Rest, Step};

/// What a step reads before it changes anything, as an imperative.
pub(crate) fn looks(step: &Step) -> &'static str {
    match step {
        Step::Adopt => "test the value in use, and check how old it is",
        Step::Intend(_) | Step::RevokeFirst | Step::Supersede => {
            "check the destinations, the value in use and the manager"
        }
        Step::Mint => "read the fixed keys",
        Step::FindOurs => "search for a key whose response was lost",
        Step::Test => "test the new value",
        Step::Push => "check the destinations",
        Step::LookAtPrimary => "check whether the primary secret was written",
        Step::Discard | Step::Withdraw => {
            "verify that the new key belongs to tokenward and was not delivered"
        }
        Step::LookAtUse(_) => "check whether the old value is still in use",
        Step::LookAtPlaces => "check whether every destination holds the value in use",
        Step::LookAtMarks => "check whether other repositories confirmed the value in use",
        Step::BeginRevoking(_) => "verify that the old key belongs to tokenward",
        Step::Disable(_) | Step::Revoke(_) | Step::Bury(_) => {
            "verify that the old key belongs to tokenward, and that it is revoked"
        }
        Step::Rehearse | Step::Refresh => "check the destinations",
        Step::Recognise => "check the primary destination, and test its value",
        Step::SeeDead(_) => "test whether the old value is revoked",
        Step::TakeNext => "test the new value that a person stored, and check the destinations",
        Step::Ask | Step::OpenIssue => "search for the issue that asks a person to act",
        Step::Tell => "read the issue",
        Step::CleanUp(_) => "check what is no longer needed",
        Step::Sweep => "search for keys from earlier attempts",
        Step::Fence
        | Step::Claim
        | Step::Abort
        | Step::Promote
        | Step::GiveUp
        | Step::AskToEnd(_)
        | Step::Expire(_)
        | Step::RecordLeak
        | Step::Wish
        | Step::Rest(_) => "read the current state",
    }
}

/// Why a run that goes as planned ends there.
pub(crate) fn of(rest: &Rest) -> String {
    match rest {
        Rest::Idle => "nothing more is due".to_owned(),
        Rest::AwaitProof => "waits until a later run receives the new value".to_owned(),
        Rest::QueuedBefore => "waits: this run received an older value".to_owned(),
        Rest::HandedDead => "stops: this run received a revoked value".to_owned(),
        Rest::Grace(Some(moment)) => format!("waits for the grace period to end at {moment}"),
        Rest::Grace(None) => "waits for the grace period to end".to_owned(),
        Rest::AwaitMarks => "waits for other repositories to confirm the value in use".to_owned(),
        Rest::Unrevoked => "waits for a person to revoke the old value".to_owned(),
        Rest::Unpushed => "leaves some destinations to the next run".to_owned(),
        Rest::Paused(_) => "waits: the provider is rate limiting".to_owned(),
        Rest::Staggered(peer) => {
            format!("waits until the rotation of {peer}, of the same group, has finished")
        }
        Rest::Busy(who) => format!("leaves the token to {who}"),
        Rest::Unclear => "waits for a clear response from the provider".to_owned(),
        Rest::NotHanded => "stops: this run receives no value".to_owned(),
        Rest::Overwritten => "stops: somebody changed the secret manually".to_owned(),
        Rest::NeedsValue(_) => "waits for a person to create a new value".to_owned(),
    }
}
