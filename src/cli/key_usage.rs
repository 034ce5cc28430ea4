//! What a provider reports on the use of keys, if it does: an old key that is still used, a key
//! that is not in the journal, and a key that is not used. Changes nothing. What it cannot find out
//! it reports, and never treats as unused.

use std::collections::BTreeSet;

use super::problems;
use super::session::Session;
use crate::config::TokenConfig;
use crate::domain::lifecycle::TokenState;
use crate::domain::{Facts, KeyId, Problem, Secret, Span, Timestamp, Verdict};
use crate::providers::{Driver, ListedKey, ProviderError};

/// The run that replaced a key, and runs that began earlier, can use it a little longer.
const RUNS_END: Span = Span::seconds(30 * 60);

/// What was found out about one token's keys.
#[derive(Default)]
pub(super) struct Usage {
    pub(super) problems: Vec<Problem>,
    /// Why the provider could not be asked.
    pub(super) unknown: Option<ProviderError>,
    /// The verdict on the value in use from the list of keys, instead of a test call.
    pub(super) verdict: Option<Verdict>,
}

/// Asks the provider about the keys of a token, before its test call uses one of them.
pub(super) async fn usage(
    driver: &Driver<'_>,
    token: &TokenConfig,
    state: Option<&TokenState>,
    manager: &Secret,
    value: &Secret,
    now: Timestamp,
) -> Usage {
    let rotation = driver.rotation();
    let listed = rotation.list.is_some();
    if !listed && rotation.last_used.is_none() {
        return Usage::default();
    }
    let keys = if listed { driver.list(manager).await } else { Ok(Vec::new()) };
    let keys = match keys {
        Ok(keys) => keys,
        Err(refusal) => return Usage { unknown: Some(refusal), ..Usage::default() },
    };
    let mut usage = Usage::default();
    let current = state
        .and_then(|state| state.current.as_ref())
        .and_then(|key| key.id.clone())
        .or_else(|| driver.key_id(value));
    if let Some(state) = state {
        usage.problems.extend(old_keys(driver, token, state, manager, &keys).await);
        usage.problems.extend(undeclared(driver, token, state, manager, &keys));
    }
    if let (Some(id), Some(limit)) = (&current, rotation.limits.inactive_after)
        && let Some(used) = used(driver, manager, id, &keys).await
    {
        // A test call counts as a use, and the key would never look unused. A listed key whose
        // value matches the journal's fingerprint is proof enough.
        let is_known = state.and_then(|state| {
            state.current.as_ref().map(|key| key.fingerprint == value.fingerprint(&state.salt))
        });
        if is_known == Some(true) && keys.iter().any(|key| key.is(id) && !key.ended) {
            usage.verdict = Some(Verdict::Live(Facts::default()));
        }
        let is_quiet = limit.after(used).before(token.warn_before) <= now;
        usage.problems.extend(is_quiet.then(|| problems::keys::unused(token, used, limit)));
    }
    usage
}

/// Old keys that are still used, and revoked ones that the provider lists again.
async fn old_keys(
    driver: &Driver<'_>,
    token: &TokenConfig,
    state: &TokenState,
    manager: &Secret,
    keys: &[ListedKey],
) -> Vec<Problem> {
    let mut found = Vec::new();
    // A consumer that uses an old key after that has not received the new value.
    let replaced =
        state.held.values().copied().max().or_else(|| state.current.as_ref().map(|key| key.since));
    for id in state.retiring.iter().filter_map(|retiring| retiring.key.id.as_ref()) {
        let used = used(driver, manager, id, keys).await;
        if let (Some(used), Some(replaced)) = (used, replaced)
            && used > RUNS_END.after(replaced)
        {
            found.push(problems::keys::still_used(&token.name, id, used, replaced));
        }
    }
    for dead in state.dead.iter().filter_map(|dead| dead.id.as_ref()) {
        if keys.iter().any(|key| key.is(dead) && !key.ended) {
            found.push(problems::keys::listed_again(&token.name, dead));
        }
    }
    found
}

/// The note that keys were not listed, because this run has no manager. Only a note: runs that
/// rotate have the manager, and runs that check need none.
pub(super) fn unlisted(session: &Session<'_>, tokens: &[&TokenConfig]) -> Option<String> {
    let is_missing = |token: &&&TokenConfig| {
        let manager =
            token.manager.as_ref().filter(|manager| !session.env.is_set(manager.as_str()));
        manager.is_some()
            && session.driver(token).is_ok_and(|driver| driver.rotation().list.is_some())
    };
    let missing: Vec<&TokenConfig> = tokens.iter().filter(is_missing).copied().collect();
    let names: Vec<&str> = missing.iter().map(|token| token.name.as_str()).collect();
    let managers: BTreeSet<&str> = missing
        .iter()
        .filter_map(|token| token.manager.as_ref())
        .map(|manager| manager.as_str())
        .collect();
    let managers: Vec<&str> = managers.into_iter().collect();
    (!missing.is_empty()).then(|| problems::keys::not_listed(&names, &managers))
}

/// Whether a value is an old one whose use its provider reports, so that a test call would make it
/// look used.
pub(super) fn is_watched(driver: &Driver<'_>, state: Option<&TokenState>, value: &Secret) -> bool {
    let held = state.map(|state| (value.fingerprint(&state.salt), &state.retiring));
    driver.rotation().tells_last_use()
        && held
            .is_some_and(|(held, retiring)| retiring.iter().any(|old| old.key.fingerprint == held))
}

/// Keys that have our mark, or are in a list of this token's own, and that the journal does not
/// have.
fn undeclared<'k>(
    driver: &'k Driver<'_>,
    token: &'k TokenConfig,
    state: &'k TokenState,
    manager: &'k Secret,
    keys: &'k [ListedKey],
) -> impl Iterator<Item = Problem> + 'k {
    let own = driver.rotation().list.as_ref().is_some_and(|list| list.own);
    let mut known: Vec<&KeyId> = state.current.iter().filter_map(|key| key.id.as_ref()).collect();
    known.extend(state.retiring.iter().filter_map(|retiring| retiring.key.id.as_ref()));
    known.extend(state.dead.iter().filter_map(|dead| dead.id.as_ref()));
    let pending = state.pending.as_ref().map(|pending| pending.name.as_str());
    let managers = driver.key_id(manager);
    let mark = crate::rotation::mark_of(token);
    keys.iter()
        .filter(move |key| {
            let is_known = key
                .id
                .as_ref()
                .is_some_and(|id| known.contains(&id) || managers.as_ref() == Some(id));
            let is_pending = pending.is_some() && (key.name.as_deref() == pending || own);
            let is_marked = key.name.as_deref().is_some_and(|name| name.starts_with(&mark));
            !is_known && !is_pending && (own || is_marked)
        })
        .map(move |key| problems::keys::undeclared(token, key))
}

async fn used(
    driver: &Driver<'_>,
    manager: &Secret,
    id: &KeyId,
    keys: &[ListedKey],
) -> Option<Timestamp> {
    match keys.iter().find(|key| key.is(id)).and_then(|key| key.last_used) {
        Some(used) => Some(used),
        None => driver.last_used(manager, id).await.ok().flatten(),
    }
}
