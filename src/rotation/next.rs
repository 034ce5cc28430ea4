//! The state machine: what to do next, from the journal's facts and the world's. Pure; every row of
//! the design's crash table stands here. It decides nothing twice: the driver carries the step out,
//! writes the journal, and asks again.

use super::alarm;
use super::cleanup::{self, CleanupTask};
use super::facts::{Facts, InjectedValue, LeaseHolder, NextSecret};
use super::retire::label;
use crate::domain::lifecycle::{Ending, Pending, Retiring, Stage, TokenState, Why};
use crate::domain::{Span, Timestamp};

/// The most keys one run asks a provider for: one, and one more after an answer that was lost.
pub(super) const MINTS_A_RUN: u32 = 2;

/// How long a key stays disabled before it is deleted: whoever still needed it fails now, and a
/// person can enable it again.
const DISABLED_FOR: Span = Span::hours(1);

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Record the value in use as version 0.
    Adopt,
    /// Check everything that can be checked, then journal that a key will be made.
    Intend(Why),
    /// Ask the provider for the key.
    Mint,
    /// Look for a key that a lost answer may have left behind.
    FindOurs,
    /// Show that the primary destination can be written, and journal that the access token will be
    /// refreshed.
    Rehearse,
    /// Refresh it, and write what comes of it to the primary destination.
    Refresh,
    /// Take the value that the primary destination was found with for what came of the refresh.
    Recognise,
    /// Forget the `n`th retiring key, whose time is over by itself.
    Expire(usize),
    /// Test the new value.
    Test,
    /// Journal that from now on any destination may hold the new value.
    Fence,
    /// Write every destination that is not known to hold it.
    Push,
    /// See whether the primary secret was written since the fence.
    LookAtPrimary,
    /// Journal that the pending key, delivered nowhere, is to be deleted.
    Abort,
    /// Delete it.
    Discard,
    /// Give the pending value up, which may be anywhere, and make a newer one.
    Supersede,
    /// The proof is there: the pending value is the current one, the one before retires.
    Promote,
    /// Journal that the value in use, which leaked, ends now: every destination was given the
    /// pending one.
    GiveUp,
    /// Journal that the value in use is revoked before there is another.
    RevokeFirst,
    /// See whether the `n`th retiring key is still in use.
    LookAtUse(usize),
    /// See whether every destination still holds what was put there, before an old key is ended for
    /// good.
    LookAtPlaces,
    /// See whether the repositories that the grace waits for confirmed the value in use.
    LookAtMarks,
    /// Journal that the `n`th retiring key is to be revoked.
    BeginRevoking(usize),
    /// Disable it, which can be undone.
    Disable(usize),
    /// Revoke it.
    Revoke(usize),
    /// See whether it is dead.
    Bury(usize),
    /// Journal that a value leaked.
    RecordLeak,
    /// Journal that a person is asked to end the `n`th retiring key.
    AskToEnd(usize),
    /// See by a test call whether it is dead.
    SeeDead(usize),
    /// Test the value that a person left for us, and pass the fence with it.
    TakeNext,
    /// Journal that a person asked for a new value: a later run does what this one cannot.
    Wish,
    /// Journal that a person is asked for a new value, and open the issue.
    Ask,
    /// Make the issue say what is true now.
    Tell,
    /// Tidy something up outside.
    CleanUp(CleanupTask),
    /// Look for keys that earlier attempts may have left behind.
    Sweep,
    /// Nothing more can be done now.
    Rest(Rest),
}

/// Why a run stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// All is done until something is due.
    Idle,
    /// A later run has to be handed the new value.
    AwaitProof,
    /// This run was queued before the last write of the primary secret.
    QueuedBefore,
    /// This run was handed a value that was revoked since.
    HandedDead,
    /// Keys are in their grace, the earliest until then.
    Grace(Option<Timestamp>),
    /// The grace of a key is over, and other repositories have to confirm the value in use.
    AwaitMarks,
    /// Keys are left to revoke that could not be, or not be seen dead.
    Unrevoked,
    /// Destinations are left to write.
    Unpushed,
    /// The provider asked to be left alone until then.
    Paused(Timestamp),
    /// Another token of its group is being rotated.
    Staggered(String),
    /// Another run is at work.
    Busy(String),
    /// The provider gave no clear answer twice.
    Unclear,
    /// GitHub handed this run no value.
    NotHanded,
    /// GitHub handed this run a value nobody knows.
    Overwritten,
    /// A person has to make the new value.
    NeedsValue(Why),
}

