//! Decides whether the time is certain enough to revoke an old key because its grace period is
//! over. GitHub's clock decides, and another clock has to agree with it: this machine's, or, if
//! that is wrong, the provider's. A key that leaked never waits for a clock.

use std::time::SystemTime;

use super::retire;
use crate::domain::lifecycle::{Ending, Retiring, TokenState};
use crate::domain::{Problem, Span, Timestamp};
use crate::rotation::decide::memory::Memory;
use crate::rotation::effects::context::Context;
use crate::rotation::problems;
use crate::rotation::types::retiring;

/// How much two clocks may differ.
const TOLERATED: Span = Span::hours(1);

/// Whether a key may be revoked now. If only the time says so, and the time is not certain, the key
/// is left for a later run.
pub(crate) async fn may_end(
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

/// Whether the provider has to be asked for the time: this machine's clock is wrong, and no
/// response of the provider has had a time yet.
pub(crate) fn asks_for_time(cx: &Context<'_>) -> bool {
    let is_right = here().is_some_and(|here| agree(here, cx.now()));
    !is_right && cx.job.driver.clock().is_none() && cx.job.values.handed.is_some()
}

/// Why an old key is not revoked now, although its time is over by GitHub's clock.
pub(crate) async fn clock_disagrees(cx: &Context<'_>) -> Option<Problem> {
    let github = cx.now();
    if let Some(jump) = cx.world.jump() {
        return Some(problems::account::jumped(jump).state(problems::BOTH_WORK));
    }
    let here = here();
    if here.is_some_and(|here| agree(here, github)) {
        return None;
    }
    if let Some(value) = cx.job.values.handed.as_ref().filter(|_| asks_for_time(cx)) {
        // Only the `Date` of the response matters here.
        cx.job.driver.verify(value).await;
    }
    let provider = cx.job.driver.clock();
    if provider.is_some_and(|provider| agree(provider, github)) {
        return None;
    }
    Some(problems::account::clocks_disagree(cx.job.config, github, here, provider))
}

/// Whether a key is revoked only because its time is over.
pub(crate) fn goes_by_time(retiring: &Retiring) -> bool {
    !retiring.leaked && matches!(retiring.stage, Ending::Waiting | Ending::Disabled { .. })
}

/// This machine's clock.
fn here() -> Option<Timestamp> {
    jiff::Timestamp::try_from(SystemTime::now()).map(Timestamp::from).ok()
}

fn agree(one: Timestamp, other: Timestamp) -> bool {
    Span::between(one, other).max(Span::between(other, one)) <= TOLERATED
}
