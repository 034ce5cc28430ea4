//! Whether a leak needs a person, and whether an issue reports it: each leak has its own. Pure.

use super::inputs;
use super::memory::Memory;
use crate::domain::Version;
use crate::domain::lifecycle::{Ending, Retiring, TokenState};
use crate::rotation::effects::context::Context;

/// The newest value that leaked, may still work, and needs a person: to create another one, or to
/// revoke it. `ends`: keys whose id is known are revoked by API.
#[must_use]
pub(crate) fn alarm(state: &TokenState, manual: bool, ends: bool) -> Option<Version> {
    let in_use =
        state.current.as_ref().filter(|key| manual && state.has_leaked() && !state.is_ending(key));
    let old = state
        .retiring
        .iter()
        .filter(|retiring| is_persons(state, retiring, ends))
        .map(|retiring| retiring.key.version);
    in_use.map(|key| key.version).into_iter().chain(old).max()
}

/// Whether an old value leaked and only a person can revoke it.
pub(crate) fn is_persons(state: &TokenState, retiring: &Retiring, ends: bool) -> bool {
    let by_api = (ends && retiring.key.id.is_some()) || retiring.key.renewed.is_some();
    state.loose_ends.has_leaked(&retiring.key.fingerprint)
        && !by_api
        && matches!(retiring.stage, Ending::Waiting | Ending::Asked { .. })
}

/// The same, if no issue reports it yet.
#[must_use]
pub(crate) fn untold(state: &TokenState, manual: bool, ends: bool) -> Option<Version> {
    let ask = state.loose_ends.issue.as_ref();
    alarm(state, manual, ends)
        .filter(|leaked| ask.is_none_or(|ask| ask.number.is_none() || ask.leaked < Some(*leaked)))
}

/// Whether keys whose id is known are revoked by API.
pub(crate) fn ends(cx: &Context<'_>) -> bool {
    cx.job.abilities.ends_by_api()
}

/// The newest value that leaked and needs a person, if there is one.
pub(crate) fn in_run(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Option<Version> {
    alarm(state, inputs::manual(cx, state, memory), ends(cx))
}