/// The next step for a token.
pub(super) fn next(state: &TokenState, facts: &Facts) -> Step {
    let step = advance(state, facts);
    // Before it rests, a person who was asked for something learns how things stand.
    let asked = state.loose_ends.issue.is_some() && !facts.told;
    if asked && matches!(&step, Step::Rest(rest) if !matches!(rest, Rest::Busy(_))) {
        Step::Tell
    } else {
        step
    }
}

fn advance(state: &TokenState, facts: &Facts) -> Step {
    if let LeaseHolder::Another { who } = &facts.leader {
        return Step::Rest(Rest::Busy(who.clone()));
    }
    if facts.unrecorded_leak {
        return Step::RecordLeak;
    }
    if facts.revoke_first
        && let Some(step) = revoke_first_next(state, facts)
    {
        return step;
    }
    // Anybody who found a value can use it until it is revoked: people hear of that before anything
    // else is done.
    if !facts.asked_person && alarm::untold(state, facts.manual, facts.ends).is_some() {
        return Step::Ask;
    }
    if let Some(pending) = &state.pending {
        return pending_next(state, pending, facts);
    }
    if state.current.is_none() {
        return if facts.handed == InjectedValue::Nothing {
            Step::Rest(Rest::NotHanded)
        } else {
            Step::Adopt
        };
    }
    if let Some(step) = retiring_next(state, facts) {
        return step;
    }
    if let Some(loose) = cleanup::next(state, facts) {
        return Step::CleanUp(loose);
    }
    if facts.left == NextSecret::Fresh && !facts.left_refused && (facts.manual || facts.refreshes) {
        return take_next(facts);
    }
    match (&facts.wanted, facts.handed) {
        (Some(Why::Asked(_)), _)
            if facts.asked
                && state.loose_ends.wish.is_none()
                && facts.mints == 0
                && !facts.pushed =>
        {
            Step::Wish
        }
        (Some(_), _) if facts.manual && !facts.asked_person => Step::Ask,
        (Some(why), _) if !facts.issues => Step::Rest(Rest::NeedsValue(why.clone())),
        // What a person typed over the secret is reported, and replaced only when a person asks.
        (Some(Why::Due | Why::Expiring) | None, InjectedValue::Stranger) => {
            Step::Rest(Rest::Overwritten)
        }
        (Some(Why::Asked(_)), InjectedValue::Stranger) if !facts.asked => {
            Step::Rest(Rest::Overwritten)
        }
        // A run that has just replaced the value it was handed knows why that one is dead.
        (None, InjectedValue::Dead) if facts.mints == 0 => Step::Rest(Rest::HandedDead),
        // A leak waits for nobody, and who asks with `--force` has the last word.
        (Some(why), _)
            if *why != Why::Leaked && !facts.asked && state.pause(facts.now).is_some() =>
        {
            Step::Rest(Rest::Paused(state.pause(facts.now).unwrap_or(facts.now)))
        }
        // A key that was begun and taken back in this run is not begun again in it.
        (Some(_), _) if facts.pushed || facts.mints > 0 => Step::Rest(Rest::Unpushed),
        (Some(_), InjectedValue::Nothing) => Step::Rest(Rest::NotHanded),
        // A leak waits for nobody.
        (Some(why), _) if *why != Why::Leaked && facts.peer.is_some() => {
            Step::Rest(Rest::Staggered(facts.peer.clone().unwrap_or_default()))
        }
        (Some(why), _) => Step::Intend(why.clone()),
        (None, _) if !state.attempts.is_empty() && !facts.swept => Step::Sweep,
        (None, _) if facts.unconfirmed && !facts.marks_seen && !state.held.is_empty() => {
            Step::LookAtMarks
        }
        // Nothing is due, and what a rotation cannot do without is not there.
        (None, InjectedValue::Nothing) if facts.mints == 0 && !facts.pushed => {
            Step::Rest(Rest::NotHanded)
        }
        (None, _) => Step::Rest(idle(state, facts)),
    }
}

