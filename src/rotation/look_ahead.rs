//! `--revoke-first` looks ahead: the value in use is revoked before there is another only where all
//! that can be asked says that another can be made and delivered now. The checks are those that
//! come before every new key.

use super::context::Context;
use super::faults::bug;
use super::memory::Memory;
use super::ownership::Claim;
use super::transition::Transition;
use super::{intend, moves, ownership, preflight};
use crate::domain::lifecycle::{Ending, Retiring, TokenState};
use crate::domain::{Code, KeyId, Problem};

const STILL_WORKS: &str =
    "the value in use was not revoked: it still works, also for whoever found it";

/// Journals that the value in use is revoked before there is another.
pub(super) async fn revoke_first(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Vec<Problem>> {
    let id = look_ahead(cx, state, memory).await?;
    let version = state.current.as_ref().map(|key| key.version).unwrap_or_default();
    let to = moves::revoke_first(state, cx.now());
    Ok(Transition::keep(to, format!("{version} (key {id}) will be revoked before there is another")).done(format!("gave key {id} up before there is another: whoever uses it fails until the new value arrives")))
}

/// Whether a new key can be made and delivered now, and which key goes. It reads only, and
/// reports all it finds at once.
pub(super) async fn look_ahead(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<KeyId, Vec<Problem>> {
    let config = cx.job.config;
    if cx.job.abilities.is_manual() {
        return Err(vec![
            Problem::new(
                Code::Usage,
                format!("only a person makes a new value of {}, so there would be none once it is revoked", config.name),
            )
            .hint(format!("without --revoke-first a person is asked at once: tokenward rotate {} --leaked", config.name))
            .state(STILL_WORKS),
        ]);
    }
    if config.manager.is_none() {
        return Err(vec![
            Problem::new(
                Code::Usage,
                format!(
                    "{} manages itself, so nobody could issue a new value once it is revoked",
                    config.name
                ),
            )
            .hint(format!(
                "without --revoke-first the new value comes first: tokenward rotate {} --leaked",
                config.name
            ))
            .state(STILL_WORKS),
        ]);
    }
    let key = state.current.clone().ok_or_else(|| vec![bug("there is no value in use")])?;
    let ends = cx.job.abilities.ends_by_api();
    let Some(id) = key.id.filter(|_| ends) else {
        memory.ready.revoke_first_failed = true;
        return Err(vec![
            Problem::new(
                Code::NeedsPerson,
                format!(
                    "the value in use of {} ({}) has to be revoked by a person",
                    config.name, key.version
                ),
            )
            .cause("the id of its key is not known")
            .state(STILL_WORKS),
        ]);
    };
    let mut problems = Vec::new();
    // The key that goes makes room for the one that comes.
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
    // Whoever holds a key that leaked still can use it: that is said first.
    let state = STILL_WORKS;
    let hint = format!(
        "without --revoke-first the new value comes first: tokenward rotate {} --leaked",
        config.name
    );
    let with = |problem: Problem| Problem {
        hint: problem.hint.or_else(|| Some(hint.clone())),
        state: Some(state.to_owned()),
        ..problem
    };
    Err(problems.into_iter().map(with).collect())
}
