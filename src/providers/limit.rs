//! How long a platform wants us to wait, from `Retry-After` or from headers of its own.

use super::spec::{ResetIs, Spec};
use crate::domain::{Span, Timestamp};
use crate::net::Answer;

/// Whether the platform says that no request is left, so that a refusal is its rate limit's.
pub(super) fn is_used_up(spec: &Spec, answer: &Answer) -> bool {
    let header = spec.rate_limit.as_ref().and_then(|limit| limit.remaining.as_deref());
    header.and_then(|header| number(answer, header)) == Some(0)
}

/// How long from now, by the server's clock; `None` where it does not say.
pub(super) fn wait(spec: &Spec, answer: &Answer) -> Option<Span> {
    if let Some(span) = answer.retry_after() {
        return Some(span);
    }
    let limit = spec.rate_limit.as_ref()?;
    let number = number(answer, limit.reset.as_deref()?)?;
    match limit.reset_is {
        ResetIs::SecondsLeft => Some(Span::seconds(number)),
        ResetIs::Epoch => Some(Span::between(answer.date()?, Timestamp::from_second(i64::try_from(number).ok()?)?)),
    }
}

/// The moment that wait is over; `None` where either the wait or the server's clock is missing.
pub(super) fn until(spec: &Spec, answer: &Answer) -> Option<Timestamp> {
    let epoch = spec.rate_limit.as_ref().filter(|limit| limit.reset_is == ResetIs::Epoch);
    if let (None, Some(limit)) = (answer.retry_after(), epoch) {
        return Timestamp::from_second(i64::try_from(number(answer, limit.reset.as_deref()?)?).ok()?);
    }
    Some(wait(spec, answer)?.after(answer.date()?))
}

/// A header's number; some platforms write fractions, or `1 seconds`.
fn number(answer: &Answer, header: &str) -> Option<u64> {
    answer.header(header)?.trim().split(['.', ' ']).next()?.parse().ok()
}