/// A person left a new value. It is taken by a run that holds the one it replaces, so that the end
/// of that one can be seen.
fn take_next(facts: &Facts) -> Step {
    match facts.handed {
        // A grant is refreshed before it can be of use.
        InjectedValue::Current | InjectedValue::Pending if facts.refreshes => {
            Step::Intend(Why::Brought)
        }
        InjectedValue::Current | InjectedValue::Pending => Step::TakeNext,
        _ if facts.asked && !facts.refreshes => Step::TakeNext,
        InjectedValue::Nothing => Step::Rest(Rest::NotHanded),
        InjectedValue::Retiring => Step::Rest(Rest::QueuedBefore),
        InjectedValue::Dead => Step::Rest(Rest::HandedDead),
        InjectedValue::Stranger => Step::Rest(Rest::Overwritten),
    }
}

fn pending_next(state: &TokenState, pending: &Pending, facts: &Facts) -> Step {
    match &pending.stage {
        Stage::Intent if facts.refreshes => Step::Rehearse,
        Stage::Refreshing => refreshing_next(pending, facts),
        Stage::Intent if facts.unsent => Step::Mint,
        // The key that is to go was delivered nowhere, the journal says, and the primary
        // destination holds a value that nobody knows. It may be that one.
        Stage::Intent | Stage::Minted { .. } | Stage::Aborting { .. }
            if facts.handed == InjectedValue::Stranger
                && !facts.holding
                && !facts.asked
                && facts.mints == 0 =>
        {
            Step::Rest(Rest::Overwritten)
        }
        Stage::Intent if facts.mints >= MINTS_A_RUN => Step::Rest(Rest::Unclear),
        // The run died before its answer came, or the answer was lost: a key by our name may be
        // there, its value is not.
        Stage::Intent => Step::FindOurs,
        Stage::Minted { .. } if facts.holding && facts.tested => Step::Fence,
        Stage::Minted { .. } if facts.holding => Step::Test,
        // The value died with its runner, and was delivered nowhere.
        Stage::Minted { .. } => Step::Abort,
        Stage::Aborting { .. } => Step::Discard,
        // It leaked before anybody was known to use it: another takes its place.
        Stage::Pushing { .. } | Stage::Pushed { .. }
            if has_leaked(state, pending) && facts.issues && !facts.refreshes =>
        {
            Step::Supersede
        }
        Stage::Pushing { .. } if facts.pushed => Step::Rest(Rest::Unpushed),
        // The primary destination has it; the others get it only when it works.
        Stage::Pushing { .. } if facts.holding && facts.refreshes && !facts.tested => Step::Test,
        Stage::Pushing { .. } if facts.holding => Step::Push,
        Stage::Pushing { .. } => match facts.primary_moved {
            None => Step::LookAtPrimary,
            // The primary secret has the new value, and this run was queued before it was written.
            Some(true) => Step::Rest(Rest::QueuedBefore),
            // The primary destination is written first, so nothing else was; but a write that got
            // lost may still land.
            Some(false) if facts.issues && pending.why != Why::Brought => Step::Supersede,
            // The person brings another one, or the same one again.
            Some(false) if facts.left == NextSecret::Fresh && !facts.left_refused => Step::TakeNext,
            Some(false) => Step::Rest(Rest::NeedsValue(pending.why.clone())),
        },
        Stage::Pushed { .. } if facts.handed == InjectedValue::Pending => Step::Promote,
        Stage::Pushed { .. } => {
            let urgent = leaked_next(state, pending, facts)
                .or_else(|| cleanup::urgent(state, facts).map(Step::CleanUp));
            urgent.unwrap_or_else(|| {
                if facts.pushed { Step::Rest(Rest::AwaitProof) } else { unproven(pending, facts) }
            })
        }
    }
}

/// Whether a value on its way leaked, and is one that we can make another of.
fn has_leaked(state: &TokenState, pending: &Pending) -> bool {
    pending.why != Why::Brought
        && pending.fingerprint().is_some_and(|fingerprint| state.loose_ends.has_leaked(fingerprint))
}

