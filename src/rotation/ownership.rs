//! The one place that decides whether a key may be revoked, disabled or deleted, and the only one
//! that asks the provider to. Two independent things must say that it is ours: a signed record, and
//! the provider's own answer now or the value itself. A key that is in use, or the manager's own,
//! is never ended. If the provider contradicts the journal, nothing more of this token is ended in
//! this run.

use std::collections::BTreeMap;

use super::actions::{Ending, Manner};
use super::context::Context;
use super::job::Bystander;
use super::memory::Memory;
use super::{page, preflight, slots};
use crate::domain::lifecycle::{
    Ending as End, IdFrom, Key, Origin, Pending, Retiring, Stage, TokenState,
};
use crate::domain::text::sanitize;
use crate::domain::{Code, KeyId, Problem, Secret, TokenName};
use crate::providers::{ListedKey, Revoked};

/// How every name begins that any tokenward gives.
const ANY_MARK: &str = "tw1-";

/// Why a key is to be ended.
#[derive(Clone, Copy)]
pub(super) enum Claim<'c> {
    /// A record says that it is an old value's.
    Retiring(&'c Retiring),
    /// A record says that it was made under this name, and delivered nowhere. `known`: the record
    /// tells its id, too.
    Named { name: &'c str, known: bool },
    /// A person gave its whole value, which the provider accepted a moment ago.
    Value(&'c Secret),
}

/// What the evidence comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ours,
    /// The provider does not list it: there is nothing to end.
    Gone,
}

/// Ends a key, if it is ours to end.
pub(super) async fn end_key(
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

/// Whether the end of a key may be journalled. Disabling may rename a key, so there the record
/// that begins it stands for the name: it is written only after the provider was asked.
pub(super) async fn may_begin_to_end(
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
        // A person may have ended it.
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
            .state(format!("key {id} may still work; every run tries again until it is dead"))
    })
}

/// What can be told without asking the provider: the journal is signed, nothing contradicted
/// it, and the key is neither in use nor a manager's.
pub(super) async fn may_be_ended(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    id: &KeyId,
    claim: Claim<'_>,
) -> Result<(), Problem> {
    if !cx.world.ledger.is_authenticated() {
        return Err(not_ours(cx, state, id, "the journal that names it is not signed"));
    }
    if memory.ends.contradicted {
        return Err(not_ours(
            cx,
            state,
            id,
            "the provider contradicts what the journal says of this token's keys",
        ));
    }
    if managers(cx).any(|value| cx.job.driver.key_id(value).as_ref() == Some(id)) {
        let name = &cx.job.config.name;
        return Err(contradiction(
            memory,
            broken(format!("key {id} of {name} is to be ended, and it is a manager's own")),
        ));
    }
    let others = cx.world.ledger.tokens().await;
    match user_of(cx, state, id, claim, &others).or_else(|| value_that_disagrees(cx, state)) {
        Some(problem) => Err(contradiction(memory, problem)),
        None => Ok(()),
    }
}

/// What this run holds of other tokens of the provider.
fn bystanders<'j>(cx: &Context<'j>) -> impl Iterator<Item = &'j Bystander> + use<'j> {
    let job = cx.job;
    job.values.bystanders.iter().filter(|other| other.token != job.config.name)
}

/// Why nobody is asked to revoke an old value: this run received it for another token as well,
/// which would be left with a dead one. One that leaked does not wait for that.
pub(super) fn needed_by_another(
    cx: &Context<'_>,
    state: &TokenState,
    old: &Retiring,
) -> Option<Problem> {
    let is_it = |other: &&Bystander| other.value.fingerprint(&state.salt) == old.key.fingerprint;
    let other = &bystanders(cx).find(is_it).filter(|_| !old.leaked)?.token;
    let (name, version) = (&cx.job.config.name, old.key.version);
    Some(
        Problem::new(
            Code::StillInUse,
            format!("{version} of {name} is not revoked: {other} has the same value"),
        )
        .cause("two tokens share one value, and only one of them was given a new one")
        .hint(format!("make a new value for {other} as well"))
        .state(format!("{version} still works, and {other} needs it")),
    )
}

