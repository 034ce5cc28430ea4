//! A plan's words: what a step looks at, and where the plan ends.

use super::step::{Rest, Step};

/// What a step reads before it changes anything, as an imperative.
pub(super) fn looks(step: &Step) -> &'static str {
    match step {
        Step::Adopt => "test the value in use, and look since when it is there",
        Step::Intend(_) | Step::RevokeFirst | Step::Supersede => {
            "check the destinations, the value in use and the manager"
        }
        Step::Mint => "look at the fixed keys",
        Step::FindOurs => "look for a key that a lost answer left behind",
        Step::Test => "test the new value",
        Step::Push => "look at the destinations",
        Step::LookAtPrimary => "look whether the primary secret was written",
        Step::Discard | Step::Withdraw => "see that the new key is ours and was delivered nowhere",
        Step::LookAtUse(_) => "look whether the old value is still in use",
        Step::LookAtPlaces => "look whether every destination holds the value in use",
        Step::LookAtMarks => "look whether other repositories confirmed the value in use",
        Step::BeginRevoking(_) => "see that the old key is ours",
        Step::Disable(_) | Step::Revoke(_) | Step::Bury(_) => {
            "see that the old key is ours, and that it is dead"
        }
        Step::Rehearse | Step::Refresh => "check the destinations",
        Step::Recognise => "look at the primary destination, and test what it holds",
        Step::SeeDead(_) => "test whether the old value is dead",
        Step::TakeNext => "test the value that a person left, and check the destinations",
        Step::Ask | Step::OpenIssue => "look for the issue in which a person is asked",
        Step::Tell => "look at the issue",
        Step::CleanUp(_) => "look at what is no longer needed",
        Step::Sweep => "look for keys left behind",
        Step::Fence
        | Step::Claim
        | Step::Abort
        | Step::Promote
        | Step::GiveUp
        | Step::AskToEnd(_)
        | Step::Expire(_)
        | Step::RecordLeak
        | Step::Wish
        | Step::Rest(_) => "look around",
    }
}

/// Why a run that goes as planned stops there.
pub(super) fn of(rest: &Rest) -> String {
    match rest {
        Rest::Idle => "nothing more is due".to_owned(),
        Rest::AwaitProof => "waits until a later run is handed the new value".to_owned(),
        Rest::QueuedBefore => "waits: this run was handed an older value".to_owned(),
        Rest::HandedDead => "stops: this run was handed a value that was revoked".to_owned(),
        Rest::Grace(Some(moment)) => format!("waits for the grace to end at {moment}"),
        Rest::Grace(None) => "waits for the grace to end".to_owned(),
        Rest::AwaitMarks => "waits for other repositories to confirm the value in use".to_owned(),
        Rest::Unrevoked => "a person revokes the old value".to_owned(),
        Rest::Unpushed => "destinations are left for the next run".to_owned(),
        Rest::Paused(_) => "waits: the provider asked for silence".to_owned(),
        Rest::Staggered(peer) => {
            format!("waits until the rotation of {peer}, of the same group, is over")
        }
        Rest::Busy(who) => format!("leaves it to {who}"),
        Rest::Unclear => "waits for a clear answer of the provider".to_owned(),
        Rest::NotHanded => "stops: this run is handed no value".to_owned(),
        Rest::Overwritten => "stops: the secret was changed by hand".to_owned(),
        Rest::NeedsValue(_) => "waits for a person to make a new value".to_owned(),
    }
}
