//! A request without its credential: address, query, headers and body are still separate. Contains
//! nothing secret; `auth` turns it into a [`super::Request`].

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::{Map, Value};

use super::USER_AGENT;

/// The body of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// One JSON value.
    Json(Value),
    /// Form fields, in order.
    Form(Vec<(String, String)>),
    /// Form fields, in order, as `multipart/form-data`.
    Multipart(Vec<(String, String)>),
}

impl Body {
    /// Adds one field. A body that is neither an object nor a form cannot take one, and says so
    /// with `false`.
    pub(super) fn put(&mut self, field: &str, value: String) -> bool {
        match self {
            Self::Form(fields) | Self::Multipart(fields) => fields.push((field.to_owned(), value)),
            Self::Json(Value::Object(object)) => {
                object.insert(field.to_owned(), Value::String(value));
            }
            Self::None => {
                *self = Self::Json(Value::Object(Map::from_iter([(
                    field.to_owned(),
                    Value::String(value),
                )])))
            }
            Self::Json(_) => return false,
        }
        true
    }
}

/// A request without its credential.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The method.
    pub method: Method,
    /// Scheme, host and path, already encoded; no query.
    pub url: String,
    /// The query, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Headers that are no secret.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

impl Draft {
    /// A draft with the headers `Accept: application/json` and `User-Agent`.
    #[must_use]
    pub fn new(method: Method, url: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        Self { method, url, query: Vec::new(), headers, body: Body::None }
    }

    /// Sets a header that is no secret, in place of one of the same name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}
