//! The end of old keys. A key leaves the list only when it is seen dead, or gone at its provider; a
//! failed revoke is tried again by every run. What is gone may be accepted for a while, and is
//! called dead only after that, or when a test call says so.

use std::time::Duration;

use super::actions::Manner;
use super::context::Context;
use super::faults::bug;
use super::memory::Memory;
use super::ownership::Claim;
use super::transition::Transition;
use super::{
    end_grant, late, lease, mint, moves, ownership, page, person, preflight, retiring, slots,
};
use crate::domain::lifecycle::{Ending, Key, TokenState};
use crate::domain::{Class, Code, KeyId, Problem, Timestamp, Verdict};
use crate::providers::Revoked;

/// How often one run looks whether a revoked key is dead, a second apart.
const LOOKS: u64 = 3;

/// How the end of a key was seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// A test call with its value was refused.
    Refused,
    /// The provider has no such key any more.
    Gone,
}

pub(super) fn leave_for_later(
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

pub(super) async fn begin_revoking(
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

/// No call of ours ends this key: a person is asked to.
pub(super) fn ask_to_end(
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

/// Whether a key that a person was to end is dead: by a test call with the value, and by nothing
/// else. Where it is not, the person is asked before the run reports it.
pub(super) async fn see_dead(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<Transition, Problem> {
    let key = retiring::retiring(state, index)?.key.clone();
    let value = slots::value_of(cx, state, &key.fingerprint);
    if memory.ends.need_person.contains(&retiring::label(&key)) {
        let problem = match value {
            Some(_) => by_hand(cx, state, memory, &key),
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
        Verdict::RateLimited { .. } => {
            preflight::provider_unavailable(cx, "its rate limit is used up")
        }
        Verdict::Unknown { why } => preflight::provider_unavailable(cx, &why),
        _ => preflight::provider_unavailable(cx, "its answer says nothing about the value"),
    };
    leave_for_later(state, memory, index, problem)
}

/// A person has to be asked to revoke this key.
fn needs_person(memory: &mut Memory, key: &Key) -> Transition {
    memory.ends.need_person.insert(retiring::label(key));
    Transition::stay()
}

fn by_hand(cx: &Context<'_>, state: &TokenState, memory: &Memory, key: &Key) -> Problem {
    let config = cx.job.config;
    let in_use = state.current.as_ref() == Some(key) && !retiring::is_replaced(state);
    let which = if in_use { "value in use" } else { "old value" };
    let mut problem = Problem::new(
        urgency(cx, state, memory, key),
        format!("the {which} of {} ({}) has to be revoked by a person", config.name, key.version),
    )
    .cause(format!("{} has no API that revokes it, and it still works", config.provider));
    if let Some(asked) = person::where_asked(cx, memory) {
        problem = problem.cause(asked);
    }
    problem.hint(format!("revoke it at {}; the next run tests whether it is dead", page::page(cx, state))).state(if in_use {
        "every destination holds it, and there is no newer one: whatever uses it fails once it is revoked"
    } else {
        "every destination holds the new value; the old one still works"
    })
}

/// Whether a person who was asked to end this key is late: at once where it leaked, or where
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

/// Nobody has the old value any more, so nothing can be said about it.
fn cannot_tell(cx: &Context<'_>, state: &TokenState, memory: &Memory, key: &Key) -> Problem {
    let name = &cx.job.config.name;
    let what = format!(
        "whether the old value of {name} ({}) is dead cannot be told: no run holds it",
        key.version
    );
    let problem = Problem::new(urgency(cx, state, memory, key), what)
        .cause("it was replaced by a run that was not handed it");
    person::where_asked(cx, memory)
        .into_iter()
        .fold(problem, Problem::cause)
        .hint(format!("revoke it at {}, and give it to `tokenward revoke --leaked -` on standard input, which tests it", page::page(cx, state)))
        .state("every destination holds the new value; the old one may still work")
}

/// Disables a key: consumers that still need it fail now, and a person can enable it again.
pub(super) async fn disable(
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
    let event = format!("key {id} is disabled; it can still be enabled again");
    Ok(if retiring.leaked { Transition::keep(to, event) } else { Transition::leave(to, event) })
}

pub(super) async fn revoke(
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
    Ok(Transition::leave(to, format!("key {id} was revoked; not yet seen dead")))
}

/// Sees whether a key that was revoked is dead by now. One that is not is revoked once more:
/// the first word may have been lost.
pub(super) async fn bury(
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
        return Err(bug("only a revoked key can be still there"));
    };
    let problem = still_there(cx, &id, at);
    leave_for_later(state, memory, index, problem)
}

fn still_there(cx: &Context<'_>, id: &KeyId, at: Timestamp) -> Problem {
    let lag = cx.job.abilities.limits.revoke_lag;
    let problem =
        Problem::new(Code::StillAlive, format!("key {id} was revoked at {at} and is still there"));
    let problem = if lag.after(at) < cx.now() {
        problem
            .cause(format!("the provider needs at most {lag} for that"))
            .hint("revoke it by hand in the provider's settings, and ask its support")
    } else {
        problem.cause(format!("the provider may need up to {lag}")).hint("the next run looks again")
    };
    problem.state("consumers hold the new value; the old one may still work")
}

fn id(state: &TokenState, index: usize) -> Result<KeyId, Problem> {
    retiring::retiring(state, index)?
        .key
        .id
        .clone()
        .ok_or_else(|| bug("a key without an id cannot be revoked"))
}

/// A key is not accepted any more, or it is gone and may be accepted for as long as the
/// provider documents.
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
    // From when that was seen: never too early.
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
    let event = format!("{what} is dead");
    Ok(leave_the_list(cx, state, memory, index, &event)?.done(format!("saw that {event}")))
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

/// Asks the provider to end a key: for good, or else in the way it has. A key that is only
/// switched off is still listed.
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

/// Sees whether the key is dead, a few times: by a test call where its value is at hand and the
/// provider only switches keys off, else by asking the manager's account whether it is gone.
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
            preflight::manager_problem(cx, &format!("see whether key {id} is dead at"), &refusal)
        })? {
            return Ok(Some(Proof::Gone));
        }
    }
    Ok(None)
}

/// Deletes what earlier attempts left behind: keys with exactly the names they were to have,
/// and not in use.
pub(super) async fn sweep(
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
            memory.done(cx, format!("deleted stray key {id}, left behind by an earlier attempt"));
        }
    }
    // A key may be listed late, and a request of a run that was taken for dead may come late:
    // until then the names are kept.
    let lag = cx.job.abilities.limits.list_lag.max(lease::LEASE);
    if strays.is_empty() && lag.after(state.changed_at) <= cx.now() {
        let event = "earlier attempts left nothing behind";
        return Ok(Transition::leave(moves::swept(state), event));
    }
    Ok(Transition::stay())
}

/// A revocation that failed is told as one; what was never asked for keeps its own id.
fn unrevoked(problem: Problem) -> Problem {
    match problem.id {
        Code::JournalBroken | Code::KeyNotOurs => problem,
        // Of our own credentials. Trying again does not help.
        id if id.class() == Class::Access => problem,
        _ => Problem { id: Code::RevokeFailed, ..problem },
    }
}
