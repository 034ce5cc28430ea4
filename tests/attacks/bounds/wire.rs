//! A network between tokenward and the emulator that changes some answers, or panics, and keeps the
//! hosts that were asked.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokenward::net::{Answer, Request, Transport, TransportError};
use zeroize::Zeroizing;

use crate::support::{InProcess, World};

/// What happens to a request: nothing, or an answer in place of the emulator's.
type Change = Box<dyn Fn(&Request) -> Option<Answer> + Send + Sync>;
/// What is done to an answer of the emulator.
type Edit = Box<dyn Fn(&str, &mut Answer) + Send + Sync>;

/// The network.
pub(super) struct Wire {
    inner: InProcess,
    instead: Change,
    after: Edit,
    asked: Mutex<Vec<String>>,
}

impl Wire {
    /// Answers in place of the emulator where `instead` gives an answer.
    pub(super) fn instead(
        world: &mut World,
        instead: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::put(world, Box::new(instead), Box::new(|_, _| {}))
    }

    /// Changes answers of the emulator.
    pub(super) fn after(
        world: &mut World,
        after: impl Fn(&str, &mut Answer) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::put(world, Box::new(|_| None), Box::new(after))
    }

    fn put(world: &mut World, instead: Change, after: Edit) -> Arc<Self> {
        let wire =
            Arc::new(Self { inner: world.in_process(), instead, after, asked: Mutex::default() });
        world.transport = Some(wire.clone());
        wire
    }

    /// What was asked so far: method, host, path and query.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// How many requests went to a host with this in their path.
    pub(super) fn count(&self, part: &str) -> usize {
        self.asked().iter().filter(|line| line.contains(part)).count()
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let path = request.url.path_and_query().map(ToString::to_string).unwrap_or_default();
        let line = format!("{} {}{path}", request.method, request.host());
        self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line.clone());
        Box::pin(async move {
            if let Some(answer) = (self.instead)(&request) {
                return Ok(answer);
            }
            let mut answer = self.inner.send(request).await?;
            (self.after)(&line, &mut answer);
            Ok(answer)
        })
    }
}

/// An answer with these headers.
pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let header = |(name, value): &(&str, &str)| -> Option<(HeaderName, HeaderValue)> {
        Some((name.parse().ok()?, value.parse().ok()?))
    };
    Answer {
        status,
        headers: HeaderMap::from_iter(headers.iter().filter_map(header)),
        body: Zeroizing::new(body.as_bytes().to_vec()),
    }
}
