//! OAuth: a refresh returns a new access token, and can use the refresh token up. The response is
//! the only copy, so it is written to the primary destination before any other request. Everything
//! that can be checked is checked before the refresh.

use std::time::Duration;

use super::deliver;
use super::mint;
use crate::destinations::Snapshot;
use crate::domain::cleanup::Taken;
use crate::domain::lifecycle::{Key, Origin, Renewed, Stage, TokenState, Why};
use crate::domain::outcome::Delivery;
use crate::domain::{Destination, Problem, Secret, Timestamp, Verdict};
use crate::providers::{self, ProviderError};
use crate::rotation::checks::pause;
use crate::rotation::checks::preflight;
use crate::rotation::checks::slots;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::{self, account, bug, grants};
use crate::rotation::types::facts::InjectedValue;
use crate::rotation::types::moves;
use crate::rotation::types::moves::Refreshed;
use crate::rotation::types::transition::Transition;

/// How many times the primary destination is tried after a refresh: there is no second copy.
const ROUNDS: u32 = 5;
/// The wait before the same refresh is sent again. Servers that accept a used refresh token again
/// do so only for some seconds.
const PAUSE: Duration = Duration::from_secs(2);

/// Whether a person supplied a new grant, which is refreshed in place of the one in use.
fn has_new_grant(state: &TokenState) -> bool {
    state.pending.as_ref().is_some_and(|pending| pending.why == Why::Brought)
}

/// The value to refresh: the one in use, or the one that a person stored.
fn source(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Result<Secret, Problem> {
    let source =
        if has_new_grant(state) { &cx.job.values.desk.next } else { &cx.job.values.handed };
    source.clone().ok_or_else(|| preflight::value_missing(cx, state, memory))
}

/// Prepares the refresh: checks everything, writes the primary destination with its own value to
/// show that it can be written, and journals that it may hold the result from now on.
pub(crate) async fn rehearse(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    // What is learned about the primary destination is journaled together with the result.
    let mut known = state.clone();
    let taken = match get_ready(cx, &mut known, memory).await {
        Ok(taken) => taken,
        // A refresh that may have been sent is not forgotten: the primary destination may hold its
        // result.
        Err(problem) if memory.sent.inherited => return Err(problem),
        Err(problem) => {
            let left = Transition::leave(moves::forget(&known, None), "not refreshed");
            // Another run took the value that a person stored: not a failure.
            let is_taken = memory.person.left_refused.as_ref() == Some(&problem);
            return Ok(if is_taken { left } else { left.stop(problem) });
        }
    };
    let to = moves::stage(&known, Stage::Refreshing);
    let mut to = slots::keeping(cx, state, moves::with_pushes(&to, deliver::pushes(cx, memory)));
    to.loose_ends.next = taken.or(to.loose_ends.next);
    memory.sent.unsent = true;
    memory.seen.primary_moved = None;
    memory.sent.fenced_here = true;
    Ok(Transition::keep(
        to,
        "the access token will be refreshed; from now on the primary destination may hold the result",
    ))
}

/// Checks everything before the refresh, also that the primary destination can be written if the
/// refresh token is used up. Returns which value of a person is refreshed, if one was stored.
async fn get_ready(
    cx: &Context<'_>,
    state: &mut TokenState,
    memory: &mut Memory,
) -> Result<Option<Taken>, Problem> {
    if memory.seen.snapshots.is_empty() {
        preflight::preflight(cx, state, memory).await.map_err(super::mint::first)?;
    }
    source(cx, state, memory)?;
    let taken =
        if has_new_grant(state) { Some(still_left(cx, state, memory).await?) } else { None };
    let primary = primary(cx)?.clone();
    let snapshot = memory
        .seen
        .snapshots
        .get(&primary.key())
        .cloned()
        .ok_or_else(|| bug("the primary destination was not checked"))?;
    let Some(handed) = cx.job.values.handed.clone().filter(|_| {
        InjectedValue::recognise(state, cx.job.values.handed.as_ref()) == InjectedValue::Current
    }) else {
        return Ok(taken);
    };
    // A run that died before the refresh may have written the primary destination with its own
    // value. Otherwise somebody else did, and this run may have an older value; the next run has
    // the current one.
    if let (Some(known), Some(written), false) =
        (known_write(state, &primary), snapshot.updated_at, memory.sent.inherited_intent)
        && written > known
    {
        know_primary(state, &primary, written);
        return Err(problems::destinations::primary_written(&primary));
    }
    if cx.job.abilities.is_single_use() {
        show_writable(cx, state, memory, (&primary, &snapshot), &handed).await?;
    }
    Ok(taken)
}

/// Writes the primary destination with its own value, the one that this run received. If it did not
/// accept the result of a refresh, all access would be lost, and only a write shows that it can be
/// written.
async fn show_writable(
    cx: &Context<'_>,
    state: &mut TokenState,
    memory: &mut Memory,
    (primary, before): (&Destination, &Snapshot),
    own: &Secret,
) -> Result<(), Problem> {
    cx.actions.renew_lease().await?;
    let written = cx.actions.put(primary, own, before).await;
    let arrival = written.map_err(|failure| {
        failure.into_problem().state("nothing was refreshed; the primary destination is unchanged")
    })?;
    if let Some(snapshot) = memory.seen.snapshots.get_mut(&primary.key()) {
        snapshot.updated_at = Some(arrival.at);
    }
    if known_write(state, primary).is_some() {
        know_primary(state, primary, arrival.at);
    }
    Ok(())
}

/// When the primary destination was last written, as far as the journal knows.
fn known_write(state: &TokenState, primary: &Destination) -> Option<Timestamp> {
    state.held.get(&primary.key()).copied().or(state.adopted_at())
}

/// Records that the primary destination was written at this time, and holds the value in use. For
/// an adopted value, nothing else says when.
fn know_primary(state: &mut TokenState, primary: &Destination, written: Timestamp) {
    match &mut state.current {
        Some(current) if !state.held.contains_key(&primary.key()) => {
            if current.origin == Origin::Adopted {
                state.found = Some(written);
            } else {
                current.since = written;
            }
        }
        _ => drop(state.held.insert(primary.key(), written)),
    }
}

/// Checks that the secret with the new grant still exists: a grant is not taken twice.
async fn still_left(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Taken, Problem> {
    let slot = slots::next_slot(cx)?;
    let written = cx.world.secrets.look(&slot).await?.updated_at;
    if written.is_none() {
        let problem = grants::new_grant_removed(&slot);
        memory.person.left_refused = Some(problem.clone());
        return Err(problem);
    }
    let source = source(cx, state, memory)?.fingerprint(&state.salt);
    Ok(Taken { fingerprint: source.clone(), source: Some(source), written })
}

fn primary<'j>(cx: &Context<'j>) -> Result<&'j Destination, Problem> {
    cx.job.config.primary().ok_or_else(|| bug("there is no primary destination"))
}