/// Every manager of this provider that this run holds; not the value that manages itself, which
/// may be ended like any other.
pub(super) fn managers<'j>(cx: &Context<'j>) -> impl Iterator<Item = &'j Secret> + use<'j> {
    let job = cx.job;
    let own = job.values.manager.iter().filter(|_| job.config.manager.is_some());
    own.chain(bystanders(cx).filter(|other| other.is_manager).map(|other| &other.value))
}

pub(super) fn is_a_manager(cx: &Context<'_>, state: &TokenState, value: &Secret) -> bool {
    managers(cx).any(|manager| is_same(state, manager, value))
}

/// Who uses a key, as far as the journal and the values at hand tell.
fn user_of(
    cx: &Context<'_>,
    state: &TokenState,
    id: &KeyId,
    claim: Claim<'_>,
    others: &BTreeMap<TokenName, TokenState>,
) -> Option<Problem> {
    let name = &cx.job.config.name;
    let in_use =
        |whose: &str| broken(format!("key {id} of {name} is to be ended, and it is {whose}"));
    let is_it = |value: &Secret| cx.job.driver.key_id(value).as_ref() == Some(id);
    // A value that is being ended may have been handed to this run: it was queued before, or
    // the value leaked.
    let ended = |value: &Secret| match claim {
        Claim::Retiring(retiring) => value.fingerprint(&state.salt) == retiring.key.fingerprint,
        Claim::Named { .. } => false,
        Claim::Value(given) => is_same(state, given, value),
    };
    let values = &cx.job.values;
    let mut handed = values.handed.iter().chain(&values.desk.next);
    if handed.any(|value| is_it(value) && !ended(value)) {
        return Some(in_use("that of a value which this run was handed"));
    }
    if let Some(other) = bystanders(cx).find(|other| !other.is_manager && is_it(&other.value)) {
        return Some(in_use(&format!("that of the value in use of {}", other.token)));
    }
    // Fixed keys are named alike in every account: what they hold decides.
    if cx.job.abilities.is_fixed() {
        return None;
    }
    let mut others =
        others.iter().filter(|(other, record)| *other != name && record.provider == state.provider);
    if let Some((other, _)) = others.find(|(_, record)| uses(record, id)) {
        return Some(in_use(&format!("the one in use of {other}")));
    }
    if state
        .current
        .as_ref()
        .is_some_and(|key| key.id.as_ref() == Some(id) && !is_given_up(key, claim))
    {
        return Some(in_use("the one in use"));
    }
    let delivered =
        state.pending.as_ref().filter(|pending| pending.is_past_the_fence()).and_then(id_of);
    (delivered == Some(id)).then(|| in_use("the one that is being delivered"))
}

/// A value that this run was handed tells another key than the journal does. The key it would
/// have revoked may be the one in use.
fn value_that_disagrees(cx: &Context<'_>, state: &TokenState) -> Option<Problem> {
    let current = state.current.as_ref().map(|key| (&key.fingerprint, key.id.as_ref()));
    let pending =
        state.pending.as_ref().and_then(|pending| Some((pending.fingerprint()?, id_of(pending))));
    let known = [current, pending].into_iter().flatten();
    known.filter_map(|(fingerprint, id)| Some((slots::value_of(cx, state, fingerprint)?, id?))).find_map(|(value, id)| {
        let told = cx.job.driver.key_id(&value).filter(|told| told != id)?;
        Some(broken(format!("the journal says that the value in use is that of key {id}, and it is that of {told}")))
    })
}

/// The key's id is inside a value that this run holds, and the record names that very value.
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
        // What was made here and will not be used.
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
        return Err(not_ours(cx, state, id, "it is not inside the value that was given"));
    }
    let keys = cx
        .job
        .driver
        .list(preflight::manager(cx, state, memory)?)
        .await
        .map_err(|refusal| preflight::manager_problem(cx, "list the keys of", &refusal))?;
    let Some(listed) = keys.iter().find(|key| key.is(id)) else {
        return not_listed(cx, id, claim);
    };
    if ends_like_one_in_use(cx, state, listed, claim) {
        return Err(broken(format!(
            "{} lists key {id} with the ending of a value in use or of a manager",
            cx.job.config.provider
        )));
    }
    if let (Some(tail), Claim::Retiring(retiring)) = (&listed.tail, claim)
        && slots::value_of(cx, state, &retiring.key.fingerprint)
            .is_some_and(|value| !cx.job.driver.ends_like(&value, tail))
    {
        return Err(broken(format!(
            "{} lists key {id} with another ending than the old value has",
            cx.job.config.provider
        )));
    }
    match claim {
        Claim::Retiring(retiring) => listed_as(cx, state, id, listed, retiring),
        Claim::Named { name, known } => match &listed.name {
            Some(listed) if listed == name && name.starts_with(&cx.prefix()) => Ok(Verdict::Ours),
            Some(listed) => Err(other_name(cx, id, name, listed)),
            None if known => Ok(Verdict::Ours),
            None => Err(not_ours(cx, state, id, "the provider tells no name of it")),
        },
        Claim::Value(_) => {
            Err(not_ours(cx, state, id, "it is not inside the value that was given"))
        }
    }
}

