//! Messages about the state of a token, as the config's policy judges it.

use crate::config::TokenConfig;
use crate::domain::{Code, Problem, Span, Timestamp, Verdict};
use crate::rotation::NEXT;

/// How to replace a token. `issues` says whether its provider issues keys by API.
pub(in crate::cli) fn replace(token: &TokenConfig, issues: bool) -> String {
    let name = &token.name;
    let push = format!("`tokenward push {name} --value-from -`");
    if issues {
        format!(
            "run `tokenward rotate {name} --force --reason TEXT`, or, for a value created manually, {push}"
        )
    } else {
        let next = token.primary().map(|primary| primary.secret.beside(NEXT));
        let next = next.map_or_else(String::new, |next| {
            format!(" either store it in the secret {next}, where the next run finds it, or")
        });
        format!("create a new value at {}, then{next} run {push}", token.provider)
    }
}

/// The state of a token that its provider does not accept.
const CONSUMERS_FAIL: &str = "every program that uses it already fails";

pub(in crate::cli) fn has_expired(token: &TokenConfig, cure: &str) -> Problem {
    Problem::new(Code::TokenExpired, format!("{} has expired", token.name))
        .hint(cure)
        .state(CONSUMERS_FAIL)
}

pub(in crate::cli) fn dead(token: &TokenConfig, verdict: &Verdict, cure: &str) -> Problem {
    Problem::new(
        Code::TokenDead,
        format!(
            "{} does not accept the token {} ({})",
            token.provider,
            token.name,
            verdict.as_str()
        ),
    )
    .hint(cure)
    .state(CONSUMERS_FAIL)
}

pub(in crate::cli) fn rate_limited(token: &TokenConfig) -> Problem {
    Problem::new(
        Code::NotTested,
        format!(
            "the token {} was not tested: {}'s rate limit is exhausted",
            token.name, token.provider
        ),
    )
    .hint("run it again later")
}

pub(in crate::cli) fn no_clear_answer(token: &TokenConfig, why: &str) -> Problem {
    Problem::new(
        Code::NotTested,
        format!("the token {} was not tested: {} gave no clear answer", token.name, token.provider),
    )
    .cause(why)
    .hint("run it again")
}

pub(in crate::cli) fn scopes_hidden(token: &TokenConfig) -> Problem {
    Problem::new(
        Code::NotProven,
        format!("it is unknown whether {} has the scopes that the config lists", token.name),
    )
    .cause(format!("{} accepts it, but does not let it read its own scopes", token.provider))
    .hint("check its scopes at the provider")
}

/// `what` is a fact that the provider file declares, such as `scopes`.
pub(in crate::cli) fn fact_unread(token: &TokenConfig, what: &str) -> Problem {
    Problem::new(Code::NotTested, format!("the {what} of {} could not be read", token.name))
        .cause(format!(
            "the response from {} does not have the form that its provider file declares",
            token.provider
        ))
        .hint("run it again; if it fails again, report it")
}

pub(in crate::cli) fn expired(token: &TokenConfig, end: Timestamp, cure: &str) -> Problem {
    Problem::new(Code::TokenExpired, format!("{} expired at {end}", token.name)).hint(cure)
}

/// It expires in less than `notice`.
pub(in crate::cli) fn expiring(
    token: &TokenConfig,
    end: Timestamp,
    notice: Span,
    cure: &str,
) -> Problem {
    Problem::new(Code::TokenExpiring, format!("{} expires at {end}", token.name))
        .cause(format!("that is less than {notice} away"))
        .hint(cure)
}

pub(in crate::cli) fn over_age(
    token: &TokenConfig,
    since: Timestamp,
    max: Span,
    cure: &str,
) -> Problem {
    Problem::new(Code::TokenOverAge, format!("{} is older than {max}", token.name))
        .cause(format!("it has been in use since {since}"))
        .hint(cure)
}

pub(in crate::cli) fn lacks_scopes(token: &TokenConfig, missing: &[&str], cure: &str) -> Problem {
    Problem::new(Code::TokenLacksScopes, format!("{} lacks {}", token.name, scopes(missing)))
        .hint(cure)
}

pub(in crate::cli) fn over_scoped(token: &TokenConfig, surplus: &[&str], cure: &str) -> Problem {
    Problem::new(
        Code::TokenOverScoped,
        format!(
            "{} has more permissions than the config asks for: {}",
            token.name,
            surplus.join(", ")
        ),
    )
    .hint(format!("{cure}, or add them to `scopes:`"))
}

fn scopes(names: &[&str]) -> String {
    let word = if names.len() == 1 { "scope" } else { "scopes" };
    format!("the {word} {}", names.join(", "))
}
