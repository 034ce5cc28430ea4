//! Revokes old keys. A key leaves the list only when it is verified as revoked, or gone at its
//! provider; every run tries a failed revocation again. The provider may accept a deleted key for a
//! while, so it counts as revoked only after that, or when a test call fails.

use std::time::Duration;

use super::end_grant;
use super::mint;
use super::person;
use crate::domain::lifecycle::{Ending, Key, TokenState};
use crate::domain::{Class, Code, KeyId, Problem, Timestamp, Verdict};
use crate::providers::Revoked;
use crate::rotation::checks::ownership;
use crate::rotation::checks::ownership::Claim;
use crate::rotation::checks::page;
use crate::rotation::checks::preflight;
use crate::rotation::checks::slots;
use crate::rotation::decide::late;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::actions::Manner;
use crate::rotation::effects::context::Context;
use crate::rotation::effects::lease;
use crate::rotation::problems::{account, bug, lateness, manual};
use crate::rotation::types::moves;
use crate::rotation::types::retiring;
use crate::rotation::types::transition::Transition;

/// How many times one run checks whether a key is revoked, with growing pauses.
const LOOKS: u64 = 3;

/// How a key was verified as revoked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// A test call with its value failed.
    Refused,
    /// The provider no longer has the key.
    Gone,
}

pub(crate) fn leave_for_later(
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
    problem: Problem,
) -> Result<Transition, Problem> {
    let label = retiring::label(&retiring::retiring(state, index)?.key);
    memory.ends.left_for_later.insert(label);
    memory.report.problems.push(problem);
    Ok(Transition::stay())
}

