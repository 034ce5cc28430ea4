//! Archives that are written in letters, such as the base64 of a gzip: finds where one begins, and
//! turns it back into bytes. Opens nothing.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::letters::{from_base64, from_hex};
use super::packed_signs::Signs;

/// An archive that was written in letters.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// There were more than the limit allows: this one is not opened.
    OverLimit,
}

/// How the letters of an archive begin, in base64 (gzip, zip; bzip2, xz, zstd: whole bytes; in
/// both alphabets) and in hex of either case.
const BASE64: [&str; 7] = ["H4sI", "UEsDB", "QlpoO", "/Td6WFoA", "_Td6WFoA", "KLUv/", "KLUv_"];
const HEX: [&str; 4] = ["1f8b08", "1F8B08", "504b0304", "504B0304"];
/// Fewer letters than this hold no token.
const LEAST: usize = 64;
/// So many letters tell whether a sign is no chance, and are whole bytes.
const HEAD: usize = 64;
/// More in one run than this are not opened.
const MOST: usize = 16;
/// How many of `BASE64` are also recognized behind the first bytes of an archive.
const INSIDE: usize = 2;

static SIGNS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(BASE64.iter().chain(&HEX)).ok());

/// Passes on every archive that is written in letters.
pub(super) fn parcels(letters: &[u8], found: &mut Vec<Parcel>) {
    let Some(signs) = SIGNS.as_ref().filter(|_| letters.len() >= LEAST) else { return };
    // The letters from the first gzip or zip on have those behind it too, if whole groups of four
    // letters are between them. So a zip with many members is one archive.
    let mut is_inside = [false; 4];
    let mut most = MOST;
    for sign in signs.find_iter(letters) {
        let (kind, at) = (sign.pattern().as_usize(), sign.start());
        let bytes: Bytes = if kind < BASE64.len() { from_base64 } else { from_hex };
        let head = Signs::of(&bytes(&letters[at..letters.len().min(at + HEAD)]));
        if !head.is_empty() && !head.begin_surely() {
            continue;
        }
        if kind < INSIDE && std::mem::replace(&mut is_inside[at % 4], true) {
            continue;
        }
        if most == 0 {
            found.push(Parcel::OverLimit);
            break;
        }
        most -= 1;
        found.push(Parcel::Bytes(bytes(&letters[at..])));
    }
    // As zlib writes it, whose two bytes say too little anywhere else.
    if letters.starts_with(b"eJ") || letters.starts_with(b"eN") {
        found.push(Parcel::Bytes(from_base64(letters)));
    }
}

/// Turns letters back.
type Bytes = fn(&[u8]) -> Vec<u8>;
