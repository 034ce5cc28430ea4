//! Checks whether the provider rejects a revoked value, and reports what is true until then.

use super::page;
use crate::domain::lifecycle::TokenState;
use crate::domain::{Problem, Timestamp, Verdict};
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems::{account, revoking};

/// Adds the reason that a person gave, if there is one.
pub(crate) fn because(what: &str, accepted: Option<&str>) -> String {
    accepted.map_or_else(|| what.to_owned(), |reason| format!("{what}: {reason}"))
}

/// The problem of a value that is not verified as revoked.
pub(crate) fn not_seen_dead(
    cx: &Context<'_>,
    state: &TokenState,
    verdict: &Verdict,
    cause: &str,
) -> Problem {
    match verdict {
        Verdict::Unknown { why } => account::unavailable(cx.job.config, why),
        Verdict::RateLimited { .. } => account::rate_limit_exhausted(cx.job.config),
        _ => revoking::still_accepted(cx.job.config, cause, &page::page(cx, state)),
    }
}

/// Reports that a deleted key is revoked, if the provider rejected its value; within the provider's
/// documented delay, that it may still be accepted.
pub(crate) fn refused(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    verdict: &Verdict,
    what: &str,
    at: Timestamp,
) -> Result<(), Problem> {
    let (lag, provider) = (cx.job.abilities.limits.revoke_lag, &cx.job.config.provider);
    if verdict.is_dead() {
        let seen = format!("verified that {what} is revoked");
        if !memory.report.done.iter().any(|done| done.what == seen) {
            memory.done(cx, seen);
        }
        return Ok(());
    }
    let until = lag.after(at);
    if verdict.is_alive() && cx.now() <= until {
        memory.report.problems.push(revoking::settling(cx.job.config, what, at, (lag, until)));
        return Ok(());
    }
    Err(not_seen_dead(
        cx,
        state,
        verdict,
        &format!("{what} was deleted at {at}, and {provider} takes at most {lag} to reject it"),
    ))
}
