//! The two secrets beside home: `NAME_NEXT`, into which a person puts a new value, and `NAME_OLD`,
//! which keeps a replaced value until it is seen dead. Only what a run holds can be tested, and the
//! primary destination holds the new value by then.

use super::context::Context;
use super::faults::bug;
use super::job::{NEXT, OLD};
use super::memory::Memory;
use super::retiring::label;
use super::{facts, page};
use crate::domain::lifecycle::{Key, Stage, TokenState, Why, Written};
use crate::domain::{Code, Destination, Fingerprint, KeyId, Problem, Secret, handing_over};

fn beside_primary(cx: &Context<'_>, ending: &str) -> Result<Destination, Problem> {
    let primary = cx.job.config.primary().ok_or_else(|| bug("no primary destination"))?;
    Ok(Destination {
        place: primary.place.clone(),
        secret: primary.secret.beside(ending),
        part: None,
        create: false,
    })
}

/// Where a person puts a new value.
pub(super) fn next_slot(cx: &Context<'_>) -> Result<Destination, Problem> {
    beside_primary(cx, NEXT)
}

/// Where old values are kept.
pub(super) fn old_slot(cx: &Context<'_>) -> Result<Destination, Problem> {
    beside_primary(cx, OLD)
}

/// Every value this run was handed.
pub(super) fn at_hand<'j>(cx: &Context<'j>) -> impl Iterator<Item = &'j Secret> + use<'j> {
    let desk = &cx.job.values.desk;
    let job = cx.job;
    job.values
        .handed
        .iter()
        .chain(&desk.kept)
        .chain(&desk.next)
        .chain(job.request.reported_leak.iter().map(|reported_leak| &reported_leak.value))
}

/// The value of this name, where this run was handed it.
pub(super) fn value_of(
    cx: &Context<'_>,
    state: &TokenState,
    fingerprint: &Fingerprint,
) -> Option<Secret> {
    at_hand(cx).find(|value| value.fingerprint(&state.salt) == *fingerprint).cloned()
}

/// Whether only a test call can tell that this key is dead: no API ends it, or none tells that
/// it has gone.
pub(super) fn only_a_test_tells(cx: &Context<'_>, key: &Key) -> bool {
    key.id.is_none() || !cx.job.abilities.ends.revokes
}

/// Whether the value of an old key is needed as long as the key lives.
fn is_needed(cx: &Context<'_>, key: &Key) -> bool {
    only_a_test_tells(cx, key) || cx.job.abilities.ends.by_value
}

/// The value of the key with this id, where this run has it.
pub(super) fn value_of_key(cx: &Context<'_>, memory: &Memory, id: &KeyId) -> Option<Secret> {
    let all = memory.value.in_hand.iter().chain(&memory.value.dropped).chain(at_hand(cx));
    all.into_iter().find(|value| cx.job.driver.key_id(value).as_ref() == Some(id)).cloned()
}

/// Adds to a fence what will be kept: the old values that this run holds, and that it can see
/// dead, or end, only by holding them.
pub(super) fn keeping(cx: &Context<'_>, state: &TokenState, mut to: TokenState) -> TokenState {
    let old = to.current.iter().chain(to.retiring.iter().map(|retiring| &retiring.key));
    let brought = to.pending.as_ref().is_some_and(|pending| pending.why == Why::Brought);
    let ends_itself =
        |key: &Key| cx.job.abilities.refreshes() && (key.renewed.is_some() || !brought);
    let kept = old
        .filter(|key| is_needed(cx, key) && !ends_itself(key))
        .map(|key| key.fingerprint.clone());
    // A value that is kept already and not handed to this run would be lost by writing the
    // secret anew; that is not done.
    to.loose_ends.kept = kept
        .filter(|name| value_of(cx, state, name).is_some() || state.loose_ends.kept.contains(name))
        .collect();
    to
}

