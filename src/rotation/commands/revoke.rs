//! `revoke`: revokes one key now, because a person asked. It first checks what still depends on the
//! key; then only `--force` continues. A key counts as revoked on the same proof as in a rotation.

use super::foreign;
use crate::domain::cleanup::Leak;
use crate::domain::lifecycle::{Ending, Retiring, TokenState};
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Fingerprint, Problem, Timestamp};
use crate::rotation::checks::refused;
use crate::rotation::checks::slots;
use crate::rotation::decide::alarm;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::effects::lease;
use crate::rotation::effects::live::Live;
use crate::rotation::problems;
use crate::rotation::problems::revoking::Use;
use crate::rotation::problems::{adoption, bug, revoking};
use crate::rotation::report::finish::{failed, finish};
use crate::rotation::run::Run;
use crate::rotation::types::facts::LeaseHolder;
use crate::rotation::types::job::{Job, World};
use crate::rotation::types::leak::{Standing, standing, with_leak};
use crate::rotation::types::retiring::label;
use crate::rotation::types::step::Step;
use crate::rotation::types::transition::Transition;

/// Revokes the key of the leaked value, or, if none was reported, the one in use. `accepted` is why
/// a person wants that although the key may still be in use.
pub async fn revoke(world: &World<'_>, job: &Job<'_>, accepted: Option<&str>) -> TokenOutcome {
    let actions = match Live::open(world, job).await {
        Ok(actions) => actions,
        Err(problem) => return failed(job, problem),
    };
    let mut run = match Run::begin(world, job, &actions).await {
        Ok(run) => run,
        Err(problem) => return failed(job, problem),
    };
    let ended = end_one(&mut run, accepted).await;
    let told =
        if ended.is_ok() && !run.memory.person.told { run.take(Step::Tell).await } else { Ok(()) };
    run.memory.report.problems.extend(ended.err().into_iter().chain(told.err()));
    run.leave().await;
    finish(run)
}

async fn end_one(run: &mut Run<'_>, accepted: Option<&str>) -> Result<(), Problem> {
    let (cx, state) = (run.cx, &run.state);
    let leader = lease::leader(cx.world, state.lead.as_ref(), cx.now()).await?;
    if let LeaseHolder::Another { who } = leader {
        return Err(problems::run::busy(&cx.job.config.name, &who));
    }
    let name = &cx.job.config.name;
    let found = match &cx.job.request.reported_leak {
        Some(reported_leak) => standing(state, &reported_leak.value),
        None => state.current.as_ref().map(|_| Standing::InUse),
    };
    match (found, &cx.job.request.reported_leak) {
        (None, Some(leak)) => foreign::end(run, &leak.value, accepted).await,
        (None, None) => Err(adoption::not_adopted(name)),
        (Some(Standing::Coming), _) => Err(revoking::being_delivered(name)),
        (Some(Standing::Dead), _) => dead_already(&cx, &run.state, &mut run.memory).await,
        (Some(Standing::Replaced), _) => {
            let fingerprint = wanted_fingerprint(&cx, state)?;
            let unproven = state.retiring.iter().any(|retiring| {
                retiring.key.fingerprint == fingerprint && retiring.not_before.is_none()
            });
            if unproven && accepted.is_none() {
                return Err(still_in_use(&cx, state, Use::NewerNotDelivered));
            }
            let to = at_once(&reported_leak(&cx, state), &fingerprint, cx.now());
            let event = refused::because("an old value will be revoked now", accepted);
            end_now(run, Transition::keep(to, event), &fingerprint).await
        }
        (Some(Standing::InUse), _) => {
            let fingerprint = wanted_fingerprint(&cx, state)?;
            if accepted.is_none() {
                return Err(still_in_use(&cx, state, Use::Current));
            }
            let to = retire_current(&reported_leak(&cx, state), cx.now());
            let event = refused::because("the value in use will be revoked", accepted);
            end_now(run, Transition::keep(to, event), &fingerprint).await
        }
    }
}

/// Journals that a key will be revoked, takes all steps that are possible now, and verifies that
/// the provider rejects it.
async fn end_now(
    run: &mut Run<'_>,
    begun: Transition,
    fingerprint: &Fingerprint,
) -> Result<(), Problem> {
    run.apply(begun).await?;
    while let Some(step) = next_of(run, fingerprint) {
        run.take(step).await?;
    }
    refused_now(&run.cx, &run.state, &mut run.memory, fingerprint).await
}

