//! What the provider is asked before a key is made: is the value in use alive, and may the manager
//! make one key more. It needs no journal; what the journal knows sharpens it.

use super::carry;
use super::carry::Carried;
use super::context::mark_of;
use super::job::Job;
use crate::config::TokenConfig;
use crate::domain::lifecycle::{Origin, TokenState};
use crate::domain::{Code, KeyId, Problem, Secret, Timestamp, Verdict};
use crate::providers::{ListedKey, ProviderError};

/// The value in use, tested.
pub(super) struct Current {
    pub(super) verdict: Verdict,
    /// What a new value is to be allowed.
    pub(super) scopes: Vec<String>,
    /// Why no key may be made. A dead value is no reason: a new one is what cures it.
    pub(super) problem: Option<Problem>,
}

/// The manager's account, looked at.
#[derive(Default)]
pub(super) struct Account {
    /// The ids of its keys.
    pub(super) listed: Vec<KeyId>,
    /// What goes over from the key in use.
    pub(super) carried: Carried,
    /// What is not known of it, and stops nothing.
    pub(super) unknown: Option<Problem>,
    /// Why no key may be made.
    pub(super) problems: Vec<Problem>,
}

/// Tests the value in use, which also says what the new one may do.
pub(super) async fn current(job: &Job<'_>, value: &Secret) -> Current {
    let config = job.config;
    let verdict = job.driver.verify(value).await;
    let found = verdict.facts().and_then(|facts| facts.scopes.clone());
    let scopes =
        if config.scopes.is_empty() { found.unwrap_or_default() } else { config.scopes.clone() };
    let problem = match &verdict {
        Verdict::Unknown { why } => Some(unavailable(config, why)),
        Verdict::RateLimited { .. } => Some(
            Problem::new(
                Code::ProviderRateLimited,
                format!(
                    "{} would not test {}: its rate limit is used up",
                    config.provider, config.name
                ),
            )
            .hint("the next run goes on from here"),
        ),
        _ if scopes.is_empty() && job.abilities.needs_scopes() => Some(
            Problem::new(
                Code::ConfigNeedsScopes,
                format!(
                    "{} has no `scopes`, and the provider does not tell those of the value in use",
                    config.name
                ),
            )
            .cause("without scopes the provider makes a key that may do everything")
            .hint("write the scopes the token needs: `scopes: [...]`"),
        ),
        // A dead value is what a new one cures.
        _ => None,
    };
    Current { verdict, scopes, problem }
}

