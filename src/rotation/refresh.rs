//! OAuth: a refresh gives a new access token, and may use the refresh token up. Its answer is the
//! only copy there is, so what comes of it is written to the primary destination before any other
//! request. Everything that can be found out is found out before.

use std::time::Duration;

use super::context::Context;
use super::facts::InjectedValue;
use super::faults::bug;
use super::memory::Memory;
use super::moves::Refreshed;
use super::transition::Transition;
use super::{deliver, mint, moves, pause, preflight, slots};
use crate::domain::cleanup::Taken;
use crate::domain::lifecycle::{Key, Origin, Renewed, Stage, TokenState, Why};
use crate::domain::outcome::Delivery;
use crate::domain::{Code, Destination, Problem, Secret, Timestamp, Verdict};
use crate::providers::{self, ProviderError};

/// How often the primary destination is tried when it does not take what came of a refresh: there
/// is no second copy.
const ROUNDS: u32 = 5;
/// Before the same refresh is sent again. Servers that take a used refresh token once more do so
/// for some seconds.
const PAUSE: Duration = Duration::from_secs(2);

/// Whether a person gave a new grant, which is refreshed in place of the one in use.
fn has_new_grant(state: &TokenState) -> bool {
    state.pending.as_ref().is_some_and(|pending| pending.why == Why::Brought)
}

/// What is refreshed: the value in use, or what a person left.
fn source(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Result<Secret, Problem> {
    let source =
        if has_new_grant(state) { &cx.job.values.desk.next } else { &cx.job.values.handed };
    source.clone().ok_or_else(|| preflight::value_missing(cx, state, memory))
}

/// Before the refresh: looks at everything, shows that the primary destination can be written
/// by writing what it holds, and journals that from now on the primary destination may hold
/// what comes of it.
pub(super) async fn rehearse(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    // What is learned of the primary destination is journalled with what comes of it.
    let mut known = state.clone();
    let taken = match get_ready(cx, &mut known, memory).await {
        Ok(taken) => taken,
        // A refresh that may have been sent is not forgotten: the primary destination may hold what
        // came of it yet.
        Err(problem) if memory.sent.inherited => return Err(problem),
        Err(problem) => {
            let left = Transition::leave(moves::forget(&known, None), "not refreshed");
            // What a person left was taken by another run: no reason to fail.
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
        "the access token will be refreshed; from here on the primary destination may hold what comes of it",
    ))
}

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
    let held = state.held.get(&primary.key()).copied();
    let snapshot = memory
        .seen
        .snapshots
        .get(&primary.key())
        .cloned()
        .ok_or_else(|| bug("nobody has looked at the primary destination"))?;
    let Some(handed) = cx.job.values.handed.clone().filter(|_| {
        InjectedValue::recognise(state, cx.job.values.handed.as_ref()) == InjectedValue::Current
    }) else {
        return Ok(taken);
    };
    // A run that died with nothing sent may have written the primary destination with what it
    // holds. Otherwise somebody else did, and what this run was handed may be from before; the
    // next one passes.
    let adopted = state.adopted_at();
    if let (Some(known), Some(written), false) =
        (held.or(adopted), snapshot.updated_at, memory.sent.inherited_intent)
        && written > known
    {
        know_primary(state, &primary, written);
        return Err(Problem::new(
            Code::OverwrittenByHand,
            format!("{primary} was written since this run was handed its value"),
        )
        .hint("the next run is handed what it holds now")
        .state("nothing was refreshed"));
    }
    if !cx.job.abilities.is_single_use() {
        return Ok(taken);
    }
    // A refresh whose answer the primary destination would not take locks everybody out. Only a
    // write shows that it can be written.
    cx.actions.renew_lease().await?;
    let written = cx.actions.put(&primary, &handed, &snapshot).await;
    let arrival = written.map_err(|failure| {
        failure
            .into_problem()
            .state("nothing was refreshed; the primary destination holds what it held")
    })?;
    if let Some(snapshot) = memory.seen.snapshots.get_mut(&primary.key()) {
        snapshot.updated_at = Some(arrival.at);
    }
    if held.or(adopted).is_some() {
        know_primary(state, &primary, arrival.at);
    }
    Ok(taken)
}

