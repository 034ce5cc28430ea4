//! How long tokenward requests no key from a provider that is rate limiting. `next` decides which
//! runs wait.

use crate::domain::{Span, Timestamp, Wait};
use crate::providers::ProviderError;
use crate::rotation::effects::context::Context;

/// How long to wait if the provider does not say how long.
const UNNAMED: Span = Span::seconds(60);
/// The provider counts from its own response, tokenward from GitHub's last one before it.
const MARGIN: Span = Span::seconds(60);

/// Until when to wait after this refusal, and the text for the journal.
pub(crate) fn pause_of(
    cx: &Context<'_>,
    refusal: &ProviderError,
    event: &str,
) -> (Option<Timestamp>, String) {
    let ProviderError::RateLimited { until } = refusal else { return (None, event.to_owned()) };
    let wait = until.unwrap_or(Wait::asked(UNNAMED));
    let words = format!("{event}: {} asked to wait {}", cx.job.config.provider, wait.in_words());
    (Some(wait.with_margin(MARGIN).after(cx.now())), words)
}
