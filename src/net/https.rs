//! The real network: TLS to everyone but this machine, no redirects, no cookies, bounded times and
//! sizes. One request in, one answer out; what may be repeated is for `retry`, where it may go for
//! `fence`.

use std::net::Ipv4Addr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response, Url};
use zeroize::Zeroizing;

use super::USER_AGENT;
use super::address::may_be_sent_to;
use super::origin::is_loopback;
use super::resolve::Resolver;
use super::transport::{Answer, Request, Transport, TransportError};
use crate::domain::text::sanitize;

/// A body larger than this is no answer to anything we ask but for a file: 1 MiB, counted after
/// decompression.
const LARGEST_BODY: usize = 1 << 20;

/// A file larger than this is not read into memory: 96 MiB.
const LARGEST_FILE: usize = 96 << 20;

const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30);
const WHOLE_FILE: Duration = Duration::from_secs(300);

/// The real network. Making one costs nothing: the client, its certificates and its connections
/// come with the first request.
#[derive(Default)]
pub struct Https {
    remote: OnceLock<Option<Client>>,
    // Apart from the other for one reason: a proxy from the environment must never see what is
    // meant for this machine.
    local: OnceLock<Option<Client>>,
    largest: Option<usize>,
    resolver: Resolver,
}

impl Https {
    /// The network, with the usual limits. Proxies are taken from `HTTPS_PROXY` and `NO_PROXY`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts bodies up to this many bytes instead of 1 MiB.
    #[must_use]
    pub fn with_largest_body(mut self, bytes: usize) -> Self {
        self.largest = Some(bytes);
        self
    }

    fn client(&self, loopback: bool) -> Option<&Client> {
        if loopback {
            return self.local.get_or_init(|| builder().no_proxy().build().ok()).as_ref();
        }
        let remote = || builder().https_only(true).dns_resolver(self.resolver.clone()).build().ok();
        self.remote.get_or_init(remote).as_ref()
    }

    async fn exchange(&self, request: Request) -> Result<Answer, TransportError> {
        let host = request.host().to_owned();
        let loopback = is_loopback(&host);
        let parsed =
            may_be_sent_to(&request.url).and_then(|()| as_the_client_reads_it(&request.url));
        let url = match parsed {
            Ok(url) => url,
            Err(why) => return Err(TransportError::Forbidden { host, why: why.to_owned() }),
        };
        if request.public {
            if is_address(&url) {
                return Err(TransportError::Forbidden {
                    host,
                    why: "it is an IP address or this machine, so it cannot be a public service"
                        .to_owned(),
                });
            }
            self.resolver.expect_public(&host);
        }
        let Some(client) = self.client(loopback) else {
            return Err(TransportError::NotSent {
                host,
                why: "TLS could not be set up on this machine".to_owned(),
            });
        };
        // The body stays in the memory that is wiped on drop.
        let body = Bytes::from_owner(request.body);
        let (largest, patience) = if request.file {
            (LARGEST_FILE, WHOLE_FILE)
        } else {
            (self.largest.unwrap_or(LARGEST_BODY), WHOLE)
        };
        let place = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let sent = client
            .request(request.method, url)
            .headers(request.headers)
            .body(body)
            .timeout(patience)
            .send();
        let response = sent.await.map_err(|error| failure(&place, patience, error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = bounded(&host, response, largest, patience).await?;
        Ok(Answer { status, headers, body })
    }
}

/// The address as the client reads it: it has its own parser. If the two disagree on the host,
/// nothing is sent.
fn as_the_client_reads_it(url: &http::Uri) -> Result<Url, &'static str> {
    let read = Url::parse(&url.to_string()).map_err(|_| "the address is invalid")?;
    let same_host = read
        .host_str()
        .is_some_and(|host| url.host().is_some_and(|own| own.eq_ignore_ascii_case(host)));
    let port =
        url.port_u16().or(if url.scheme_str() == Some("https") { Some(443) } else { Some(80) });
    let nobody = read.username().is_empty() && read.password().is_none();
    if same_host && nobody && read.port_or_known_default() == port {
        Ok(read)
    } else {
        Err("the address is ambiguous: two parsers read it differently")
    }
}

/// Whether an address is an IP address or this machine, which no resolver is asked about.
fn is_address(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    is_loopback(host) || host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

/// The body, if it is not larger than `limit` bytes.
async fn bounded(
    host: &str,
    mut response: Response,
    limit: usize,
    patience: Duration,
) -> Result<Zeroizing<Vec<u8>>, TransportError> {
    let mut body = Zeroizing::new(Vec::new());
    // Once there is a status the server has acted: a body that breaks off is never `NotSent`.
    while let Some(chunk) =
        response.chunk().await.map_err(|error| no_answer(host, patience, error))?
    {
        if body.len() + chunk.len() > limit {
            return Err(TransportError::TooLarge { host: host.to_owned(), limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl Transport for Https {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let (method, host) = (request.method.clone(), request.host().to_owned());
            let path = request.url.path().to_owned();
            let started = Instant::now();
            let outcome = self.exchange(request).await;
            let milliseconds = started.elapsed().as_millis();
            match &outcome {
                Ok(answer) => {
                    tracing::debug!(%method, host, path, status = answer.status, milliseconds, "answered")
                }
                // One line, so that foreign text cannot begin a line of the log with a workflow
                // command.
                Err(failure) => {
                    tracing::debug!(%method, host, path, failure = sanitize(&failure.to_string()), milliseconds, "no response")
                }
            }
            outcome
        })
    }
}

fn builder() -> ClientBuilder {
    // It fails if one is already installed, which can only be this one: the binary has no other.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT)
}

/// reqwest's error as ours. Only a failure before the connection is certain to have had no effect.
fn failure(host: &str, patience: Duration, error: reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() {
        return TransportError::NotSent { host: host.to_owned(), why: why(error) };
    }
    no_answer(host, patience, error)
}

fn no_answer(host: &str, patience: Duration, error: reqwest::Error) -> TransportError {
    let why = if error.is_timeout() {
        format!("the request timed out after {} seconds", patience.as_secs())
    } else {
        why(error)
    };
    TransportError::NoAnswer { host: host.to_owned(), why }
}

/// The innermost cause, which is the most specific, without the address.
fn why(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    crate::domain::text::sanitize(&cause.to_string())
}

#[cfg(test)]
#[path = "https_tests.rs"]
mod tests;
