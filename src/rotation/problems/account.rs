//! Messages about the provider: the test of the value in use, the manager credential, its account,
//! and rate limits.

use super::{BOTH_WORK, CONTINUES, bug, rotate_now};
use crate::config::TokenConfig;
use crate::domain::{Code, KeyId, Problem, Timestamp, Wait};
use crate::net::github::Jump;
use crate::providers::ProviderError;

/// The provider gave no usable answer about a token.
pub(in crate::rotation) fn unavailable(config: &TokenConfig, why: &str) -> Problem {
    Problem::new(
        Code::ProviderUnavailable,
        format!("could not check the token {} at {}", config.name, config.provider),
    )
    .cause(why)
    .hint(CONTINUES)
}

/// The provider does not answer for now, because it received too many requests.
pub(in crate::rotation) fn rate_limit_exhausted(config: &TokenConfig) -> Problem {
    unavailable(config, "its rate limit is exhausted")
}

/// The value in use was not tested before a rotation, because of the provider's rate limit.
pub(in crate::rotation) fn not_tested(config: &TokenConfig) -> Problem {
    Problem::new(
        Code::ProviderRateLimited,
        format!(
            "could not test the token {}: the rate limit of {} is exhausted",
            config.name, config.provider
        ),
    )
    .hint(CONTINUES)
}

/// A request hit the provider's rate limit, which may say for how long.
fn rate_limited(action: &str, until: Option<Wait>) -> Problem {
    let problem = Problem::new(
        Code::ProviderRateLimited,
        format!("could not {action}: its rate limit is exhausted"),
    );
    let waits = until.map(|wait| format!("it asked tokenward to wait {}", wait.in_words()));
    waits
        .into_iter()
        .fold(problem, Problem::cause)
        .hint("a later run continues from here; with `--force` it does not wait")
}

/// The provider asked to wait before it receives another request for a key.
pub(in crate::rotation) fn paused(config: &TokenConfig, until: Timestamp) -> Problem {
    Problem::new(
        Code::ProviderRateLimited,
        format!("{} is rate limiting key creation", config.provider),
    )
    .cause(format!("tokenward requests no key before {until}"))
    .hint(format!("a later run continues from here; to try now, run {}", rotate_now(&config.name)))
}

/// The scopes of a new key are unknown.
pub(in crate::rotation) fn needs_scopes(config: &TokenConfig) -> Problem {
    Problem::new(
        Code::ConfigNeedsScopes,
        format!(
            "the token {} has no `scopes`, and {} did not show those of the value in use",
            config.name, config.provider
        ),
    )
    .cause(format!("without scopes, {} issues a key with full access", config.provider))
    .hint("in the config, set `scopes: [...]` to the scopes that the token needs")
}

/// Adds why no scopes were found: a dead value reports none.
pub(in crate::rotation) fn dead(problem: Problem) -> Problem {
    problem.cause("the value in use no longer works, so its scopes cannot be read")
}

/// The config names no credential that can issue keys.
pub(in crate::rotation) fn no_manager(config: &TokenConfig) -> Problem {
    let (name, provider) = (&config.name, &config.provider);
    Problem::new(
        Code::ManagerMissing,
        format!("the token {name} has no `manager`, and {provider} keys cannot manage themselves"),
    )
    .hint(format!(
        "create a credential at {provider} that can issue and revoke keys, and set `manager: env:NAME`"
    ))
}

/// The run did not receive the manager credential.
pub(in crate::rotation) fn manager_missing(config: &TokenConfig) -> Problem {
    let variable = config.manager.as_ref().unwrap_or(&config.value);
    Problem::new(
        Code::ManagerMissing,
        format!(
            "{variable} is empty or not set, so no key for {} can be issued or revoked",
            config.name
        ),
    )
    .hint(config.handing(variable))
}

/// The manager credential lacks scopes that every manager needs.
pub(in crate::rotation) fn manager_lacks_scopes(
    config: &TokenConfig,
    needs: &[String],
    missing: &[&str],
) -> Problem {
    let variable = config.manager.as_ref().unwrap_or(&config.value);
    Problem::new(
        Code::ManagerLacksScope,
        format!("the manager credential in {variable} lacks {}", missing.join(", ")),
    )
    .hint(format!("grant it {} at {}", needs.join(", "), config.provider))
}