/// The value in use leaked, and every destination was given the pending one. It does not wait for
/// the proof: it is the danger.
fn leaked_next(state: &TokenState, pending: &Pending, facts: &Facts) -> Option<Step> {
    let current = state.current.as_ref()?;
    if !state.is_ending(current) {
        return (pending.why == Why::Leaked || facts.leaked || state.has_leaked())
            .then_some(Step::GiveUp);
    }
    let (index, retiring) = state
        .retiring
        .iter()
        .enumerate()
        .find(|(_, retiring)| retiring.leaked && is_ripe(retiring, facts))?;
    Some(retiring_step(index, retiring, facts))
}

/// A refresh that was journalled. Only the primary destination can tell whether it was done, and
/// what came of it.
fn refreshing_next(pending: &Pending, facts: &Facts) -> Step {
    if facts.pushed {
        return Step::Rest(Rest::Unpushed);
    }
    if facts.unsent || facts.refreshed == 1 {
        return Step::Refresh;
    }
    if facts.refreshed > 1 {
        return Step::Rest(Rest::Unclear);
    }
    match (facts.primary_moved, facts.handed) {
        (None, _) => Step::LookAtPrimary,
        (Some(true), InjectedValue::Stranger) => Step::Recognise,
        (Some(true), InjectedValue::Nothing) => Step::Rest(Rest::NotHanded),
        // The primary secret has what came of the refresh, and this run was queued before.
        (Some(true), _) => Step::Rest(Rest::QueuedBefore),
        // What came of it, if anything did, died with the run that asked. Only asking again tells
        // what the provider takes.
        (Some(false), _) if pending.why == Why::Brought && facts.left == NextSecret::Taken => {
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

/// Every destination was seen to hold the value, and GitHub handed this run another one. Normally
/// that is a run that was queued before the push; unless the primary secret was written again
/// since.
fn unproven(pending: &Pending, facts: &Facts) -> Step {
    let renewable = facts.issues && pending.why != Why::Brought;
    match (facts.primary_moved, facts.handed) {
        (None, _) => Step::LookAtPrimary,
        (Some(false), InjectedValue::Nothing) => Step::Rest(Rest::NotHanded),
        (Some(false), InjectedValue::Stranger) => Step::Rest(Rest::Overwritten),
        (Some(false), _) => Step::Rest(Rest::AwaitProof),
        // An older value of ours was written over the new one: by a run that was taken for dead.
        // Only a newer one undoes that.
        (Some(true), InjectedValue::Retiring | InjectedValue::Dead) if renewable => Step::Supersede,
        (Some(true), _) if facts.asked && renewable => Step::Supersede,
        (Some(true), InjectedValue::Stranger | InjectedValue::Retiring | InjectedValue::Dead) => {
            Step::Rest(Rest::Overwritten)
        }
        (Some(true), InjectedValue::Nothing) => Step::Rest(Rest::NotHanded),
        (Some(true), InjectedValue::Current | InjectedValue::Pending) => {
            Step::Rest(Rest::QueuedBefore)
        }
    }
}

/// Where the value in use is to be revoked at once, whatever that breaks: it goes before everything
/// else.
fn revoke_first_next(state: &TokenState, facts: &Facts) -> Option<Step> {
    let current = state.current.as_ref()?;
    if !state.is_ending(current) {
        return Some(Step::RevokeFirst);
    }
    let (index, retiring) =
        state.retiring.iter().enumerate().find(|(_, retiring)| retiring.key == *current)?;
    let later = facts.left_for_later.contains(&label(current));
    (!later).then(|| ending_next(index, retiring, facts))
}

/// The first retiring key that something can be done for.
fn retiring_next(state: &TokenState, facts: &Facts) -> Option<Step> {
    let (index, retiring) =
        state.retiring.iter().enumerate().find(|(_, retiring)| is_ripe(retiring, facts))?;
    Some(retiring_step(index, retiring, facts))
}

/// Whether something can be done for a retiring key now.
fn is_ripe(retiring: &Retiring, facts: &Facts) -> bool {
    let waits = waits_for_marks(retiring) && facts.unconfirmed && facts.marks_seen;
    ripe_at(retiring).is_some_and(|moment| moment <= facts.now)
        && !facts.left_for_later.contains(&label(&retiring.key))
        && !waits
}

/// Whether an old key is revoked only once other repositories confirmed the value in use, where any
/// are named: not one that leaked, and not one of which nothing has to be revoked.
pub(super) fn waits_for_marks(retiring: &Retiring) -> bool {
    retiring.stage == Ending::Waiting && !retiring.leaked && retiring.key.renewed.is_none()
}

/// What can be done for a retiring key whose time has come.
fn retiring_step(index: usize, retiring: &Retiring, facts: &Facts) -> Step {
    match retiring.stage {
        // Nothing of it has to be revoked.
        Ending::Waiting if retiring.key.renewed.is_some() => Step::Expire(index),
        Ending::Waiting
            if facts.handed == InjectedValue::Current
                && !retiring.leaked
                && facts.unconfirmed
                && !facts.marks_seen =>
        {
            Step::LookAtMarks
        }
        Ending::Waiting
            if facts.handed == InjectedValue::Current
                && !retiring.leaked
                && facts.looks_at_use
                && !facts.unused.contains(&label(&retiring.key)) =>
        {
            Step::LookAtUse(index)
        }
        // Somebody may have put the old value back, or named a place that still holds it.
        Ending::Waiting
            if facts.handed == InjectedValue::Current && !retiring.leaked && !facts.places_seen =>
        {
            Step::LookAtPlaces
        }
        // Before anything is revoked, GitHub itself has handed this very run the value that
        // replaces it.
        Ending::Waiting if facts.handed == InjectedValue::Current || retiring.leaked => {
            if facts.ends && retiring.key.id.is_some() {
                Step::BeginRevoking(index)
            } else {
                Step::AskToEnd(index)
            }
        }
        Ending::Waiting if facts.handed == InjectedValue::Stranger => Step::Rest(Rest::Overwritten),
        Ending::Waiting if facts.handed == InjectedValue::Dead => Step::Rest(Rest::HandedDead),
        Ending::Waiting if facts.handed == InjectedValue::Nothing => Step::Rest(Rest::NotHanded),
        Ending::Waiting => Step::Rest(Rest::QueuedBefore),
        // A run that died, or was refused, left it at this. Somebody may have put the old value
        // back since.
        Ending::Revoking { .. } | Ending::Disabled { .. }
            if !retiring.leaked && !facts.places_seen =>
        {
            Step::LookAtPlaces
        }
        Ending::Revoking { .. } | Ending::Disabled { .. } | Ending::Revoked { .. } => {
            ending_next(index, retiring, facts)
        }
        Ending::Asked { .. } => Step::SeeDead(index),
    }
}

/// A key whose end was journalled. Disabling comes first where it can be done: of the two only that
/// can be undone.
fn ending_next(index: usize, retiring: &Retiring, facts: &Facts) -> Step {
    match retiring.stage {
        Ending::Waiting => Step::BeginRevoking(index),
        Ending::Revoking { .. } if facts.disables => Step::Disable(index),
        Ending::Revoking { .. } | Ending::Disabled { .. } => Step::Revoke(index),
        Ending::Asked { .. } => Step::SeeDead(index),
        Ending::Revoked { .. } => Step::Bury(index),
    }
}

/// When something can be done next for a retiring key.
pub(super) fn ripe_at(retiring: &Retiring) -> Option<Timestamp> {
    match retiring.stage {
        // A leaked key gains nothing by a way back.
        Ending::Disabled { at } if !retiring.leaked => Some(DISABLED_FOR.after(at)),
        _ => retiring.not_before,
    }
}

fn idle(state: &TokenState, facts: &Facts) -> Rest {
    if !facts.left_for_later.is_empty() {
        return Rest::Unrevoked;
    }
    if state.retiring.is_empty() {
        return Rest::Idle;
    }
    let is_over = |retiring: &Retiring| {
        waits_for_marks(retiring) && ripe_at(retiring).is_some_and(|moment| moment <= facts.now)
    };
    if facts.unconfirmed && state.retiring.iter().any(is_over) {
        return Rest::AwaitMarks;
    }
    Rest::Grace(state.retiring.iter().filter_map(ripe_at).min())
}
