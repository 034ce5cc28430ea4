//! What a retiring key waits for. Pure.

use crate::domain::lifecycle::{Ending, Key, Retiring, Stage, TokenState};
use crate::domain::{KeyId, Problem, Span, Timestamp};
use crate::rotation::problems::bug;

/// When a retiring key can take its next step.
pub(crate) fn ripe_at(retiring: &Retiring) -> Option<Timestamp> {
    match retiring.stage {
        // A leaked key is not kept disabled first, because nobody should enable it again.
        Ending::Disabled { at } if !retiring.leaked => Some(DISABLED_FOR.after(at)),
        _ => retiring.not_before,
    }
}

/// Whether an old key is revoked only after other repositories have confirmed the value in use, if
/// the config lists any: not one that leaked, and not one that expires by itself.
pub(crate) fn waits_for_marks(retiring: &Retiring) -> bool {
    retiring.stage == Ending::Waiting && !retiring.leaked && retiring.key.renewed.is_none()
}

/// How long a key stays disabled before it is deleted: what still needs it fails now, and a person
/// can enable it again.
pub(crate) const DISABLED_FOR: Span = Span::hours(1);

/// A label that identifies a retiring key of a token.
pub(crate) fn label(key: &Key) -> String {
    format!(
        "{} {}",
        key.version,
        key.id.as_ref().map_or_else(|| key.fingerprint.as_str(), KeyId::as_str)
    )
}

pub(crate) fn retiring(state: &TokenState, index: usize) -> Result<&Retiring, Problem> {
    state.retiring.get(index).ok_or_else(|| bug("there is no such retiring key"))
}

/// Whether every destination has a newer value than the one in use.
pub(crate) fn is_replaced(state: &TokenState) -> bool {
    state.pending.as_ref().is_some_and(|pending| matches!(pending.stage, Stage::Pushed { .. }))
}
