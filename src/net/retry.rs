//! Which requests are retried, and after which wait. Knows statuses, not providers. A request that
//! changes something is never repeated here: the caller finds out whether it was done.

use std::time::Duration;

use super::transport::{Answer, Request, Transport, TransportError};
use crate::domain::Span;

/// Waits before the second and the third attempt, a quarter more or less, so that parallel runs do
/// not retry at the same time.
const WAITS: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(1)];

/// The longest wait that a server can request of a run. The caller reports longer ones.
const PATIENCE: Span = Span::seconds(5);

/// Why a request can be sent more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Its method only reads.
    Reads,
    /// Its provider's documentation says that it changes nothing, whatever its method (a look-up by
    /// POST).
    Safe,
}

/// Sends a request that only reads, up to three times.
///
/// # Errors
/// The last attempt's failure. A request that does not only read is sent once.
pub async fn read(
    transport: &dyn Transport,
    make: impl Fn() -> Request + Send,
) -> Result<Answer, TransportError> {
    repeated(transport, Repeat::Reads, make).await
}

/// Sends a request that may be repeated for the reason given, up to three times.
///
/// # Errors
/// As [`read`].
pub async fn repeated(
    transport: &dyn Transport,
    repeat: Repeat,
    make: impl Fn() -> Request + Send,
) -> Result<Answer, TransportError> {
    for wait in WAITS {
        let request = make();
        if repeat == Repeat::Reads && !request.is_read() {
            return transport.send(request).await;
        }
        let outcome = transport.send(request).await;
        let Some(pause) = pause_after(&outcome, wait) else {
            return outcome;
        };
        tracing::debug!(milliseconds = pause.as_millis(), "trying again");
        tokio::time::sleep(pause).await;
    }
    transport.send(make()).await
}

/// Sends a request that changes something, once.
///
/// # Errors
/// As the transport says; only [`TransportError::is_without_effect`] means that nothing was done.
pub async fn once(transport: &dyn Transport, request: Request) -> Result<Answer, TransportError> {
    transport.send(request).await
}

/// How long to wait before another attempt; `None` if another would be useless or unwelcome.
fn pause_after(outcome: &Result<Answer, TransportError>, usual: Duration) -> Option<Duration> {
    match outcome {
        Err(TransportError::NotSent { .. } | TransportError::NoAnswer { .. }) => {
            Some(jittered(usual))
        }
        Err(TransportError::TooLarge { .. } | TransportError::Forbidden { .. }) => None,
        Ok(answer) => match (answer.status, answer.retry_after()) {
            // Without a date, we do not guess the wait.
            (429, None) => None,
            (429 | 502..=504, Some(asked)) if asked.span() > PATIENCE => None,
            (429 | 502..=504, Some(asked)) => Some(asked.span().as_duration().max(jittered(usual))),
            (502..=504, None) => Some(jittered(usual)),
            _ => None,
        },
    }
}

/// Between three and five quarters of the given time.
fn jittered(usual: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    usual.mul_f64(0.75 + 0.5 * f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
