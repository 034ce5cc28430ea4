//! A provider for tests: answers from a script, and remembers what it was sent. No socket, no
//! second.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures::future::{BoxFuture, ready};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;
use zeroize::Zeroizing;

use super::model::{Spec, check, examples::expand};
use super::registry::Registry;
use crate::domain::{ProviderId, Secret, SecretMasker};
use crate::net::{Answer, Request, Transport, TransportError};

/// What is done with one request.
pub(super) enum Step {
    Answer(u16, &'static str, String),
    With(u16, String, Vec<(&'static str, String)>),
    NotSent,
    NoAnswer,
}

pub(super) fn json(status: u16, body: Value) -> Step {
    Step::Answer(status, "application/json", body.to_string())
}

pub(super) fn page(status: u16) -> Step {
    Step::Answer(status, "text/html", "<html>Attention Required! | Cloudflare</html>".to_owned())
}

/// The transport, and what went through it.
#[derive(Default)]
pub(super) struct Fake {
    steps: Mutex<VecDeque<Step>>,
    sent: Mutex<Vec<Request>>,
}

impl Fake {
    pub(super) fn with(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Mutex::new(steps.into_iter().collect()), sent: Mutex::default() }
    }

    /// Takes another script, in place of what is left of the one before.
    pub(super) fn play(&self, steps: impl IntoIterator<Item = Step>) {
        *self.steps.lock().unwrap() = steps.into_iter().collect();
    }

    /// Method and address of each request, without the scheme.
    pub(super) fn calls(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        sent.iter()
            .map(|request| {
                format!(
                    "{} {}",
                    request.method,
                    request.url.to_string().trim_start_matches("https://")
                )
            })
            .collect()
    }

    pub(super) fn body(&self, index: usize) -> Value {
        serde_json::from_slice(&self.sent.lock().unwrap()[index].body).unwrap()
    }

    pub(super) fn text(&self, index: usize) -> String {
        String::from_utf8(self.sent.lock().unwrap()[index].body.to_vec()).unwrap()
    }

    /// Whether each request was for a service of the internet.
    pub(super) fn are_public(&self) -> Vec<bool> {
        self.sent.lock().unwrap().iter().map(|request| request.public).collect()
    }

    pub(super) fn header(&self, index: usize, name: &str) -> Option<String> {
        self.sent.lock().unwrap()[index]
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    }
}

impl Transport for Fake {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let host = request.host().to_owned();
        self.sent.lock().unwrap().push(request);
        let step =
            self.steps.lock().unwrap().pop_front().expect("the script has a step for each request");
        let answer = |status, headers: Vec<(&'static str, String)>, body: String| {
            let mut map = HeaderMap::new();
            map.insert(header::DATE, HeaderValue::from_static("Tue, 24 Nov 2026 03:00:00 GMT"));
            for (name, value) in headers {
                map.insert(HeaderName::from_static(name), value.parse().unwrap());
            }
            Answer { status, headers: map, body: Zeroizing::new(body.into_bytes()) }
        };
        Box::pin(ready(match step {
            Step::Answer(status, kind, body) => {
                Ok(answer(status, vec![("content-type", kind.to_owned())], body))
            }
            Step::With(status, body, headers) => Ok(answer(status, headers, body)),
            Step::NotSent => {
                Err(TransportError::NotSent { host, why: "connection refused".to_owned() })
            }
            Step::NoAnswer => {
                Err(TransportError::NoAnswer { host, why: "the connection was cut".to_owned() })
            }
        }))
    }
}

/// Counts what custody is told.
#[derive(Default)]
pub(super) struct Told(Mutex<usize>);

impl Told {
    pub(super) fn count(&self) -> usize {
        *self.0.lock().unwrap()
    }
}

impl SecretMasker for Told {
    fn mask(&self, _: &Secret) {
        *self.0.lock().unwrap() += 1;
    }
}

/// A built-in file as it is written, with what is only checked.
pub(super) fn file(id: &str) -> Spec {
    let path = format!("{}/src/providers/specs/{id}.yaml", env!("CARGO_MANIFEST_DIR"));
    let tree: Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    check::read(tree).unwrap_or_else(|flaws| panic!("{id}: {}", flaws[0]))
}

/// A built-in file, as it is compiled in.
pub(super) fn spec(id: &str) -> Spec {
    Registry::built_in().get(&ProviderId::new(id)).expect("a built-in file").clone()
}

/// A value of the form of a file's first kind of token.
pub(super) fn value(spec: &Spec, seed: u64) -> Secret {
    Secret::new(text(spec, seed))
}

pub(super) fn text(spec: &Spec, seed: u64) -> String {
    expand(&spec.tokens[0].examples.r#match[0], seed).unwrap()
}