/// The next step to revoke one retiring key; `None` if nothing more can be done now.
fn next_of(run: &Run<'_>, fingerprint: &Fingerprint) -> Option<Step> {
    let person = &run.memory.person;
    if person.asked_person.is_none() && person.opening {
        return Some(Step::OpenIssue);
    }
    if person.asked_person.is_none() && !run.memory.ends.need_person.is_empty() {
        return Some(Step::Ask);
    }
    let mut retiring = run.state.retiring.iter().enumerate();
    let (index, retiring) =
        retiring.find(|(_, retiring)| retiring.key.fingerprint == *fingerprint)?;
    if run.memory.ends.left_for_later.contains(&label(&retiring.key)) {
        return None;
    }
    let ends = alarm::ends(&run.cx) && retiring.key.id.is_some();
    Some(match retiring.stage {
        Ending::Waiting if ends => Step::BeginRevoking(index),
        Ending::Waiting => Step::AskToEnd(index),
        Ending::Asked { .. } => Step::SeeDead(index),
        Ending::Revoking { .. } | Ending::Disabled { .. } => Step::Revoke(index),
        Ending::Revoked { .. } => Step::Bury(index),
    })
}

/// The state, with the leak that was reported to this run.
fn reported_leak(cx: &Context<'_>, state: &TokenState) -> TokenState {
    let Some(reported_leak) = &cx.job.request.reported_leak else { return state.clone() };
    let leak = Leak {
        fingerprint: reported_leak.value.fingerprint(&state.salt),
        alert: reported_leak.alert,
    };
    with_leak(state, leak, cx.now())
}

fn wanted_fingerprint(cx: &Context<'_>, state: &TokenState) -> Result<Fingerprint, Problem> {
    let named = cx
        .job
        .request
        .reported_leak
        .as_ref()
        .map(|reported_leak| reported_leak.value.fingerprint(&state.salt));
    named
        .or_else(|| state.current.as_ref().map(|key| key.fingerprint.clone()))
        .ok_or_else(|| bug("there is no value to revoke"))
}

/// The problem of a value that destinations still hold.
fn still_in_use(cx: &Context<'_>, state: &TokenState, reason: Use) -> Problem {
    let config = cx.job.config;
    let destinations = config
        .destinations
        .iter()
        .map(|destination| (destination, state.held.get(&destination.key()).copied()));
    revoking::still_in_use(&config.name, reason, destinations)
}

/// Verifies that the provider rejects the value of a key that is gone, if this run has the value:
/// the provider may accept it for a while.
async fn refused_now(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    fingerprint: &Fingerprint,
) -> Result<(), Problem> {
    let gone = state.dead.iter().find(|dead| dead.fingerprint == *fingerprint).cloned();
    let Some((value, gone)) = slots::value_of(cx, state, fingerprint).zip(gone) else {
        return Ok(());
    };
    let what = gone.id.as_ref().map_or_else(|| "the value".to_owned(), |id| format!("key {id}"));
    let verdict = cx.job.driver.verify(&value).await;
    refused::refused(cx, state, memory, &verdict, &what, gone.at)
}

/// The journal says that the value is revoked; the provider decides.
async fn dead_already(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<(), Problem> {
    let Some(reported_leak) = &cx.job.request.reported_leak else { return Ok(()) };
    let value = reported_leak.value.clone();
    let fingerprint = value.fingerprint(&state.salt);
    let verdict = cx.job.driver.verify(&value).await;
    if verdict.is_dead() {
        memory.done(
            cx,
            format!("verified that this value is already revoked ({})", verdict.as_str()),
        );
        return Ok(());
    }
    match state.dead.iter().find(|dead| dead.fingerprint == fingerprint).cloned() {
        Some(dead) => refused::refused(
            cx,
            state,
            memory,
            &verdict,
            &dead.id.map_or_else(|| "the value".to_owned(), |id| format!("key {id}")),
            dead.at,
        ),
        None => Err(refused::not_seen_dead(
            cx,
            state,
            &verdict,
            "the journal says that this value was revoked before",
        )),
    }
}

/// Ends the grace period of an old value now.
fn at_once(state: &TokenState, fingerprint: &Fingerprint, now: Timestamp) -> TokenState {
    let mut to = state.clone();
    for retiring in
        to.retiring.iter_mut().filter(|retiring| retiring.key.fingerprint == *fingerprint)
    {
        retiring.leaked = true;
        retiring.not_before = Some(retiring.not_before.map_or(now, |moment| moment.min(now)));
    }
    to
}

/// Marks the value in use to be revoked. The destinations keep it, so the next rotation replaces
/// it.
fn retire_current(state: &TokenState, now: Timestamp) -> TokenState {
    let mut to = state.clone();
    let ending = state.current.clone().filter(|key| !state.is_ending(key));
    to.retiring.extend(ending.map(|key| Retiring {
        key,
        not_before: Some(now),
        leaked: true,
        stage: Ending::Waiting,
    }));
    to
}
