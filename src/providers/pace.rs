//! Keeps a provider's rate limits for all requests of this run: those that its file declares, and
//! those in its responses. A request waits here until it may be sent; it is neither changed nor
//! repeated.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::model::Spec;
use super::retry_after;
use crate::domain::{Wait, locked};
use crate::net::{Answer, Request, Transport, TransportError};

/// Concurrent requests, if the file sets no limit.
const USUALLY: u32 = 8;
/// If a provider requests a longer wait, this run sends it no more requests.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest that one request waits for its turn, whatever a provider file says.
const LONGEST: Duration = Wait::LONGEST.as_duration();

/// What was sent to one provider, and when the next request is allowed.
struct Sent {
    /// When, oldest first.
    at: VecDeque<Instant>,
    /// Until when the provider requested a wait.
    blocked_until: Option<Instant>,
}

/// One provider's pace.
pub struct Pace {
    spec: Spec,
    inner: Arc<dyn Transport>,
    /// The limit on concurrent requests to all providers.
    all: Arc<Semaphore>,
    own: Semaphore,
    sent: Mutex<Sent>,
}

impl Pace {
    /// A provider's pace over a transport. `all` is shared by every provider of a run.
    #[must_use]
    pub fn new(spec: Spec, inner: Arc<dyn Transport>, all: Arc<Semaphore>) -> Self {
        let concurrent =
            spec.rate_limit.as_ref().and_then(|limit| limit.concurrent).unwrap_or(USUALLY).max(1);
        let sent = Mutex::new(Sent { at: VecDeque::new(), blocked_until: None });
        let own = Semaphore::new(usize::try_from(concurrent).unwrap_or(1));
        Self { spec, inner, all, own, sent }
    }

    /// When the next request is allowed; `None`: now, and it is counted.
    fn next(&self, now: Instant) -> Option<Instant> {
        let windows = self.spec.rate_limit.iter().flat_map(|limit| &limit.windows);
        let mut sent = locked(&self.sent);
        let mut ready = sent.blocked_until.unwrap_or(now);
        let mut longest = Duration::ZERO;
        for window in windows {
            // Servers count by when a request arrives, which is a little less regular than when it
            // is sent.
            let per = window.per.as_duration();
            let per = per.saturating_add(per / 20);
            longest = longest.max(per);
            let most = usize::try_from(window.requests.max(1)).unwrap_or(usize::MAX);
            if let Some(first) =
                sent.at.len().checked_sub(most).and_then(|index| sent.at.get(index))
            {
                ready = ready.max(first.checked_add(per).unwrap_or(ready));
            }
        }
        if ready > now {
            return Some(ready);
        }
        while sent.at.front().is_some_and(|first| now.saturating_duration_since(*first) > longest) {
            sent.at.pop_front();
        }
        if !longest.is_zero() {
            sent.at.push_back(now);
        }
        None
    }

    fn hear(&self, answer: &Answer) {
        if answer.status == 429 || retry_after::is_used_up(&self.spec, answer) {
            let wait = retry_after::wait(&self.spec, answer).map(|wait| wait.span().as_duration());
            if let Some(until) = wait.and_then(|wait| Instant::now().checked_add(wait)) {
                let mut sent = locked(&self.sent);
                sent.blocked_until = sent.blocked_until.max(Some(until));
            }
        }
    }

    async fn sent(&self, request: Request) -> Result<Answer, TransportError> {
        let _own = self.own.acquire().await;
        let begun = Instant::now();
        let _all = loop {
            // A request is counted when it is sent, and blocks no other while it waits.
            let all = self.all.acquire().await;
            let Some(ready) = self.next(Instant::now()) else { break all };
            drop(all);
            let left = |until: Instant| until.saturating_duration_since(Instant::now());
            let blocked =
                locked(&self.sent).blocked_until.is_some_and(|until| left(until) > PATIENCE);
            if blocked {
                let why = "it requested a longer wait than this run allows".to_owned();
                return Err(TransportError::NotSent { host: request.host().to_owned(), why });
            }
            if begun.elapsed().saturating_add(left(ready)) > LONGEST {
                let why = format!(
                    "its rate limit would delay the request by more than {}",
                    Wait::LONGEST
                );
                return Err(TransportError::NotSent { host: request.host().to_owned(), why });
            }
            sleep_until(ready).await;
        };
        let answer = self.inner.send(request).await;
        answer.iter().for_each(|answer| self.hear(answer));
        answer
    }
}

impl Transport for Pace {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.sent(request).boxed()
    }
}
