//! GitHub's clock, as its answers tell it, held against this machine's: how much time passed between two answers can be measured here. A
//! `Date` that jumps is not believed, so that one odd answer never ends a grace period.

use std::time::SystemTime;

use tokio::time::Instant;

use crate::domain::{Span, Timestamp};

/// By how much GitHub's clock may run apart from this machine's during a run.
const TOLERATED: Span = Span::hours(1);

/// What the answers of one GitHub said of the time.
#[derive(Default)]
pub(super) struct Dates {
    /// The first `Date`, and when it was heard: by a clock that stops while the machine sleeps, and by one that may be set.
    first: Option<(Timestamp, Instant, SystemTime)>,
    believed: Option<Timestamp>,
    latest: Option<Timestamp>,
    jump: Option<Jump>,
}

/// A `Date` that cannot be right, if the ones before were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// What was expected.
    pub expected: Timestamp,
    /// What GitHub said.
    pub said: Timestamp,
}

impl Dates {
    /// Takes an answer's `Date`.
    pub(super) fn hear(&mut self, said: Timestamp) {
        self.latest = self.latest.max(Some(said));
        let Some((first, instant, moment)) = self.first else {
            self.first = Some((said, Instant::now(), SystemTime::now()));
            self.believed = Some(said);
            return;
        };
        let passed = instant.elapsed().max(moment.elapsed().unwrap_or_default());
        let expected = Span::seconds(passed.as_secs()).after(first);
        if said > TOLERATED.after(expected) {
            self.jump.get_or_insert(Jump { expected, said });
            return;
        }
        if TOLERATED.after(said) < first {
            // Either of the two is wrong. The earlier one ends nothing too soon.
            self.jump.get_or_insert(Jump { expected, said });
            self.first = Some((said, Instant::now(), SystemTime::now()));
            self.believed = Some(said);
            return;
        }
        self.believed = self.believed.max(Some(said));
    }

    /// GitHub's time when it last answered.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.believed
    }

    /// The latest that it said, believed or not.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// A `Date` that was not believed.
    pub(super) fn jump(&self) -> Option<Jump> {
        self.jump
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(dates: &[&str]) -> (Option<Timestamp>, bool) {
        let mut all = Dates::default();
        dates.iter().filter_map(|text| Timestamp::parse(text)).for_each(|date| all.hear(date));
        (all.now(), all.jump().is_some())
    }

    #[test]
    fn a_date_that_jumps_is_not_believed() {
        let (noon, later) = ("2026-11-24T12:00:00Z", "2026-11-24T12:59:59Z");
        assert_eq!(heard(&[noon, later]), (Timestamp::parse(later), false));
        assert_eq!(heard(&[later, noon]), (Timestamp::parse(later), false));
        for jump in ["2026-11-24T13:00:01Z", "2026-12-24T12:00:00Z", "9999-01-01T00:00:00Z"] {
            assert_eq!(heard(&[noon, jump, later]), (Timestamp::parse(later), true), "{jump}");
            // The first one was the odd one.
            assert_eq!(heard(&[jump, noon, later]), (Timestamp::parse(later), true), "{jump}");
        }
        assert!(heard(&[noon, "1970-01-01T00:00:00Z"]).1);
    }
}
