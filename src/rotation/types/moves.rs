//! The transitions: from one state of a token to the next, as values. Pure; each is one record of
//! the journal.

use std::collections::BTreeMap;

use crate::domain::cleanup::{PendingCleanup, Wish};
use crate::domain::lifecycle::{
    Dead, Ending, IdFrom, KEPT_ATTEMPTS, KEPT_DEAD, Key, Lease, Origin, Pending, Push, Renewed,
    Retiring, Stage, TokenState, Why, Written,
};
use crate::domain::{Fingerprint, KeyId, Nonce, Span, Timestamp, Version};

/// Adopts a value in use as version 0.
pub(crate) fn adopt(
    state: &TokenState,
    id: Option<(KeyId, IdFrom)>,
    fingerprint: Fingerprint,
    expires_at: Option<Timestamp>,
    age: Age,
) -> TokenState {
    let (id, id_from) = id.unzip();
    let key = Key {
        version: Version::default(),
        id,
        name: None,
        fingerprint,
        since: age.since,
        expires_at,
        origin: Origin::Adopted,
        id_from,
        renewed: None,
    };
    TokenState {
        current: Some(key),
        found: age.written,
        confirmed: BTreeMap::new(),
        ..state.clone()
    }
}

/// Records that runs received the value in use.
pub(crate) fn confirmed(
    state: &TokenState,
    by: impl IntoIterator<Item = (String, Timestamp)>,
) -> TokenState {
    let mut state = state.clone();
    state.confirmed.extend(by);
    state
}

/// The age of an adopted value.
#[derive(Clone, Copy)]
pub(crate) struct Age {
    /// Since when it has existed at least.
    pub(crate) since: Timestamp,
    /// When the primary destination was last written, if GitHub reports that.
    pub(crate) written: Option<Timestamp>,
}

/// What the provider shows after the journal was lost.
pub(crate) struct Found {
    pub(crate) version: Version,
    pub(crate) id: Option<(KeyId, IdFrom)>,
    /// Its name, if tokenward gave it.
    pub(crate) name: Option<String>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) age: Age,
    /// Other keys that tokenward issued for this token.
    pub(crate) others: Vec<Key>,
}

/// Rebuilds the state after the journal was lost. A destination may hold any of the token's values,
/// so the value in use is delivered everywhere again; the others retire only when that is proven,
/// with a full grace period.
pub(crate) fn rebuild(
    state: &TokenState,
    found: Found,
    pushes: BTreeMap<String, Push>,
    now: Timestamp,
) -> TokenState {
    let retiring = found
        .others
        .into_iter()
        .map(|key| Retiring { key, not_before: None, leaked: false, stage: Ending::Waiting })
        .collect();
    let (id, id_from) = found.id.unzip();
    let pending = Pending {
        version: found.version,
        nonce: Nonce::new("found"),
        name: found.name.unwrap_or_default(),
        why: Why::Found,
        since: now,
        stage: Stage::Intent,
        id_from,
        pushes: BTreeMap::new(),
    };
    let state = TokenState {
        pending: Some(pending),
        retiring,
        found: Some(found.age.since),
        ..state.clone()
    };
    fence(&state, id, found.fingerprint, found.expires_at, pushes)
}

/// Records that a person requested a new value; the request stays until there is one.
pub(crate) fn wished(state: &TokenState, reason: String, now: Timestamp) -> TokenState {
    let loose_ends =
        PendingCleanup { wish: Some(Wish { reason, since: now }), ..state.loose_ends.clone() };
    TokenState { loose_ends, ..state.clone() }
}

/// A key will be issued as `name`. Nothing exists at the provider yet.
pub(crate) fn intend(
    state: &TokenState,
    why: Why,
    nonce: Nonce,
    name: String,
    now: Timestamp,
) -> TokenState {
    let pending = Pending {
        version: state.newest().next(),
        nonce,
        name,
        why,
        since: now,
        stage: Stage::Intent,
        id_from: None,
        pushes: BTreeMap::new(),
    };
    TokenState { pending: Some(pending), paused_until: None, ..state.clone() }
}