/// The primary destination was written at this moment, and holds the value in use. Of one that
/// was found there, nothing else says when.
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

/// What a person left is still where this run was handed it from: a grant that was taken is not
/// taken twice.
async fn still_left(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Taken, Problem> {
    let slot = slots::next_slot(cx)?;
    let written = cx.world.secrets.look(&slot).await?.updated_at;
    if written.is_none() {
        let problem =
            Problem::new(Code::AnotherRun, format!("{slot} was removed since this run was queued"))
                .hint("nothing to do: what it held was taken")
                .state("nothing was changed");
        memory.person.left_refused = Some(problem.clone());
        return Err(problem);
    }
    let source = source(cx, state, memory)?.fingerprint(&state.salt);
    Ok(Taken { fingerprint: source.clone(), source: Some(source), written })
}

fn primary<'j>(cx: &Context<'j>) -> Result<&'j Destination, Problem> {
    cx.job.config.primary().ok_or_else(|| bug("no primary destination"))
}

/// Sends the refresh. A lost answer cannot be looked up; the same refresh token is shown once
/// more, at once, since servers that forgive that do so for seconds. Nothing of use can be
/// broken by it: what the first answer held is lost.
pub(super) async fn refresh(
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
                    "asked {} for a refresh; the answer was lost ({why})",
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
        let problem = grant_is_dead(cx, message, lost);
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
        return Ok(Transition::leave(to, "the provider does not take the refresh token"));
    }
    let problem = preflight::manager_problem(cx, "refresh the access token at", refusal);
    if lost {
        return Err(problem
            .state("whether the refresh before was done is not known; the next run asks again"));
    }
    let (pause, event) = pause::pause_of(cx, refusal, "not refreshed");
    Ok(Transition::leave(moves::forget(state, pause), event).stop(
        problem.state("nothing was refreshed; the access token in use works until it expires"),
    ))
}

fn grant_is_dead(cx: &Context<'_>, message: &str, lost: bool) -> Problem {
    let config = cx.job.config;
    let problem = Problem::new(
        Code::NeedsPerson,
        format!(
            "{} does not take the refresh token of {}: a person has to authorize again",
            config.provider, config.name
        ),
    );
    let problem = if lost {
        problem.cause("a refresh was sent before, and its answer was lost: the provider takes each refresh token once")
    } else {
        problem
            .cause("it was used by somebody else, was revoked, or has not been used for too long")
    };
    problem.cause(format!("{} says: {message}", config.provider))
}

/// The primary destination first, before any other request.
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
        let problem = problem
            .state("nothing was changed: the primary destination still holds the value it held");
        memory.report.problems.push(problem.clone());
        memory.person.left_refused = Some(problem);
        return Ok(Transition::leave(moves::forget(state, None), "the new grant was refused"));
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
    Ok(Transition::keep(to, "refreshed; the primary destination holds what came of it").done(
        "refreshed the access token, and wrote what came of it to the primary destination before anything else",
    ))
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

/// The only copy is in this process until the primary destination holds it, so the primary
/// destination is tried for longer than anything else.
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
        .ok_or_else(|| bug("nobody has looked at the primary destination"))?;
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
    let name = &cx.job.config.name;
    Err(if cx.job.abilities.is_single_use() {
        problem
            .cause(format!("the refresh token of {name} was used up by the refresh, and the primary destination did not take the one that came of it"))
            .hint("if the next run says that the refresh token is not taken, authorize again: it says how")
            .state("the access token in the other destinations works until it expires")
    } else {
        problem.state("the next run refreshes again; the refresh token still works")
    })
}