/// Looks at the manager's account. `verdict` is what was said of the value in use, `going` the key
/// that goes before the new one comes.
pub(super) async fn account(
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
            let problem = manager_problem(job.config, "list the keys of", &refusal);
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

/// The credential that may make and revoke keys.
pub(super) fn manager<'j>(job: &'j Job<'_>) -> Result<&'j Secret, Problem> {
    let config = job.config;
    if config.manager.is_none() && !job.abilities.manager.self_managed {
        return Err(Problem::new(
            Code::ManagerMissing,
            format!(
                "{} names no `manager`, and no key of {} manages itself",
                config.name, config.provider
            ),
        )
        .hint(format!(
            "make a credential that may issue and revoke at {}, and write `manager: env:NAME`",
            config.provider
        )));
    }
    job.values.manager.as_ref().ok_or_else(|| {
        let variable = config.manager.as_ref().unwrap_or(&config.value);
        Problem::new(
            Code::ManagerMissing,
            format!(
                "{variable} is empty or not set, so no key of {} can be made or revoked",
                config.name
            ),
        )
        .hint(config.handing(variable))
    })
}

/// A manager that may issue and not revoke would leave the old key alive for ever: it is found
/// before anything is made.
async fn manager_may_all(job: &Job<'_>, manager: &Secret) -> Option<Problem> {
    let needs = &job.abilities.manager.scopes;
    // Who fills fixed keys anew is no key itself, so no test call is for it.
    if needs.is_empty() || job.abilities.is_fixed() {
        return None;
    }
    let config = job.config;
    let verdict = job.driver.verify(manager).await;
    if matches!(verdict, Verdict::RateLimited { .. }) {
        return Some(manager_problem(
            config,
            "ask what the manager may do at",
            &ProviderError::RateLimited { until: None },
        ));
    }
    let scopes = verdict.facts()?.scopes.as_ref()?;
    let missing: Vec<&str> =
        needs.iter().filter(|need| !scopes.contains(need)).map(String::as_str).collect();
    let variable = config.manager.as_ref().unwrap_or(&config.value);
    (!missing.is_empty()).then(|| {
        Problem::new(
            Code::ManagerLacksScope,
            format!("the manager in {variable} lacks {}", missing.join(", ")),
        )
        .hint(format!("give it {} at {}", needs.join(", "), config.provider))
    })
}

fn room_for_one_more(job: &Job<'_>, keys: &[ListedKey], going: Option<&KeyId>) -> Option<Problem> {
    let there = keys.iter().filter(|key| !going.is_some_and(|going| key.is(going))).count();
    let most = job.abilities.limits.most_keys.filter(|most| there >= *most)?;
    let provider = &job.config.provider;
    Some(
        Problem::new(Code::QuotaReached, format!("{provider} allows {most} keys, and there are {there}"))
            .cause("the old key has to live on while the new one is delivered, so there must be room for one more")
            .hint(format!(
                "delete a key of the account that nobody uses; tokenward deletes only what it made itself ({}…)",
                mark_of(job.config)
            )),
    )
}

/// Whether the manager's account is the one that the value in use belongs to. `handed` is the key
/// of the value at hand, where that tells it.
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
    // One that was revoked first may answer for a while, and is in no list.
    let ended = state.is_ending(current);
    // What a person put in belongs to this account; the key that the journal knows was deleted by
    // hand.
    let replaced = handed.is_some_and(|handed| keys.iter().any(|key| key.is(handed)));
    (alive && ours && !ended && !replaced && !keys.iter().any(|key| key.is(id))).then(|| {
        Problem::new(
            Code::NeedsId,
            format!("the manager's account does not hold the key in use ({id})"),
        )
        .cause("the manager credential belongs to another account, subuser or region")
        .hint("hand this step a manager of the same account")
    })
}

/// The provider could not be asked about the value in use.
pub(super) fn unavailable(config: &TokenConfig, why: &str) -> Problem {
    Problem::new(
        Code::ProviderUnavailable,
        format!("{} could not be asked about {}", config.provider, config.name),
    )
    .cause(why.to_owned())
    .hint("the next run goes on from here")
}

/// The problem that reports a refused manager.
pub fn manager_problem(config: &TokenConfig, verb: &str, refusal: &ProviderError) -> Problem {
    let variable = config.manager.as_ref().unwrap_or(&config.value);
    let what = format!("{verb} {}", config.provider);
    match refusal {
        ProviderError::Refused { dead_credential: true, message, .. } => Problem::new(
            Code::ManagerDead,
            format!("could not {what}: it does not accept the credential in {variable}"),
        )
        .cause(format!("{} says: {message}", config.provider))
        .hint(format!(
            "issue a new manager credential and put it into the secret behind {variable}"
        )),
        ProviderError::Refused { lacks_access: true, message, .. } => Problem::new(
            Code::ManagerLacksScope,
            format!("could not {what}: the credential in {variable} may not do that"),
        )
        .cause(format!("{} says: {message}", config.provider))
        .hint(format!(
            "see `tokenward providers {}` for the scopes a manager needs",
            config.provider
        )),
        ProviderError::Refused { status, message, .. } => Problem::new(
            Code::ProviderUnavailable,
            format!("could not {what}: it refused ({status})"),
        )
        .cause(format!("{} says: {message}", config.provider)),
        ProviderError::QuotaReached { message } => {
            Problem::new(Code::QuotaReached, format!("could not {what}: no further key is allowed"))
                .cause(format!("{} says: {message}", config.provider))
                .hint("delete a key of the account that nobody uses")
        }
        ProviderError::RateLimited { until } => super::pause::limited(&what, *until),
        ProviderError::Unclear { why } | ProviderError::NotDone { why } => {
            Problem::new(Code::ProviderUnavailable, format!("could not {what}"))
                .cause(why.clone())
                .hint("the next run goes on from here")
        }
    }
}
