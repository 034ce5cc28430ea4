//! Judges a verdict by the config's policy: expired, expiring, over age, under- and over-scoped.
//! Sends no request.

use super::problems::verdicts;
use super::session::Session;
use crate::config::TokenConfig;
use crate::domain::{Facts, Problem, Span, Timestamp, Verdict};
use crate::rotation::lead;

/// How to replace a token of this kind.
pub(super) fn cure(session: &Session<'_>, token: &TokenConfig) -> String {
    let issues =
        session.registry.get(&token.provider).is_some_and(|spec| spec.capabilities().issue);
    verdicts::replace(token, issues)
}

/// The problems that the policy finds in a verdict.
pub(super) fn judge(
    token: &TokenConfig,
    verdict: &Verdict,
    end: Option<Timestamp>,
    since: Option<Timestamp>,
    now: Timestamp,
    cure: &str,
) -> Vec<Problem> {
    match verdict {
        Verdict::Expired => vec![verdicts::has_expired(token, cure)],
        Verdict::Revoked | Verdict::Invalid => vec![verdicts::dead(token, verdict, cure)],
        Verdict::RateLimited { .. } => vec![verdicts::rate_limited(token)],
        Verdict::Unknown { why } => vec![verdicts::no_clear_answer(token, why)],
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
    let mut problems = Vec::new();
    if is_limited && facts.scopes.is_none() && !token.scopes.is_empty() {
        problems.push(verdicts::scopes_hidden(token));
    }
    for what in facts.missing().filter(|what| *what != "scopes" || !token.scopes.is_empty()) {
        problems.push(verdicts::fact_unread(token, what));
    }
    // A token is reported as early as a rotation would replace it.
    let notice = |end| since.map_or(token.warn_before, |since| lead(token.warn_before, since, end));
    match end {
        Some(end) if end <= now => problems.push(verdicts::expired(token, end, cure)),
        Some(end) if end.before(notice(end)) <= now => {
            problems.push(verdicts::expiring(token, end, notice(end), cure));
        }
        _ => {}
    }
    if let (Some(since), Some(max)) = (since, token.max_age)
        && max.after(since) <= now
    {
        problems.push(verdicts::over_age(token, since, max, cure));
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
            problems.push(verdicts::lacks_scopes(token, &missing, cure));
        }
        if !surplus.is_empty() {
            problems.push(verdicts::over_scoped(token, &surplus, cure));
        }
    }
    problems
}

/// When a token of this age expires by the provider's own rule.
pub(super) fn end_by_age(since: Option<Timestamp>, lifetime: Option<Span>) -> Option<Timestamp> {
    Some(lifetime?.after(since?))
}
