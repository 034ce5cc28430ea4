//! Whether a value that was revoked is refused, and what is said until it is.

use super::context::Context;
use super::memory::Memory;
use super::{page, preflight};
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem, Timestamp, Verdict};

pub(super) fn because(what: &str, accepted: Option<&str>) -> String {
    accepted.map_or_else(|| what.to_owned(), |reason| format!("{what}: {reason}"))
}

pub(super) fn not_seen_dead(
    cx: &Context<'_>,
    state: &TokenState,
    verdict: &Verdict,
    cause: &str,
) -> Problem {
    match verdict {
        Verdict::Unknown { why } => preflight::provider_unavailable(cx, why),
        Verdict::RateLimited { .. } => {
            preflight::provider_unavailable(cx, "its rate limit is used up")
        }
        _ => Problem::new(
            Code::StillAlive,
            format!("{} still accepts this value", cx.job.config.provider),
        )
        .cause(cause)
        .hint(format!("revoke it at {}, and run this again", page::page(cx, state)))
        .state("it may be used by whoever has it"),
    }
}

/// Says that a deleted key is dead, if its value was refused; until the provider's time for
/// that is over, that it may be accepted.
pub(super) fn refused(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    verdict: &Verdict,
    what: &str,
    at: Timestamp,
) -> Result<(), Problem> {
    let (lag, provider) = (cx.job.abilities.limits.revoke_lag, &cx.job.config.provider);
    if verdict.is_dead() {
        let seen = format!("saw that {what} is dead");
        if !memory.report.done.iter().any(|done| done.what == seen) {
            memory.done(cx, seen);
        }
        return Ok(());
    }
    let until = lag.after(at);
    if verdict.is_alive() && cx.now() <= until {
        memory.report.problems.push(
            Problem::new(
                Code::RevokeSettling,
                format!("{what} was deleted at {at}; {provider} may accept it until {until}"),
            )
            .cause(format!(
                "{provider} still accepts this value, and needs up to {lag} to refuse a deleted key"
            ))
            .hint("nothing to do; ask again then: tokenward revoke --leaked -")
            .state("until then anybody who has it can use it"),
        );
        return Ok(());
    }
    Err(not_seen_dead(
        cx,
        state,
        verdict,
        &format!("{what} was deleted at {at}, and {provider} needs at most {lag} to refuse it"),
    ))
}
