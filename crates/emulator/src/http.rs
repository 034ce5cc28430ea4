//! A request taken apart and an answer being put together, small enough to pass around.
//! Knows nothing of any service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, header};
use serde_json::Value;

/// A request with its path split and percent-decoded segment by segment, so that `%2F` stays inside
/// one.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    authority: Option<String>,
}

impl Request {
    pub(crate) fn from_http<B: AsRef<[u8]>>(request: http::Request<B>) -> Self {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let segments = path.split('/').skip(1).map(|s| percent_decode(s, false)).collect();
        let query = parts.uri.query().unwrap_or_default();
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(split_pair).collect();
        let authority = match (parts.uri.scheme_str(), parts.uri.authority()) {
            (Some(scheme), Some(authority)) => Some(format!("{scheme}://{authority}")),
            _ => None,
        };
        Self {
            target: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            method: parts.method,
            headers: parts.headers,
            body: body.as_ref().to_vec(),
            segments,
            query,
            authority,
        }
    }

    pub(crate) fn path(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The path as sent, without the query.
    pub(crate) fn raw_path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn query_number(&self, name: &str, or: usize) -> usize {
        self.query(name).and_then(|n| n.parse().ok()).unwrap_or(or)
    }

    /// The query with `page` replaced, for links to other pages.
    pub(crate) fn query_with_page(&self, page: usize) -> String {
        let others = self.query.iter().filter(|(key, _)| key != "page");
        let mut pairs: Vec<String> =
            others.map(|(k, v)| format!("{k}={}", percent_encode(v))).collect();
        pairs.push(format!("page={page}"));
        pairs.join("&")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
        known.then(|| token.trim())
    }

    /// User and password of HTTP Basic.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let (scheme, blob) = self.header("authorization")?.split_once(' ')?;
        let pair = String::from_utf8(STANDARD.decode(blob.trim()).ok()?).ok()?;
        let (user, password) = pair.split_once(':')?;
        scheme.eq_ignore_ascii_case("basic").then(|| (user.to_owned(), password.to_owned()))
    }

    /// The fields of a form, of whichever of the two kinds the request says it is.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        let kind = self.header("content-type").unwrap_or_default();
        let body = String::from_utf8_lossy(&self.body);
        if let Some((_, boundary)) = kind.split_once("boundary=") {
            let parts = body
                .split(&format!("--{}", boundary.trim_matches('"')))
                .map(str::to_owned)
                .collect::<Vec<_>>();
            return parts.iter().filter_map(|part| form_part(part)).collect();
        }
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Vec::new();
        }
        body.split('&').filter(|pair| !pair.is_empty()).map(split_pair).collect()
    }

    /// One field of a form.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        self.form().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn is_read(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// The host the client asked, as it named it.
    pub(crate) fn host(&self) -> &str {
        let authority = self.authority.as_deref().and_then(|authority| authority.split_once("://"));
        authority.map(|(_, host)| host).or_else(|| self.header("host")).unwrap_or_default()
    }

    /// Where the client reached us, so that links in answers lead back here.
    pub(crate) fn base(&self) -> String {
        if let Some(authority) = &self.authority {
            return authority.clone();
        }
        self.header("host")
            .map_or_else(|| "https://api.github.com".to_owned(), |host| format!("http://{host}"))
    }
}

fn form_part(part: &str) -> Option<(String, String)> {
    let (head, body) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
    let name = head.split_once("name=\"")?.1.split_once('"')?.0;
    Some((name.to_owned(), body.strip_suffix("\r\n")?.to_owned()))
}

fn split_pair(pair: &str) -> (String, String) {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    (percent_decode(key, true), percent_decode(value, true))
}

fn percent_decode(text: &str, plus_is_space: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], escaped) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
                continue;
            }
            (b'+', _) if plus_is_space => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

pub(crate) fn percent_encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// An answer on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string().into_bytes() }
            .with("content-type", "application/json; charset=utf-8")
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
            .with("content-type", content_type)
    }

    /// Sets a header, replacing an earlier one of that name.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn into_http(self) -> http::Response<Vec<u8>> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = http::StatusCode::from_u16(self.status)
            .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = header::HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