/// What is not listed may be listed late. What we made under a name of ours is asked to be
/// ended nevertheless; nothing else is.
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
        Some(name) => Err(other_name(cx, id, name, "nothing")),
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
        // A key that was made before the token's primary destination changed bears another
        // mark.
        (Some(found), Some(known))
            if found == known && (known.starts_with(&prefix) || is_older_mark(cx, known, key)) =>
        {
            Ok(Verdict::Ours)
        }
        // It bore our name when its end was journalled, and was perhaps renamed by being
        // disabled.
        (Some(found), Some(known))
            if disabled_here && known.starts_with(&prefix) && !found.starts_with(ANY_MARK) =>
        {
            Ok(Verdict::Ours)
        }
        (Some(found), Some(known)) => Err(other_name(cx, id, known, found)),
        // It was taken over after the journal was lost, and the provider says that it is this
        // token's.
        (Some(found), None) if found.starts_with(&prefix) => Ok(Verdict::Ours),
        (Some(found), None) if found.starts_with(ANY_MARK) => {
            Err(other_name(cx, id, "that of a value which was taken over", found))
        }
        // The provider knows the key, and a signed record says how its id was learned.
        (None, _) | (Some(_), None) if key.id_from.is_some() => Ok(Verdict::Ours),
        _ => Err(not_ours(
            cx,
            state,
            id,
            "the provider does not list it under a name of ours, and no record says that its id was read from a value",
        )),
    }
}

fn is_older_mark(cx: &Context<'_>, name: &str, key: &Key) -> bool {
    name.starts_with(ANY_MARK)
        && key.id_from.is_some()
        && !bystanders(cx).any(|other| name.starts_with(&other.mark))
}

/// A fixed key is ours to fill anew while it holds the value that the record names, or one that
/// nobody here uses.
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
            preflight::manager_problem(cx, "look at the fixed keys of", &refusal)
        })?;
    let Some(shown) = shown else {
        return Err(not_ours(cx, state, id, "the provider shows no such key"));
    };
    let bystanders = bystanders(cx).map(|other| &other.value);
    let ended = match claim {
        Claim::Retiring(retiring) => Some(&retiring.key.fingerprint),
        Claim::Named { .. } | Claim::Value(_) => None,
    };
    let name = shown.fingerprint(&state.salt);
    if ended == Some(&name) {
        return Ok(Verdict::Ours);
    }
    let pending = state
        .pending
        .as_ref()
        .filter(|pending| pending.is_past_the_fence())
        .and_then(Pending::fingerprint);
    let in_use = state
        .current
        .as_ref()
        .map(|key| &key.fingerprint)
        .into_iter()
        .chain(pending)
        .any(|used| *used == name)
        || cx
            .job
            .values
            .handed
            .iter()
            .chain(&cx.job.values.desk.next)
            .chain(bystanders)
            .any(|value| is_same(state, value, &shown));
    if in_use {
        return Err(broken(format!(
            "the journal says that the fixed key {id} is to be ended, and it holds a value in use"
        )));
    }
    if ended.is_some() {
        // It holds another value by now, so the old one is dead.
        cx.job.driver.saw_refilled(id);
        return Ok(Verdict::Gone);
    }
    Ok(Verdict::Ours)
}

/// Whether the ending that the provider shows of a key is that of a value in use, or of a
/// manager.
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

/// Whether a value is one that this run was handed for any token: it may be in use, so nothing
/// it stands for is ended.
pub(super) fn is_in_use_here(cx: &Context<'_>, state: &TokenState, value: &Secret) -> bool {
    let handed = cx.job.values.handed.iter().chain(&cx.job.values.desk.next);
    handed.chain(bystanders(cx).map(|other| &other.value)).any(|other| is_same(state, value, other))
}

