//! Puts a credential into the place its platform wants it: a header, the query or the body. Never a path: paths get logged.
//! Beside GitHub's client the only file of this room that may look at a value; what it hands out is a request whose
//! `Debug` does not show it.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Uri, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex_automata::{Anchored, Input, meta::Regex};
use zeroize::Zeroizing;

use super::draft::{Body, Draft};
use super::exchange::Request;
use super::scrub;
use crate::domain::Secret;

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

/// One place a platform wants (a part of) the value in.
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
}

/// Why a value cannot be sent. It says nothing of the value but its form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The value is empty.
    #[error("the value is empty")]
    Empty,
    /// A line break, a space at its end, or something else that no header takes.
    #[error("the value has a character that no header can carry (a line break at its end?)")]
    Unsendable,
    /// The value has not got the part that is sent.
    #[error("the value is not of the form its platform gives, so its part `{0}` cannot be sent")]
    NoPart(String),
    /// The address would show the value in its path.
    #[error("the address would show the value in its path")]
    InPath,
    /// The address or the body cannot be built.
    #[error("the request cannot be built: {0}")]
    Broken(&'static str),
}

/// A value, and where the parts of it are.
#[derive(Clone)]
pub struct Credential<'a> {
    value: &'a Secret,
    parts: BTreeMap<String, Range<usize>>,
}

impl<'a> Credential<'a> {
    /// A value of whose parts nothing is known.
    #[must_use]
    pub fn opaque(value: &'a Secret) -> Self {
        Self { value, parts: BTreeMap::new() }
    }

    /// A value that has this shape from its first to its last character; `None` where it has not.
    #[must_use]
    pub fn shaped(value: &'a Secret, shape: &Regex) -> Option<Self> {
        let text = value.expose();
        let mut captures = shape.create_captures();
        shape.search_captures(&Input::new(text).anchored(Anchored::Yes), &mut captures);
        let whole = captures.get_match()?;
        if whole.end() != text.len() {
            return None;
        }
        let names = shape.group_info().pattern_names(whole.pattern());
        let parts = names.enumerate().filter_map(|(index, name)| Some((name?.to_owned(), captures.get_group(index)?.range()))).collect();
        Some(Self { value, parts })
    }

    /// A part that its shape says is no secret, such as a key's id. The caller has to know that it is none.
    #[must_use]
    pub fn public_part(&self, name: &str) -> Option<String> {
        self.value.expose().get(self.parts.get(name)?.clone()).map(str::to_owned)
    }

    /// Foreign text without the value in it.
    #[must_use]
    pub fn scrubbed(&self, text: &str) -> String {
        scrub::without(text, self.value.expose())
    }

    fn fill(&self, pattern: &Pattern) -> Result<Zeroizing<String>, Misfit> {
        let mut text = Zeroizing::new(String::new());
        for piece in &pattern.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Value => text.push_str(self.value.expose()),
                Piece::Part(name) => {
                    let range = self.parts.get(name).ok_or_else(|| Misfit::NoPart(name.clone()))?;
                    text.push_str(self.value.expose().get(range.clone()).unwrap_or_default());
                }
            }
        }
        Ok(text)
    }
}

/// Puts the credential into every place given, and makes the request.
///
/// # Errors
/// When the value cannot stand there, or would stand in the path.
pub fn sign(mut draft: Draft, places: &[Place], credential: &Credential<'_>) -> Result<Request, Misfit> {
    if credential.value.is_empty() {
        return Err(Misfit::Empty);
    }
    let mut signed = Vec::new();
    for place in places {
        match place {
            Place::Bearer(pattern) => signed.push((header::AUTHORIZATION, prefixed("Bearer ", &credential.fill(pattern)?)?)),
            Place::Basic { user, password } => {
                let pair = Zeroizing::new(format!("{}:{}", *credential.fill(user)?, *credential.fill(password)?));
                signed.push((header::AUTHORIZATION, prefixed("Basic ", &Zeroizing::new(STANDARD.encode(pair.as_bytes())))?));
            }
            Place::Header(name, pattern) => signed.push((name.clone(), prefixed("", &credential.fill(pattern)?)?)),
            Place::Query(name, pattern) => draft.query.push((name.clone(), credential.fill(pattern)?.to_string())),
            Place::Body(field, pattern) => {
                let value = credential.fill(pattern)?.to_string();
                if !draft.body.put(field, value) {
                    return Err(Misfit::Broken("its body cannot take a field"));
                }
            }
        }
    }
    let mut request = unsigned(draft)?;
    if shows(request.url.path(), credential.value.expose()) {
        return Err(Misfit::InPath);
    }
    for (name, value) in signed {
        request.headers.insert(name, value);
    }
    Ok(request)
}

/// The request of a draft, as it is.
fn unsigned(draft: Draft) -> Result<Request, Misfit> {
    let mut address = Zeroizing::new(draft.url);
    for (index, (name, value)) in draft.query.iter().enumerate() {
        address.push(if index == 0 { '?' } else { '&' });
        address.push_str(&pair(name, value));
    }
    let url = address.parse::<Uri>().map_err(|_| Misfit::Broken("its address is not one"))?;
    let mut request = Request::new(draft.method, url);
    request.headers = draft.headers;
    match draft.body {
        Body::None => {}
        Body::Json(value) => {
            // Some platforms have a media type of their own for JSON.
            let own = request.headers.get(header::CONTENT_TYPE).cloned();
            request = request.json(&value);
            if let Some(kind) = own {
                request.headers.insert(header::CONTENT_TYPE, kind);
            }
        }
        Body::Form(fields) => {
            let encoded: Vec<_> = fields.iter().map(|(name, value)| pair(name, value)).collect();
            request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            request.body = Zeroizing::new(encoded.join("&").into_bytes());
        }
        Body::Multipart(fields) => {
            request.body = multipart(&fields).ok_or(Misfit::Broken("its form cannot carry a field"))?;
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
        body.extend_from_slice(format!("{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("{BOUNDARY}--\r\n").as_bytes());
    Some(body)
}

fn pair(name: &str, value: &str) -> String {
    format!("{}={}", encoded(name), encoded(value))
}

fn prefixed(scheme: &str, text: &str) -> Result<HeaderValue, Misfit> {
    // `HeaderValue` lets tabs and outer spaces pass, which servers then trim: the value sent would not be the value held.
    if text.is_empty() || text.trim() != text || text.contains('\t') {
        return Err(Misfit::Unsendable);
    }
    let whole = Zeroizing::new(format!("{scheme}{text}"));
    let mut value = HeaderValue::from_str(&whole).map_err(|_| Misfit::Unsendable)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Very short values are not looked for: they would be found in any path.
fn shows(path: &str, value: &str) -> bool {
    value.len() >= 8 && (path.contains(value) || path.contains(&encoded(value)))
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
