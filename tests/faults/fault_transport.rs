//! The way to the network of one run: counts its requests, and strikes at the ones it was told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokenward::net::{Answer, Request, Transport, TransportError};
use tokenward_emulator::{Dropped, Fault, FaultKind, FaultMatch, Service};
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::faults::rng::Rng;
use crate::faults::world::World;
use crate::support::REPO;

/// The real transport refuses what is larger than any answer we would believe; here a smaller bound
/// does, to save time.
const LARGEST_ANSWER: usize = 256 * 1024;

/// Which request of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The nth, from 1.
    Number(usize),
    /// The nth of this method whose path ends so (with a `*` at the end: goes on after that); 0 for
    /// every one.
    Path(&'static str, &'static str, usize),
    /// Every test of a value after this run has asked for a key: those of the new value.
    TestOfNew,
}

/// What happens to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It fails in this way.
    Fault(FaultKind),
    /// The run stops before it is sent.
    StopBefore,
    /// The run stops after it was done, before the answer comes.
    StopAfter,
    /// As it is sent, GitHub sees that this other run is over.
    Complete(u64),
    /// It is answered so, and the service never sees it.
    Answered(u16, &'static str),
}

/// One run's transport.
pub(crate) struct Wire {
    pub(crate) world: Arc<World>,
    /// The run's id.
    id: u64,
    /// The value this run was handed.
    pub(crate) handed: String,
    acts: Vec<(At, Act)>,
    sent: AtomicUsize,
    /// Every request so far: its method and path.
    seen: Mutex<Vec<(String, String)>>,
    struck: AtomicUsize,
    /// Told when the run has stopped at a request; it goes on when told to.
    pub(crate) stopped: Notify,
    pub(crate) resumed: Notify,
    /// Before and after each request, where two runs race: up to so many milliseconds.
    latency: Option<Mutex<Rng>>,
}

impl Wire {
    pub(crate) fn new(
        world: Arc<World>,
        id: u64,
        handed: String,
        acts: Vec<(At, Act)>,
        latency: Option<Rng>,
    ) -> Arc<Self> {
        let latency = latency.map(Mutex::new);
        let (sent, struck) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let seen = Mutex::default();
        Arc::new(Self {
            world,
            id,
            handed,
            acts,
            sent,
            seen,
            struck,
            stopped: Notify::new(),
            resumed: Notify::new(),
            latency,
        })
    }

    /// How many requests there were.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many of the acts happened.
    pub(crate) fn struck(&self) -> usize {
        self.struck.load(Ordering::Relaxed)
    }

    async fn stop(&self) {
        self.stopped.notify_one();
        self.resumed.notified().await;
    }

    async fn dawdle(&self) {
        let Some(latency) = &self.latency else { return };
        let wait = {
            let mut rng = latency.lock().unwrap();
            // Mostly as fast as networks are, now and then so slow that the other run overtakes by
            // far.
            let longest = *rng.pick(&[0, 0, 50, 500, 3_000, 3_000, 20_000]);
            u64::try_from(rng.below(longest + 1)).unwrap_or(0)
        };
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }

    /// How many requests of this method there were to paths that end so.
    pub(crate) fn count(&self, method: &str, tail: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|(m, path)| m == method && fits(path, tail)).count()
    }

    fn is_at(&self, at: At, number: usize, request: &Request) -> bool {
        match at {
            At::Number(wanted) => wanted == number,
            At::Path(method, tail, nth) => {
                let here = request.method == method && fits(request.url.path(), tail);
                here && (nth == 0 || self.count(method, tail) == nth)
            }
            At::TestOfNew => {
                request.method == "GET"
                    && request.url.path() == "/v3/scopes"
                    && self.count("POST", "/v3/api_keys") > 0
            }
        }
    }

    async fn carry(&self, request: Request) -> Result<Answer, TransportError> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        self.dawdle().await;
        self.seen.lock().unwrap().push((request.method.to_string(), request.url.path().to_owned()));
        let acts: Vec<&Act> = self
            .acts
            .iter()
            .filter(|(at, _)| self.is_at(*at, number, &request))
            .map(|(_, act)| act)
            .collect();
        self.struck.fetch_add(acts.len(), Ordering::Relaxed);
        if acts.contains(&&Act::StopBefore) {
            self.stop().await;
        }
        let host = request.url.host().unwrap_or_default().to_owned();
        let service = match host.as_str() {
            "api.github.com" => Service::GitHub,
            "api.sendgrid.com" | "keys.inhouse.example" => Service::SendGrid,
            _ => {
                return Err(TransportError::NotSent {
                    host,
                    why: "no such host in the test".to_owned(),
                });
            }
        };
        self.world.rotate();
        for act in &acts {
            match act {
                Act::Fault(kind) => {
                    let matches =
                        FaultMatch::Where { service: None, method: None, path_contains: None };
                    self.world.emulator.inject(Fault { matches, kind: kind.clone(), times: 1 });
                }
                Act::Complete(id) => self.world.emulator.github().complete_run(REPO, *id),
                Act::Answered(status, body) => {
                    let mut headers = http::HeaderMap::new();
                    headers
                        .insert("content-type", http::HeaderValue::from_static("application/json"));
                    let body = Zeroizing::new(body.as_bytes().to_vec());
                    return Ok(Answer { status: *status, headers, body });
                }
                Act::StopBefore | Act::StopAfter => {}
            }
        }
        self.world.watch.lock().unwrap().sends(&self.world.emulator, service, &request, self.id);
        let mut sent =
            http::Request::builder().method(request.method.clone()).uri(request.url.clone());
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        let Ok(sent) = sent.body(request.body.to_vec()) else {
            return Err(TransportError::NotSent { host, why: "not a request".to_owned() });
        };
        let outcome = self.world.emulator.handle(service, sent).await;
        let status =
            outcome.as_ref().map_or_else(ToString::to_string, |answer| answer.status().to_string());
        let line = format!(
            "run {} #{number}: {} {} -> {status}",
            self.id,
            request.method,
            request.url.path()
        );
        self.world.trace.lock().unwrap().push(if acts.is_empty() {
            line
        } else {
            format!("{line}   <== {acts:?}")
        });
        self.world.watch.lock().unwrap().saw(
            &self.world.emulator,
            service,
            &request,
            self.id,
            &self.handed,
        );
        if let Ok(answer) = &outcome {
            self.world.watch.lock().unwrap().answered(
                &self.world.emulator,
                service,
                &request,
                self.id,
                answer,
            );
        }
        if acts.contains(&&Act::StopAfter) {
            self.stop().await;
        }
        self.dawdle().await;
        match outcome {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                if body.len() > LARGEST_ANSWER {
                    return Err(TransportError::TooLarge { host, limit: LARGEST_ANSWER });
                }
                Ok(Answer {
                    status: parts.status.as_u16(),
                    headers: parts.headers,
                    body: Zeroizing::new(body),
                })
            }
            Err(Dropped::Refused) => {
                Err(TransportError::NotSent { host, why: "connection refused".to_owned() })
            }
            Err(dropped) => Err(TransportError::NoAnswer { host, why: dropped.to_string() }),
        }
    }
}

fn fits(path: &str, tail: &str) -> bool {
    tail.strip_suffix('*').map_or_else(|| path.ends_with(tail), |part| path.contains(part))
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.carry(request).boxed()
    }
}
