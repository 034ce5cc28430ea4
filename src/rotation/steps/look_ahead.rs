//! The checks of `--revoke-first`: the value in use is revoked before there is another only if
//! every check says that another can be issued and delivered now. They are the checks before every
//! new key.

use super::intend;
use crate::domain::lifecycle::{Ending, Retiring, TokenState};
use crate::domain::{KeyId, Problem};
use crate::rotation::checks::ownership;
use crate::rotation::checks::ownership::Claim;
use crate::rotation::checks::preflight;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::{bug, leaks};
use crate::rotation::types::moves;
use crate::rotation::types::transition::Transition;

/// Journals that the value in use is revoked before there is another.
pub(crate) async fn revoke_first(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Vec<Problem>> {
    let id = look_ahead(cx, state, memory).await?;
    let version = state.current.as_ref().map(|key| key.version).unwrap_or_default();
    let to = moves::revoke_first(state, cx.now());
    Ok(Transition::keep(to, format!("{version} (key {id}) will be revoked before it has a replacement"))
        .done(format!(
            "took key {id} out of use before it has a replacement: everything that uses it fails until the new value is delivered"
        )))
}

/// Checks whether a new key can be issued and delivered now, and returns the key to revoke. It only
/// reads, and reports all problems together.
pub(crate) async fn look_ahead(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<KeyId, Vec<Problem>> {
    let config = cx.job.config;
    let name = &config.name;
    if cx.job.abilities.is_manual() {
        return Err(vec![leaks::revoke_first_is_manual(name)]);
    }
    if config.manager.is_none() {
        return Err(vec![leaks::revoke_first_ends_manager(name)]);
    }
    let key = state.current.clone().ok_or_else(|| vec![bug("there is no value in use")])?;
    let ends = cx.job.abilities.ends_by_api();
    let Some(id) = key.id.filter(|_| ends) else {
        memory.ready.revoke_first_failed = true;
        return Err(vec![leaks::revoke_first_needs_person(name, key.version)]);
    };
    let mut problems = Vec::new();
    // The revoked key makes room for the new one.
    memory.ready.going = Some(id.clone());
    problems.extend(preflight::preflight(cx, state, memory).await.err().into_iter().flatten());
    if let Some(key) = state.current.clone() {
        let going = Retiring { key, not_before: None, leaked: true, stage: Ending::Waiting };
        problems.extend(
            ownership::may_begin_to_end(cx, state, memory, &id, Claim::Retiring(&going))
                .await
                .err(),
        );
    }
    if problems.is_empty() {
        problems.extend(intend::within_budget(cx, state, memory, intend::RECORDS_OF_AN_END).err());
    }
    if problems.is_empty() {
        memory.ready.looked_ahead = true;
        return Ok(id);
    }
    // The leaked key still works: each problem says that.
    Err(problems.into_iter().map(|problem| leaks::revoke_first_stopped(problem, name)).collect())
}
