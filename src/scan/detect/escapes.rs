//! Escapes of single bytes: percent signs, `\u`, `\x`, octal digits, HTML entities and
//! quoted-printable; and what stands for nothing: breaks of a line that goes on, and characters
//! without width. Turns them back, and says how those beside the bytes of tokens begin.

use std::ops::Range;

use super::folds::{self, TOKEN, Way};

/// The text with its escapes turned back, and for each byte (and the end) where it came from.
pub(super) fn unescape(text: &[u8], range: Range<usize>, way: Way) -> (Vec<u8>, Vec<usize>) {
    let (mut plain, mut places, mut at) =
        (Vec::with_capacity(range.len()), Vec::with_capacity(range.len() + 1), range.start);
    let turned = match way {
        Way::Usual => one,
        Way::QuotedPrintable => printable,
    };
    while at < range.end {
        if let Some(length) = folds::length(&text[at..range.end], way) {
            at += length;
            continue;
        }
        let (byte, length) = turned(&text[at..range.end]).unwrap_or((text[at], 1));
        plain.push(byte);
        places.push(at);
        at += length;
    }
    places.push(range.end.max(at));
    (plain, places)
}

/// HTML's names of what stands in tokens and in addresses. Source: the WHATWG's HTML standard,
/// "Named character references".
const NAMED: [(&[u8], u8); 8] = [
    (b"lowbar", b'_'),
    (b"UnderBar", b'_'),
    (b"period", b'.'),
    (b"plus", b'+'),
    (b"sol", b'/'),
    (b"equals", b'='),
    (b"colon", b':'),
    (b"commat", b'@'),
];

/// The byte that an escape stands for, and the escape's length.
fn one(text: &[u8]) -> Option<(u8, usize)> {
    let number = |digits: &[u8], base: u32| {
        let value = digits
            .iter()
            .try_fold(0_u32, |sum, digit| Some(sum * base + char::from(*digit).to_digit(base)?));
        value
            .filter(|_| !digits.is_empty())
            .and_then(|value| u8::try_from(value).ok())
            .filter(u8::is_ascii)
    };
    match text {
        [b'\\', high @ b'0'..=b'1', middle, low, ..] => {
            Some((number(&[*high, *middle, *low], 8)?, 4))
        }
        [b'%', high, low, ..] => Some((number(&[*high, *low], 16)?, 3)),
        [b'\\', b'x', high, low, ..] => Some((number(&[*high, *low], 16)?, 4)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => Some((number(&[*high, *low], 16)?, 6)),
        [b'\\', b'u', b'{', rest @ ..] => {
            let end = rest.iter().take(6).position(|b| *b == b'}')?;
            Some((number(&rest[..end], 16)?, end + 4))
        }
        [b'&', b'#', b'x' | b'X', rest @ ..] => {
            let end = rest.iter().take(6).position(|b| *b == b';')?;
            Some((number(&rest[..end], 16)?, end + 4))
        }
        [b'&', b'#', rest @ ..] => {
            let end = rest.iter().take(6).position(|b| *b == b';')?;
            Some((number(&rest[..end], 10)?, end + 3))
        }
        [b'&', rest @ ..] => {
            let (name, byte) = NAMED.iter().find(|(name, _)| {
                rest.strip_prefix(*name).is_some_and(|rest| rest.starts_with(b";"))
            })?;
            Some((*byte, name.len() + 2))
        }
        _ => None,
    }
}

/// The byte that two digits behind an equals sign stand for.
fn printable(text: &[u8]) -> Option<(u8, usize)> {
    let [b'=', high, low, ..] = text else { return None };
    let digit = |digit: &u8| char::from(*digit).to_digit(16);
    let byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
    byte.is_ascii().then_some((byte, 3))
}

/// How the escapes of the bytes that tokens are made of begin, each with what may follow it.
pub(super) fn beginnings() -> Vec<(Vec<u8>, Vec<u8>)> {
    let hex = b"0123456789abcdefABCDEF".to_vec();
    let mail = [&TOKEN[..], b"\"'<="].concat();
    let mail = ["=3d", "=2e", "=5f", "=2d", "=2b", "=2f"]
        .map(|mark| (mark.as_bytes().to_vec(), mail.clone()))
        .into_iter()
        .chain(
            (b'0'..=b'z')
                .filter(u8::is_ascii_alphanumeric)
                .map(|byte| (format!("={byte:02x}").into_bytes(), b"=".to_vec())),
        );
    let any = b"abcdefghijklmnopqrstuvwxyz0123456789_-.%&".to_vec();
    let percent = (b'0'..=b'z')
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| (format!("%{byte:02x}").into_bytes(), any.clone()));
    let marks = ["%2e", "%2d", "%5f"].map(|mark| (mark.as_bytes().to_vec(), any.clone()));
    let unicode = [b"\\u00".to_vec(), b"\\u{".to_vec()].map(|escape| (escape, hex.clone()));
    let bytes = (b'3'..=b'7').map(|digit| (vec![b'\\', b'x', digit], hex.clone()));
    let entities = (b'1'..=b'9').map(|digit| (vec![b'&', b'#', digit], b"0123456789;".to_vec()));
    let named = NAMED.map(|(name, _)| ([b"&", name, b";"].concat(), any.clone()));
    let octal =
        ["\\05", "\\06", "\\07", "\\10", "\\11", "\\12", "\\13", "\\14", "\\15", "\\16", "\\17"];
    let octal = octal.map(|digits| (digits.as_bytes().to_vec(), b"01234567".to_vec()));
    let all =
        percent.chain(marks).chain(unicode).chain(bytes).chain(entities).chain(named).chain(octal);
    all.chain([(b"&#x".to_vec(), hex.clone())]).chain(mail).chain(folds::beginnings()).collect()
}
