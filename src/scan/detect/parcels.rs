//! Archives that are written in letters, such as the base64 of a gzip: finds where one begins, and
//! turns it back into bytes. Opens nothing.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::letters::{from_base64, from_hex};
use super::packed_signs::Signs;

/// An archive as the bytes it is.
pub(crate) type Parcel = Vec<u8>;

/// How the letters of an archive begin, in base64 (gzip, zip, bzip2, xz, zstd: whole bytes) and in
/// hex of either case.
const BASE64: [&str; 5] = ["H4sI", "UEsDB", "QlpoO", "/Td6WFoA", "KLUv/"];
const HEX: [&str; 4] = ["1f8b08", "1F8B08", "504b0304", "504B0304"];
/// Fewer letters than this hold no token.
const LEAST: usize = 64;
/// So many letters tell whether a sign is no chance, and are whole bytes.
const HEAD: usize = 64;
/// More in one run than this are not opened.
const MOST: usize = 16;

static SIGNS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(BASE64.iter().chain(&HEX)).ok());

/// Tells of every archive that letters say.
pub(super) fn parcels(letters: &[u8], found: &mut Vec<Parcel>) {
    let Some(signs) = SIGNS.as_ref().filter(|_| letters.len() >= LEAST) else { return };
    let signs = signs.find_iter(letters).map(|sign| {
        let is_base64 = sign.pattern().as_usize() < BASE64.len();
        (&letters[sign.start()..], if is_base64 { from_base64 as Bytes } else { from_hex })
    });
    let is_sure = |(rest, bytes): &(&[u8], Bytes)| {
        let head = Signs::of(&bytes(&rest[..rest.len().min(HEAD)]));
        head.is_empty() || head.begin_surely()
    };
    found.extend(signs.filter(is_sure).take(MOST).map(|(rest, bytes)| bytes(rest)));
    // As zlib writes it, whose two bytes say too little anywhere else.
    if letters.starts_with(b"eJ") || letters.starts_with(b"eN") {
        found.push(from_base64(letters));
    }
}

/// Turns letters back.
type Bytes = fn(&[u8]) -> Vec<u8>;
