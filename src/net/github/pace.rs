//! How fast GitHub may be written to: one write at a time, at least a second apart, and nothing before it said so.
//! Source: GitHub's "Best practices for using the REST API" (serial requests, one second between writes).

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep_until};

/// The shortest time between two writes to GitHub.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// Keeps the pace of one GitHub.
pub(super) struct Pace {
    between_writes: Duration,
    next_write: Mutex<Instant>,
    not_before: std::sync::Mutex<Option<Instant>>,
}

/// The right to write now. The next one waits until this is given back.
pub(super) struct Turn<'a> {
    next_write: MutexGuard<'a, Instant>,
    between_writes: Duration,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.next_write = Instant::now() + self.between_writes;
    }
}

impl Pace {
    /// For a GitHub at `host`. A stand-in on this machine has no limits to keep.
    pub(super) fn new(host: &str) -> Self {
        let on_this_machine = matches!(host, "localhost" | "[::1]" | "::1") || host.starts_with("127.");
        Self {
            between_writes: if on_this_machine { Duration::ZERO } else { BETWEEN_WRITES },
            next_write: Mutex::new(Instant::now()),
            not_before: std::sync::Mutex::new(None),
        }
    }

    /// Waits for the turn to write.
    pub(super) async fn turn(&self) -> Turn<'_> {
        let next_write = self.next_write.lock().await;
        sleep_until(*next_write).await;
        Turn { next_write, between_writes: self.between_writes }
    }

    /// GitHub asked for silence for this long.
    pub(super) fn hold(&self, length: Duration) {
        if let Ok(mut not_before) = self.not_before.lock() {
            let until = Instant::now() + length;
            *not_before = Some(not_before.map_or(until, |before| before.max(until)));
        }
    }

    /// How long GitHub still wants silence, if it does.
    pub(super) fn held(&self) -> Option<Duration> {
        let until = (*self.not_before.lock().ok()?)?;
        until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}
