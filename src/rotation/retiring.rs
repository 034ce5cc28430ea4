//! What a retiring key is waiting for. Pure.

use super::faults::bug;
use crate::domain::lifecycle::{Ending, Key, Retiring, Stage, TokenState};
use crate::domain::{KeyId, Problem, Span, Timestamp};

/// When something can be done next for a retiring key.
pub(super) fn ripe_at(retiring: &Retiring) -> Option<Timestamp> {
    match retiring.stage {
        // A leaked key gains nothing by a way back.
        Ending::Disabled { at } if !retiring.leaked => Some(DISABLED_FOR.after(at)),
        _ => retiring.not_before,
    }
}

/// Whether an old key is revoked only once other repositories confirmed the value in use, where any
/// are named: not one that leaked, and not one of which nothing has to be revoked.
pub(super) fn waits_for_marks(retiring: &Retiring) -> bool {
    retiring.stage == Ending::Waiting && !retiring.leaked && retiring.key.renewed.is_none()
}

/// How long a key stays disabled before it is deleted: whoever still needed it fails now, and a
/// person can enable it again.
pub(super) const DISABLED_FOR: Span = Span::hours(1);

/// Tells the retiring keys of a token apart.
pub(super) fn label(key: &Key) -> String {
    format!(
        "{} {}",
        key.version,
        key.id.as_ref().map_or_else(|| key.fingerprint.as_str(), KeyId::as_str)
    )
}

pub(super) fn retiring(state: &TokenState, index: usize) -> Result<&Retiring, Problem> {
    state.retiring.get(index).ok_or_else(|| bug("there is no such retiring key"))
}

/// Whether every destination was given a newer value than the one in use.
pub(super) fn is_replaced(state: &TokenState) -> bool {
    state.pending.as_ref().is_some_and(|pending| matches!(pending.stage, Stage::Pushed { .. }))
}
