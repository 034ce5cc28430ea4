//! The only place that decides whether a key may be revoked, disabled or deleted, and that requests
//! it. Two independent sources must show that the key belongs to the token: a signed record, and
//! the provider's current answer or the value itself. A key in use, or the manager's own, is never
//! revoked. If the provider contradicts the journal, this run revokes nothing more of this token.

use std::collections::BTreeMap;

use super::page;
use super::preflight;
use super::slots;
use crate::domain::lifecycle::{
    Ending as End, IdFrom, Key, Origin, Pending, Retiring, Stage, TokenState,
};
use crate::domain::text::sanitize;
use crate::domain::{Code, KeyId, Problem, Secret, TokenName};
use crate::providers::{ListedKey, Revoked};
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::actions::{Ending, Manner};
use crate::rotation::effects::context::Context;
use crate::rotation::problems::evidence::{self as problems, Doubt, User};
use crate::rotation::types::job::Bystander;

/// The beginning of every name that tokenward gives.
const ANY_MARK: &str = "tw1-";

/// Why a key should be revoked.
#[derive(Clone, Copy)]
pub(crate) enum Claim<'c> {
    /// A record says that it belongs to an old value.
    Retiring(&'c Retiring),
    /// A record says that it was issued under this name and not delivered. `known`: the record also
    /// has its id.
    Named { name: &'c str, known: bool },
    /// A person supplied its full value, which the provider has just accepted.
    Value(&'c Secret),
}

/// The result of weighing the evidence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ours,
    /// The provider does not list it: there is nothing to revoke.
    Gone,
}

/// Revokes or disables a key, if it belongs to the token.
pub(crate) async fn end_key(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    id: &KeyId,
    claim: Claim<'_>,
    manner: Manner,
) -> Result<Revoked, Problem> {
    match evidence(cx, state, memory, id, claim).await? {
        Verdict::Gone => Ok(Revoked::AlreadyGone),
        Verdict::Ours => send_end(cx, state, memory, id, claim, manner).await,
    }
}

/// Whether revoking a key may be journaled. Disabling can rename a key; then the record that
/// starts it replaces the name as evidence, so it is written only after the provider was asked.
pub(crate) async fn may_begin_to_end(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    id: &KeyId,
    claim: Claim<'_>,
) -> Result<(), Problem> {
    if cx.job.abilities.ends.disables {
        evidence(cx, state, memory, id, claim).await.map(drop)
    } else {
        may_be_ended(cx, state, memory, id, claim).await
    }
}

async fn evidence(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    id: &KeyId,
    claim: Claim<'_>,
) -> Result<Verdict, Problem> {
    may_be_ended(cx, state, memory, id, claim).await?;
    if is_shown_by_value(cx, state, memory, id, claim) {
        return Ok(Verdict::Ours);
    }
    match ask_provider(cx, state, memory, id, claim).await {
        Err(problem) if problem.id == Code::JournalBroken => Err(contradiction(memory, problem)),
        verdict => verdict,
    }
}

async fn send_end(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    id: &KeyId,
    claim: Claim<'_>,
    manner: Manner,
) -> Result<Revoked, Problem> {
    let manager = preflight::manager(cx, state, memory)?;
    let value = slots::value_of_key(cx, memory, id);
    let needs_value = manner == Manner::Revoke && cx.job.abilities.ends.by_value;
    let ended = if needs_value && value.is_none() {
        // A person may have revoked it.
        match cx.actions.is_gone(manager, id).await {
            Ok(true) => Ok(Revoked::AlreadyGone),
            Ok(false) => return Err(slots::not_handed_key(cx, id)),
            Err(refusal) => Err(refusal),
        }
    } else {
        let recorded = match claim {
            Claim::Retiring(retiring) => slots::value_of(cx, state, &retiring.key.fingerprint),
            Claim::Named { .. } | Claim::Value(_) => None,
        };
        let (value, recorded) = (value.as_ref(), recorded.as_ref());
        cx.actions.end(Ending { manager, id, value, recorded, manner }).await
    };
    let verb = if manner == Manner::Disable { "disable" } else { "revoke" };
    ended.map_err(|refusal| {
        preflight::manager_problem(cx, &format!("{verb} key {id} at"), &refusal)
            .state(format!("key {id} may still work; every run tries again until it is revoked"))
    })
}

/// The checks without the provider: the journal is signed, nothing contradicted it, and the key is
/// neither in use nor a manager's.
pub(crate) async fn may_be_ended(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    id: &KeyId,
    claim: Claim<'_>,
) -> Result<(), Problem> {
    if !cx.world.ledger.is_authenticated() {
        return Err(not_ours(cx, state, id, Doubt::JournalUnsigned));
    }
    if memory.ends.contradicted {
        return Err(not_ours(cx, state, id, Doubt::Contradiction));
    }
    if managers(cx).any(|value| cx.job.driver.key_id(value).as_ref() == Some(id)) {
        let problem = problems::in_use(&cx.job.config.name, id, &User::Manager);
        return Err(contradiction(memory, problem));
    }
    let others = cx.world.ledger.tokens().await;
    match user_of(cx, state, id, claim, &others).or_else(|| value_that_disagrees(cx, state)) {
        Some(problem) => Err(contradiction(memory, problem)),
        None => Ok(()),
    }
}

/// The values of other tokens of the provider that this run received.
fn bystanders<'j>(cx: &Context<'j>) -> impl Iterator<Item = &'j Bystander> + use<'j> {
    let job = cx.job;
    job.values.bystanders.iter().filter(|other| other.token != job.config.name)
}