/// The key is requested again under another name; the previous name is kept, in case that key was
/// issued after all.
pub(crate) fn intend_again(state: &TokenState, nonce: Nonce, name: String) -> TokenState {
    let mut state = remember_attempt(state);
    if let Some(pending) = &mut state.pending {
        pending.nonce = nonce;
        pending.name = name;
        pending.stage = Stage::Intent;
    }
    state
}

/// The pending key is given up; only its name is kept.
pub(crate) fn give_up(state: &TokenState) -> TokenState {
    TokenState { pending: None, ..remember_attempt(state) }
}

/// Forgets a pending value that certainly never existed. The provider may have asked to wait.
pub(crate) fn forget(state: &TokenState, paused_until: Option<Timestamp>) -> TokenState {
    TokenState { pending: None, paused_until, ..state.clone() }
}

/// The provider says that it issued no key. It may have issued one anyway (a proxy can repeat a
/// request), so the name is kept.
pub(crate) fn refused(state: &TokenState, paused_until: Option<Timestamp>) -> TokenState {
    TokenState { paused_until, ..give_up(state) }
}

fn remember_attempt(state: &TokenState) -> TokenState {
    let mut state = state.clone();
    if let Some(pending) = &state.pending {
        state.attempts.push(pending.name.clone());
        let surplus = state.attempts.len().saturating_sub(KEPT_ATTEMPTS);
        state.attempts.drain(..surplus);
    }
    state
}

/// Sets the stage of the pending key.
pub(crate) fn stage(state: &TokenState, stage: Stage) -> TokenState {
    let mut state = state.clone();
    if let Some(pending) = &mut state.pending {
        pending.stage = stage;
    }
    state
}

/// The result of a refresh.
pub(crate) struct Refreshed {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) expires_at: Option<Timestamp>,
    /// What became of the refresh token of the value in use, if that one was refreshed.
    pub(crate) renewed: Option<Renewed>,
    /// The primary destination, and when it accepted the new value.
    pub(crate) primary: String,
    pub(crate) at: Timestamp,
}

/// The primary destination holds the result of the refresh; any other destination may from now on.
pub(crate) fn refreshed(state: &TokenState, came: Refreshed) -> TokenState {
    let Refreshed { fingerprint, expires_at, renewed, primary, at } = came;
    let mut state =
        stage(state, Stage::Pushing { id: None, fingerprint: fingerprint.clone(), expires_at });
    if let Some(pending) = &mut state.pending {
        pending.since = at;
        if let Some(push) = pending.pushes.get_mut(&primary) {
            push.written = Written::Done { at };
        }
        if let Some(taken) = state.loose_ends.next.as_mut().filter(|_| pending.why == Why::Brought)
        {
            taken.fingerprint = fingerprint;
        }
    }
    if let (Some(current), Some(_)) = (&mut state.current, renewed) {
        current.renewed = renewed;
    }
    pushed(&state, &BTreeMap::new())
}

/// The value of the primary destination becomes the value in use, although no other destination
/// received it: its access token has expired.
pub(crate) fn take_over(state: &TokenState, now: Timestamp) -> TokenState {
    let mut state = state.clone();
    let Some(pending) = state.pending.take() else { return state };
    let held = arrived(&pending);
    if let Some(key) = key_of(pending) {
        let not_before = state.current.as_ref().and_then(|key| over_at(key, now)).or(Some(now));
        let old = state.current.replace(Key {
            expires_at: Some(key.expires_at.map_or(now, |end| end.min(now))),
            ..key
        });
        state.retiring.extend(old.map(|key| Retiring {
            key,
            not_before,
            leaked: false,
            stage: Ending::Waiting,
        }));
        state.held.extend(held);
        state.confirmed.clear();
        state.found = None;
    }
    state
}

fn arrived(pending: &Pending) -> BTreeMap<String, Timestamp> {
    let done = |push: &Push| match push.written {
        Written::Done { at } => Some(at),
        _ => None,
    };
    pending.pushes.iter().filter_map(|(key, push)| Some((key.clone(), done(push)?))).collect()
}

