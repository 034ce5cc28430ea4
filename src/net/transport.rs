//! A request, its response, and the errors without one. The trait for sending has two
//! implementations: the real network, and the emulator in the same process, which needs no socket
//! and no time.

use std::fmt;

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::domain::wait::{Wait, whole_number};
use crate::domain::{Span, Timestamp};

/// A request. Its `Debug` shows the method, the host and the path: never a header, a query or a
/// body.
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: Uri,
    /// Every header; those that carry a credential are marked sensitive.
    pub headers: HeaderMap,
    /// The body, wiped when the request is dropped.
    pub body: Zeroizing<Vec<u8>>,
    /// Whether its host is a public service, so that an address in a private network must be
    /// refused.
    pub public: bool,
    /// Whether its response is a file, which can be larger and slower than an API's.
    pub file: bool,
}

impl Request {
    /// A request without headers or body.
    #[must_use]
    pub fn new(method: Method, url: Uri) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Zeroizing::new(Vec::new()),
            public: false,
            file: false,
        }
    }

    /// Adds a header that is no secret.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Sets the body, as JSON.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = Zeroizing::new(body.to_string().into_bytes());
        self
    }

    /// A copy of the request, to send it again.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            public: self.public,
            file: self.file,
        }
    }

    /// The host it goes to, as messages name it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host().unwrap_or_default()
    }

    /// Whether it only reads, so that sending it twice changes nothing.
    #[must_use]
    pub fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.method, self.url.host().unwrap_or_default(), self.url.path())
    }
}

/// A response of any status. Its `Debug` shows only the status: a body may contain a new token.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Every header.
    pub headers: HeaderMap,
    /// The body, bounded in size, wiped when the answer is dropped.
    pub body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// The body as JSON, if it is.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The server's own clock.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        Timestamp::parse_http_date(self.header("date")?)
    }

    /// How long the server asks us to wait (`Retry-After`, in seconds or as a date by its own
    /// clock).
    #[must_use]
    pub fn retry_after(&self) -> Option<Wait> {
        let text = self.header("retry-after")?.trim();
        if let Some(seconds) = whole_number(text) {
            return Some(Wait::asked(Span::seconds(seconds)));
        }
        Some(Wait::until(self.date()?, Timestamp::parse_http_date(text)?))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({})", self.status)
    }
}

/// Why there is no response. The texts name hosts and causes, never a credential, a query or a
/// body.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// It certainly never reached the server.
    #[error("could not reach {host}: {why}")]
    NotSent {
        /// The host.
        host: String,
        /// The cause.
        why: String,
    },
    /// The server may have acted on it; that is unknown.
    #[error("{host} did not respond: {why}")]
    NoAnswer {
        /// The host.
        host: String,
        /// The cause.
        why: String,
    },
    /// The response is larger than any real one.
    #[error("the response from {host} exceeds the limit of {limit} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// Not sent: the host is not allowed.
    #[error("refused to send a request to {host}: {why}")]
    Forbidden {
        /// The host.
        host: String,
        /// The cause.
        why: String,
    },
}

impl TransportError {
    /// Whether the server certainly did nothing.
    #[must_use]
    pub fn is_without_effect(&self) -> bool {
        matches!(self, Self::NotSent { .. } | Self::Forbidden { .. })
    }
}

/// Sends one request, once. It neither retries nor follows a redirect.
pub trait Transport: Send + Sync {
    /// Sends it and waits for the complete response.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>>;
}
