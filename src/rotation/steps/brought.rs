//! A manually created value: tested, compared with the one in use, and delivered.

use super::adopt;
use super::deliver;
use crate::domain::cleanup::Taken;
use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::{Facts, Problem, Secret, Timestamp, Verdict};
use crate::rotation::checks::ownership;
use crate::rotation::checks::preflight;
use crate::rotation::checks::renamed;
use crate::rotation::checks::slots;
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems;
use crate::rotation::problems::issuing::Wanted;
use crate::rotation::types::moves;
use crate::rotation::types::transition::Transition;

/// Takes the value that a person stored in the secret beside the primary destination. If the value
/// cannot be used, the report says so, and so does the issue.
pub(crate) async fn take_next(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let value =
        cx.job.values.desk.next.clone().ok_or_else(|| problems::bug("there is no new value"))?;
    let slot = slots::next_slot(cx)?;
    let refused = |problem: Problem| {
        problem.state(format!("nothing was changed; {slot} still holds the rejected value"))
    };
    let tested = match preflight::too_large(&value) {
        Some(problem) => Err(problem),
        None => test_brought(cx, state, memory, &value).await,
    };
    let new = match tested {
        Ok(new) => new,
        Err(problem) => {
            let problem = refused(problem);
            memory.person.left_refused = Some(problem.clone());
            memory.report.problems.push(problem);
            return Ok(Transition::stay());
        }
    };
    let written = cx.world.secrets.look(&slot).await?.updated_at;
    let fingerprint = value.fingerprint(&state.salt);
    let taken = Taken { fingerprint, source: None, written };
    let accepted = accept(cx, state, memory, &value, new, Some(taken)).await?;
    Ok(accepted.done(format!("took the new value from {slot}")))
}

/// Checks that the new value works, belongs to the same account as the old one, and has the same
/// scopes: no fewer and no more.
pub(crate) async fn test_brought(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    value: &Secret,
) -> Result<Facts, Problem> {
    let config = cx.job.config;
    if ownership::is_a_manager(cx, state, value) {
        return Err(problems::issuing::given_is_a_manager(&config.name));
    }
    renamed::is_of_no_other(cx, value).await?;
    let verdict = cx.job.driver.verify(value).await;
    let Some(new) = verdict.facts().cloned() else {
        return Err(match &verdict {
            Verdict::Unknown { why } => problems::account::unavailable(config, why),
            Verdict::RateLimited { .. } => problems::account::rate_limit_exhausted(config),
            dead => problems::issuing::given_dead(config, dead),
        });
    };
    let old = match &cx.job.values.handed {
        Some(old) => cx.job.driver.verify(old).await.facts().cloned(),
        None => None,
    };
    let before = old.as_ref().and_then(|facts| facts.owner.clone()).or_else(|| state.owner.clone());
    if let (Some(before), Some(after)) = (&before, &new.owner)
        && before != after
    {
        return Err(problems::issuing::given_of_other_account(before, after));
    }
    same_scopes(cx, &new, old.and_then(|facts| facts.scopes).as_deref())?;
    // The report names the version in use beside this result, which of a refused value would be
    // wrong; the problem says it.
    memory.report.verdict = Some(verdict);
    Ok(new)
}

/// Compares the new scopes with those in the config, or else with those of the old value.
pub(crate) fn same_scopes(
    cx: &Context<'_>,
    new: &Facts,
    old: Option<&[String]>,
) -> Result<(), Problem> {
    let config = cx.job.config;
    let wanted = if config.scopes.is_empty() {
        old.map(Wanted::InUse)
    } else {
        Some(Wanted::Config(&config.scopes))
    };
    let (Some(found), Some(wanted)) = (new.scopes.as_deref(), wanted) else { return Ok(()) };
    let without = |these: &[String], those: &[String]| {
        these
            .iter()
            .filter(|scope| !those.contains(scope))
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (missing, surplus) = (without(wanted.scopes(), found), without(found, wanted.scopes()));
    if !missing.is_empty() {
        return Err(problems::issuing::given_narrower(&missing, wanted));
    }
    if !surplus.is_empty() {
        return Err(problems::issuing::given_wider(&surplus, wanted));
    }
    Ok(())
}

/// Passes the fence with a tested value.
pub(crate) async fn accept(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    value: &Secret,
    new: Facts,
    taken: Option<Taken>,
) -> Result<Transition, Problem> {
    let mut problems = Vec::new();
    preflight::look_at_destinations(cx, state, memory, &mut problems).await;
    if !problems.is_empty() {
        return Err(super::mint::first(problems).state("nothing was pushed"));
    }
    let fingerprint = value.fingerprint(&state.salt);
    let (nonce, name) = cx.fresh_name(state.newest().next())?;
    let (id, id_from) = adopt::id_of(cx, state, memory, value).await?.unzip();
    // An earlier manual value that was never proven may be in any destination: it retires with the
    // others.
    let to = match &state.pending {
        None => moves::intend(state, Why::Brought, nonce, name, cx.now()),
        Some(pending) if pending.fingerprint() == Some(&fingerprint) => state.clone(),
        Some(_) => moves::supersede(state, nonce, name, cx.now()),
    };
    let expires_at: Option<Timestamp> = new.expires_at;
    let mut to = moves::fence(&to, id, fingerprint, expires_at, deliver::pushes(cx, memory));
    if let Some(pending) = &mut to.pending {
        pending.id_from = id_from;
    }
    to.owner = new.owner.or(to.owner);
    if taken.is_some() {
        to.loose_ends.next = taken;
    }
    let to = slots::keeping(cx, state, to);
    memory.value.in_hand = Some(value.clone());
    memory.sent.fenced_here = true;
    memory.seen.primary_moved = None;
    Ok(Transition::keep(
        to,
        "created manually and tested; from now on it may be in any destination",
    ))
}