/// A grant that a value in use still lives on.
pub(super) fn grant_in_use(
    cx: &Context<'_>,
    state: &TokenState,
    value: &Secret,
) -> Option<Problem> {
    let name = &cx.job.config.name;
    if !cx.world.ledger.is_authenticated() {
        return Some(broken(format!(
            "the old grant of {name} was not ended: the journal that names it is not signed"
        )));
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
    in_use.then(|| broken(format!("the old grant of {name} is to be ended, and a value that this run was handed lives on it")))
}

/// A key that an earlier run asked for and that no record says was delivered. If the primary
/// destination was written since, it may have been all the same: by a run whose records
/// somebody took away, by moving the journal back. Then nothing is deleted.
pub(super) async fn was_delivered_nowhere(
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
    let (since, what) = (
        pending.since,
        format!("key {} of {} was delivered nowhere", pending.name, cx.job.config.name),
    );
    let written = cx.world.secrets.look(primary).await?.updated_at;
    let Some(written) = written.filter(|written| *written >= since) else { return Ok(()) };
    let problem = broken(format!("the journal says that {what}, and {primary} was written since that key was asked for"))
        .cause(format!("asked for at {since}, written at {written}"))
        .cause("the journal's newest records are gone, or somebody wrote the secret by hand")
        .hint("look at the ref's history and set it forward again, or remove the ref: the next run takes over the value in use");
    Err(contradiction(memory, problem))
}

/// A name under which no key of this token was ever asked for.
pub(super) fn attempt_not_ours(cx: &Context<'_>, memory: &mut Memory, name: &str) -> Problem {
    let token = &cx.job.config.name;
    let name = sanitize(name);
    contradiction(
        memory,
        broken(format!(
            "the journal says that a key named {name} is a stray of {token}, and such names are not given to its keys"
        )),
    )
}

pub(super) fn is_same(state: &TokenState, one: &Secret, other: &Secret) -> bool {
    one.fingerprint(&state.salt) == other.fingerprint(&state.salt)
}

/// The journal is not to be trusted about this token any more: nothing of it is ended in this
/// run.
fn contradiction(memory: &mut Memory, problem: Problem) -> Problem {
    memory.ends.contradicted = true;
    problem
        .hint("compare the journal's history with the provider's list of keys; a key that is not needed any more has to be revoked by a person")
        .state("nothing was revoked")
}

fn other_name(cx: &Context<'_>, id: &KeyId, known: &str, found: &str) -> Problem {
    let provider = &cx.job.config.provider;
    broken(format!(
        "the journal says that key {id} is named {known}, and {provider} lists it as {found}"
    ))
}

fn not_ours(cx: &Context<'_>, state: &TokenState, id: &KeyId, why: &str) -> Problem {
    Problem::new(
        Code::KeyNotOurs,
        format!(
            "key {id} of {} was not revoked: nothing shows that it is ours",
            cx.job.config.name
        ),
    )
    .cause(why.to_owned())
    .hint(format!(
        "if nobody needs it, revoke it at {}; the next run sees it gone",
        page::page(cx, state)
    ))
    .state(format!("key {id} still works"))
}

fn broken(what: String) -> Problem {
    Problem::new(Code::JournalBroken, what)
}

/// The value in use was given up on purpose: it leaked, or a person revokes it.
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

/// Whether a token's key, in use or on its way, has this id.
#[must_use]
pub fn uses(state: &TokenState, id: &KeyId) -> bool {
    let current = state.current.iter().filter_map(|key| key.id.as_ref());
    current.chain(state.pending.as_ref().and_then(id_of)).any(|known| known == id)
}

/// Every id that the journal knows of a token: it was shown before, so it may be shown.
pub fn ids_of(state: &TokenState) -> impl Iterator<Item = &KeyId> {
    let keys = state
        .current
        .iter()
        .chain(state.retiring.iter().map(|retiring| &retiring.key))
        .filter_map(|key| key.id.as_ref());
    keys.chain(state.pending.as_ref().and_then(id_of))
        .chain(state.dead.iter().filter_map(|dead| dead.id.as_ref()))
}

/// What a value that this run was handed shows of the keys in the journal: their ids were read from
/// values.
pub(super) fn with_evidence(
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
