//! Journals a leak that was reported.

use super::context::Context;
use super::memory::Memory;
use super::problems::bug;
use super::transition::Transition;
use super::{inputs, leak};
use crate::domain::Problem;
use crate::domain::lifecycle::TokenState;

/// Journals the leak.
pub(super) fn record_leak(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let leak =
        inputs::unrecorded_leak(cx, state, memory).ok_or_else(|| bug("no leak was reported"))?;
    memory.leak.recorded = true;
    let event = leak.alert.map_or_else(
        || "a value leaked".to_owned(),
        |number| format!("a value leaked (alert {number})"),
    );
    let to = leak::with_leak(state, leak, cx.now());
    Ok(Transition::leave(to, event))
}
