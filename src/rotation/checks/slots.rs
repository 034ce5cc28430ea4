//! The two secrets beside the primary destination: `NAME_NEXT`, in which a person stores a new
//! value, and `NAME_OLD`, which keeps a replaced value until it is verified as revoked. A run can
//! test only values that it receives, and the primary destination then has the new value.

use super::page;
use crate::destinations::Snapshot;
use crate::domain::lifecycle::{Key, Stage, TokenState, Why, Written};
use crate::domain::{Destination, Fingerprint, KeyId, Problem, Secret};
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::{bug, destinations, manual};
use crate::rotation::types::facts;
use crate::rotation::types::job::{NEXT, OLD};
use crate::rotation::types::retiring::label;

fn beside_primary(cx: &Context<'_>, ending: &str) -> Result<Destination, Problem> {
    let primary = cx.job.config.primary().ok_or_else(|| bug("there is no primary destination"))?;
    Ok(Destination {
        place: primary.place.clone(),
        secret: primary.secret.beside(ending),
        part: None,
        create: false,
    })
}

/// The secret in which a person stores a new value.
pub(crate) fn next_slot(cx: &Context<'_>) -> Result<Destination, Problem> {
    beside_primary(cx, NEXT)
}

/// The secret that keeps old values.
pub(crate) fn old_slot(cx: &Context<'_>) -> Result<Destination, Problem> {
    beside_primary(cx, OLD)
}

/// Every value that this run received.
pub(crate) fn at_hand<'j>(cx: &Context<'j>) -> impl Iterator<Item = &'j Secret> + use<'j> {
    let desk = &cx.job.values.desk;
    let job = cx.job;
    job.values
        .handed
        .iter()
        .chain(&desk.kept)
        .chain(&desk.next)
        .chain(job.request.reported_leak.iter().map(|reported_leak| &reported_leak.value))
}

/// The value with this fingerprint, if this run received it.
pub(crate) fn value_of(
    cx: &Context<'_>,
    state: &TokenState,
    fingerprint: &Fingerprint,
) -> Option<Secret> {
    at_hand(cx).find(|value| value.fingerprint(&state.salt) == *fingerprint).cloned()
}

/// Whether only a test call can show that this key is revoked: no API revokes it, or none shows
/// that it is gone.
pub(crate) fn only_a_test_tells(cx: &Context<'_>, key: &Key) -> bool {
    key.id.is_none() || !cx.job.abilities.ends.revokes
}

/// Whether the value of an old key is needed until the key is revoked.
fn is_needed(cx: &Context<'_>, key: &Key) -> bool {
    only_a_test_tells(cx, key) || cx.job.abilities.ends.by_value
}

/// The value of the key with this id, if this run has it.
pub(crate) fn value_of_key(cx: &Context<'_>, memory: &Memory, id: &KeyId) -> Option<Secret> {
    let all = memory.value.in_hand.iter().chain(&memory.value.dropped).chain(at_hand(cx));
    all.into_iter().find(|value| cx.job.driver.key_id(value).as_ref() == Some(id)).cloned()
}

/// Adds the old values to keep to a state: those that this run has, and that can be verified or
/// revoked only with the value.
pub(crate) fn keeping(cx: &Context<'_>, state: &TokenState, mut to: TokenState) -> TokenState {
    let old = to.current.iter().chain(to.retiring.iter().map(|retiring| &retiring.key));
    let brought = to.pending.as_ref().is_some_and(|pending| pending.why == Why::Brought);
    let ends_itself =
        |key: &Key| cx.job.abilities.refreshes() && (key.renewed.is_some() || !brought);
    let kept = old
        .filter(|key| is_needed(cx, key) && !ends_itself(key))
        .map(|key| key.fingerprint.clone());
    // If a value is already kept and this run did not receive it, writing the secret would lose it;
    // `keep_old` does not do that.
    to.loose_ends.kept = kept
        .filter(|name| value_of(cx, state, name).is_some() || state.loose_ends.kept.contains(name))
        .collect();
    to
}

