//! Where a plan ends, in words.

use super::next::Rest;

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