/// Why nobody is asked to revoke an old value: this run received the same value for another token,
/// which would stop working. A leaked value does not wait for that.
pub(crate) fn needed_by_another(
    cx: &Context<'_>,
    state: &TokenState,
    old: &Retiring,
) -> Option<Problem> {
    let is_it = |other: &&Bystander| other.value.fingerprint(&state.salt) == old.key.fingerprint;
    let other = &bystanders(cx).find(is_it).filter(|_| !old.leaked)?.token;
    Some(problems::shared_value(&cx.job.config.name, old.key.version, other))
}

/// Every manager credential of this provider that this run received, except a token that manages
/// itself: that one can be revoked like any other.
pub(crate) fn managers<'j>(cx: &Context<'j>) -> impl Iterator<Item = &'j Secret> + use<'j> {
    let job = cx.job;
    let own = job.values.manager.iter().filter(|_| job.config.manager.is_some());
    own.chain(bystanders(cx).filter(|other| other.is_manager).map(|other| &other.value))
}

pub(crate) fn is_a_manager(cx: &Context<'_>, state: &TokenState, value: &Secret) -> bool {
    managers(cx).any(|manager| is_same(state, manager, value))
}

/// What uses a key, according to the journal and the values that this run received.
fn user_of(
    cx: &Context<'_>,
    state: &TokenState,
    id: &KeyId,
    claim: Claim<'_>,
    others: &BTreeMap<TokenName, TokenState>,
) -> Option<Problem> {
    let name = &cx.job.config.name;
    let in_use = |user: User<'_>| Some(problems::in_use(name, id, &user));
    let is_it = |value: &Secret| cx.job.driver.key_id(value).as_ref() == Some(id);
    // This run may have received the value that is being revoked: it was queued before, or the
    // value leaked.
    let ended = |value: &Secret| match claim {
        Claim::Retiring(retiring) => value.fingerprint(&state.salt) == retiring.key.fingerprint,
        Claim::Named { .. } => false,
        Claim::Value(given) => is_same(state, given, value),
    };
    let values = &cx.job.values;
    let mut handed = values.handed.iter().chain(&values.desk.next);
    if handed.any(|value| is_it(value) && !ended(value)) {
        return in_use(User::ReceivedValue);
    }
    if let Some(other) = bystanders(cx).find(|other| !other.is_manager && is_it(&other.value)) {
        return in_use(User::OtherReceived(&other.token));
    }
    // Fixed keys have the same ids in every account: their values decide.
    if cx.job.abilities.is_fixed() {
        return None;
    }
    let mut others =
        others.iter().filter(|(other, record)| *other != name && record.provider == state.provider);
    if let Some((other, _)) = others.find(|(_, record)| uses(record, id)) {
        return in_use(User::Other(other));
    }
    if state
        .current
        .as_ref()
        .is_some_and(|key| key.id.as_ref() == Some(id) && !is_given_up(key, claim))
    {
        return in_use(User::InUse);
    }
    let delivered =
        state.pending.as_ref().filter(|pending| pending.is_past_the_fence()).and_then(id_of);
    if delivered == Some(id) { in_use(User::BeingDelivered) } else { None }
}