/// Sends the refresh. A lost response cannot be looked up, so the same refresh token is sent again
/// immediately: servers that accept that do so only for seconds. It cannot do harm, because the
/// content of the first response is lost anyway.
pub(crate) async fn refresh(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    if memory.sent.unsent && !slots::keep_old(cx, state, memory).await? {
        memory.sent.unsent = false;
        memory.sent.pushed = true;
        return Ok(Transition::leave(moves::forget(state, None), "not refreshed"));
    }
    let source = source(cx, state, memory)?;
    let manager = cx
        .job
        .config
        .manager
        .is_some()
        .then(|| preflight::manager(cx, state, memory))
        .transpose()?;
    memory.sent.unsent = false;
    memory.sent.refreshed += 1;
    if memory.sent.refreshed > 1 {
        cx.actions.wait(PAUSE).await;
    }
    match cx.actions.refresh(manager, &source).await {
        Ok(fresh) => refreshed(cx, state, memory, &source, fresh).await,
        Err(ProviderError::Unclear { why }) => {
            memory.done(
                cx,
                format!(
                    "sent a refresh request to {}; the response was unclear ({why})",
                    cx.job.config.provider
                ),
            );
            Ok(Transition::stay())
        }
        Err(refusal) => not_refreshed(cx, state, memory, &refusal).await,
    }
}

