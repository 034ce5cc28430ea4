//! The emulator itself: one state behind one lock, the clock, the request log, and the way in.

use crate::clock::{Clock, imf_fixdate};
use crate::fault::{Dropped, Fault};
use crate::http::Request;
use crate::inject::Injector;
use crate::record::Recorded;
use crate::serve::Served;
use crate::service::{Service, Worlds};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// GitHub and the email providers, played in this process. Clones share one state.
#[derive(Clone, Default)]
pub struct Emulator {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) worlds: Worlds,
    injector: Injector,
    log: Vec<Recorded>,
    /// Numbers of the requests sent while a rate limit still held.
    early: Vec<usize>,
}

impl Emulator {
    /// An empty emulator whose virtual clock starts at the real time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A test that failed while holding the lock must not hide its own message behind a second
    /// failure.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.lock().clock.now()
    }

    /// Moves the virtual clock forward for every service.
    pub fn advance(&self, by: SignedDuration) {
        self.lock().clock.advance(by);
    }

    /// Listens on 127.0.0.1, one free port per service, until the result is dropped.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn serve(&self) -> std::io::Result<Served> {
        Served::start(self).await
    }

    /// Answers one request in process, without sockets and without waiting.
    ///
    /// # Errors
    /// When an injected fault leaves the client without an answer.
    #[expect(clippy::unused_async, reason = "clients await it as they await a real one")]
    pub async fn handle<B: AsRef<[u8]>>(
        &self,
        service: Service,
        request: http::Request<B>,
    ) -> Result<http::Response<Vec<u8>>, Dropped> {
        self.answer(service, request)
    }

    pub(crate) fn answer<B: AsRef<[u8]>>(
        &self,
        service: Service,
        request: http::Request<B>,
    ) -> Result<http::Response<Vec<u8>>, Dropped> {
        let request = Request::from_http(request);
        let mut state = self.lock();
        let State { clock, worlds, injector, log, early } = &mut *state;
        let at = clock.now();
        let number = log.len() + 1;
        if injector.is_too_early(service, at) {
            early.push(number);
        }
        let outcome = injector.play(worlds, number, service, &request, at);
        log.push(Recorded {
            service,
            method: request.method.to_string(),
            path: request.target.clone(),
            status: outcome.as_ref().map_or(0, |answer| answer.status),
            at,
            request_headers_seen: request.headers.keys().map(ToString::to_string).collect(),
            number,
        });
        outcome.map(|answer| answer.with("date", imf_fixdate(at)).into_http())
    }

    /// Every request in order, since the start or the last clear.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.lock().log.clone()
    }

    /// The requests sent before a `Retry-After` or a rate limit's reset that an injected fault had
    /// announced.
    #[must_use]
    pub fn early_requests(&self) -> Vec<Recorded> {
        let state = self.lock();
        state
            .log
            .iter()
            .filter(|recorded| state.early.contains(&recorded.number))
            .cloned()
            .collect()
    }

    /// Forgets the requests so far; numbering starts again at 1.
    pub fn clear_requests(&self) {
        let mut state = self.lock();
        state.log.clear();
        state.early.clear();
    }

    /// Arranges for something to go wrong.
    pub fn inject(&self, fault: Fault) {
        self.lock().injector.add(fault);
    }

    /// Takes back every fault that has not happened yet.
    pub fn clear_faults(&self) {
        self.lock().injector.clear();
    }
}
