//! Before a new key: checks everything, and journals that a key will be issued.

use super::places;
use crate::domain::Problem;
use crate::domain::lifecycle::{TokenState, Why};
use crate::rotation::checks::preflight;
use crate::rotation::decide::memory::Memory;
use crate::rotation::decide::truth;
use crate::rotation::effects::context::Context;
use crate::rotation::problems;
use crate::rotation::types::moves;
use crate::rotation::types::transition::Transition;

/// Checks everything that can be checked, then journals that a key will be issued.
pub(crate) async fn begin(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    why: Why,
) -> Result<Transition, Vec<Problem>> {
    if !memory.ready.looked_ahead {
        Box::pin(preflight::preflight(cx, state, memory)).await?;
        places::untouched(cx, state, memory, &why)?;
    }
    intend(cx, state, memory, why).map_err(|problem| vec![problem])
}

pub(crate) fn intend(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    why: Why,
) -> Result<Transition, Problem> {
    within_budget(cx, state, memory, 0)?;
    let (nonce, name) = cx.fresh_name(state.newest().next())?;
    let longest = cx.job.abilities.limits.longest_name;
    if name.len() > longest {
        return Err(problems::bug(&format!(
            "the name {name} is longer than the {longest} characters that the provider allows"
        )));
    }
    let to = moves::intend(state, why, nonce, name.clone(), cx.now());
    memory.sent.unsent = true;
    if cx.job.request.revoke_first && memory.ready.key_first {
        let provider = &cx.job.config.provider;
        memory.done(
            cx,
            format!(
                "requested the new key first: {provider} is rate limiting, so it could refuse one"
            ),
        );
    }
    let event = if cx.job.abilities.refreshes() {
        "will be refreshed".to_owned()
    } else {
        format!("will be issued as {name}")
    };
    Ok(Transition::keep(to, event))
}

/// Fails unless GitHub's hourly budget suffices to deliver a key: one that cannot be delivered is
/// wasted. `more` records come before it.
pub(crate) fn within_budget(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    more: usize,
) -> Result<(), Problem> {
    let destinations = cx.job.config.destinations.len();
    if memory.ready.reserved || cx.actions.reserve((RECORDS + more) * 2 + destinations) {
        memory.ready.reserved = true;
        return Ok(());
    }
    Err(problems::destinations::no_budget(&cx.job.config.name, destinations, RECORDS * 2)
        .state(truth::unchanged(state, memory)))
}

/// Journal records of a run that issues and pushes.
pub(crate) const RECORDS: usize = 4;

/// Journal records of revoking a key, from the decision until it is verified.
pub(crate) const RECORDS_OF_AN_END: usize = 4;
