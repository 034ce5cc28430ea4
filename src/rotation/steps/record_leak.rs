//! Journals a leak that was reported.

use crate::domain::Problem;
use crate::domain::lifecycle::TokenState;
use crate::rotation::decide::inputs;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::bug;
use crate::rotation::types::leak;
use crate::rotation::types::transition::Transition;

/// Journals the leak.
pub(crate) fn record_leak(
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