/// A new grant is tested before it replaces the old one: it is the only case in which another
/// request comes before the primary destination, and the worst that a crash here costs is that
/// the person authorizes once more.
async fn of_same_account(
    cx: &Context<'_>,
    state: &mut TokenState,
    value: &Secret,
) -> Result<(), Problem> {
    let verdict = cx.actions.verify(value).await;
    let owner = verdict.facts().and_then(|facts| facts.owner.clone());
    if !verdict.is_alive() {
        return Err(match &verdict {
            Verdict::Unknown { why } => preflight::provider_unavailable(cx, why),
            Verdict::RateLimited { .. } => {
                preflight::provider_unavailable(cx, "its rate limit is used up")
            }
            dead => Problem::new(
                Code::NewValueDead,
                format!(
                    "{} does not accept the new access token ({})",
                    cx.job.config.provider,
                    dead.as_str()
                ),
            ),
        });
    }
    if let (Some(before), Some(after)) = (&state.owner, &owner)
        && before != after
    {
        return Err(Problem::new(
            Code::NewValueDead,
            format!("the new grant belongs to account {after}, the old one to {before}"),
        )
        .hint("authorize again, in the same account"));
    }
    state.owner = owner.or(state.owner.clone());
    Ok(())
}

/// Tests what came of a refresh, which the primary destination holds already.
pub(super) async fn test_refreshed(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let value = memory.value.in_hand.clone().ok_or_else(|| bug("no value to test"))?;
    let verdict = mint::settled(cx, &value).await;
    if verdict.is_alive() {
        memory.value.tested = true;
        memory.done(cx, format!("tested the new access token: {}", verdict.as_str()));
        return Ok(Transition::stay());
    }
    if let Verdict::Unknown { why } = &verdict {
        return Err(preflight::provider_unavailable(cx, why)
            .state("the primary destination holds the new value; the others hold the old one until the next run"));
    }
    if matches!(verdict, Verdict::RateLimited { .. }) {
        return Err(preflight::provider_unavailable(cx, "its rate limit is used up"));
    }
    // It was refreshed by a run before this one, and has expired since: what the primary
    // destination holds is refreshed again.
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
            "its access token is over; the primary destination is refreshed again",
        ));
    }
    Err(Problem::new(
        Code::NewValueDead,
        format!("{} does not accept the access token it just gave ({})", cx.job.config.provider, verdict.as_str()),
    )
    .hint("the next run tests it again")
    .state("the primary destination holds the new value; the others hold the old one, which works until it expires"))
}

/// A run died after it had written the primary destination, and this one was handed what it
/// wrote: the value nobody knows, in a primary destination that moved.
pub(super) async fn recognise(
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
        .ok_or_else(|| bug("the primary destination is gone"))?;
    let verdict = cx.job.driver.verify(&value).await;
    let facts = verdict.facts().cloned().unwrap_or_default();
    if let (Some(before), Some(after)) = (&state.owner, &facts.owner)
        && before != after
    {
        return Err(Problem::new(
            Code::OverwrittenByHand,
            format!("{primary} holds a value of account {after}, the one before was of {before}"),
        )
        .hint(format!(
            "put the value of account {before} back, or: tokenward push {} --value-from -",
            cx.job.config.name
        ))
        .state("nothing was changed"));
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
        "the primary destination holds what came of the refresh; GitHub handed it to this run",
    )
    .done("found in the primary destination what came of a refresh whose run died"))
}

/// The end of what was refreshed: nothing has to be revoked, and nothing is tested by using it.
pub(super) fn expire(
    cx: &Context<'_>,
    state: &TokenState,
    index: usize,
) -> Result<Transition, Problem> {
    let retiring = state.retiring.get(index).ok_or_else(|| bug("there is no such retiring key"))?;
    let Key { version, expires_at, renewed, .. } = retiring.key.clone();
    let access = expires_at.map_or_else(
        || "its access token ends by itself, nobody told when".to_owned(),
        |end| format!("its access token expired at {end}"),
    );
    let refresh = match renewed {
        Some(Renewed::Spent) => "its refresh token was used up",
        Some(Renewed::Carried) => "its refresh token goes on in the value in use",
        Some(Renewed::Refused) => "the provider does not take its refresh token",
        Some(Renewed::Replaced) | None => "its refresh token was replaced, and no secret holds it",
    };
    let to = moves::bury(state, index, cx.now());
    Ok(Transition::leave(to, format!("{version} is over: {access}, {refresh}"))
        .done(format!("{version} is over: {access}, and {refresh}")))
}