/// Records what is known about the destinations before they are written.
pub(crate) fn with_pushes(state: &TokenState, pushes: BTreeMap<String, Push>) -> TokenState {
    let mut state = state.clone();
    if let Some(pending) = &mut state.pending {
        pending.pushes = pushes;
    }
    state
}

/// The fence: from now on the value may be in any of these destinations.
pub(crate) fn fence(
    state: &TokenState,
    id: Option<KeyId>,
    fingerprint: Fingerprint,
    expires_at: Option<Timestamp>,
    pushes: BTreeMap<String, Push>,
) -> TokenState {
    with_pushes(&stage(state, Stage::Pushing { id, fingerprint, expires_at }), pushes)
}

/// Records the results of writes. When all are done, the key is in every destination.
pub(crate) fn pushed(state: &TokenState, results: &BTreeMap<String, Written>) -> TokenState {
    let mut state = state.clone();
    let Some(pending) = &mut state.pending else { return state };
    for (key, written) in results {
        if let Some(push) = pending.pushes.get_mut(key) {
            push.written = written.clone();
        }
    }
    let times: Option<Vec<Timestamp>> = pending
        .pushes
        .values()
        .map(|push| match push.written {
            Written::Done { at } => Some(at),
            _ => None,
        })
        .collect();
    if let (Stage::Pushing { id, fingerprint, expires_at }, Some(pushed_at)) =
        (&pending.stage, times.and_then(|times| times.into_iter().max()))
    {
        // The previous record was written first, whatever time GitHub reports for the secret: a
        // grace period never starts earlier.
        let pushed_at = pushed_at.max(state.changed_at);
        pending.stage = Stage::Pushed {
            id: id.clone(),
            fingerprint: fingerprint.clone(),
            expires_at: *expires_at,
            pushed_at,
        };
    }
    state
}

/// The pending value becomes the value in use. The previous one retires after its grace period, and
/// so do all that waited for this proof. With `leaked`, older ones lose their grace period, except
/// one that was given up during its delivery: a write of it may still arrive.
pub(crate) fn promote(state: &TokenState, grace: Span, leaked: bool) -> TokenState {
    let mut state = state.clone();
    let Some(mut pending) = state.pending.take() else { return state };
    let Stage::Pushed { pushed_at, .. } = pending.stage else {
        return TokenState { pending: Some(pending), ..state };
    };
    let leaked = leaked || pending.why == Why::Leaked || state.has_leaked();
    let (at_once, in_time) = (pushed_at, grace.after(pushed_at));
    let replaced = state.current.as_ref().map(|key| key.version);
    // One that was revoked before there was another is already being revoked.
    if let Some(key) = state.current.take().filter(|key| !state.is_ending(key)) {
        state.retiring.push(Retiring { key, not_before: None, leaked, stage: Ending::Waiting });
    }
    for retiring in &mut state.retiring {
        retiring.leaked |=
            leaked && (retiring.not_before.is_some() || Some(retiring.key.version) == replaced);
        let not_before = if retiring.leaked { at_once } else { in_time };
        retiring.not_before =
            Some(retiring.not_before.map_or(not_before, |moment| moment.min(not_before)));
        retiring.not_before = over_at(&retiring.key, pushed_at).or(retiring.not_before);
    }
    state.reach = pending
        .pushes
        .iter()
        .filter_map(|(key, push)| Some((key.clone(), push.reach.clone()?)))
        .collect();
    state.held = arrived(&pending);
    state.confirmed.clear();
    state.loose_ends.wish = None;
    // An adopted value keeps its age.
    pending.since =
        state.found.take().filter(|_| pending.why == Why::Found).unwrap_or(pending.since);
    state.current = key_of(pending);
    state
}

/// The key of a pending value that has passed the fence.
fn key_of(pending: Pending) -> Option<Key> {
    let Pending { version, name, why, since, stage, id_from, .. } = pending;
    let (Stage::Pushing { id, fingerprint, expires_at }
    | Stage::Pushed { id, fingerprint, expires_at, .. }) = stage
    else {
        return None;
    };
    let why_made = !matches!(why, Why::Brought | Why::Found);
    let (origin, name) = match why {
        Why::Brought => (Origin::Brought, None),
        Why::Found if name.is_empty() => (Origin::Adopted, None),
        _ => (Origin::Minted, Some(name)),
    };
    let made = (origin == Origin::Minted && why_made).then_some(IdFrom::Created);
    let id_from = id_from.or(made);
    Some(Key { version, id, name, fingerprint, since, expires_at, origin, id_from, renewed: None })
}

