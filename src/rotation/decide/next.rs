//! The state machine: decides the next step from the token's state, from what the run has learned,
//! and from what it received. Pure; every row of the crash table in docs/journal.md is here. The
//! run takes the step, writes the journal, and asks again.

use super::alarm;
use super::cleanup;
use super::inputs::Inputs;
use super::memory::Memory;
use crate::domain::lifecycle::{Ending, Pending, Retiring, Stage, TokenState, Why};
use crate::rotation::types::facts::{InjectedValue, LeaseHolder, NextSecret};
use crate::rotation::types::retiring;
use crate::rotation::types::retiring::label;
use crate::rotation::types::step::{MINTS_A_RUN, Rest, Step};

/// The next step for a token.
pub(crate) fn next(state: &TokenState, memory: &Memory, inputs: &Inputs) -> Step {
    let step = advance(state, memory, inputs);
    // Before the run rests, it updates the issue that asks a person.
    let asked = state.loose_ends.issue.is_some() && !memory.person.told;
    if asked && matches!(&step, Step::Rest(rest) if !matches!(rest, Rest::Busy(_))) {
        Step::Tell
    } else {
        step
    }
}

fn advance(state: &TokenState, memory: &Memory, inputs: &Inputs) -> Step {
    if let LeaseHolder::Another { who } = &inputs.leader {
        return Step::Rest(Rest::Busy(who.clone()));
    }
    if memory.person.asked_person.is_none() {
        if memory.person.opening {
            return Step::OpenIssue;
        }
        if !memory.ends.need_person.is_empty() {
            return Step::Ask;
        }
    }
    if inputs.unrecorded_leak {
        return Step::RecordLeak;
    }
    if inputs.revoke_first
        && let Some(step) = revoke_first_next(state, memory, inputs)
    {
        return step;
    }
    // Anybody who found a leaked value can use it until it is revoked: people are notified first.
    if memory.person.asked_person.is_none()
        && alarm::untold(state, inputs.can.manual, inputs.can.ends).is_some()
    {
        return Step::Ask;
    }
    if let Some(pending) = &state.pending {
        return pending_next(state, pending, memory, inputs);
    }
    if state.current.is_none() {
        return if inputs.handed == InjectedValue::Nothing {
            Step::Rest(Rest::NotHanded)
        } else {
            Step::Adopt
        };
    }
    if let Some(step) = retiring_next(state, memory, inputs) {
        return step;
    }
    if let Some(loose) = cleanup::next(state, memory, inputs) {
        return Step::CleanUp(loose);
    }
    if inputs.left == NextSecret::Fresh
        && memory.person.left_refused.is_none()
        && (inputs.can.manual || inputs.can.refreshes)
    {
        return take_next(inputs);
    }
    match (&inputs.wanted, inputs.handed) {
        (Some(Why::Asked(_)), _)
            if inputs.asked
                && state.loose_ends.wish.is_none()
                && memory.sent.mints == 0
                && !memory.sent.pushed =>
        {
            Step::Wish
        }
        (Some(_), _) if inputs.can.manual && memory.person.asked_person.is_none() => Step::Ask,
        (Some(why), _) if !inputs.can.issues => Step::Rest(Rest::NeedsValue(why.clone())),
        // A manually changed secret is reported, and replaced only when a person asks.
        (Some(Why::Due | Why::Expiring) | None, InjectedValue::Stranger) => {
            Step::Rest(Rest::Overwritten)
        }
        (Some(Why::Asked(_)), InjectedValue::Stranger) if !inputs.asked => {
            Step::Rest(Rest::Overwritten)
        }
        // A run that has just replaced the value that it received knows why that one is revoked.
        (None, InjectedValue::Dead) if memory.sent.mints == 0 => Step::Rest(Rest::HandedDead),
        // A leak does not wait, and neither does a request with `--force`.
        (Some(why), _)
            if *why != Why::Leaked && !inputs.asked && state.pause(inputs.now).is_some() =>
        {
            Step::Rest(Rest::Paused(state.pause(inputs.now).unwrap_or(inputs.now)))
        }
        // A run that gave up a key does not request another.
        (Some(_), _) if memory.sent.pushed || memory.sent.mints > 0 => Step::Rest(Rest::Unpushed),
        (Some(_), InjectedValue::Nothing) => Step::Rest(Rest::NotHanded),
        // A leak does not wait for other tokens.
        (Some(why), _) if *why != Why::Leaked && inputs.peer.is_some() => {
            Step::Rest(Rest::Staggered(inputs.peer.clone().unwrap_or_default()))
        }
        (Some(why), _) => Step::Intend(why.clone()),
        (None, _) if !state.attempts.is_empty() && !memory.seen.swept => Step::Sweep,
        (None, _) if inputs.unconfirmed && !memory.seen.marks_seen && !state.held.is_empty() => {
            Step::LookAtMarks
        }
        // Nothing is due, but the next rotation would lack the value.
        (None, InjectedValue::Nothing) if memory.sent.mints == 0 && !memory.sent.pushed => {
            Step::Rest(Rest::NotHanded)
        }
        (None, _) => Step::Rest(idle(state, memory, inputs)),
    }
}