/// Writes the old values to the secret beside the primary destination, before that is overwritten.
/// Returns whether the primary destination may be written now.
pub(crate) async fn keep_old(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<bool, Problem> {
    let kept = &state.loose_ends.kept;
    let held: Vec<Secret> = kept.iter().filter_map(|name| value_of(cx, state, name)).collect();
    if held.iter().all(|value| is_kept(cx, state, value)) {
        return Ok(true);
    }
    let slot = old_slot(cx)?;
    cx.actions.renew_lease().await?;
    cx.world.secrets.prepare(&slot.place).await?;
    let before = cx.world.secrets.look(&slot).await?;
    if !loses_nothing(cx, state, memory, (&slot, &before), held.len())? {
        return Ok(false);
    }
    let written =
        cx.actions.put(&slot, &Secret::of_lines(&held.iter().collect::<Vec<_>>()), &before).await;
    match written {
        Ok(_) => {
            memory.done(
                cx,
                format!("kept the old value in {slot}, to verify later that it is revoked"),
            );
            Ok(true)
        }
        Err(failure) => {
            let problem = failure.into_problem().state(destinations::NOT_DELIVERED);
            memory.report.problems.push(problem);
            Ok(false)
        }
    }
}

/// Whether the secret that keeps old values can be written with those that this run received.
/// Otherwise reports what would be lost.
fn loses_nothing(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    (slot, before): (&Destination, &Snapshot),
    received: usize,
) -> Result<bool, Problem> {
    let kept = &state.loose_ends.kept;
    // Nothing was kept before, so a secret from before this rotation belongs to somebody else.
    let current = state.current.as_ref().map(|key| &key.fingerprint);
    let is_first = kept.iter().all(|name| Some(name) == current);
    let since = facts::pending(state)?.since;
    if let Some(written) = before.updated_at.filter(|written| is_first && *written < since) {
        let name = &cx.job.config.name;
        memory.report.problems.push(destinations::old_slot_taken(slot, written, name));
        return Ok(false);
    }
    // Writing what this run has would lose what it did not receive.
    if received < kept.len() && before.updated_at.is_some() {
        let lost = state
            .retiring
            .iter()
            .map(|retiring| &retiring.key)
            .find(|key| value_of(cx, state, &key.fingerprint).is_none());
        let problem = lost.map(|key| not_handed_old(cx, key));
        memory.report.problems.extend(problem);
        return Ok(false);
    }
    Ok(true)
}

pub(crate) fn is_kept(cx: &Context<'_>, state: &TokenState, value: &Secret) -> bool {
    let name = value.fingerprint(&state.salt);
    cx.job.values.desk.kept.iter().any(|kept| kept.fingerprint(&state.salt) == name)
}

/// Whether the primary destination is not known to hold the pending value.
pub(crate) fn primary_is_to_do(cx: &Context<'_>, state: &TokenState) -> bool {
    let Some(pending) = &state.pending else { return false };
    let primary = cx.job.config.primary().map(Destination::key).unwrap_or_default();
    let written = pending.pushes.get(&primary).map(|push| &push.written);
    matches!(pending.stage, Stage::Pushing { .. } | Stage::Refreshing)
        && !matches!(written, Some(Written::Done { .. }))
}

/// The problem of a key that can be revoked only with its value, which this run does not have.
pub(crate) fn not_handed_key(cx: &Context<'_>, id: &KeyId) -> Problem {
    let (variable, slot) = old_names(cx);
    manual::key_value_missing(cx.job.config, id, (&variable, &slot))
}

/// The names of the variable and of the secret that keep old values.
fn old_names(cx: &Context<'_>) -> (String, String) {
    let config = cx.job.config;
    let slot =
        config.primary().map(|primary| primary.secret.beside(OLD).to_string()).unwrap_or_default();
    (format!("{}_{OLD}", config.value), slot)
}

/// Reports a replaced value that only a test call can verify as revoked, and that is not kept.
pub(crate) fn unkept(cx: &Context<'_>, state: &TokenState) -> Option<Problem> {
    state.pending.as_ref().filter(|pending| pending.is_past_the_fence())?;
    let retiring = state.retiring.iter().map(|retiring| &retiring.key);
    let old = state.current.iter().chain(retiring);
    // The newest of them is what this run overwrites.
    let old = old
        .filter(|key| only_a_test_tells(cx, key) && !is_held(cx, state, key))
        .max_by_key(|key| key.version)?;
    let page = page::page(cx, state);
    Some(manual::old_not_kept(&cx.job.config.name, old.version, &page))
}

/// Whether this run has the value of a key, or the secret beside the primary destination keeps it.
pub(crate) fn is_held(cx: &Context<'_>, state: &TokenState, key: &Key) -> bool {
    value_of(cx, state, &key.fingerprint).is_some()
        || state.loose_ends.kept.contains(&key.fingerprint)
}

/// The problem of a kept value that this run does not receive and cannot test.
pub(crate) fn not_handed_old(cx: &Context<'_>, key: &Key) -> Problem {
    let (variable, slot) = old_names(cx);
    manual::old_not_received(cx.job.config, key.version, &label(key), (&variable, &slot))
}