/// Gives up a pending value that is lost and may be in any destination, and starts a later one. It
/// retires once the later one is proven.
pub(crate) fn supersede(
    state: &TokenState,
    nonce: Nonce,
    name: String,
    now: Timestamp,
) -> TokenState {
    let mut state = state.clone();
    let Some(lost) = state.pending.take() else { return state };
    let why = lost.why.clone();
    if let Some(key) = key_of(lost) {
        state.retiring.push(Retiring {
            key,
            not_before: None,
            leaked: false,
            stage: Ending::Waiting,
        });
    }
    intend(&state, why, nonce, name, now)
}

/// The value in use leaked, and every destination has a newer one: it retires without a grace
/// period, and so do those before it.
pub(crate) fn give_up_current(state: &TokenState, now: Timestamp) -> TokenState {
    let mut state = without_grace(state, now);
    let key = state.current.clone().into_iter();
    state.retiring.extend(key.map(|key| Retiring {
        key,
        not_before: Some(now),
        leaked: true,
        stage: Ending::Waiting,
    }));
    state
}

/// Ends the grace period of old values, except of those that were given up during their delivery: a
/// write of one may still arrive.
fn without_grace(state: &TokenState, now: Timestamp) -> TokenState {
    let mut state = state.clone();
    for retiring in state.retiring.iter_mut().filter(|retiring| retiring.not_before.is_some()) {
        retiring.leaked = true;
        retiring.not_before = retiring.not_before.map(|moment| moment.min(now));
    }
    state
}

/// The value in use and those before it are revoked now, before there is another.
pub(crate) fn revoke_first(state: &TokenState, now: Timestamp) -> TokenState {
    let mut state = without_grace(state, now);
    let key = state.current.clone().into_iter();
    state.retiring.extend(key.map(|key| Retiring {
        key,
        not_before: Some(now),
        leaked: true,
        stage: Ending::Revoking { since: now },
    }));
    state
}

/// Sets how far the revocation of a retiring key is.
pub(crate) fn ending(state: &TokenState, index: usize, ending: Ending) -> TokenState {
    let mut state = state.clone();
    if let Some(retiring) = state.retiring.get_mut(index) {
        retiring.stage = ending;
    }
    state
}

/// A retiring key was verified as revoked.
pub(crate) fn bury(state: &TokenState, index: usize, now: Timestamp) -> TokenState {
    let mut state = state.clone();
    if index < state.retiring.len() {
        let Retiring { key, .. } = state.retiring.remove(index);
        state
            .loose_ends
            .leaks
            .retain(|leak| leak.fingerprint != key.fingerprint || leak.alert.is_some());
        state.dead.push(Dead {
            version: key.version,
            id: key.id,
            fingerprint: key.fingerprint,
            at: now,
        });
        let surplus = state.dead.len().saturating_sub(KEPT_DEAD);
        state.dead.drain(..surplus);
    }
    state
}

/// No earlier attempt has left anything behind.
pub(crate) fn swept(state: &TokenState) -> TokenState {
    TokenState { attempts: Vec::new(), ..state.clone() }
}

/// Records who has the lease, and when.
pub(crate) fn led_by(state: TokenState, lead: Option<Lease>, now: Timestamp) -> TokenState {
    TokenState { lead, changed_at: now, ..state }
}

/// When a value that was refreshed can be forgotten.
pub(crate) fn over_at(key: &Key, pushed_at: Timestamp) -> Option<Timestamp> {
    key.renewed?;
    Some(key.expires_at.map_or(pushed_at, |end| MARGIN.after(end).max(pushed_at)))
}

/// The provider's clock and GitHub's may differ.
pub(crate) const MARGIN: Span = Span::seconds(60);