pub(crate) async fn begin_revoking(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<Transition, Problem> {
    let key = &retiring::retiring(state, index)?.key;
    let id = id(state, index)?;
    let event = format!("{} (key {id}) will be revoked", key.version);
    let retiring = retiring::retiring(state, index)?.clone();
    if let Err(problem) =
        ownership::may_begin_to_end(cx, state, memory, &id, Claim::Retiring(&retiring)).await
    {
        return leave_for_later(state, memory, index, problem);
    }
    let to = moves::ending(state, index, Ending::Revoking { since: cx.now() });
    Ok(Transition::keep(to, event))
}

/// Asks a person to revoke a key that tokenward cannot revoke.
pub(crate) fn ask_to_end(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<Transition, Problem> {
    if let Some(problem) =
        ownership::needed_by_another(cx, state, retiring::retiring(state, index)?)
    {
        return leave_for_later(state, memory, index, problem);
    }
    let version = retiring::retiring(state, index)?.key.version;
    let to = moves::ending(state, index, Ending::Asked { at: cx.now() });
    Ok(Transition::leave(to, format!("a person is asked to revoke {version}")))
}

/// Checks whether a person has revoked a key: only a test call with the value can show that. If it
/// still works, the person is asked before the run reports it.
pub(crate) async fn see_dead(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<Transition, Problem> {
    let key = retiring::retiring(state, index)?.key.clone();
    let value = slots::value_of(cx, state, &key.fingerprint);
    if memory.ends.need_person.contains(&retiring::label(&key)) {
        let problem = match value {
            Some(_) => to_revoke_manually(cx, state, memory, &key),
            None => cannot_tell(cx, state, memory, &key),
        };
        return leave_for_later(state, memory, index, problem);
    }
    let Some(value) = value else {
        if state.loose_ends.kept.contains(&key.fingerprint) {
            let problem = slots::not_handed_old(cx, &key);
            return leave_for_later(state, memory, index, problem);
        }
        return Ok(needs_person(memory, &key));
    };
    if cx.job.abilities.refreshes() {
        return match end_grant::end_grant(cx, state, memory, &value).await? {
            Ok(()) => {
                seen_dead(cx, state, memory, index, &format!("the old grant ({})", key.version))
            }
            Err(problem) if problem.id == Code::NeedsPerson => Ok(needs_person(memory, &key)),
            Err(problem) => leave_for_later(state, memory, index, problem),
        };
    }
    let problem = match cx.job.driver.verify(&value).await {
        verdict if verdict.is_dead() => {
            let what = format!("the old value ({})", key.version);
            return seen_dead(cx, state, memory, index, &what);
        }
        verdict if verdict.is_alive() => return Ok(needs_person(memory, &key)),
        Verdict::RateLimited { .. } => account::rate_limit_exhausted(cx.job.config),
        Verdict::Unknown { why } => account::unavailable(cx.job.config, &why),
        _ => {
            account::unavailable(cx.job.config, "its response does not say whether the value works")
        }
    };
    leave_for_later(state, memory, index, problem)
}

/// A person has to be asked to revoke this key.
fn needs_person(memory: &mut Memory, key: &Key) -> Transition {
    memory.ends.need_person.insert(retiring::label(key));
    Transition::stay()
}

/// The problem of a key that a person has to revoke.
fn to_revoke_manually(cx: &Context<'_>, state: &TokenState, memory: &Memory, key: &Key) -> Problem {
    let in_use = state.current.as_ref() == Some(key) && !retiring::is_replaced(state);
    let problem = if in_use { manual::revoke_current } else { manual::revoke_old };
    let problem = problem(cx.job.config, urgency(cx, state, memory, key), key.version);
    let problem = person::where_asked(cx, memory).into_iter().fold(problem, Problem::cause);
    manual::revoke_at(problem, &page::page(cx, state))
}

/// Whether a person who was asked to revoke this key is late: immediately if it leaked, or if
/// nobody could be asked.
fn urgency(cx: &Context<'_>, state: &TokenState, memory: &Memory, key: &Key) -> Code {
    let retiring = state.retiring.iter().find(|retiring| retiring.key == *key && !retiring.leaked);
    let asked =
        retiring.and_then(
            |retiring| {
                if let Ending::Asked { at } = retiring.stage { Some(at) } else { None }
            },
        );
    let in_time = asked.is_some_and(|at| late::has_time(at, cx.now()))
        && matches!(memory.person.asked_person, Some(Ok(_)));
    if in_time { Code::WaitsForPerson } else { Code::NeedsPerson }
}

/// The problem of an old value that no run has, so that none can test it.
fn cannot_tell(cx: &Context<'_>, state: &TokenState, memory: &Memory, key: &Key) -> Problem {
    let id = urgency(cx, state, memory, key);
    let problem = manual::cannot_verify(cx.job.config, id, key.version);
    let problem = person::where_asked(cx, memory).into_iter().fold(problem, Problem::cause);
    manual::revoke_and_test(problem, &page::page(cx, state))
}

/// Disables a key: consumers that still need it fail now, while a person can still enable it again.
pub(crate) async fn disable(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<Transition, Problem> {
    let id = id(state, index)?;
    let retiring = retiring::retiring(state, index)?.clone();
    if let Err(problem) =
        ownership::end_key(cx, state, memory, &id, Claim::Retiring(&retiring), Manner::Disable)
            .await
    {
        return leave_for_later(state, memory, index, unrevoked(problem));
    }
    let to = moves::ending(state, index, Ending::Disabled { at: cx.now() });
    memory.done(cx, format!("disabled key {id}"));
    let event = format!("key {id} is disabled, and can still be enabled again");
    Ok(if retiring.leaked { Transition::keep(to, event) } else { Transition::leave(to, event) })
}

pub(crate) async fn revoke(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<Transition, Problem> {
    let id = id(state, index)?;
    if let Err(problem) = end(cx, state, memory, index, &id).await {
        return leave_for_later(state, memory, index, unrevoked(problem));
    }
    memory.done(cx, format!("revoked key {id}"));
    if let Some(proof) = is_dead(cx, state, memory, index, &id).await? {
        return buried(cx, state, memory, index, &id, proof);
    }
    let at = cx.now();
    let problem = still_there(cx, &id, at);
    let _ = leave_for_later(state, memory, index, problem)?;
    let to = moves::ending(state, index, Ending::Revoked { at });
    Ok(Transition::leave(to, format!("key {id} was revoked, but still exists")))
}

/// Checks whether a key that was revoked is gone. If not, it is revoked again: the first request
/// may have been lost.
pub(crate) async fn bury(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<Transition, Problem> {
    let id = id(state, index)?;
    if let Some(proof) = is_dead(cx, state, memory, index, &id).await? {
        return buried(cx, state, memory, index, &id, proof);
    }
    if let Err(problem) = end(cx, state, memory, index, &id).await {
        return leave_for_later(state, memory, index, unrevoked(problem));
    }
    if let Some(proof) = is_dead(cx, state, memory, index, &id).await? {
        return buried(cx, state, memory, index, &id, proof);
    }
    let Ending::Revoked { at } = retiring::retiring(state, index)?.stage else {
        return Err(bug("only a revoked key can still exist"));
    };
    let problem = still_there(cx, &id, at);
    leave_for_later(state, memory, index, problem)
}

fn still_there(cx: &Context<'_>, id: &KeyId, at: Timestamp) -> Problem {
    let lag = cx.job.abilities.limits.revoke_lag;
    lateness::still_exists(id, at, lag, lag.after(at) < cx.now())
}

fn id(state: &TokenState, index: usize) -> Result<KeyId, Problem> {
    retiring::retiring(state, index)?
        .key
        .id
        .clone()
        .ok_or_else(|| bug("a key without an id cannot be revoked"))
}

/// Records that a key is rejected, or that it is gone and may be accepted within the provider's
/// documented delay.
fn buried(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
    id: &KeyId,
    proof: Proof,
) -> Result<Transition, Problem> {
    let lag = cx.job.abilities.limits.revoke_lag;
    if proof == Proof::Refused || lag.is_zero() {
        return seen_dead(cx, state, memory, index, &format!("key {id}"));
    }
    // Counted from when this run noticed it: never too early.
    let (at, provider) = (cx.now(), cx.job.config.provider.clone());
    let what =
        format!("key {id} was deleted at {at}; {provider} may accept it until {}", lag.after(at));
    Ok(leave_the_list(cx, state, memory, index, &what)?.done(what))
}

fn seen_dead(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
    what: &str,
) -> Result<Transition, Problem> {
    let event = format!("{what} is revoked");
    Ok(leave_the_list(cx, state, memory, index, &event)?.done(format!("verified that {event}")))
}

fn leave_the_list(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
    event: &str,
) -> Result<Transition, Problem> {
    let to = moves::bury(state, index, cx.now());
    memory.ends.buried.insert(retiring::retiring(state, index)?.key.fingerprint.clone());
    Ok(Transition::leave(to, event))
}

/// Revokes a key, or disables it if the provider cannot revoke. A disabled key is still listed.
async fn end(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
    id: &KeyId,
) -> Result<(), Problem> {
    let retiring = retiring::retiring(state, index)?.clone();
    let manner = if cx.job.abilities.ends.revokes { Manner::Revoke } else { Manner::Disable };
    ownership::end_key(cx, state, memory, id, Claim::Retiring(&retiring), manner).await.map(drop)
}

/// Checks a few times whether the key is revoked: by a test call if this run has its value and the
/// provider only disables keys, otherwise by checking whether the key is gone.
async fn is_dead(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    index: usize,
    id: &KeyId,
) -> Result<Option<Proof>, Problem> {
    let manager = preflight::manager(cx, state, memory)?;
    let kept = slots::value_of(cx, state, &retiring::retiring(state, index)?.key.fingerprint)
        .filter(|_| !cx.job.abilities.ends.revokes);
    for look in 0..LOOKS {
        cx.actions.wait(Duration::from_secs(look)).await;
        if let Some(value) = &kept {
            if cx.actions.verify(value).await.is_dead() {
                return Ok(Some(Proof::Refused));
            }
            continue;
        }
        let gone = cx.actions.is_gone(manager, id).await;
        if gone.map_err(|refusal| {
            preflight::manager_problem(
                cx,
                &format!("check whether key {id} is revoked at"),
                &refusal,
            )
        })? {
            return Ok(Some(Proof::Gone));
        }
    }
    Ok(None)
}

/// Deletes what earlier attempts left behind: unused keys with exactly the names of those attempts.
pub(crate) async fn sweep(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    memory.seen.swept = true;
    let names = state.attempts.clone();
    if let Some(foreign) = names.iter().find(|name| !name.starts_with(&cx.prefix())) {
        return Err(ownership::attempt_not_ours(cx, memory, foreign));
    }
    let strays = mint::keys_named(cx, state, memory, &names, false).await?;
    for (id, name) in &strays {
        if ownership::end_key(
            cx,
            state,
            memory,
            id,
            Claim::Named { name, known: false },
            Manner::Revoke,
        )
        .await?
            == Revoked::Done
        {
            memory.done(cx, format!("deleted leftover key {id} from an earlier attempt"));
        }
    }
    // The provider may list a key late, and a request of a run that was believed dead may arrive
    // late: until then the names are kept.
    let lag = cx.job.abilities.limits.list_lag.max(lease::LEASE);
    if strays.is_empty() && lag.after(state.changed_at) <= cx.now() {
        let event = "earlier attempts left no keys behind";
        return Ok(Transition::leave(moves::swept(state), event));
    }
    Ok(Transition::stay())
}

/// Gives a failed revocation its own id; what was never requested keeps its id.
fn unrevoked(problem: Problem) -> Problem {
    match problem.id {
        Code::JournalBroken | Code::KeyNotOurs => problem,
        // About our own credentials: trying again does not help.
        id if id.class() == Class::Access => problem,
        _ => Problem { id: Code::RevokeFailed, ..problem },
    }
}
