//! Gives a new key up that is certainly in no destination.

use crate::domain::Problem;
use crate::domain::lifecycle::{Stage, TokenState};
use crate::rotation::decide::memory::Memory;
use crate::rotation::types::facts;
use crate::rotation::types::moves;
use crate::rotation::types::transition::Transition;

/// Journals that the pending key, which is certainly in no destination, will be deleted.
pub(crate) fn abort(
    state: &TokenState,
    memory: &mut Memory,
    why: &str,
) -> Result<Transition, Problem> {
    let id = match &facts::pending(state)?.stage {
        Stage::Minted { id, .. } => Some(id.clone()),
        Stage::Pushing { id, .. } => id.clone(),
        Stage::Intent | Stage::Refreshing | Stage::Aborting { .. } | Stage::Pushed { .. } => None,
    };
    memory.value.dropped = memory.value.in_hand.take();
    memory.value.tested = false;
    let to = moves::stage(state, Stage::Aborting { id });
    Ok(Transition::keep(to, format!("{why}; it will be deleted")))
}
