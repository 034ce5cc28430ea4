//! Texts in which a value is written with another alphabet: base64, base32, base16 with or without
//! separators, lists of numbers, base58, Ascii85 and its relatives. A run may begin anywhere in
//! what was encoded, so each is read from every offset.

use zeroize::Zeroizing;

use super::{as_text, radix};

/// A shorter run holds no piece of a value.
const SHORTEST_RUN: usize = 8;

/// Every way in which a run of the text, or the text without its white space, can be decoded.
pub(super) fn read(text: &str) -> Vec<Zeroizing<String>> {
    let joined: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !is_gap(*c)).collect());
    let mut readings = Vec::new();
    for text in [text, joined.as_str()] {
        let base64 = |byte: u8| match byte {
            b'A'..=b'Z' => Some(byte - b'A'),
            b'a'..=b'z' => Some(byte - b'a' + 26),
            b'0'..=b'9' => Some(byte - b'0' + 52),
            b'+' | b'-' => Some(62),
            b'/' | b'_' => Some(63),
            _ => None,
        };
        readings.extend(decoded(text, base64, 6));
        let base32 = |byte: u8| match byte.to_ascii_uppercase() {
            upper @ b'A'..=b'Z' => Some(upper - b'A'),
            b'2'..=b'7' => Some(byte - b'2' + 26),
            _ => None,
        };
        readings.extend(decoded(text, base32, 5));
        let base32_hex = |byte: u8| match byte.to_ascii_uppercase() {
            digit @ b'0'..=b'9' => Some(digit - b'0'),
            upper @ b'A'..=b'V' => Some(upper - b'A' + 10),
            _ => None,
        };
        readings.extend(decoded(text, base32_hex, 5));
        readings.extend(words(text).filter_map(radix::base58).filter_map(|bytes| as_text(&bytes)));
        readings.extend(words(text).flat_map(radix::base85).filter_map(|bytes| as_text(&bytes)));
    }
    readings.extend(hex(text));
    for base in [2, 8, 10, 16] {
        readings.extend(numbers(text, base));
    }
    readings
}

/// What separates pieces of one run: white space, and what is invisible.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || crate::domain::text::is_hidden(c)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let trimmed =
        text.split(is_gap).map(|word| word.trim_start_matches("<~").trim_end_matches("~>"));
    trimmed
        .flat_map(|word| [word, word.trim_matches(|c: char| c.is_ascii_punctuation())])
        .filter(|word| word.len() >= SHORTEST_RUN)
}

/// Every run of an alphabet whose letters are worth `bits` each.
fn decoded(text: &str, worth: impl Fn(u8) -> Option<u8>, bits: usize) -> Vec<Zeroizing<String>> {
    let mut readings = Vec::new();
    let mut run: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::new());
    for byte in text.bytes().chain([0]) {
        if let Some(value) = worth(byte) {
            run.push(value);
            continue;
        }
        if run.len() >= SHORTEST_RUN {
            // After so many letters, letters and bytes meet again.
            let period = if bits == 6 { 4 } else { 8 };
            readings.extend(
                (0..period).filter_map(|offset| as_text(&packed(run.get(offset..)?, bits))),
            );
        }
        run.clear();
    }
    readings
}

fn packed(values: &[u8], bits: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(values.len()));
    let (mut held, mut count) = (0_u32, 0);
    for value in values {
        held = (held << bits | u32::from(*value)) & 0xffff;
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(held >> count & 0xff).unwrap_or_default());
        }
    }
    bytes
}

/// Hexadecimal digits, whatever stands between them (`53:47`, `0x53, 0x47`, `53-47`), from both
/// offsets.
fn hex(text: &str) -> Vec<Zeroizing<String>> {
    let text = text.replace("0x", " ").replace("\\x", " ");
    let mut readings = Vec::new();
    let mut run: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::new());
    for c in text.chars().chain(['z']) {
        match c.to_digit(16) {
            Some(digit) => run.push(u8::try_from(digit).unwrap_or_default()),
            None if !c.is_alphanumeric() => {}
            None => {
                if run.len() >= SHORTEST_RUN {
                    readings.extend(
                        (0..2).filter_map(|offset| as_text(&packed(run.get(offset..)?, 4))),
                    );
                }
                run.clear();
            }
        }
    }
    readings
}

/// A list of numbers, each a character: `83 71 46`, `[83, 71, 46]`, `123 107 56`, `01010011
/// 01000111`.
fn numbers(text: &str, base: u32) -> Option<Zeroizing<String>> {
    let numbers = text.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|word| {
        let word = word
            .strip_prefix("0x")
            .or_else(|| word.strip_prefix("0b"))
            .or_else(|| word.strip_prefix("0o"))
            .unwrap_or(word);
        u8::from_str_radix(word, base).ok().filter(|byte| *byte >= 32)
    });
    let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(numbers.collect());
    (bytes.len() >= SHORTEST_RUN).then(|| as_text(&bytes)).flatten()
}