/// Writes the old values to the secret beside the primary destination, before the primary
/// destination itself is overwritten. Says whether the primary destination may be written now.
pub(super) async fn keep_old(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<bool, Problem> {
    let kept = state.loose_ends.kept.clone();
    let held: Vec<Secret> = kept.iter().filter_map(|name| value_of(cx, state, name)).collect();
    if held.iter().all(|value| is_kept(cx, state, value)) {
        return Ok(true);
    }
    let slot = old_slot(cx)?;
    cx.actions.renew_lease().await?;
    cx.world.secrets.prepare(&slot.place).await?;
    let before = cx.world.secrets.look(&slot).await?;
    // Nothing was kept before, so what has been there since before this rotation is somebody
    // else's.
    let current = state.current.as_ref().map(|key| &key.fingerprint);
    let is_first = kept.iter().all(|name| Some(name) == current);
    let since = facts::pending(state)?.since;
    if let Some(written) = before.updated_at.filter(|written| is_first && *written < since) {
        let problem = Problem::new(Code::PushFailed, format!("{slot} is there already, and was not written by tokenward"))
            .cause(format!(
                "it was written at {written}, and the old value of {} is to be kept there until it is dead",
                cx.job.config.name
            ))
            .hint("give that secret another name, or delete it; then run this again")
            .state("no destination was written; the old value is untouched");
        memory.report.problems.push(problem);
        return Ok(false);
    }
    // Writing what this run holds would lose what it was not handed.
    if held.len() < kept.len() && before.updated_at.is_some() {
        let lost = state
            .retiring
            .iter()
            .map(|retiring| &retiring.key)
            .find(|key| value_of(cx, state, &key.fingerprint).is_none());
        let problem = lost.map(|key| not_handed_old(cx, key));
        memory.report.problems.extend(problem);
        return Ok(false);
    }
    let written =
        cx.actions.put(&slot, &Secret::of_lines(&held.iter().collect::<Vec<_>>()), &before).await;
    match written {
        Ok(_) => {
            memory.done(cx, format!("kept the old value in {slot}, to see it dead later"));
            Ok(true)
        }
        Err(failure) => {
            memory.report.problems.push(
                failure
                    .into_problem()
                    .state("no destination was written; the old value is untouched"),
            );
            Ok(false)
        }
    }
}

pub(super) fn is_kept(cx: &Context<'_>, state: &TokenState, value: &Secret) -> bool {
    let name = value.fingerprint(&state.salt);
    cx.job.values.desk.kept.iter().any(|kept| kept.fingerprint(&state.salt) == name)
}

/// Whether the primary destination is not known to hold the pending value.
pub(super) fn primary_is_to_do(cx: &Context<'_>, state: &TokenState) -> bool {
    let Some(pending) = &state.pending else { return false };
    let primary = cx.job.config.primary().map(Destination::key).unwrap_or_default();
    let written = pending.pushes.get(&primary).map(|push| &push.written);
    matches!(pending.stage, Stage::Pushing { .. } | Stage::Refreshing)
        && !matches!(written, Some(Written::Done { .. }))
}

/// What a person is told where a key can only be ended against its value, and the value is not
/// at hand.
pub(super) fn not_handed_key(cx: &Context<'_>, id: &KeyId) -> Problem {
    let config = cx.job.config;
    let variable = format!("{}_{OLD}", config.value);
    let slot =
        config.primary().map(|primary| primary.secret.beside(OLD).to_string()).unwrap_or_default();
    Problem::new(
        Code::ValueMissing,
        format!("cannot revoke key {id}: {} requires its full value, which this run does not have", config.provider),
    )
    .cause(format!("values that are replaced are kept in the secret {slot}; one whose answer was lost is kept nowhere"))
    .hint(format!("{}; or delete key {id} by hand, and the next run sees it gone", handing_over(&variable, &slot)))
    .state(format!("key {id} still works"))
}

/// What is to be said of a value that is being replaced, that only a test call can see dead,
/// and that is kept nowhere for it.
pub(super) fn unkept(cx: &Context<'_>, state: &TokenState) -> Option<Problem> {
    state.pending.as_ref().filter(|pending| pending.is_past_the_fence())?;
    let retiring = state.retiring.iter().map(|retiring| &retiring.key);
    let old = state.current.iter().chain(retiring);
    // The newest of them is what this run overwrites.
    let old = old
        .filter(|key| only_a_test_tells(cx, key) && !is_held(cx, state, key))
        .max_by_key(|key| key.version)?;
    let name = &cx.job.config.name;
    Some(
        Problem::new(
            Code::NotProven,
            format!("the value that is replaced ({} of {name}) was not handed to this run, and is kept nowhere", old.version),
        )
        .cause("only a test call with the value itself shows that it is dead")
        .hint(format!(
            "keep it until it is revoked at {}, and give it to `tokenward revoke --leaked -` on standard input then, which tests it",
            page::page(cx, state)
        ))
        .state("it still works"),
    )
}

/// Whether the value of a key is at hand, or kept in the secret beside the primary destination.
pub(super) fn is_held(cx: &Context<'_>, state: &TokenState, key: &Key) -> bool {
    value_of(cx, state, &key.fingerprint).is_some()
        || state.loose_ends.kept.contains(&key.fingerprint)
}

/// The problem that reports a kept value which this run does not receive and cannot test.
pub(super) fn not_handed_old(cx: &Context<'_>, key: &Key) -> Problem {
    let config = cx.job.config;
    let variable = format!("{}_{OLD}", config.value);
    let slot =
        config.primary().map(|primary| primary.secret.beside(OLD).to_string()).unwrap_or_default();
    let what = format!(
        "whether the old value of {} ({}) is dead cannot be tested: {variable} is empty or not set",
        config.name, key.version
    );
    Problem::new(Code::ValueMissing, what)
        .cause(format!("{} was kept in the secret {slot} for this", label(key)))
        .hint(handing_over(&variable, &slot))
        .state("every destination holds the new value; the old one may still work")
}
