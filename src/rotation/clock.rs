//! Whether the time is certain enough to end an old key for good because its grace period is over.
//! GitHub's clock decides, and another clock has to agree with it: this machine's, or, where that
//! is wrong, the provider's. A key that leaked never waits for a clock.

use std::time::SystemTime;

use super::context::Context;
use super::memory::Memory;
use super::{retire, retiring};
use crate::domain::lifecycle::{Ending, Retiring, TokenState};
use crate::domain::{Code, Problem, Span, Timestamp};
use crate::net::github::Jump;

/// By how much two clocks may disagree.
const TOLERATED: Span = Span::hours(1);

/// Whether a key may be ended now. One whose time alone says so is left for later where the
/// time is not certain.
pub(super) async fn may_end(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
    index: usize,
) -> Result<bool, Problem> {
    if !goes_by_time(retiring::retiring(state, index)?) {
        return Ok(true);
    }
    match clock_disagrees(cx).await {
        Some(problem) => retire::leave_for_later(state, memory, index, problem).map(|_| false),
        None => Ok(true),
    }
}

/// Whether the provider has to be asked for the time, since this machine's clock is no help and
/// it has not said it yet.
pub(super) fn asks_for_time(cx: &Context<'_>) -> bool {
    let is_right = here().is_some_and(|here| agree(here, cx.now()));
    !is_right && cx.job.driver.clock().is_none() && cx.job.values.handed.is_some()
}

/// Why an old key is not ended now, although by GitHub's clock its time is over.
pub(super) async fn clock_disagrees(cx: &Context<'_>) -> Option<Problem> {
    let github = cx.now();
    if let Some(jump) = cx.world.jump() {
        return Some(jumped(jump).state(KEPT));
    }
    let here = here();
    if here.is_some_and(|here| agree(here, github)) {
        return None;
    }
    if let Some(value) = cx.job.values.handed.as_ref().filter(|_| asks_for_time(cx)) {
        // Whatever it says of the value, it says the time.
        cx.job.driver.verify(value).await;
    }
    let provider = cx.job.driver.clock();
    if provider.is_some_and(|provider| agree(provider, github)) {
        return None;
    }
    let name = &cx.job.config.provider;
    let says = |who: &str, moment: Option<Timestamp>| {
        moment
            .map_or_else(|| format!("{who} says nothing"), |moment| format!("{who} says {moment}"))
    };
    Some(
        Problem::new(
            Code::ClockDisagrees,
            format!(
                "what time it is is not certain, so no old key of {} is revoked",
                cx.job.config.name
            ),
        )
        .cause(format!(
            "GitHub says {github}, {}, {}",
            says("this machine", here),
            says(name.as_str(), provider)
        ))
        .hint(
            "set this machine's clock; if it is right, GitHub's is wrong, and a later run goes on",
        )
        .state(KEPT),
    )
}

/// Whether a key is ended since its time is over.
pub(super) fn goes_by_time(retiring: &Retiring) -> bool {
    !retiring.leaked && matches!(retiring.stage, Ending::Waiting | Ending::Disabled { .. })
}

const KEPT: &str = "old and new value both work";

/// This machine's clock.
fn here() -> Option<Timestamp> {
    jiff::Timestamp::try_from(SystemTime::now()).map(Timestamp::from).ok()
}

fn agree(one: Timestamp, other: Timestamp) -> bool {
    Span::between(one, other).max(Span::between(other, one)) <= TOLERATED
}

/// What a person is told of a `Date` that was not believed.
pub fn jumped(jump: Jump) -> Problem {
    Problem::new(Code::ClockDisagrees, "GitHub's clock jumped during this run, so no grace period is over by it")
        .cause(format!("GitHub said {} where {} was expected", jump.said, jump.expected))
        .hint("run it again; if it happens again, look at the clock of the Enterprise Server, or of the proxy on the way")
}
