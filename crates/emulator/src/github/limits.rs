//! Rate limits by the virtual clock: the hourly budget every answer reports, and, when asked for,
//! the secondary limits that punish a client in a hurry.

use super::call::error;
use crate::http::{Answer, Request};
use crate::random;
use jiff::Timestamp;
use serde_json::json;
use std::collections::VecDeque;

const HOURLY: i64 = 5000;
const POINTS_A_MINUTE: i64 = 900;
const WRITES_A_MINUTE: usize = 80;
const WRITES_AN_HOUR: usize = 500;
const VIOLATIONS_BEFORE_A_BAN: u32 = 3;

#[derive(Clone, Default)]
pub(super) struct Limits {
    pub(super) enforced: bool,
    pub(super) violations: u32,
    used: i64,
    window_ends: i64,
    /// Second and points of each request of the last minute.
    points: VecDeque<(i64, i64)>,
    /// Second of each write of the last hour.
    writes: VecDeque<i64>,
}

impl Limits {
    /// Counts a request; a refusal when it is one too many.
    pub(super) fn admit(&mut self, request: &Request, now: Timestamp) -> Option<Answer> {
        let second = now.as_second();
        self.turn_window(second);
        if request.raw_path() != "/rate_limit" {
            self.used += 1;
        }
        if !self.enforced {
            return None;
        }
        if self.violations >= VIOLATIONS_BEFORE_A_BAN {
            return Some(error(403, "This integration has been blocked for abuse."));
        }
        self.points.retain(|(at, _)| second - at < 60);
        self.writes.retain(|at| second - at < 3600);
        let points: i64 = self.points.iter().map(|(_, points)| points).sum();
        let this_minute = self.writes.iter().filter(|at| second - **at < 60).count();
        let cost = if request.is_read() { 1 } else { 5 };
        let writes_too_fast = this_minute >= WRITES_A_MINUTE || self.writes.len() >= WRITES_AN_HOUR;
        if points + cost > POINTS_A_MINUTE || (!request.is_read() && writes_too_fast) {
            self.violations += 1;
            let text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
            return Some(error(403, text).with("retry-after", 60));
        }
        self.points.push_back((second, cost));
        if !request.is_read() {
            self.writes.push_back(second);
        }
        None
    }

    fn turn_window(&mut self, second: i64) {
        if second >= self.window_ends {
            self.used = 0;
            self.window_ends = second + 3600;
        }
    }

    /// The headers GitHub puts on every answer.
    pub(super) fn dress(&mut self, answer: Answer, now: Timestamp) -> Answer {
        self.turn_window(now.as_second());
        let request_id =
            format!("{}:{}:{}", random::hex(4), random::hex(6), random::hex(8)).to_uppercase();
        answer
            .with("x-ratelimit-limit", HOURLY)
            .with("x-ratelimit-remaining", HOURLY.saturating_sub(self.used).max(0))
            .with("x-ratelimit-used", self.used)
            .with("x-ratelimit-reset", self.window_ends)
            .with("x-ratelimit-resource", "core")
            .with("x-github-request-id", request_id)
            .with("x-github-media-type", "github.v3; format=json")
            .with("server", "github.com")
    }

    pub(super) fn overview(&self, now: Timestamp) -> Answer {
        let budget = |limit: i64, used: i64, reset: i64| json!({"limit": limit, "used": used, "remaining": limit - used, "reset": reset});
        let core = budget(HOURLY, self.used, self.window_ends);
        let search = budget(30, 0, now.as_second() + 60);
        Answer::json(200, &json!({"rate": core, "resources": {"core": core, "search": search}}))
    }
}
