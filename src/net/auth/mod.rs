//! Puts a credential into the place its provider wants it: a header, the query or the body. Never a
//! path: paths get logged. Beside GitHub's client the only folder of this module that may look at a
//! value; what it hands out is a request whose `Debug` does not show it, or another `Secret`.

mod azure;
mod claims;
mod credential;
mod derive;
mod ends;
mod form;
mod sigv4;
mod vault;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Uri, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::transport::Request;
use super::unsigned::{Body, Draft};
use crate::domain::Timestamp;

pub use credential::Credential;
pub use derive::ses_smtp_password;
pub use ends::ends;
pub use form::{Form, form, shapes};
pub use vault::Vault;

/// Everything but the unreserved characters of RFC 3986 is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Text as it may stand between two `/` of a path, or in a query.
#[must_use]
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A piece of a [`Pattern`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// The whole value.
    Value,
    /// One part of the value: a named group of its shape.
    Part(String),
}

/// What is put into one place: text around the value or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(pub Vec<Piece>);

/// One place a provider wants (a part of) the value in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `Authorization: Bearer …`.
    Bearer(Pattern),
    /// `Authorization: Basic …`.
    Basic {
        /// What stands before the colon.
        user: Pattern,
        /// What stands after it.
        password: Pattern,
    },
    /// A header of its own.
    Header(HeaderName, Pattern),
    /// A query parameter. Such an address is never logged with its query.
    Query(String, Pattern),
    /// A field of the JSON or form body.
    Body(String, Pattern),
    /// AWS Signature Version 4.
    SigV4 {
        /// The access key's id.
        access_key: Pattern,
        /// Its secret.
        secret: Pattern,
        /// The session token of temporary credentials; left out where the value has not got that
        /// part.
        session: Option<Pattern>,
        /// The service's signing name.
        service: String,
        /// The signing region.
        region: String,
    },
    /// The signature of Azure Communication Services.
    AzureHmac(Pattern),
}

impl Place {
    /// Whether it signs, so that the time matters and all other parts of the request must be final.
    #[must_use]
    pub fn signs(&self) -> bool {
        matches!(self, Self::SigV4 { .. } | Self::AzureHmac(_))
    }
}

/// Why a value cannot be sent. Reveals nothing of the value except its form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The value is empty.
    #[error("the value is empty")]
    Empty,
    /// A line break, a space at its end, or another character that headers do not allow.
    #[error(
        "the value contains a character that is not allowed in a header; does it end with a line break?"
    )]
    Unsendable,
    /// The value does not have the part that is sent.
    #[error("the value does not have the form of this provider's tokens: it has no part `{0}`")]
    NoPart(String),
    /// The path would contain the value.
    #[error("the request would contain the value in its path")]
    InPath,
    /// The address or the body cannot be built.
    #[error("the request cannot be built: {0}")]
    Broken(&'static str),
}

/// Puts the credential into all given places and builds the request. `now` is the time in
/// signatures.
///
/// # Errors
/// If the value cannot be put there, or would be part of the path.
pub fn sign(
    mut draft: Draft,
    places: &[Place],
    credential: &Credential<'_>,
    now: Timestamp,
) -> Result<Request, SignError> {
    if credential.is_empty() {
        return Err(SignError::Empty);
    }
    let mut signed = Vec::new();
    for place in places {
        match place {
            Place::Bearer(pattern) => signed
                .push((header::AUTHORIZATION, prefixed("Bearer ", &credential.fill(pattern)?)?)),
            Place::Basic { user, password } => {
                let (user, password) = (credential.fill(user)?, credential.fill(password)?);
                signed.push((header::AUTHORIZATION, basic(&user, &password)?));
            }
            Place::Header(name, pattern) => {
                signed.push((name.clone(), prefixed("", &credential.fill(pattern)?)?))
            }
            Place::Query(name, pattern) => {
                draft.query.push((name.clone(), credential.fill(pattern)?.to_string()))
            }
            Place::Body(field, pattern) => {
                let value = credential.fill(pattern)?.to_string();
                if !draft.body.put(field, value) {
                    return Err(SignError::Broken("a field cannot be added to its body"));
                }
            }
            Place::SigV4 { .. } | Place::AzureHmac(_) => {}
        }
    }
    let mut request = unsigned(draft)?;
    if credential.is_in(|value| shows(request.url.path(), value)) {
        return Err(SignError::InPath);
    }
    for (name, value) in signed {
        request.headers.insert(name, value);
    }
    for place in places {
        add_signature(&mut request, place, credential, now)?;
    }
    Ok(request)
}