/// A person stored a new value. Only a run that has the replaced value takes it, so that the old
/// one can be tested later.
fn take_next(inputs: &Inputs) -> Step {
    match inputs.handed {
        // A new grant has to be refreshed before it can be used.
        InjectedValue::Current | InjectedValue::Pending if inputs.can.refreshes => {
            Step::Intend(Why::Brought)
        }
        InjectedValue::Current | InjectedValue::Pending => Step::TakeNext,
        _ if inputs.asked && !inputs.can.refreshes => Step::TakeNext,
        InjectedValue::Nothing => Step::Rest(Rest::NotHanded),
        InjectedValue::Retiring => Step::Rest(Rest::QueuedBefore),
        InjectedValue::Dead => Step::Rest(Rest::HandedDead),
        InjectedValue::Stranger => Step::Rest(Rest::Overwritten),
    }
}

fn pending_next(state: &TokenState, pending: &Pending, memory: &Memory, inputs: &Inputs) -> Step {
    match &pending.stage {
        Stage::Aborting { .. } if memory.value.unusable.is_some() => Step::Withdraw,
        Stage::Intent if inputs.can.refreshes => Step::Rehearse,
        Stage::Refreshing => refreshing_next(pending, memory, inputs),
        Stage::Intent if memory.sent.unsent => Step::Mint,
        // The journal says that the key to delete was not delivered, but the primary destination
        // holds an unknown value. It may be that one.
        Stage::Intent | Stage::Minted { .. } | Stage::Aborting { .. }
            if inputs.handed == InjectedValue::Stranger
                && memory.value.in_hand.is_none()
                && !inputs.asked
                && memory.sent.mints == 0 =>
        {
            Step::Rest(Rest::Overwritten)
        }
        Stage::Intent if memory.sent.mints >= MINTS_A_RUN => Step::Rest(Rest::Unclear),
        // The run died before the response came, or the response was lost: a key with our name may
        // exist, but its value is lost.
        Stage::Intent => Step::FindOurs,
        Stage::Minted { .. } if memory.value.in_hand.is_some() && memory.value.tested => {
            Step::Fence
        }
        Stage::Minted { .. } if memory.value.in_hand.is_some() => Step::Test,
        // The value was lost with its runner, and was not delivered.
        Stage::Minted { .. } => Step::Abort,
        Stage::Aborting { .. } => Step::Discard,
        // It leaked before it was proven: another one replaces it.
        Stage::Pushing { .. } | Stage::Pushed { .. }
            if has_leaked(state, pending) && inputs.can.issues && !inputs.can.refreshes =>
        {
            Step::Supersede
        }
        Stage::Pushing { .. } if memory.sent.pushed => Step::Rest(Rest::Unpushed),
        // The primary destination has it; the others receive it only if it works.
        Stage::Pushing { .. }
            if memory.value.in_hand.is_some() && inputs.can.refreshes && !memory.value.tested =>
        {
            Step::Test
        }
        Stage::Pushing { .. }
            if memory.value.in_hand.is_some() && inputs.leader != LeaseHolder::Us =>
        {
            Step::Claim
        }
        Stage::Pushing { .. } if memory.value.in_hand.is_some() => Step::Push,
        Stage::Pushing { .. } => match memory.seen.primary_moved {
            None => Step::LookAtPrimary,
            Some(true) => primary_moved(pending, inputs),
            // The primary destination is written first, so no other was written; but a lost write
            // may still arrive.
            Some(false) if inputs.can.issues && pending.why != Why::Brought => Step::Supersede,
            // A person stored another value, or the same one again.
            Some(false)
                if inputs.left == NextSecret::Fresh && memory.person.left_refused.is_none() =>
            {
                Step::TakeNext
            }
            Some(false) => Step::Rest(Rest::NeedsValue(pending.why.clone())),
        },
        Stage::Pushed { .. } if inputs.handed == InjectedValue::Pending => Step::Promote,
        Stage::Pushed { .. } => {
            let urgent = leaked_next(state, pending, memory, inputs)
                .or_else(|| cleanup::urgent(state, memory).map(Step::CleanUp));
            urgent.unwrap_or_else(|| {
                if memory.sent.pushed {
                    Step::Rest(Rest::AwaitProof)
                } else {
                    unproven(pending, memory, inputs)
                }
            })
        }
    }
}

