//! The service that octocrab sends its requests with: our transport, so that there is one HTTP
//! client, one set of limits and one emulator. It adds no layer, so nothing repeats a request.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderValue, StatusCode, Uri, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use octocrab::OctoBody;
use tower_service::Service;
use zeroize::Zeroizing;

use super::client::GRAPHQL;
use super::error::GitHubError;
use super::place::is_public;
use crate::domain::text::sanitize;
use crate::net::{Answer, Request, Transport, TransportError};

/// Our transport as a tower service, for one API.
#[derive(Clone)]
pub(super) struct TransportService {
    transport: Arc<dyn Transport>,
    base: Uri,
}

impl TransportService {
    pub(super) fn new(transport: Arc<dyn Transport>, base: Uri) -> Self {
        Self { transport, base }
    }

    /// The whole address of a path under the API's base (`/api/v3` on an Enterprise Server).
    fn absolute(&self, path: &Uri) -> Result<Uri, TransportError> {
        let prefix = self.base.path().trim_end_matches('/');
        let tail = path.path_and_query().map_or("/", |path| path.as_str());
        // The one address beside it: an Enterprise Server has `/api/v3` and `/api/graphql`.
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

    async fn send(self, request: http::Request<OctoBody>) -> Result<Answer, TransportError> {
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
        // An Enterprise Server may well be inside a network.
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

impl Service<http::Request<OctoBody>> for TransportService {
    type Response = http::Response<Full<Bytes>>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Self::Response, TransportError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<OctoBody>) -> Self::Future {
        let service = self.clone();
        async move { response(service.send(request).await?) }.boxed()
    }
}

/// An answer as octocrab gets it. The body is wiped when the last of it is dropped.
fn response(answer: Answer) -> Result<http::Response<Full<Bytes>>, TransportError> {
    let status = StatusCode::from_u16(answer.status).map_err(|error| TransportError::NoAnswer {
        host: "GitHub".to_owned(),
        why: error.to_string(),
    })?;
    let mut response = http::Response::new(Full::new(Bytes::from_owner(answer.body)));
    *response.status_mut() = status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// The answer in octocrab's response, or why there is none.
pub(super) async fn answer(
    response: Result<http::Response<BoxBody<Bytes, octocrab::Error>>, octocrab::Error>,
) -> Result<Answer, GitHubError> {
    let (parts, body) = response.map_err(failure)?.into_parts();
    let body = body.collect().await.map_err(failure)?.to_bytes();
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: Zeroizing::new(body.to_vec()),
    })
}

/// What octocrab's error came from. Of an error that is not the transport's, nobody knows whether
/// the request was sent.
fn failure(error: octocrab::Error) -> GitHubError {
    if let octocrab::Error::Service { source, .. } = &error
        && let Some(failure) = source.downcast_ref::<TransportError>()
    {
        return GitHubError::from_failure(failure);
    }
    GitHubError::Silent { why: sanitize(&error.to_string()), without_effect: false }
}