/// Reports a value of this run whose key is not the one in the journal. The key that the journal
/// names may then be the one in use.
fn value_that_disagrees(cx: &Context<'_>, state: &TokenState) -> Option<Problem> {
    let current = state.current.as_ref().map(|key| (&key.fingerprint, key.id.as_ref()));
    let pending =
        state.pending.as_ref().and_then(|pending| Some((pending.fingerprint()?, id_of(pending))));
    let known = [current, pending].into_iter().flatten();
    known
        .filter_map(|(fingerprint, id)| Some((slots::value_of(cx, state, fingerprint)?, id?)))
        .find_map(|(value, id)| {
            let found = cx.job.driver.key_id(&value).filter(|found| found != id)?;
            Some(problems::other_id(id, &found))
        })
}

/// Whether a value of this run contains the key's id, and the record is about that value.
fn is_shown_by_value(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    id: &KeyId,
    claim: Claim<'_>,
) -> bool {
    let tells = |value: &Secret| cx.job.driver.key_id(value).as_ref() == Some(id);
    match claim {
        Claim::Retiring(retiring) => {
            slots::value_of(cx, state, &retiring.key.fingerprint).is_some_and(|value| tells(&value))
        }
        // Issued by this run, and not used.
        Claim::Named { .. } => memory.value.in_hand.iter().chain(&memory.value.dropped).any(tells),
        Claim::Value(value) => tells(value),
    }
}

async fn ask_provider(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    id: &KeyId,
    claim: Claim<'_>,
) -> Result<Verdict, Problem> {
    if cx.job.abilities.is_fixed() {
        return ask_slot(cx, state, memory, id, claim).await;
    }
    if matches!(claim, Claim::Value(_)) {
        return Err(not_ours(cx, state, id, Doubt::IdNotInValue));
    }
    let keys = cx
        .job
        .driver
        .list(preflight::manager(cx, state, memory)?)
        .await
        .map_err(|refusal| preflight::manager_problem(cx, "list the keys at", &refusal))?;
    let Some(listed) = keys.iter().find(|key| key.is(id)) else {
        return not_listed(cx, id, claim);
    };
    if ends_like_one_in_use(cx, state, listed, claim) {
        return Err(problems::ends_like_one_in_use(cx.job.config, id));
    }
    if let (Some(tail), Claim::Retiring(retiring)) = (&listed.tail, claim)
        && slots::value_of(cx, state, &retiring.key.fingerprint)
            .is_some_and(|value| !cx.job.driver.ends_like(&value, tail))
    {
        return Err(problems::ends_differently(cx.job.config, id));
    }
    match claim {
        Claim::Retiring(retiring) => listed_as(cx, state, id, listed, retiring),
        Claim::Named { name, known } => match &listed.name {
            Some(listed) if listed == name && name.starts_with(&cx.prefix()) => Ok(Verdict::Ours),
            Some(listed) => Err(problems::other_name(cx.job.config, id, name, listed)),
            None if known => Ok(Verdict::Ours),
            None => Err(not_ours(cx, state, id, Doubt::NameUnknown)),
        },
        Claim::Value(_) => Err(not_ours(cx, state, id, Doubt::IdNotInValue)),
    }
}

/// The provider may list a key late. If tokenward issued it under a name of its own, revoking it is
/// requested anyway; otherwise it counts as gone.
fn not_listed(cx: &Context<'_>, id: &KeyId, claim: Claim<'_>) -> Result<Verdict, Problem> {
    let name = match claim {
        Claim::Retiring(retiring) if retiring.key.origin != Origin::Minted => None,
        Claim::Retiring(Retiring { key, .. }) => {
            let name = key.name.as_deref().unwrap_or_default();
            if is_older_mark(cx, name, key) {
                return Ok(Verdict::Ours);
            }
            Some(name)
        }
        Claim::Named { name, known } => Some(name).filter(|_| known),
        Claim::Value(_) => None,
    };
    match name {
        Some(name) if name.starts_with(&cx.prefix()) => Ok(Verdict::Ours),
        Some(name) => Err(problems::foreign_name(cx.job.config, id, name)),
        None => Ok(Verdict::Gone),
    }
}

