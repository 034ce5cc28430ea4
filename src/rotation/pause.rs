//! A provider that asked to be left alone: how long that is journalled for, and what a person is
//! told. Which runs heed it is for `next`.

use super::context::Context;
use super::memory::Memory;
use super::truth;
use crate::domain::lifecycle::TokenState;
use crate::domain::{Code, Problem, Span, Timestamp, Wait};
use crate::providers::ProviderError;

/// How long a provider is left alone that does not say for how long.
const UNNAMED: Span = Span::seconds(60);
/// The provider counts from its own answer, we from GitHub's last one before it.
const MARGIN: Span = Span::seconds(60);

/// Until when the provider is left alone after this refusal, and the words for the journal.
pub(super) fn pause_of(
    cx: &Context<'_>,
    refusal: &ProviderError,
    event: &str,
) -> (Option<Timestamp>, String) {
    let ProviderError::RateLimited { until } = refusal else { return (None, event.to_owned()) };
    let wait = until.unwrap_or(Wait::asked(UNNAMED));
    let words =
        format!("{event}: {} asked to wait for {}", cx.job.config.provider, wait.in_words());
    (Some(wait.with_margin(MARGIN).after(cx.now())), words)
}

/// The problem that reports a pause of the provider.
pub(super) fn paused(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    until: Timestamp,
) -> Problem {
    let config = cx.job.config;
    Problem::new(
        Code::ProviderRateLimited,
        format!("{} is limiting how often keys are created", config.provider),
    )
    .cause(format!("not before {until}"))
    .hint(format!(
        "a later run goes on from here; to ask now: tokenward rotate {} --force --reason TEXT",
        config.name
    ))
    .state(truth::unchanged(state, memory))
}

/// What a person is told of a rate limit: what the provider asked for, and how long tokenward waits
/// at most.
pub(super) fn limited(what: &str, until: Option<Wait>) -> Problem {
    let problem = Problem::new(
        Code::ProviderRateLimited,
        format!("could not {what}: its rate limit is used up"),
    );
    let problem = until
        .map(Wait::in_words)
        .into_iter()
        .fold(problem, |problem, words| problem.cause(format!("it asked to wait for {words}")));
    problem.hint("a run after that goes on from here; `--force` asks at once")
}
