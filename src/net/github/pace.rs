//! How fast we may read from and write to GitHub: one write at a time, at least a second apart,
//! within its secondary limits, and never before a requested wait has passed. Sources: GitHub's
//! "Rate limits for the REST API" (900 points a minute, 80 content writes a minute, 500 an hour)
//! and "Best practices for using the REST API" (serial requests, a second between writes).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep_until};

use crate::domain::{Wait, locked};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// The shortest time between two writes. Sixty per minute stay within the limit of eighty.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);
/// Of 500 per hour. The rest is left for other uses of the credential.
const WRITES_AN_HOUR: usize = 498;
/// How many of them secrets may use: enough must remain to journal all written secrets of all
/// tokens.
const SECRETS_AN_HOUR: usize = 480;
/// Of 900 a minute.
const POINTS_A_MINUTE: u32 = 880;
/// What a read costs, and a write.
const READ: u32 = 1;
const WRITE: u32 = 5;

/// The purpose of a request, which decides how much of the budget it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Changes nothing.
    Read,
    /// Writes a secret.
    Secret,
    /// Writes the journal.
    Journal,
}

/// Limits the pace of requests to one GitHub.
pub(super) struct Pace {
    unlimited: bool,
    next_write: Mutex<Instant>,
    spent: std::sync::Mutex<Spent>,
}

#[derive(Default)]
struct Spent {
    not_before: Option<Instant>,
    /// When each write drops out of the last hour, in order.
    writes: VecDeque<Instant>,
    points: VecDeque<(Instant, u32)>,
    in_points: u32,
    reserved: usize,
}

/// The permission to write now. The next writer waits until it is dropped.
pub(super) struct Turn<'a> {
    next_write: MutexGuard<'a, Instant>,
    pace: &'a Pace,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.pace.unlimited {
            *self.next_write = Instant::now() + BETWEEN_WRITES;
        }
    }
}

impl Pace {
    /// For the GitHub at `host`. A stand-in on this machine has no limits.
    pub(super) fn new(host: &str) -> Self {
        Self {
            unlimited: crate::net::origin::is_loopback(host),
            next_write: Mutex::new(Instant::now()),
            spent: std::sync::Mutex::default(),
        }
    }

    fn spent<T>(&self, look: impl FnOnce(&mut Spent) -> T) -> T {
        let mut spent = locked(&self.spent);
        let now = Instant::now();
        while spent.writes.front().is_some_and(|until| *until <= now) {
            spent.writes.pop_front();
        }
        while let Some((at, points)) = spent.points.front().copied()
            && now.saturating_duration_since(at) >= MINUTE
        {
            spent.points.pop_front();
            spent.in_points = spent.in_points.saturating_sub(points);
        }
        look(&mut spent)
    }