fn listed_as(
    cx: &Context<'_>,
    state: &TokenState,
    id: &KeyId,
    listed: &ListedKey,
    retiring: &Retiring,
) -> Result<Verdict, Problem> {
    let (prefix, key) = (cx.prefix(), &retiring.key);
    let disabled_here =
        cx.job.abilities.ends.disables && retiring.stage != End::Waiting && key.id_from.is_some();
    match (&listed.name, &key.name) {
        // A key that was issued before the token's primary destination changed has another mark.
        (Some(found), Some(known))
            if found == known && (known.starts_with(&prefix) || is_older_mark(cx, known, key)) =>
        {
            Ok(Verdict::Ours)
        }
        // It had our name when revoking it was journaled, and disabling it may have renamed it.
        (Some(found), Some(known))
            if disabled_here && known.starts_with(&prefix) && !found.starts_with(ANY_MARK) =>
        {
            Ok(Verdict::Ours)
        }
        (Some(found), Some(known)) => Err(problems::other_name(cx.job.config, id, known, found)),
        // It was adopted after the journal was lost, and its name shows that it belongs to this
        // token.
        (Some(found), None) if found.starts_with(&prefix) => Ok(Verdict::Ours),
        (Some(found), None) if found.starts_with(ANY_MARK) => {
            Err(problems::adopted_has_a_mark(cx.job.config, id, found))
        }
        // The provider knows the key, and a signed record says how its id was learned.
        (None, _) | (Some(_), None) if key.id_from.is_some() => Ok(Verdict::Ours),
        _ => Err(not_ours(cx, state, id, Doubt::NoEvidence)),
    }
}

fn is_older_mark(cx: &Context<'_>, name: &str, key: &Key) -> bool {
    name.starts_with(ANY_MARK)
        && key.id_from.is_some()
        && !bystanders(cx).any(|other| name.starts_with(&other.mark))
}

/// A fixed key may be regenerated while it holds the value that the record is about, or one that
/// nothing in this run uses.
async fn ask_slot(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    id: &KeyId,
    claim: Claim<'_>,
) -> Result<Verdict, Problem> {
    let manager = preflight::manager(cx, state, memory)?;
    let shown =
        cx.job.driver.shown_again(manager, id).await.map_err(|refusal| {
            preflight::manager_problem(cx, "read the fixed keys at", &refusal)
        })?;
    let Some(shown) = shown else {
        return Err(not_ours(cx, state, id, Doubt::NoSuchSlot));
    };
    let ended = match claim {
        Claim::Retiring(retiring) => Some(&retiring.key.fingerprint),
        Claim::Named { .. } | Claim::Value(_) => None,
    };
    if ended == Some(&shown.fingerprint(&state.salt)) {
        return Ok(Verdict::Ours);
    }
    if is_in_use_by_record(state, &shown) || is_in_use_here(cx, state, &shown) {
        return Err(problems::slot_in_use(id));
    }
    if ended.is_some() {
        // It holds another value now, so the old one is revoked.
        cx.job.driver.saw_refilled(id);
        return Ok(Verdict::Gone);
    }
    Ok(Verdict::Ours)
}

/// Whether the journal says that a value is in use, or that a destination may hold it.
fn is_in_use_by_record(state: &TokenState, value: &Secret) -> bool {
    let pending = state
        .pending
        .as_ref()
        .filter(|pending| pending.is_past_the_fence())
        .and_then(Pending::fingerprint);
    let name = value.fingerprint(&state.salt);
    let current = state.current.as_ref().map(|key| &key.fingerprint);
    current.into_iter().chain(pending).any(|used| *used == name)
}

/// Whether the last characters that the provider shows for a key are those of a value in use, or of
/// a manager credential.
fn ends_like_one_in_use(
    cx: &Context<'_>,
    state: &TokenState,
    listed: &ListedKey,
    claim: Claim<'_>,
) -> bool {
    let Some(tail) = &listed.tail else { return false };
    let ended = |value: &Secret| matches!(claim, Claim::Retiring(retiring) if value.fingerprint(&state.salt) == retiring.key.fingerprint);
    let own = cx
        .job
        .values
        .handed
        .iter()
        .chain(&cx.job.values.desk.next)
        .chain(cx.job.values.manager.iter().filter(|_| cx.job.config.manager.is_some()));
    let bystanders = bystanders(cx).map(|other| &other.value);
    own.filter(|value| !ended(value))
        .chain(bystanders)
        .any(|value| cx.job.driver.ends_like(value, tail))
}

/// Whether this run received a value for any token: it may be in use, so its key is not revoked.
pub(crate) fn is_in_use_here(cx: &Context<'_>, state: &TokenState, value: &Secret) -> bool {
    let handed = cx.job.values.handed.iter().chain(&cx.job.values.desk.next);
    handed.chain(bystanders(cx).map(|other| &other.value)).any(|other| is_same(state, value, other))
}

