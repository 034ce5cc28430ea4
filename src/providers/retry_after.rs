//! How long a provider wants us to wait, from `Retry-After` or from headers of its own.

use super::model::{ResetIs, Spec};
use crate::domain::wait::{Wait, whole_number};
use crate::domain::{Span, Timestamp};
use crate::net::Answer;

/// Whether the provider says that no request is left, so that a refusal is its rate limit's.
pub(super) fn is_used_up(spec: &Spec, answer: &Answer) -> bool {
    let header = spec.rate_limit.as_ref().and_then(|limit| limit.remaining.as_deref());
    header.and_then(|header| whole_number(answer.header(header)?)) == Some(0)
}

/// How long from now, by the server's clock; `None` where it does not say.
pub(super) fn wait(spec: &Spec, answer: &Answer) -> Option<Wait> {
    if let Some(wait) = answer.retry_after() {
        return Some(wait);
    }
    let limit = spec.rate_limit.as_ref()?;
    let number = whole_number(answer.header(limit.reset.as_deref()?)?)?;
    match limit.reset_is {
        ResetIs::SecondsLeft => Some(Wait::asked(Span::seconds(number))),
        ResetIs::Epoch => Some(Wait::until(
            answer.date()?,
            Timestamp::from_count(i64::try_from(number).unwrap_or(i64::MAX))?,
        )),
    }
}

/// The moment that wait is over; `None` where either the wait or the server's clock is missing.
pub(super) fn until(spec: &Spec, answer: &Answer) -> Option<Timestamp> {
    Some(wait(spec, answer)?.after(answer.date()?))
}
