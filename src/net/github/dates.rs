//! GitHub's clock, as its responses show it, compared with this machine's, which measures the time
//! between two responses. A `Date` that jumps is ignored, so that one wrong response never ends a
//! grace period.

use std::time::SystemTime;

use tokio::time::Instant;

use crate::domain::{Span, Timestamp};

/// How far GitHub's clock may drift from this machine's during a run.
const TOLERATED: Span = Span::hours(1);

/// What the responses of one GitHub said about the time.
#[derive(Default)]
pub(super) struct Dates {
    /// The first `Date`, and when it came: by a clock that stops while the machine sleeps, and by
    /// one that can be changed.
    first: Option<(Timestamp, Instant, SystemTime)>,
    believed: Option<Timestamp>,
    latest: Option<Timestamp>,
    jump: Option<Jump>,
}

/// A `Date` that cannot be right if the earlier ones were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// The expected time.
    pub expected: Timestamp,
    /// What GitHub said.
    pub said: Timestamp,
}

impl Dates {
    /// Takes an answer's `Date`.
    pub(super) fn hear(&mut self, said: Timestamp) {
        self.latest = self.latest.max(Some(said));
        let Some((first, instant, moment)) = self.first else { return self.begin(said) };
        let passed = instant.elapsed().max(moment.elapsed().unwrap_or_default());
        let expected = Span::seconds(passed.as_secs()).after(first);
        if said <= TOLERATED.after(expected) && first <= TOLERATED.after(said) {
            self.believed = self.believed.max(Some(said));
            return;
        }
        // One of the two is wrong. The one nearer to this machine's clock is trusted, and neither
        // ends a grace period.
        self.jump.get_or_insert(Jump { expected, said });
        if here().is_some_and(|here| apart(here, said) < apart(here, expected)) {
            self.begin(said);
        }
    }

    fn begin(&mut self, said: Timestamp) {
        self.first = Some((said, Instant::now(), SystemTime::now()));
        self.believed = Some(said);
    }

    /// GitHub's time when it last answered.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.believed
    }

    /// The latest `Date`, trusted or not.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// A `Date` that was ignored.
    pub(super) fn jump(&self) -> Option<Jump> {
        self.jump
    }
}

/// This machine's clock.
fn here() -> Option<Timestamp> {
    jiff::Timestamp::try_from(SystemTime::now()).map(Timestamp::from).ok()
}

fn apart(one: Timestamp, other: Timestamp) -> Span {
    Span::between(one, other).max(Span::between(other, one))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is believed after dates so many seconds from now, in seconds from now, and whether
    /// there was a jump.
    fn heard(seconds: &[i64]) -> (i64, bool) {
        let now = here().unwrap();
        let mut all = Dates::default();
        seconds.iter().for_each(|seconds| all.hear(now.plus_seconds(*seconds)));
        (all.now().unwrap().as_second() - now.as_second(), all.jump().is_some())
    }

    #[test]
    fn a_date_that_jumps_is_not_believed() {
        let (hour, day, year) = (3_600, 86_400, 31_536_000);
        // GitHub's clock can differ from ours as long as it advances.
        for start in [0, -26 * hour, 26 * hour, 40 * day] {
            assert_eq!(heard(&[start, start + hour - 60]), (start + hour - 60, false));
            assert_eq!(heard(&[start + 60, start]), (start + 60, false));
            for jump in [start + 10 * year, start - 10 * year, start + 5_000 * year] {
                assert_eq!(heard(&[start, jump, start + 5]), (start + 5, true), "{start} {jump}");
                // The first one was wrong.
                assert_eq!(heard(&[jump, start, start + 5]), (start + 5, true), "{start} {jump}");
            }
        }
    }
}