/// The provider refused a request that the manager credential made. `action` completes "could not"
/// and ends before the provider's name.
pub fn manager_problem(config: &TokenConfig, action: &str, refusal: &ProviderError) -> Problem {
    let variable = config.manager.as_ref().unwrap_or(&config.value);
    let provider = &config.provider;
    let action = format!("{action} {provider}");
    let says = |message: &str| format!("{provider} says: {message}");
    match refusal {
        ProviderError::Refused { dead_credential: true, message, .. } => Problem::new(
            Code::ManagerDead,
            format!("could not {action}: it does not accept the credential in {variable}"),
        )
        .cause(says(message))
        .hint(format!(
            "issue a new manager credential, and store it in the secret behind {variable}"
        )),
        ProviderError::Refused { lacks_access: true, message, .. } => Problem::new(
            Code::ManagerLacksScope,
            format!("could not {action}: the credential in {variable} lacks a permission"),
        )
        .cause(says(message))
        .hint(format!(
            "run `tokenward providers {provider}` to see the scopes that a manager needs"
        )),
        ProviderError::Refused { status, message, .. } => Problem::new(
            Code::ProviderUnavailable,
            format!("could not {action}: it refused the request ({status})"),
        )
        .cause(says(message)),
        ProviderError::QuotaReached { message } => Problem::new(
            Code::QuotaReached,
            format!("could not {action}: its limit on the number of keys is reached"),
        )
        .cause(says(message))
        .hint("delete an unused key of the account"),
        ProviderError::RateLimited { until } => rate_limited(&action, *until),
        ProviderError::Unclear { why } | ProviderError::NotDone { why } => {
            Problem::new(Code::ProviderUnavailable, format!("could not {action}"))
                .cause(why.clone())
                .hint(CONTINUES)
        }
    }
}

/// The account has no room for the new key beside the old one.
pub(in crate::rotation) fn no_room(
    config: &TokenConfig,
    most: usize,
    existing: usize,
    mark: &str,
) -> Problem {
    Problem::new(
        Code::QuotaReached,
        format!("{} allows {most} keys, and the account has {existing}", config.provider),
    )
    .cause("the old key has to work until the new one is delivered, so there must be room for one more")
    .hint(format!(
        "delete an unused key of the account; tokenward deletes only keys that it issued itself ({mark}…)"
    ))
}

/// The manager belongs to another account than the value in use.
pub(in crate::rotation) fn other_account(id: &KeyId) -> Problem {
    Problem::new(
        Code::NeedsId,
        format!("the manager's account does not have the key in use ({id})"),
    )
    .cause("the manager credential belongs to another account, subuser or region")
    .hint("pass a manager credential for the same account to this step")
}

/// GitHub's clock is needed, and no response had it.
pub(in crate::rotation) fn no_clock() -> Problem {
    Problem::new(Code::GithubUnavailable, "GitHub's time is unknown")
        .cause("no response from GitHub had a `Date` header")
        .state(super::NOTHING_CHANGED)
}

/// The system's source of random bytes failed.
pub(in crate::rotation) fn no_random(error: &getrandom::Error) -> Problem {
    bug("the system provides no random bytes").cause(error.to_string())
}

/// No second clock agrees with GitHub's.
pub(in crate::rotation) fn clocks_disagree(
    config: &TokenConfig,
    github: Timestamp,
    machine: Option<Timestamp>,
    provider: Option<Timestamp>,
) -> Problem {
    let says = |who: &str, moment: Option<Timestamp>| {
        moment.map_or_else(|| format!("{who} reports no time"), |at| format!("{who} says {at}"))
    };
    Problem::new(
        Code::ClockDisagrees,
        format!("the current time is uncertain, so no old key of {} is revoked", config.name),
    )
    .cause(format!(
        "GitHub says {github}, {}, {}",
        says("this machine", machine),
        says(config.provider.as_str(), provider)
    ))
    .hint("set this machine's clock; if it is right, GitHub's is wrong, and a later run continues")
    .state(BOTH_WORK)
}

/// GitHub sent a `Date` that tokenward does not believe.
pub fn jumped(jump: Jump) -> Problem {
    Problem::new(
        Code::ClockDisagrees,
        "GitHub's clock jumped during this run, so this run ends no grace period",
    )
    .cause(format!("GitHub said {}, but {} was expected", jump.said, jump.expected))
    .hint(
        "run it again; if it happens again, check the clock of your GitHub Enterprise Server, or of any proxy in between",
    )
}