    /// Waits for the turn to write.
    pub(super) async fn turn(&self) -> Turn<'_> {
        let next_write = self.next_write.lock().await;
        sleep_until(*next_write).await;
        Turn { next_write, pace: self }
    }

    /// Waits until a request fits into the minute's points, and counts it.
    pub(super) async fn spend(&self, purpose: Use) {
        if self.unlimited {
            return;
        }
        let is_write = purpose != Use::Read;
        let cost = if is_write { WRITE } else { READ };
        loop {
            let full_until = self.spent(|spent| {
                if spent.in_points + cost > POINTS_A_MINUTE {
                    return spent.points.front().map(|(at, _)| *at + MINUTE);
                }
                let now = Instant::now();
                spent.points.push_back((now, cost));
                spent.in_points += cost;
                if is_write {
                    spent.writes.push_back(now + HOUR);
                    spent.reserved = spent.reserved.saturating_sub(1);
                }
                None
            });
            match full_until {
                Some(moment) => sleep_until(moment).await,
                None => return,
            }
        }
    }

    /// Reserves writes of this hour, if enough are left; an unused hour allows any number.
    pub(super) fn reserve(&self, writes: usize) -> bool {
        self.unlimited
            || self.spent(|spent| {
                let taken = spent.writes.len() + spent.reserved;
                let fits = taken.saturating_add(writes) <= SECRETS_AN_HOUR || taken == 0;
                if fits {
                    spent.reserved = spent.reserved.saturating_add(writes);
                }
                fits
            })
    }

    /// Counts earlier writes by any run, sent this long ago. Their number comes from a journal, so
    /// it is limited to the hour's budget.
    pub(super) fn spent_before(&self, ages: impl IntoIterator<Item = Duration>) {
        let now = Instant::now();
        let left =
            ages.into_iter().filter_map(|age| HOUR.checked_sub(age)).filter(|left| !left.is_zero());
        self.spent(|spent| {
            spent.writes.extend(left.take(WRITES_AN_HOUR).map(|left| now + left));
            spent.writes.make_contiguous().sort();
        });
    }

    /// GitHub requested a wait.
    pub(super) fn hold(&self, wait: Wait) {
        self.spent(|spent| {
            let Some(until) = Instant::now().checked_add(wait.span().as_duration()) else { return };
            spent.not_before = Some(spent.not_before.map_or(until, |before| before.max(until)));
        });
    }

    /// How long requests of this kind must still wait, if at all.
    pub(super) fn held(&self, purpose: Use) -> Option<Duration> {
        let most = match purpose {
            Use::Read => usize::MAX,
            Use::Secret => SECRETS_AN_HOUR,
            Use::Journal => WRITES_AN_HOUR,
        };
        self.spent(|spent| {
            let asked = spent.not_before;
            // Writing is allowed again when the oldest excess write drops out of the hour.
            let surplus = (!self.unlimited).then(|| spent.writes.len().checked_sub(most)).flatten();
            let used_up = surplus.and_then(|surplus| spent.writes.get(surplus)).copied();
            let until = asked.max(used_up)?;
            until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_hours_writes_are_never_exceeded_and_nearly_all_are_used() {
        let pace = Pace::new("api.github.com");
        let begun = Instant::now();
        let mut written = 0;
        for purpose in [Use::Secret, Use::Journal] {
            while pace.held(purpose).is_none() {
                let _turn = pace.turn().await;
                pace.spend(purpose).await;
                written += 1;
            }
            assert_eq!(
                written,
                if purpose == Use::Secret { SECRETS_AN_HOUR } else { WRITES_AN_HOUR }
            );
        }
        assert!(begun.elapsed() < Duration::from_secs(600));
        tokio::time::advance(HOUR).await;
        assert_eq!(pace.held(Use::Secret), None);
    }

    #[tokio::test(start_paused = true)]
    async fn writes_of_runs_before_count_until_their_hour_is_over() {
        let pace = Pace::new("api.github.com");
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        pace.spent_before(
            std::iter::repeat_n(minutes(50), SECRETS_AN_HOUR).chain([minutes(61), minutes(10)]),
        );
        assert!(!pace.reserve(1));
        assert_eq!(pace.held(Use::Secret), Some(minutes(10)));
        tokio::time::advance(minutes(10)).await;
        assert_eq!(pace.held(Use::Secret), None);
        assert!(pace.reserve(SECRETS_AN_HOUR - 1) && !pace.reserve(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_minutes_points_are_never_exceeded() {
        let pace = Pace::new("api.github.com");
        let begun = Instant::now();
        for _ in 0..2_000 {
            pace.spend(Use::Read).await;
        }
        assert!(begun.elapsed() >= 2 * MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn writes_that_were_set_aside_are_not_promised_twice() {
        let pace = Pace::new("api.github.com");
        assert!(pace.reserve(300));
        assert!(!pace.reserve(300));
        assert!(pace.reserve(100));
        assert!(Pace::new("127.0.0.1").reserve(1_000_000));
    }
}
