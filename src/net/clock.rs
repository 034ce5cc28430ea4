//! The moment that signatures name. The runner's clock may be wrong, so a server's `Date` corrects it; nothing else is decided by it.

use std::sync::atomic::{AtomicI64, Ordering};

use super::Answer;
use crate::domain::Timestamp;

/// Servers allow a signature to be some minutes off (AWS: five for the future, fifteen in all).
const TOLERATED: i64 = 120;

/// The runner's clock, corrected.
#[derive(Default)]
pub struct Clock {
    /// How many seconds the server is ahead of us.
    ahead: AtomicI64,
}

impl Clock {
    /// Now, by the server's clock as far as it is known.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from(jiff::Timestamp::now()).plus_seconds(self.ahead.load(Ordering::Relaxed))
    }

    /// Takes the server's word. Whether it was so far off that what was signed before may have been refused for that.
    pub fn hear(&self, answer: &Answer) -> bool {
        let Some(date) = answer.date() else { return false };
        let off = date.as_second() - self.now().as_second();
        if off.abs() <= TOLERATED {
            return false;
        }
        self.ahead.fetch_add(off, Ordering::Relaxed);
        true
    }
}
