//! Connects octocrab to our transport, so that there is one HTTP client, one set of limits and one
//! emulator. A failed request returns as a response that carries the error, so that octocrab never
//! retries.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderValue, Uri, header};
use http_body_util::{BodyExt as _, Full};
use octocrab::OctoBody;
use tower_service::Service;
use zeroize::Zeroizing;

use super::client::GRAPHQL;
use super::place::is_public;
use crate::net::{Answer, Request, Transport, TransportError};

/// The real outcome, in the extensions of octocrab's response.
#[derive(Clone)]
pub(super) struct Outcome(pub(super) Arc<std::sync::Mutex<Option<Result<Answer, TransportError>>>>);

/// The service octocrab is built on.
#[derive(Clone)]
pub(super) struct Bridge {
    transport: Arc<dyn Transport>,
    base: Uri,
}

impl Bridge {
    pub(super) fn new(transport: Arc<dyn Transport>, base: Uri) -> Self {
        Self { transport, base }
    }

    /// The whole address of a path under the API's base (`/api/v3` on an Enterprise Server).
    fn absolute(&self, path: &Uri) -> Result<Uri, TransportError> {
        let prefix = self.base.path().trim_end_matches('/');
        let tail = path.path_and_query().map_or("/", |path| path.as_str());
        // The only address outside it: an Enterprise Server has `/api/v3` and `/api/graphql`.
        let prefix =
            if tail == GRAPHQL { prefix.strip_suffix("/v3").unwrap_or(prefix) } else { prefix };
        let authority = self.base.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        Uri::builder()
            .scheme(self.base.scheme_str().unwrap_or("https"))
            .authority(authority)
            .path_and_query(format!("{prefix}{tail}"))
            .build()
            .map_err(|error| TransportError::NotSent {
                host: authority.to_owned(),
                why: error.to_string(),
            })
    }

    async fn carry(self, request: http::Request<OctoBody>) -> Result<Answer, TransportError> {
        let (parts, body) = request.into_parts();
        let url = self.absolute(&parts.uri)?;
        let host = url.host().unwrap_or_default().to_owned();
        let body = body
            .collect()
            .await
            .map_err(|error| TransportError::NotSent { host, why: error.to_string() })?
            .to_bytes();
        let mut headers = parts.headers;
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static(concat!("tokenward/", env!("CARGO_PKG_VERSION"))),
        );
        // hyper and reqwest set the length themselves, and octocrab's `0` on a GET is noise.
        headers.remove(header::CONTENT_LENGTH);
        // An Enterprise Server can be inside a private network.
        let public = url.host().is_some_and(is_public);
        let request = Request {
            method: parts.method,
            url,
            headers,
            body: Zeroizing::new(body.to_vec()),
            public,
            file: false,
        };
        self.transport.send(request).await
    }
}

impl Service<http::Request<OctoBody>> for Bridge {
    type Response = http::Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<OctoBody>) -> Self::Future {
        let bridge = self.clone();
        async move {
            let outcome = bridge.carry(request).await;
            let mut response = http::Response::new(Full::new(Bytes::new()));
            response
                .extensions_mut()
                .insert(Outcome(Arc::new(std::sync::Mutex::new(Some(outcome)))));
            Ok(response)
        }
        .boxed()
    }
}
