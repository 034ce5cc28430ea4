//! What the config's policy says of a verdict: expired, expiring, over age, under- and over-scoped.
//! Asks nobody.

use super::session::Session;
use crate::config::TokenConfig;
use crate::domain::{Code, Facts, Problem, Span, Timestamp, Verdict};
use crate::rotation::lead;

/// How a token of this kind is replaced.
pub(super) fn cure(session: &Session<'_>, token: &TokenConfig) -> String {
    let issues =
        session.registry.get(&token.provider).is_some_and(|spec| spec.capabilities().issue);
    let name = &token.name;
    let by_hand = format!("tokenward push {name} --value-from -");
    if issues {
        format!(
            "tokenward rotate {name} --force --reason TEXT, or for a value made by hand: {by_hand}"
        )
    } else {
        format!("make a new one at {}, then: {by_hand}", token.provider)
    }
}

/// What the policy says of a verdict.
pub(super) fn judge(
    token: &TokenConfig,
    verdict: &Verdict,
    end: Option<Timestamp>,
    since: Option<Timestamp>,
    now: Timestamp,
    cure: &str,
) -> Vec<Problem> {
    let name = &token.name;
    let dead = |code, what: String| {
        vec![Problem::new(code, what).hint(cure).state("whoever uses it fails already")]
    };
    match verdict {
        Verdict::Expired => dead(Code::TokenExpired, format!("{name} has expired")),
        Verdict::Revoked | Verdict::Invalid => dead(
            Code::TokenDead,
            format!("{} does not accept {name} ({})", token.provider, verdict.as_str()),
        ),
        Verdict::RateLimited { .. } => vec![
            Problem::new(
                Code::NotTested,
                format!("{name} was not tested: {}'s rate limit is used up", token.provider),
            )
            .hint("run it again later"),
        ],
        Verdict::Unknown { why } => {
            vec![
                Problem::new(
                    Code::NotTested,
                    format!("{name} was not tested: {} gave no clear answer", token.provider),
                )
                .cause(why.clone())
                .hint("run it again"),
            ]
        }
        Verdict::Live(facts) => policy(token, (facts, false), end, since, now, cure),
        Verdict::Limited(facts) => policy(token, (facts, true), end, since, now, cure),
    }
}

fn policy(
    token: &TokenConfig,
    (facts, is_limited): (&Facts, bool),
    end: Option<Timestamp>,
    since: Option<Timestamp>,
    now: Timestamp,
    cure: &str,
) -> Vec<Problem> {
    let name = &token.name;
    let mut problems = Vec::new();
    if is_limited && facts.scopes.is_none() && !token.scopes.is_empty() {
        problems.push(
            Problem::new(
                Code::NotProven,
                format!("whether {name} has the scopes of the config could not be seen"),
            )
            .cause(format!(
                "{} accepts it, and does not let it read its own scopes",
                token.provider
            ))
            .hint("compare them at the provider"),
        );
    }
    for what in facts.missing().filter(|what| *what != "scopes" || !token.scopes.is_empty()) {
        problems.push(
            Problem::new(Code::NotTested, format!("the {what} of {name} could not be read"))
                .cause(format!(
                    "{} answers in another form than its provider file knows",
                    token.provider
                ))
                .hint("run it again; if it stays, please report it"),
        );
    }
    // As long before its end as a rotation would replace it.
    let notice = |end| since.map_or(token.warn_before, |since| lead(token.warn_before, since, end));
    match end {
        Some(end) if end <= now => problems
            .push(Problem::new(Code::TokenExpired, format!("{name} expired at {end}")).hint(cure)),
        Some(end) if end.before(notice(end)) <= now => {
            problems.push(
                Problem::new(Code::TokenExpiring, format!("{name} expires at {end}"))
                    .cause(format!("that is less than {} away", notice(end)))
                    .hint(cure),
            );
        }
        _ => {}
    }
    if let (Some(since), Some(max)) = (since, token.max_age)
        && max.after(since) <= now
    {
        problems.push(
            Problem::new(Code::TokenOverAge, format!("{name} is older than {max}"))
                .cause(format!("it is in use since {since}"))
                .hint(cure),
        );
    }
    if let Some(scopes) = facts.scopes.as_ref().filter(|_| !token.scopes.is_empty()) {
        let missing: Vec<&str> = token
            .scopes
            .iter()
            .filter(|scope| !scopes.contains(scope))
            .map(String::as_str)
            .collect();
        let surplus: Vec<&str> = scopes
            .iter()
            .filter(|scope| !token.scopes.contains(scope))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            problems.push(
                Problem::new(
                    Code::TokenLacksScopes,
                    format!("{name} lacks {}", missing.join(", ")),
                )
                .hint(cure),
            );
        }
        if !surplus.is_empty() {
            problems.push(
                Problem::new(
                    Code::TokenOverScoped,
                    format!("{name} may do more than the config asks for: {}", surplus.join(", ")),
                )
                .hint(format!("{cure}, or add them to `scopes:`")),
            );
        }
    }
    problems
}

/// The end that the provider's own rule gives to a token of this age.
pub(super) fn end_by_age(since: Option<Timestamp>, lifetime: Option<Span>) -> Option<Timestamp> {
    Some(lifetime?.after(since?))
}