/// Why an old grant is not revoked: a value in use may depend on it.
pub(crate) fn grant_in_use(
    cx: &Context<'_>,
    state: &TokenState,
    value: &Secret,
) -> Option<Problem> {
    let name = &cx.job.config.name;
    if !cx.world.ledger.is_authenticated() {
        return Some(problems::grant_unsigned(name));
    }
    let refresh = |value: &Secret| cx.job.driver.part(value, "refresh-token").ok();
    let in_use = cx
        .job
        .values
        .handed
        .iter()
        .chain(&cx.job.values.desk.next)
        .chain(bystanders(cx).map(|other| &other.value));
    let in_use = in_use
        .filter_map(refresh)
        .any(|other| refresh(value).is_some_and(|ended| is_same(state, &ended, &other)));
    in_use.then(|| problems::grant_in_use(name))
}

/// Checks that a key which an earlier run requested was not delivered. No record says that it was,
/// but if the primary destination was written since, it may have been: by a run whose records
/// somebody removed by moving the journal back. Then nothing is deleted.
pub(crate) async fn was_delivered_nowhere(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<(), Problem> {
    if memory.sent.mints > 0 {
        return Ok(());
    }
    let Some((pending, primary)) = state.pending.as_ref().zip(cx.job.config.destinations.first())
    else {
        return Ok(());
    };
    let since = pending.since;
    let written = cx.world.secrets.look(primary).await?.updated_at;
    let Some(written) = written.filter(|written| *written >= since) else { return Ok(()) };
    memory.ends.contradicted = true;
    let times = (since, written);
    Err(problems::maybe_delivered(cx.job.config, &pending.name, primary, times))
}

/// Reports a name under which no key of this token was ever requested.
pub(crate) fn attempt_not_ours(cx: &Context<'_>, memory: &mut Memory, name: &str) -> Problem {
    memory.ends.contradicted = true;
    problems::foreign_attempt(&cx.job.config.name, &sanitize(name))
}

pub(crate) fn is_same(state: &TokenState, one: &Secret, other: &Secret) -> bool {
    one.fingerprint(&state.salt) == other.fingerprint(&state.salt)
}

/// Records that the journal is wrong about this token, so that this run revokes nothing more of it.
fn contradiction(memory: &mut Memory, problem: Problem) -> Problem {
    memory.ends.contradicted = true;
    problems::contradiction(problem)
}

fn not_ours(cx: &Context<'_>, state: &TokenState, id: &KeyId, doubt: Doubt) -> Problem {
    problems::not_ours(cx.job.config, id, &page::page(cx, state), doubt)
}

/// Whether the value in use was given up on purpose: it leaked, or a person revokes it.
fn is_given_up(current: &Key, claim: Claim<'_>) -> bool {
    matches!(claim, Claim::Retiring(retiring) if retiring.leaked && retiring.key == *current)
}

fn id_of(pending: &Pending) -> Option<&KeyId> {
    match &pending.stage {
        Stage::Minted { id, .. } => Some(id),
        Stage::Pushing { id, .. } | Stage::Pushed { id, .. } | Stage::Aborting { id } => {
            id.as_ref()
        }
        Stage::Intent | Stage::Refreshing => None,
    }
}

/// Whether a token's key, in use or new, has this id.
#[must_use]
pub fn uses(state: &TokenState, id: &KeyId) -> bool {
    let current = state.current.iter().filter_map(|key| key.id.as_ref());
    current.chain(state.pending.as_ref().and_then(id_of)).any(|known| known == id)
}

/// Every id that the journal knows of a token. It is public already, so it may be shown.
pub fn ids_of(state: &TokenState) -> impl Iterator<Item = &KeyId> {
    let keys = state
        .current
        .iter()
        .chain(state.retiring.iter().map(|retiring| &retiring.key))
        .filter_map(|key| key.id.as_ref());
    keys.chain(state.pending.as_ref().and_then(id_of))
        .chain(state.dead.iter().filter_map(|dead| dead.id.as_ref()))
}

/// Adds what the values of this run show about the keys in the journal: that their ids were read
/// from values.
pub(crate) fn with_evidence(
    mut state: TokenState,
    told: impl Fn(&Key) -> Option<KeyId>,
) -> TokenState {
    let retiring = state.retiring.iter_mut().map(|retiring| &mut retiring.key);
    for key in state.current.iter_mut().chain(retiring).filter(|key| key.id_from.is_none()) {
        if key.id.is_some() && told(key) == key.id {
            key.id_from = Some(IdFrom::Value);
        }
    }
    state
}
