//! Deletes a new key that was not delivered.

use super::mint;
use crate::domain::Problem;
use crate::domain::lifecycle::{Stage, TokenState};
use crate::providers::Revoked;
use crate::rotation::checks::ownership;
use crate::rotation::checks::ownership::Claim;
use crate::rotation::decide::memory::{Memory, Unusable};
use crate::rotation::effects::actions::Manner;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::bug;
use crate::rotation::types::facts;
use crate::rotation::types::moves;
use crate::rotation::types::transition::Transition;

/// Deletes the pending key whose value was lost, and tries again under another name.
pub(crate) async fn discard(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let name = delete_undelivered(cx, state, memory).await?;
    mint::begin_again(cx, state, memory, &name).await
}

/// Deletes the pending key, and gives up the attempt.
pub(crate) async fn withdraw(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    delete_undelivered(cx, state, memory).await?;
    let left = Transition::leave(moves::give_up(state), "deleted without being delivered");
    Ok(match memory.value.unusable.take() {
        Some(Unusable::Tested(problem)) => left.stop(problem),
        Some(Unusable::Refused) | None => left,
    })
}

pub(crate) async fn delete_undelivered(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<String, Problem> {
    let Stage::Aborting { id } = &facts::pending(state)?.stage else {
        return Err(bug("there is no key to delete"));
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
        // It no longer counts towards the quota, although the list may show it for a while.
        memory.ready.going = Some(id.clone());
        // Only the provider says that it is gone; its name is kept, and searched again.
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
            Revoked::Done => memory.done(cx, format!("deleted key {id}, which was not delivered")),
            Revoked::AlreadyGone => {
                memory.done(cx, format!("key {id}, which was not delivered, is already gone"))
            }
        }
    }
    Ok(name)
}