async fn not_refreshed(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    refusal: &ProviderError,
) -> Result<Transition, Problem> {
    let lost = memory.sent.refreshed > 1 || memory.sent.inherited;
    if let ProviderError::Refused { dead_token: true, message, .. } = refusal {
        let problem = grants::refresh_token_refused(cx.job.config, message, lost);
        let has_new_grant = has_new_grant(state);
        let mut to = moves::forget(state, None);
        if let (Some(current), false) = (&mut to.current, has_new_grant) {
            current.renewed = Some(Renewed::Refused);
        }
        if has_new_grant {
            memory.report.problems.push(problem.clone());
            memory.person.left_refused = Some(problem);
        } else {
            memory.person.grant_dead = Some(problem);
        }
        return Ok(Transition::leave(to, "the provider does not accept the refresh token"));
    }
    let problem = preflight::manager_problem(cx, "refresh the access token at", refusal);
    if lost {
        return Err(problem.state(
            "it is not known whether the previous refresh happened; the next run sends another",
        ));
    }
    let (pause, event) = pause::pause_of(cx, refusal, "not refreshed");
    Ok(Transition::leave(moves::forget(state, pause), event).stop(
        problem.state("nothing was refreshed; the access token in use works until it expires"),
    ))
}

/// Writes the result to the primary destination, before any other request.
async fn refreshed(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    source: &Secret,
    fresh: providers::Refreshed,
) -> Result<Transition, Problem> {
    let (value, mut known) = (fresh.value, state.clone());
    if has_new_grant(state)
        && let Err(problem) = of_same_account(cx, &mut known, &value).await
    {
        let problem =
            problem.state("nothing was changed: the primary destination still holds the old value");
        memory.report.problems.push(problem.clone());
        memory.person.left_refused = Some(problem);
        return Ok(Transition::leave(moves::forget(state, None), "the new grant was rejected"));
    }
    memory.value.in_hand = Some(value.clone());
    let at = write_primary(cx, memory, &value).await?;
    let renewed = renewed(cx, state, source, &value, fresh.single_use);
    let to = moves::refreshed(
        &known,
        Refreshed {
            fingerprint: value.fingerprint(&state.salt),
            expires_at: fresh.expires_at,
            renewed: (!has_new_grant(state)).then_some(renewed),
            primary: primary(cx)?.key(),
            at,
        },
    );
    memory.sent.mints += 1;
    memory.delivery(primary(cx)?, Delivery::Written, Vec::new());
    Ok(Transition::keep(to, "refreshed; the primary destination holds the result")
        .done("refreshed the access token, and wrote the result to the primary destination first"))
}

fn renewed(
    cx: &Context<'_>,
    state: &TokenState,
    source: &Secret,
    value: &Secret,
    single_use: bool,
) -> Renewed {
    let refresh =
        |of: &Secret| Some(cx.actions.part(of, "refresh-token").ok()?.fingerprint(&state.salt));
    match (single_use, refresh(source), refresh(value)) {
        (_, Some(before), Some(after)) if before == after => Renewed::Carried,
        (true, ..) => Renewed::Spent,
        (false, ..) => Renewed::Replaced,
    }
}

/// Writes the primary destination, with more tries than any other: until it succeeds, this process
/// has the only copy.
async fn write_primary(
    cx: &Context<'_>,
    memory: &Memory,
    value: &Secret,
) -> Result<Timestamp, Problem> {
    let primary = primary(cx)?;
    let before = memory
        .seen
        .snapshots
        .get(&primary.key())
        .ok_or_else(|| bug("the primary destination was not checked"))?;
    let mut last = None;
    for round in 0..ROUNDS {
        if round > 0 {
            cx.actions.wait(PAUSE * (1 << round)).await;
        }
        match cx.actions.put(primary, value, before).await {
            Ok(arrival) => return Ok(arrival.at),
            Err(failure) => last = Some(failure.into_problem()),
        }
    }
    let problem = last.unwrap_or_else(|| bug("the primary destination was not tried"));
    Err(if cx.job.abilities.is_single_use() {
        grants::refresh_not_stored(cx.job.config, problem)
    } else {
        problem.state("the next run refreshes again; the refresh token still works")
    })
}

/// Tests a new grant before it replaces the old one. Only here another request precedes the write
/// of the primary destination: after a crash, the person would have to authorize again, and no
/// more.
async fn of_same_account(
    cx: &Context<'_>,
    state: &mut TokenState,
    value: &Secret,
) -> Result<(), Problem> {
    let verdict = cx.actions.verify(value).await;
    let owner = verdict.facts().and_then(|facts| facts.owner.clone());
    if !verdict.is_alive() {
        return Err(match &verdict {
            Verdict::Unknown { why } => account::unavailable(cx.job.config, why),
            Verdict::RateLimited { .. } => account::rate_limit_exhausted(cx.job.config),
            dead => grants::new_grant_dead(cx.job.config, dead),
        });
    }
    if let (Some(before), Some(after)) = (&state.owner, &owner)
        && before != after
    {
        return Err(grants::new_grant_of_other_account(before, after));
    }
    state.owner = owner.or(state.owner.clone());
    Ok(())
}

