//! From the fence to the proof: writes the value to every destination, the primary one first, and
//! notices when GitHub passes it to a later run.

use std::collections::BTreeMap;

use super::abort;
use crate::destinations::{PutError, Snapshot, reach_after};
use crate::domain::lifecycle::{Push, Stage, TokenState, Why, Written};
use crate::domain::outcome::Delivery;
use crate::domain::{Destination, Problem, Secret, Timestamp};
use crate::rotation::checks::preflight;
use crate::rotation::checks::slots;
use crate::rotation::decide::inputs;
use crate::rotation::decide::memory::{Memory, Unusable};
use crate::rotation::decide::truth;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::bug;
use crate::rotation::types::facts;
use crate::rotation::types::moves;
use crate::rotation::types::transition::Transition;

/// Journals that from now on any destination may hold the new value.
pub(crate) fn fence(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let pending = facts::pending(state)?;
    let Stage::Minted { id, fingerprint } = pending.stage.clone() else {
        return Err(bug("only an issued key can pass the fence"));
    };
    let to =
        moves::fence(state, Some(id), fingerprint, memory.value.expires_at, pushes(cx, memory));
    let to = slots::keeping(cx, state, to);
    memory.sent.fenced_here = true;
    Ok(Transition::keep(to, "tested; from now on it may be in any destination"))
}

/// The state of every destination before this rotation; none is written yet.
pub(crate) fn pushes(cx: &Context<'_>, memory: &Memory) -> BTreeMap<String, Push> {
    let destinations = cx.job.config.destinations.iter();
    let push = |destination: &Destination| {
        let snapshot = memory.seen.snapshots.get(&destination.key());
        let reach = snapshot
            .and_then(|before| reach_after(destination, before))
            .map(|reach| reach.digest());
        Push {
            before: snapshot.and_then(|snapshot| snapshot.updated_at),
            reach,
            written: Written::Todo,
        }
    };
    destinations.map(|destination| (destination.key(), push(destination))).collect()
}

/// Writes every destination that is not known to hold the value. If one fails, the others are still
/// written; only a failure of the primary destination, which is written first, stops them.
pub(crate) async fn push(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let value = memory.value.in_hand.clone().ok_or_else(|| bug("no value to push"))?;
    if slots::primary_is_to_do(cx, state) && !slots::keep_old(cx, state, memory).await? {
        memory.sent.pushed = true;
        return Ok(Transition::stay());
    }
    let pushes = facts::pending(state)?.pushes.clone();
    let results = write_all(cx, state, memory, &value, &pushes).await?;
    memory.sent.pushed = true;
    // Results are journaled once, after the last write. So of a run that died, the journal says
    // `todo` for destinations that it may have written; only the run that journaled the fence
    // knows that nothing was tried.
    let untried =
        memory.sent.fenced_here && pushes.values().all(|push| push.written == Written::Todo);
    if untried && results.values().all(|written| *written == Written::Refused) {
        return take_back(state, memory);
    }
    let reached =
        results.values().filter(|written| matches!(written, Written::Done { .. })).count();
    let to = moves::pushed(state, &results);
    let event = format!("{reached} of {} destinations written", results.len());
    if results.values().any(|written| matches!(written, Written::Done { .. })) {
        memory.done(cx, format!("wrote the new value to {event}").replace(" written", ""));
    }
    Ok(Transition::leave(to, event))
}

/// The primary destination certainly refused the value, and nothing else was tried: the key is in
/// no destination and can be deleted immediately.
fn take_back(state: &TokenState, memory: &mut Memory) -> Result<Transition, Problem> {
    if facts::pending(state)?.why == Why::Brought {
        return Ok(Transition::leave(
            moves::forget(state, None),
            "the primary secret refused it; nothing was delivered",
        ));
    }
    memory.value.unusable = Some(Unusable::Refused);
    abort::abort(state, memory, "the primary secret refused it")
}

/// Writes the destinations in their order. Returns the results of those that were tried.
async fn write_all(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    value: &Secret,
    pushes: &BTreeMap<String, Push>,
) -> Result<BTreeMap<String, Written>, Problem> {
    let mut results = BTreeMap::new();
    for (index, destination) in cx.job.config.destinations.iter().enumerate() {
        let key = destination.key();
        if !is_to_write(cx, memory, destination, pushes.get(&key)) {
            continue;
        }
        cx.actions.renew_lease().await?;
        let written = push_one(cx, state, memory, destination, value).await;
        let done = matches!(written, Written::Done { .. });
        results.insert(key, written);
        if index == 0 && !done {
            for later in cx.job.config.destinations.iter().skip(1) {
                memory.delivery(later, Delivery::Waiting, Vec::new());
            }
            break;
        }
    }
    Ok(results)
}

/// Whether this run writes a destination now. If not, reports what happens instead.
fn is_to_write(
    cx: &Context<'_>,
    memory: &mut Memory,
    destination: &Destination,
    push: Option<&Push>,
) -> bool {
    let Some(push) = push else {
        // Added to the config since the fence: it gets the value with the next rotation.
        memory.delivery(destination, Delivery::Waiting, Vec::new());
        return false;
    };
    if let Written::Done { .. } = push.written {
        // This run has just written the result of a refresh to the primary destination.
        let name = destination.to_string();
        if memory.report.destinations.iter().all(|known| known.destination != name) {
            memory.delivery(destination, Delivery::Kept, Vec::new());
        }
        return false;
    }
    // GitHub's budget is used up, or a person stopped the run: the next run continues from here.
    if cx.world.is_interrupted() || memory.sent.used_up {
        memory.delivery(destination, Delivery::Waiting, Vec::new());
        return false;
    }
    true
}

