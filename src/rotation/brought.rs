//! A value that a person made: tested, compared with the one in use, and put on its way.

use super::context::Context;
use super::memory::Memory;
use super::transition::Transition;
use super::{adopt, deliver, moves, ownership, preflight, renamed, slots};
use crate::domain::cleanup::Taken;
use crate::domain::lifecycle::{TokenState, Why};
use crate::domain::{Code, Facts, Problem, Secret, Timestamp, Verdict};

/// Takes the value that a person left in the secret beside the primary destination. A value
/// that will not do is reported, to the person as well.
pub(super) async fn take_next(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let value =
        cx.job.values.desk.next.clone().ok_or_else(|| super::faults::bug("nobody left a value"))?;
    let slot = slots::next_slot(cx)?;
    let refused = |problem: Problem| {
        problem.state(format!("nothing was changed; {slot} still holds the value that was refused"))
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

/// The new value works, belongs to the same account as the old one, and may do what the old one
/// may: no less and no more.
pub(super) async fn test_brought(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    value: &Secret,
) -> Result<Facts, Problem> {
    let config = cx.job.config;
    if ownership::is_a_manager(cx, state, value) {
        return Err(Problem::new(
            Code::NewValueDead,
            format!("the new value of {} is a manager's own", config.name),
        )
        .hint("make a key of its own for the token"));
    }
    renamed::is_of_no_other(cx, value).await?;
    let verdict = cx.job.driver.verify(value).await;
    let alive = verdict.facts().cloned();
    memory.report.verdict = Some(verdict.clone());
    let Some(new) = alive else {
        return Err(match &verdict {
            Verdict::Unknown { why } => preflight::provider_unavailable(cx, why),
            Verdict::RateLimited { .. } => {
                preflight::provider_unavailable(cx, "its rate limit is used up")
            }
            dead => Problem::new(
                Code::NewValueDead,
                format!("{} does not accept the new value ({})", config.provider, dead.as_str()),
            )
            .hint("check that it was copied whole"),
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
        return Err(Problem::new(
            Code::NewValueDead,
            format!("the new value belongs to account {after}, the old one to {before}"),
        )
        .hint("make the new value in the same account"));
    }
    same_scopes(cx, &new, old.and_then(|facts| facts.scopes).as_deref())?;
    Ok(new)
}

/// What the config asks for; where it asks for nothing, what the old value may do.
pub(super) fn same_scopes(
    cx: &Context<'_>,
    new: &Facts,
    old: Option<&[String]>,
) -> Result<(), Problem> {
    let config = cx.job.config;
    let wanted = if config.scopes.is_empty() { old } else { Some(&config.scopes[..]) };
    let (Some(found), Some(wanted)) = (new.scopes.as_deref(), wanted) else { return Ok(()) };
    let source =
        if config.scopes.is_empty() { "the value in use has" } else { "the config asks for" };
    let without = |these: &[String], those: &[String]| {
        these
            .iter()
            .filter(|scope| !those.contains(scope))
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (missing, surplus) = (without(wanted, found), without(found, wanted));
    if !missing.is_empty() {
        return Err(Problem::new(Code::ScopesNarrower, format!("the new value lacks {missing}"))
            .cause(format!("{source}: {}", wanted.join(", ")))
            .hint("make it with these scopes; or, where fewer are meant, write them into the config's `scopes`"));
    }
    if !surplus.is_empty() {
        return Err(Problem::new(Code::ScopesWider, format!("the new value may do more than it should: {surplus}"))
            .cause(format!("{source}: {}", wanted.join(", ")))
            .hint("make it with these scopes only; or, where more are meant, write them into the config's `scopes`"));
    }
    Ok(())
}

/// Passes the fence with a value that was tested.
pub(super) async fn accept(
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
    // An earlier value that was brought and never proven may be anywhere: it retires with the
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
    Ok(Transition::keep(to, "brought by a person; from here on it may be in any destination"))
}
