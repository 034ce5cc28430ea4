//! The hashes that other scanners would write for a value.

use gix_hash::Kind;

use super::scanner::Scanner;
use super::xxh3::xxh3;

/// How GitGuardian calls the parts of a secret; each of them is hashed along with the value. A
/// secret of several parts is hashed as a whole, which cannot be computed from one.
const PARTS: [&str; 12] = [
    "apikey",
    "token",
    "password",
    "client_secret",
    "secret_key",
    "secret",
    "connection_uri",
    "connection_string",
    "private_key",
    "client_id",
    "username",
    "url",
];
/// Where kingfisher says that a text is from.
const ORIGINS: [&str; 3] = ["file", "git", "ext"];

/// All hashes of a value that stands between two offsets of its text.
pub(super) fn of_value(by: Scanner, value: &[u8], (start, end): (usize, usize)) -> Vec<Vec<u8>> {
    match by {
        Scanner::DetectSecrets => hash(Kind::Sha1, &[value]).into_iter().collect(),
        Scanner::Ggshield => PARTS.iter().filter_map(|part| ggshield(value, part)).collect(),
        Scanner::Kingfisher => ORIGINS
            .iter()
            .filter_map(|origin| {
                let (start, end) = (start as u64, end as u64);
                let parts = [value, origin.as_bytes(), &start.to_le_bytes(), &end.to_le_bytes()];
                Some(xxh3(&parts.concat())?.to_le_bytes().to_vec())
            })
            .collect(),
        Scanner::Gitleaks | Scanner::TruffleHog => Vec::new(),
    }
}

fn ggshield(value: &[u8], part: &str) -> Option<Vec<u8>> {
    hash(Kind::Sha256, &[value, b",", part.as_bytes()])
}

fn hash(kind: Kind, parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut hasher = gix_hash::hasher(kind);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.try_finalize().ok().map(|id| id.as_bytes().to_vec())
}

/// The bytes of a hash that is written in hex.
pub(super) fn from_hex(text: &str, length: usize) -> Option<Vec<u8>> {
    if text.len() != 2 * length || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = text.as_bytes().chunks(2).map(std::str::from_utf8);
    pairs.map(|pair| u8::from_str_radix(pair.ok()?, 16).ok()).collect()
}
