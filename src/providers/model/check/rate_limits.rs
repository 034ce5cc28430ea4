//! Rate limits: numbers with which a request can be sent at all.

use super::super::Spec;
use super::SpecErrors;
use crate::domain::Span;

/// The longest window of a rate limit. No provider counts for longer than a month.
const LONGEST: Span = Span::days(31);

pub(super) fn check(spec: &Spec, flaws: &mut SpecErrors) {
    let Some(limit) = &spec.rate_limit else { return };
    for (index, window) in limit.windows.iter().enumerate() {
        let at = format!("rate-limit.windows[{index}]");
        if window.requests == 0 {
            flaws.add(format!("{at}.requests"), "is 0, so no request could be sent");
        }
        if window.per.is_zero() || window.per > LONGEST {
            flaws.add(format!("{at}.per"), format!("must be between 1s and {LONGEST}"));
        }
    }
    if limit.concurrent == Some(0) {
        flaws.add("rate-limit.concurrent", "is 0, so no request could be sent");
    }
}