/// Signs a request that is final except for its signature, if this place is a signature.
fn add_signature(
    request: &mut Request,
    place: &Place,
    credential: &Credential<'_>,
    now: Timestamp,
) -> Result<(), SignError> {
    match place {
        Place::SigV4 { access_key, secret, session, service, region } => {
            let (access_key, secret) = (credential.fill(access_key)?, credential.fill(secret)?);
            let session = match session.as_ref().map(|session| credential.fill(session)) {
                None | Some(Err(SignError::NoPart(_))) => None,
                Some(session) => Some(session?),
            };
            let keys = sigv4::Keys {
                access_key: &access_key,
                secret: &secret,
                session: session.as_ref().map(|text| text.as_str()),
            };
            sigv4::sign(request, &keys, service, region, now)
        }
        Place::AzureHmac(key) => azure::sign(request, &credential.fill(key)?, now),
        _ => Ok(()),
    }
}

/// The request of a draft, as it is.
fn unsigned(draft: Draft) -> Result<Request, SignError> {
    let mut address = Zeroizing::new(draft.url);
    for (index, (name, value)) in draft.query.iter().enumerate() {
        address.push(if index == 0 { '?' } else { '&' });
        address.push_str(&pair(name, value));
    }
    let url = address.parse::<Uri>().map_err(|_| SignError::Broken("its address is invalid"))?;
    let mut request = Request::new(draft.method, url);
    request.headers = draft.headers;
    match draft.body {
        Body::None => {}
        Body::Json(value) => {
            // Some providers have a media type of their own for JSON.
            let own = request.headers.get(header::CONTENT_TYPE).cloned();
            request = request.json(&value);
            if let Some(kind) = own {
                request.headers.insert(header::CONTENT_TYPE, kind);
            }
        }
        Body::Form(fields) => {
            let encoded: Vec<_> = fields.iter().map(|(name, value)| pair(name, value)).collect();
            request.headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            );
            request.body = Zeroizing::new(encoded.join("&").into_bytes());
        }
        Body::Multipart(fields) => {
            request.body = multipart(&fields)
                .ok_or(SignError::Broken("its form cannot contain one of the fields"))?;
            request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MULTIPART));
        }
    }
    Ok(request)
}

const BOUNDARY: &str = "--tokenward-7d1f0c3a94e2";
const MULTIPART: &str = "multipart/form-data; boundary=tokenward-7d1f0c3a94e2";

/// Fields as RFC 7578 wants them; `None` where one would end its part early.
fn multipart(fields: &[(String, String)]) -> Option<Zeroizing<Vec<u8>>> {
    let mut body = Zeroizing::new(Vec::new());
    for (name, value) in fields {
        if name.contains(['"', '\r', '\n']) || value.contains(BOUNDARY) {
            return None;
        }
        body.extend_from_slice(
            format!("{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n")
                .as_bytes(),
        );
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("{BOUNDARY}--\r\n").as_bytes());
    Some(body)
}

fn pair(name: &str, value: &str) -> String {
    format!("{}={}", encoded(name), encoded(value))
}

fn basic(user: &str, password: &str) -> Result<HeaderValue, SignError> {
    let pair = Zeroizing::new(format!("{user}:{password}"));
    prefixed("Basic ", &Zeroizing::new(STANDARD.encode(pair.as_bytes())))
}

fn prefixed(scheme: &str, text: &str) -> Result<HeaderValue, SignError> {
    // `HeaderValue` lets tabs and outer spaces pass, which servers then trim: the value sent would
    // not be the value held.
    if text.is_empty() || text.trim() != text || text.contains('\t') {
        return Err(SignError::Unsendable);
    }
    let whole = Zeroizing::new(format!("{scheme}{text}"));
    let mut value = HeaderValue::from_str(&whole).map_err(|_| SignError::Unsendable)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Very short values are not looked for: they would be found in any path.
fn shows(path: &str, value: &str) -> bool {
    value.len() >= 8 && (path.contains(value) || path.contains(&encoded(value)))
}

#[cfg(test)]
mod tests;
