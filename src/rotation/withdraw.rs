//! The end of a new key that was delivered nowhere.

use super::actions::Manner;
use super::context::Context;
use super::memory::{Memory, Unusable};
use super::ownership::Claim;
use super::transition::Transition;
use super::{facts, mint, moves, ownership};
use crate::domain::Problem;
use crate::domain::lifecycle::{Stage, TokenState};
use crate::providers::Revoked;

/// Deletes the pending key that was journalled as aborting, whose value was lost, and begins
/// again under another name.
pub(super) async fn discard(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let name = delete_undelivered(cx, state, memory).await?;
    mint::begin_again(cx, state, memory, &name).await
}

/// Deletes the pending key that was journalled as aborting, and gives the attempt up.
pub(super) async fn withdraw(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    delete_undelivered(cx, state, memory).await?;
    let left = Transition::leave(moves::give_up(state), "deleted again, delivered nowhere");
    Ok(match memory.value.unusable.take() {
        Some(Unusable::Tested(problem)) => left.stop(problem),
        Some(Unusable::Refused) | None => left,
    })
}

pub(super) async fn delete_undelivered(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<String, Problem> {
    let Stage::Aborting { id } = &facts::pending(state)?.stage else {
        return Err(super::faults::bug("nothing is aborting"));
    };
    let (id, name) = (id.clone(), facts::pending(state)?.name.clone());
    ownership::was_delivered_nowhere(cx, state, memory).await?;
    let known = id.is_some();
    let ids = match id {
        Some(id) => vec![id],
        None => mint::keys_named(cx, state, memory, std::slice::from_ref(&name), true)
            .await?
            .into_iter()
            .map(|(id, _)| id)
            .collect(),
    };
    for id in &ids {
        // Its place is free, although the list may show it for a while.
        memory.ready.going = Some(id.clone());
        // That it is gone is the provider's word alone; its name is remembered, and looked for
        // again.
        match ownership::end_key(
            cx,
            state,
            memory,
            id,
            Claim::Named { name: &name, known },
            Manner::Revoke,
        )
        .await?
        {
            Revoked::Done => {
                memory.done(cx, format!("deleted key {id}, which was delivered nowhere"))
            }
            Revoked::AlreadyGone => {
                memory.done(cx, format!("key {id}, which was delivered nowhere, is gone already"))
            }
        }
    }
    Ok(name)
}
