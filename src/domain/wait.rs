//! How long a server asks us to wait, and how long we do. All waits that others request are bounded
//! here, and only here.

use super::time::{Span, Timestamp};

/// A wait that a server requested. Its result is never longer than [`Wait::LONGEST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    asked: Span,
}

impl Wait {
    /// The longest wait that a server may ask for.
    pub const LONGEST: Span = Span::hours(1);
    /// The longest that a server may mean: budgets of a month exist.
    const BELIEVABLE: Span = Span::hours(31 * 24);

    /// A server asked for this long.
    #[must_use]
    pub const fn asked(span: Span) -> Self {
        Self { asked: span }
    }

    /// A server asked to wait until a moment, by a clock that shows `now`.
    #[must_use]
    pub fn until(now: Timestamp, moment: Timestamp) -> Self {
        Self::asked(Span::between(now, moment))
    }

    /// How long we wait.
    #[must_use]
    pub fn span(self) -> Span {
        self.asked.min(Self::LONGEST)
    }

    /// The same wait and a little more, since two clocks never agree to the second.
    #[must_use]
    pub fn with_margin(self, margin: Span) -> Self {
        Self::asked(Span::seconds(self.asked.as_seconds().saturating_add(margin.as_seconds())))
    }

    /// The moment the wait ends.
    #[must_use]
    pub fn after(self, start: Timestamp) -> Timestamp {
        self.span().after(start)
    }

    /// The requested wait and our limit: `40s`, or `5h; tokenward waits at most 1h`. An absurd
    /// number is not repeated.
    #[must_use]
    pub fn in_words(self) -> String {
        if self.asked > Self::BELIEVABLE {
            return format!(
                "more than {}, which is implausible; tokenward waits at most {}",
                Self::BELIEVABLE,
                Self::LONGEST
            );
        }
        if self.asked > Self::LONGEST {
            return format!("{}; tokenward waits at most {}", self.asked.rough(), Self::LONGEST);
        }
        self.asked.rough()
    }
}

/// A whole number as servers write it in headers: fractions are rounded up, a unit after a space is
/// dropped, and a number too large to count is the largest one. `None` for anything else, also for
/// a number below zero.
#[must_use]
pub fn whole_number(text: &str) -> Option<u64> {
    let number = text.trim().split(' ').next()?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let up = u64::from(fraction.bytes().any(|byte| byte != b'0'));
    Some(whole.parse().unwrap_or(u64::MAX).saturating_add(up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_servers_write_them() {
        for (text, number) in [
            ("30", Some(30)),
            (" 30 ", Some(30)),
            ("1 seconds", Some(1)),
            ("1.5", Some(2)),
            ("2.0", Some(2)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("-1", None),
            ("+1", None),
            ("", None),
            (".5", None),
            ("1e9", None),
            ("٣", None),
            ("soon", None),
        ] {
            assert_eq!(whole_number(text), number, "{text}");
        }
    }

    #[test]
    fn no_wait_is_longer_than_an_hour() {
        for seconds in [0, 1, 3_600, 3_601, 4_294_967_296, u64::MAX] {
            let wait = Wait::asked(Span::seconds(seconds)).with_margin(Span::seconds(60));
            assert!(wait.span() <= Wait::LONGEST);
        }
        assert_eq!(Wait::asked(Span::seconds(40)).in_words(), "40s");
        assert_eq!(
            Wait::asked(Span::seconds(4_294_967_296)).in_words(),
            "more than 31d, which is implausible; tokenward waits at most 1h"
        );
        assert_eq!(Wait::asked(Span::hours(5)).in_words(), "5h; tokenward waits at most 1h");
    }
}
