//! A network whose every answer is made of the fuzzer's bytes, and a runtime that spends no second.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Mutex;

use arbitrary::Arbitrary;
use futures::future::{BoxFuture, ready};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokenward::domain::{Secret, SecretMasker};
use tokenward::net::{Answer, Request, Transport, TransportError};
use zeroize::Zeroizing;

use super::CANARY;

/// One answer, or none.
#[derive(Arbitrary, Clone, Debug)]
pub struct Said {
    status: u8,
    headers: Vec<(Known, String)>,
    body: Body,
    lost: Option<bool>,
}

/// Headers that are read somewhere.
#[derive(Arbitrary, Clone, Debug)]
enum Known {
    Date,
    RetryAfter,
    Link,
    Reset,
    Remaining,
    Permissions,
    ContentType,
}

/// What a body can be: bytes, or bytes with the value in them, as servers echo it.
#[derive(Arbitrary, Clone, Debug)]
enum Body {
    Bytes(Vec<u8>),
    Text(String),
    Echo(String, String),
}

/// Gives the fuzzer's answers, in order, and then none.
pub struct Network(Mutex<VecDeque<Said>>);

impl Network {
    /// These answers.
    pub fn new(said: Vec<Said>) -> Self {
        Self(Mutex::new(said.into()))
    }
}

impl Said {
    /// Statuses people meet: every hundred is there, and those that rules name are likely.
    fn status(&self) -> u16 {
        const USUAL: [u16; 16] =
            [200, 201, 204, 302, 400, 401, 403, 404, 405, 409, 422, 429, 500, 502, 503, 504];
        USUAL[usize::from(self.status) % USUAL.len()]
    }
}

impl Transport for Network {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let host = "api.example.com".to_owned();
        let Some(said) = self.0.lock().ok().and_then(|mut said| said.pop_front()) else {
            return Box::pin(ready(Err(TransportError::NotSent {
                host,
                why: "nothing more".to_owned(),
            })));
        };
        match said.lost {
            Some(true) => {
                return Box::pin(ready(Err(TransportError::NoAnswer {
                    host,
                    why: "cut".to_owned(),
                })));
            }
            Some(false) => {
                return Box::pin(ready(Err(TransportError::NotSent {
                    host,
                    why: "refused".to_owned(),
                })));
            }
            None => {}
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &said.headers {
            let name = match name {
                Known::Date => "date",
                Known::RetryAfter => "retry-after",
                Known::Link => "link",
                Known::Reset => "x-ratelimit-reset",
                Known::Remaining => "x-ratelimit-remaining",
                Known::Permissions => "x-accepted-github-permissions",
                Known::ContentType => "content-type",
            };
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let body = match &said.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Text(text) => text.clone().into_bytes(),
            Body::Echo(before, after) => format!("{before}{CANARY}{after}").into_bytes(),
        };
        let answer = Answer { status: said.status(), headers, body: Zeroizing::new(body) };
        Box::pin(ready(Ok(answer)))
    }
}

/// Tells nobody.
pub struct Quiet;

impl SecretMasker for Quiet {
    fn mask(&self, _: &Secret) {}
}

/// Runs to the end in virtual time.
pub fn at_once<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(future)
}
