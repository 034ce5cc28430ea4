//! Before a new key: everything is checked, and the journal says that one will be made.

use super::context::Context;
use super::memory::Memory;
use super::transition::Transition;
use super::{moves, places, preflight, truth};
use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::{Code, Problem};

/// Checks everything that can be checked, then says that a key will be made.
pub(super) async fn begin(
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

pub(super) fn intend(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    why: Why,
) -> Result<Transition, Problem> {
    within_budget(cx, state, memory, 0)?;
    let (nonce, name) = cx.fresh_name(state.newest().next())?;
    let longest = cx.job.abilities.limits.longest_name;
    if name.len() > longest {
        return Err(super::faults::bug(&format!(
            "the name {name} is longer than the {longest} characters the provider takes"
        )));
    }
    let to = moves::intend(state, why, nonce, name.clone(), cx.now());
    memory.sent.unsent = true;
    if cx.job.request.revoke_first && memory.ready.key_first {
        let provider = &cx.job.config.provider;
        memory.done(cx, format!("asked for the new key first: {provider} wanted to be left alone, so it might have refused one"));
    }
    let event = if cx.job.abilities.refreshes() {
        "will be refreshed".to_owned()
    } else {
        format!("will be issued as {name}")
    };
    Ok(Transition::keep(to, event))
}

/// A key is begun only where the hour's budget at GitHub lasts to deliver it: a value that
/// cannot be pushed is a wasted key. `more` records come before it.
pub(super) fn within_budget(
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
    Err(Problem::new(
        Code::GithubRateLimited,
        format!(
            "{} was not begun: GitHub's hourly budget of writes is spoken for",
            cx.job.config.name
        ),
    )
    .cause(format!("it takes {destinations} writes of secrets and {} of the journal", RECORDS * 2))
    .hint("the next scheduled run goes on from here")
    .state(truth::unchanged(state, memory)))
}

/// Journal records of a run that issues and pushes.
pub(super) const RECORDS: usize = 4;

/// Journal records of a key's end, from the decision until it is seen dead.
pub(super) const RECORDS_OF_AN_END: usize = 4;