/// Whether the new value leaked and tokenward can issue another one.
fn has_leaked(state: &TokenState, pending: &Pending) -> bool {
    pending.why != Why::Brought
        && pending.fingerprint().is_some_and(|fingerprint| state.loose_ends.has_leaked(fingerprint))
}

/// The value in use leaked, and every destination has the pending one. Revoking it does not wait
/// for the proof, because the leaked value is the greater danger.
fn leaked_next(
    state: &TokenState,
    pending: &Pending,
    memory: &Memory,
    inputs: &Inputs,
) -> Option<Step> {
    let current = state.current.as_ref()?;
    if !state.is_ending(current) {
        return (pending.why == Why::Leaked || inputs.leaked || state.has_leaked())
            .then_some(Step::GiveUp);
    }
    let (index, retiring) = state
        .retiring
        .iter()
        .enumerate()
        .find(|(_, retiring)| retiring.leaked && is_ripe(retiring, memory, inputs))?;
    Some(retiring_step(index, retiring, memory, inputs))
}

/// A refresh was journaled. Only the primary destination can show whether it happened, and its
/// result.
fn refreshing_next(pending: &Pending, memory: &Memory, inputs: &Inputs) -> Step {
    if memory.sent.pushed {
        return Step::Rest(Rest::Unpushed);
    }
    if memory.sent.unsent || memory.sent.refreshed == 1 {
        return Step::Refresh;
    }
    if memory.sent.refreshed > 1 {
        return Step::Rest(Rest::Unclear);
    }
    match (memory.seen.primary_moved, inputs.handed) {
        (None, _) => Step::LookAtPrimary,
        (Some(true), InjectedValue::Stranger) => Step::Recognise,
        (Some(true), InjectedValue::Nothing) => Step::Rest(Rest::NotHanded),
        // The primary secret has the result of the refresh, and this run was queued before.
        (Some(true), _) => Step::Rest(Rest::QueuedBefore),
        // The result, if there was one, was lost with the run that sent the refresh. Only another
        // refresh shows what the provider accepts.
        (Some(false), _) if pending.why == Why::Brought && inputs.left == NextSecret::Taken => {
            Step::Rehearse
        }
        (Some(false), InjectedValue::Current) if pending.why != Why::Brought => Step::Rehearse,
        (Some(false), _) if pending.why == Why::Brought => {
            Step::Rest(Rest::NeedsValue(Why::Brought))
        }
        (Some(false), InjectedValue::Nothing) => Step::Rest(Rest::NotHanded),
        (Some(false), InjectedValue::Stranger) => Step::Rest(Rest::Overwritten),
        (Some(false), _) => Step::Rest(Rest::QueuedBefore),
    }
}

/// The primary secret was written during the delivery, but this run received another value.
/// Normally the secret has the new value, and this run was queued before. But somebody may have
/// restored an old value since, and every run would receive that one: a request issues a newer one.
fn primary_moved(pending: &Pending, inputs: &Inputs) -> Step {
    match inputs.handed {
        InjectedValue::Nothing => Step::Rest(Rest::NotHanded),
        _ if inputs.asked && inputs.can.issues && pending.why != Why::Brought => Step::Supersede,
        InjectedValue::Stranger | InjectedValue::Dead => Step::Rest(Rest::Overwritten),
        InjectedValue::Current | InjectedValue::Pending | InjectedValue::Retiring => {
            Step::Rest(Rest::QueuedBefore)
        }
    }
}

/// Every destination holds the new value, but this run received another one. Normally it was queued
/// before the delivery; otherwise somebody wrote the primary secret again.
fn unproven(pending: &Pending, memory: &Memory, inputs: &Inputs) -> Step {
    let renewable = inputs.can.issues && pending.why != Why::Brought;
    match (memory.seen.primary_moved, inputs.handed) {
        (None, _) => Step::LookAtPrimary,
        (Some(false), InjectedValue::Nothing) => Step::Rest(Rest::NotHanded),
        (Some(false), InjectedValue::Stranger) => Step::Rest(Rest::Overwritten),
        (Some(false), _) => Step::Rest(Rest::AwaitProof),
        // A run that was believed dead overwrote the new value with an older one. Only a newer one
        // fixes that.
        (Some(true), InjectedValue::Retiring | InjectedValue::Dead) if renewable => Step::Supersede,
        (Some(true), _) if inputs.asked && renewable => Step::Supersede,
        (Some(true), InjectedValue::Stranger | InjectedValue::Retiring | InjectedValue::Dead) => {
            Step::Rest(Rest::Overwritten)
        }
        (Some(true), InjectedValue::Nothing) => Step::Rest(Rest::NotHanded),
        (Some(true), InjectedValue::Current | InjectedValue::Pending) => {
            Step::Rest(Rest::QueuedBefore)
        }
    }
}

