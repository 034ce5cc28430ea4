//! The log of every request the emulator saw, for tests to count and order.
//! It must not keep header values or bodies: those carry tokens.

use crate::Service;
use jiff::Timestamp;

/// One request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The service it was sent to.
    pub service: Service,
    /// `GET`, `PUT`, ...
    pub method: String,
    /// Path and query, still percent-encoded.
    pub path: String,
    /// The status answered, or 0 where the connection was refused, cut or left hanging.
    pub status: u16,
    /// Virtual time of arrival.
    pub at: Timestamp,
    /// Names of the headers sent, lower case, never their values.
    pub request_headers_seen: Vec<String>,
    /// Position since the start or the last [`crate::Emulator::clear_requests`], from 1.
    pub number: usize,
}
