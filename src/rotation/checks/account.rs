//! Asks the provider before a key is issued: does the value in use work, and can the manager issue
//! one more key? Works without a journal; with one, it checks more.

use crate::config::TokenConfig;
use crate::domain::lifecycle::{Origin, TokenState};
use crate::domain::{KeyId, Problem, Secret, Timestamp, Verdict};
use crate::providers::{Abilities, ListedKey, ProviderError};
use crate::rotation::effects::context::mark_of;
use crate::rotation::problems;
use crate::rotation::types::carry;
use crate::rotation::types::carry::Carried;
use crate::rotation::types::job::Job;

/// The result of testing the value in use.
pub(crate) struct Current {
    pub(crate) verdict: Verdict,
    /// The scopes that a new value should have.
    pub(crate) scopes: Vec<String>,
    /// Why no key may be issued. A dead value is no reason: a new one fixes that.
    pub(crate) problem: Option<Problem>,
}

/// What the manager's account shows.
#[derive(Default)]
pub(crate) struct Account {
    /// The ids of its keys.
    pub(crate) listed: Vec<KeyId>,
    /// The restrictions that a new key takes from the key in use.
    pub(crate) carried: Carried,
    /// What is not known about them; this stops nothing.
    pub(crate) unknown: Option<Problem>,
    /// Why no key may be issued.
    pub(crate) problems: Vec<Problem>,
}

/// Tests the value in use, which also determines the scopes of the new one.
pub(crate) async fn current(job: &Job<'_>, value: &Secret) -> Current {
    let config = job.config;
    let verdict = job.driver.verify(value).await;
    let found = verdict.facts().and_then(|facts| facts.scopes.clone());
    let scopes =
        if config.scopes.is_empty() { found.unwrap_or_default() } else { config.scopes.clone() };
    let problem = match &verdict {
        Verdict::Unknown { why } => Some(problems::account::unavailable(config, why)),
        Verdict::RateLimited { .. } => Some(problems::account::not_tested(config)),
        _ if scopes.is_empty() && job.abilities.needs_scopes() => {
            let problem = problems::account::needs_scopes(config);
            Some(if verdict.facts().is_some() { problem } else { problems::account::dead(problem) })
        }
        // A new value fixes a dead one.
        _ => None,
    };
    Current { verdict, scopes, problem }
}

/// Checks the manager's account. `verdict` is the result of testing the value in use, `going` the
/// key that is revoked before the new one is issued.
pub(crate) async fn account(
    job: &Job<'_>,
    manager: &Secret,
    state: Option<&TokenState>,
    verdict: Option<&Verdict>,
    going: Option<&KeyId>,
    now: Option<Timestamp>,
) -> Account {
    let keys = match job.driver.list(manager).await {
        Ok(keys) => keys,
        Err(refusal) => {
            let problem =
                problems::account::manager_problem(job.config, "list the keys at", &refusal);
            return Account { problems: vec![problem], ..Account::default() };
        }
    };
    let mut problems = Vec::new();
    problems.extend(manager_may_all(job, manager).await);
    problems.extend(room_for_one_more(job, &keys, going));
    let handed = job.values.handed.as_ref().and_then(|value| job.driver.key_id(value));
    problems.extend(state.and_then(|state| same_account(state, verdict, handed.as_ref(), &keys)));
    let (carried, lost) = carry::carried(job, state, &keys, now);
    problems.extend(lost);
    let unknown = state.and_then(|state| carry::unknown(job, state, &keys));
    Account {
        listed: keys.into_iter().filter_map(|key| key.id).collect(),
        carried,
        unknown,
        problems,
    }
}

/// Reports a config without the credential that a rotation needs, due or not.
#[must_use]
pub fn no_manager(config: &TokenConfig, abilities: &Abilities) -> Option<Problem> {
    let needs = abilities.issues() || (abilities.refreshes() && abilities.needs_client());
    let is_there = config.manager.is_some() || abilities.manager.self_managed;
    (needs && !is_there).then(|| problems::account::no_manager(config))
}

/// The credential that can issue and revoke keys.
pub(crate) fn manager<'j>(job: &'j Job<'_>) -> Result<&'j Secret, Problem> {
    let config = job.config;
    if config.manager.is_none() && !job.abilities.manager.self_managed {
        return Err(problems::account::no_manager(config));
    }
    job.values.manager.as_ref().ok_or_else(|| problems::account::manager_missing(config))
}

/// Checks that the manager can both issue and revoke: one that could only issue would leave the old
/// key alive for ever.
async fn manager_may_all(job: &Job<'_>, manager: &Secret) -> Option<Problem> {
    let needs = &job.abilities.manager.scopes;
    // The manager of fixed keys is not a key itself, so no test call applies to it.
    if needs.is_empty() || job.abilities.is_fixed() {
        return None;
    }
    let config = job.config;
    let verdict = job.driver.verify(manager).await;
    if matches!(verdict, Verdict::RateLimited { .. }) {
        return Some(problems::account::manager_problem(
            config,
            "check the permissions of the manager at",
            &ProviderError::RateLimited { until: None },
        ));
    }
    let scopes = verdict.facts()?.scopes.as_ref()?;
    let missing: Vec<&str> =
        needs.iter().filter(|need| !scopes.contains(need)).map(String::as_str).collect();
    (!missing.is_empty()).then(|| problems::account::manager_lacks_scopes(config, needs, &missing))
}

fn room_for_one_more(job: &Job<'_>, keys: &[ListedKey], going: Option<&KeyId>) -> Option<Problem> {
    let existing = keys.iter().filter(|key| !going.is_some_and(|going| key.is(going))).count();
    let most = job.abilities.limits.most_keys.filter(|most| existing >= *most)?;
    Some(problems::account::no_room(job.config, most, existing, &mark_of(job.config)))
}

/// Checks that the value in use belongs to the manager's account. `handed` is the key of the value
/// that this run received, if that value contains its id.
fn same_account(
    state: &TokenState,
    verdict: Option<&Verdict>,
    handed: Option<&KeyId>,
    keys: &[ListedKey],
) -> Option<Problem> {
    let current = state.current.as_ref()?;
    let id = current.id.as_ref()?;
    let alive = verdict.is_some_and(Verdict::is_alive);
    let ours = current.origin != Origin::Brought;
    // One that `--revoke-first` revoked can work for a while although no list shows it.
    let ended = state.is_ending(current);
    // Somebody deleted the key that the journal knows, and wrote a value of this account instead.
    let replaced = handed.is_some_and(|handed| keys.iter().any(|key| key.is(handed)));
    (alive && ours && !ended && !replaced && !keys.iter().any(|key| key.is(id)))
        .then(|| problems::account::other_account(id))
}