/// Writes one destination, and reports the result.
async fn push_one(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    destination: &Destination,
    value: &Secret,
) -> Written {
    let before = match state_before(cx, memory, destination).await {
        Ok(before) => before,
        Err(problem) => {
            memory.delivery(destination, Delivery::Waiting, vec![problem]);
            return Written::Todo;
        }
    };
    let part = match &destination.part {
        None => Ok(value.clone()),
        Some(part) => cx.actions.part(value, part),
    };
    let part = match part {
        Ok(part) => part,
        Err(problem) => {
            memory.delivery(
                destination,
                Delivery::Refused,
                vec![problem.state(format!("{destination} is unchanged"))],
            );
            return Written::Refused;
        }
    };
    match cx.actions.put(destination, &part, &before).await {
        Ok(arrival) => {
            memory.delivery(destination, Delivery::Written, arrival.problems);
            Written::Done { at: arrival.at }
        }
        Err(failure) => not_written(state, memory, destination, failure),
    }
}

/// The state of a destination before this run writes it: the time of its last write shows later
/// that this run's write arrived.
async fn state_before(
    cx: &Context<'_>,
    memory: &Memory,
    destination: &Destination,
) -> Result<Snapshot, Problem> {
    if let Some(before) = memory.seen.snapshots.get(&destination.key()) {
        return Ok(before.clone());
    }
    // A run that continues after a crash has not looked yet.
    cx.world.secrets.prepare(&destination.place).await?;
    let snapshot = cx.world.secrets.look(destination).await?;
    // It may exist: GitHub also reports what it does not show us as missing.
    match preflight::nothing_to_preserve(destination, &snapshot) {
        Some(problem) => Err(problem),
        None => Ok(snapshot),
    }
}

/// Reports a failed write, and what the destination holds now.
fn not_written(
    state: &TokenState,
    memory: &mut Memory,
    destination: &Destination,
    failure: PutError,
) -> Written {
    let (written, delivery, problem) = match failure {
        PutError::Later(problem) => {
            memory.sent.used_up = true;
            let problem = problem.state(truth::still_holds(state, destination));
            (Written::Todo, Delivery::Waiting, problem)
        }
        PutError::Refused(problem) => {
            let problem = problem.state(truth::still_holds(state, destination));
            (Written::Refused, Delivery::Refused, problem)
        }
        PutError::Unclear(problem) => {
            let problem = problem.state(truth::may_hold(state, destination));
            (Written::Unclear, Delivery::Unclear, problem)
        }
    };
    memory.delivery(destination, delivery, vec![problem]);
    written
}

/// Checks whether the primary secret was written since the checks before the new key was issued.
pub(crate) async fn look_at_primary(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let primary =
        cx.job.config.destinations.first().ok_or_else(|| bug("no primary destination"))?;
    let pending = facts::pending(state)?;
    let arrived = matches!(pending.stage, Stage::Pushed { .. });
    let since = |push: &Push| match push.written {
        Written::Done { at } if arrived => Some(at),
        _ => push.before,
    };
    let Some(before) = pending.pushes.get(&primary.key()).map(since) else {
        // The config named another primary destination when the fence was passed: this one never
        // received the value and never will.
        memory.seen.primary_moved = Some(false);
        return Ok(Transition::stay());
    };
    let now = cx.world.secrets.look(primary).await?;
    memory.seen.primary_moved = Some(now.updated_at > before);
    Ok(Transition::stay())
}

/// Takes a leaked value out of use as soon as every destination has accepted the new one. No later
/// run has received the new value yet, so nothing else is revoked.
pub(crate) fn give_up_current(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let old = state.current.as_ref().ok_or_else(|| bug("there is no value in use"))?.version;
    let to = moves::give_up_current(state, cx.now());
    memory.value.in_hand = None;
    Ok(Transition::leave(
        to,
        format!("{old} leaked, and every destination has a newer value: it will be revoked now"),
    )
    .done(format!("took {old} out of use, because it leaked")))
}

/// Records that this run received the value in use from the primary destination.
pub(crate) fn received_from_primary(cx: &Context<'_>) -> Option<(String, Timestamp)> {
    cx.job.config.primary().map(|primary| (primary.key(), cx.now()))
}

/// This run is the proof: the new value becomes the value in use, and the grace period of the old
/// one starts.
pub(crate) fn promote(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let version = facts::pending(state)?.version;
    let proof = "GitHub passed the new value to this run";
    let to = moves::promote(
        state,
        cx.job.policy.grace,
        inputs::asked(cx, state, memory) == Some(&Why::Leaked),
    );
    let to = moves::confirmed(&to, received_from_primary(cx));
    memory.value.in_hand = None;
    Ok(Transition::leave(to, format!("{version} is in use: {proof}"))
        .done(format!("{version} is in use: {proof}")))
}
