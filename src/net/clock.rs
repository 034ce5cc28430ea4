//! The time in signatures. The runner's clock can be wrong, so a server's `Date` corrects it. Used
//! for nothing else.

use std::sync::atomic::{AtomicI64, Ordering};

use super::Answer;
use crate::domain::Timestamp;

/// Servers tolerate a few minutes (AWS: five into the future, fifteen in total).
const TOLERATED: u64 = 120;

/// The runner's clock, corrected.
pub struct Clock {
    /// How many seconds the server is ahead of us.
    ahead: AtomicI64,
    /// The server's last `Date`; none if it is the smallest number.
    told: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { ahead: AtomicI64::new(0), told: AtomicI64::new(i64::MIN) }
    }
}

impl Clock {
    /// Now, by the server's clock as far as it is known.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from(jiff::Timestamp::now()).plus_seconds(self.ahead.load(Ordering::Relaxed))
    }

    /// The server's clock when it last answered.
    #[must_use]
    pub fn told(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.told.load(Ordering::Relaxed))
    }

    /// Keeps an answer's `Date`.
    pub fn note(&self, answer: &Answer) {
        if let Some(date) = answer.date() {
            self.told.store(date.as_second(), Ordering::Relaxed);
        }
    }

    /// Adopts the server's time. Returns whether the clock was so wrong that earlier signatures may
    /// have been refused for that.
    pub fn hear(&self, answer: &Answer) -> bool {
        let Some(date) = answer.date() else { return false };
        let off = date.as_second().saturating_sub(self.now().as_second());
        if off.unsigned_abs() <= TOLERATED {
            return false;
        }
        let _ = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |ahead| {
            Some(ahead.saturating_add(off))
        });
        true
    }
}