/// Tests the result of a refresh, which the primary destination already holds.
pub(crate) async fn test_refreshed(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let value = memory.value.in_hand.clone().ok_or_else(|| bug("there is no value to test"))?;
    let verdict = mint::settled(cx, &value).await;
    if verdict.is_alive() {
        memory.value.tested = true;
        memory.done(cx, format!("tested the new access token: {}", verdict.as_str()));
        return Ok(Transition::stay());
    }
    if let Verdict::Unknown { why } = &verdict {
        return Err(account::unavailable(cx.job.config, why)
            .state("the primary destination holds the new value; the others hold the old one until the next run"));
    }
    if matches!(verdict, Verdict::RateLimited { .. }) {
        return Err(account::rate_limit_exhausted(cx.job.config));
    }
    // An earlier run refreshed it, and it has expired since: the value of the primary destination
    // is refreshed again.
    if InjectedValue::recognise(state, cx.job.values.handed.as_ref()) == InjectedValue::Pending
        && memory.sent.mints == 0
    {
        memory.value.tested = false;
        memory.value.in_hand = None;
        let to = moves::confirmed(
            &moves::take_over(state, cx.now()),
            deliver::received_from_primary(cx),
        );
        return Ok(Transition::leave(
            to,
            "its access token has expired; the value of the primary destination is refreshed again",
        ));
    }
    Err(grants::refreshed_dead(cx.job.config, &verdict))
}

/// An earlier run died after it wrote the primary destination, so this run received a value that
/// the journal does not know: adopts it as the result of the refresh.
pub(crate) async fn recognise(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let value =
        cx.job.values.handed.clone().ok_or_else(|| preflight::value_missing(cx, state, memory))?;
    let primary = primary(cx)?.clone();
    let at = cx
        .world
        .secrets
        .look(&primary)
        .await?
        .updated_at
        .ok_or_else(|| bug("the primary destination does not exist"))?;
    let verdict = cx.job.driver.verify(&value).await;
    let facts = verdict.facts().cloned().unwrap_or_default();
    if let (Some(before), Some(after)) = (&state.owner, &facts.owner)
        && before != after
    {
        let name = &cx.job.config.name;
        return Err(problems::destinations::primary_of_other_account(
            &primary, before, after, name,
        ));
    }
    let renewed = if cx.job.abilities.is_single_use() { Renewed::Spent } else { Renewed::Replaced };
    let fingerprint = value.fingerprint(&state.salt);
    let renewed = (!has_new_grant(state)).then_some(renewed);
    let to = moves::refreshed(
        state,
        Refreshed {
            fingerprint,
            expires_at: facts.expires_at,
            renewed,
            primary: primary.key(),
            at,
        },
    );
    memory.value.in_hand = Some(value);
    Ok(Transition::keep(
        to,
        "the primary destination holds the result of the refresh, which this run received",
    )
    .done("found the result of an interrupted refresh in the primary destination"))
}

/// Forgets a value that was refreshed: it expires by itself, so it is neither revoked nor tested.
pub(crate) fn expire(
    cx: &Context<'_>,
    state: &TokenState,
    index: usize,
) -> Result<Transition, Problem> {
    let retiring = state.retiring.get(index).ok_or_else(|| bug("there is no such retiring key"))?;
    let Key { version, expires_at, renewed, .. } = retiring.key.clone();
    let access = expires_at.map_or_else(
        || "its access token expires at an unknown time".to_owned(),
        |end| format!("its access token expired at {end}"),
    );
    let refresh = match renewed {
        Some(Renewed::Spent) => "its refresh token was used up",
        Some(Renewed::Carried) => "its refresh token is still part of the value in use",
        Some(Renewed::Refused) => "the provider does not accept its refresh token",
        Some(Renewed::Replaced) | None => "its refresh token was replaced, and no secret holds it",
    };
    let to = moves::bury(state, index, cx.now());
    Ok(Transition::leave(to, format!("retired {version}: {access}, {refresh}"))
        .done(format!("retired {version}: {access}, and {refresh}")))
}