/// The step for `--revoke-first`, which comes before everything else.
fn revoke_first_next(state: &TokenState, memory: &Memory, inputs: &Inputs) -> Option<Step> {
    let current = state.current.as_ref()?;
    if !state.is_ending(current) {
        return Some(Step::RevokeFirst);
    }
    let (index, retiring) =
        state.retiring.iter().enumerate().find(|(_, retiring)| retiring.key == *current)?;
    let later = memory.ends.left_for_later.contains(&label(current));
    (!later).then(|| ending_next(index, retiring, inputs))
}

/// The next step for the first retiring key that can take one.
fn retiring_next(state: &TokenState, memory: &Memory, inputs: &Inputs) -> Option<Step> {
    let (index, retiring) = state
        .retiring
        .iter()
        .enumerate()
        .find(|(_, retiring)| is_ripe(retiring, memory, inputs))?;
    Some(retiring_step(index, retiring, memory, inputs))
}

/// Whether a retiring key can take its next step now.
fn is_ripe(retiring: &Retiring, memory: &Memory, inputs: &Inputs) -> bool {
    let waits = retiring::waits_for_marks(retiring) && inputs.unconfirmed && memory.seen.marks_seen;
    retiring::ripe_at(retiring).is_some_and(|moment| moment <= inputs.now)
        && !memory.ends.left_for_later.contains(&label(&retiring.key))
        && !waits
}

/// The next step for a retiring key whose time has come.
fn retiring_step(index: usize, retiring: &Retiring, memory: &Memory, inputs: &Inputs) -> Step {
    match retiring.stage {
        // It expires by itself.
        Ending::Waiting if retiring.key.renewed.is_some() => Step::Expire(index),
        Ending::Waiting
            if inputs.handed == InjectedValue::Current
                && !retiring.leaked
                && inputs.unconfirmed
                && !memory.seen.marks_seen =>
        {
            Step::LookAtMarks
        }
        Ending::Waiting
            if inputs.handed == InjectedValue::Current
                && !retiring.leaked
                && inputs.can.looks_at_use
                && !memory.seen.unused.contains(&label(&retiring.key)) =>
        {
            Step::LookAtUse(index)
        }
        // Somebody may have restored the old value, or added a destination that still holds it.
        Ending::Waiting
            if inputs.handed == InjectedValue::Current
                && !retiring.leaked
                && !memory.seen.places_seen =>
        {
            Step::LookAtPlaces
        }
        // Nothing is revoked before GitHub has passed the replacing value to this run.
        Ending::Waiting if inputs.handed == InjectedValue::Current || retiring.leaked => {
            if inputs.can.ends && retiring.key.id.is_some() {
                Step::BeginRevoking(index)
            } else {
                Step::AskToEnd(index)
            }
        }
        Ending::Waiting if inputs.handed == InjectedValue::Stranger => {
            Step::Rest(Rest::Overwritten)
        }
        Ending::Waiting if inputs.handed == InjectedValue::Dead => Step::Rest(Rest::HandedDead),
        Ending::Waiting if inputs.handed == InjectedValue::Nothing => Step::Rest(Rest::NotHanded),
        Ending::Waiting => Step::Rest(Rest::QueuedBefore),
        // An earlier run stopped here. Somebody may have restored the old value since.
        Ending::Revoking { .. } | Ending::Disabled { .. }
            if !retiring.leaked && !memory.seen.places_seen =>
        {
            Step::LookAtPlaces
        }
        Ending::Revoking { .. } | Ending::Disabled { .. } | Ending::Revoked { .. } => {
            ending_next(index, retiring, inputs)
        }
        Ending::Asked { .. } => Step::SeeDead(index),
    }
}

/// The next step for a key whose revocation was journaled. If the provider can disable keys, that
/// comes first, because it can be undone.
fn ending_next(index: usize, retiring: &Retiring, inputs: &Inputs) -> Step {
    match retiring.stage {
        Ending::Waiting => Step::BeginRevoking(index),
        Ending::Revoking { .. } if inputs.can.disables => Step::Disable(index),
        Ending::Revoking { .. } | Ending::Disabled { .. } => Step::Revoke(index),
        Ending::Asked { .. } => Step::SeeDead(index),
        Ending::Revoked { .. } => Step::Bury(index),
    }
}

fn idle(state: &TokenState, memory: &Memory, inputs: &Inputs) -> Rest {
    if !memory.ends.left_for_later.is_empty() {
        return Rest::Unrevoked;
    }
    if state.retiring.is_empty() {
        return Rest::Idle;
    }
    let is_over = |retiring: &Retiring| {
        retiring::waits_for_marks(retiring)
            && retiring::ripe_at(retiring).is_some_and(|moment| moment <= inputs.now)
    };
    if inputs.unconfirmed && state.retiring.iter().any(is_over) {
        return Rest::AwaitMarks;
    }
    Rest::Grace(state.retiring.iter().filter_map(retiring::ripe_at).min())
}
