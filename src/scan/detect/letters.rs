//! Decodes runs of letters as base64 and hex from any offset: a letter before the encoded text
//! shifts the rest, so each letter of a group may be the first. Most runs encode nothing; only
//! parts that decode to text are returned, with the bytes around them.

use std::ops::Range;

/// So many bytes of text in a row are worth a look. Random bytes have them once in ninety thousand
/// places.
const WORTH: usize = 12;
/// So many bytes before and behind them are read as well: more than count around a value.
const AROUND: usize = 768;
/// The longest part that is turned back at once.
const LONGEST: usize = 1 << 20;
/// How much of it is turned back once more with what follows: more than any token is long.
const OVERLAP: usize = 1 << 13;

/// How bytes are written in letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Base64,
    Hex,
}

impl Code {
    /// How many letters are one group, and how many bytes they say.
    fn group(self) -> (usize, usize) {
        match self {
            Self::Base64 => (4, 3),
            Self::Hex => (2, 1),
        }
    }
}

/// What a part of the letters says.
pub(crate) struct Said {
    pub(crate) bytes: Vec<u8>,
    /// The first letter of it.
    first: usize,
    code: Code,
}

impl Said {
    /// The letters that say these bytes.
    pub(crate) fn letters(&self, bytes: &Range<usize>) -> Range<usize> {
        let (letters, said) = self.code.group();
        self.first + bytes.start * letters / said..self.first + (bytes.end * letters).div_ceil(said)
    }
}

/// Tells of all that letters of either alphabet say.
pub(crate) fn said(letters: &[u8], found: &mut dyn FnMut(&Said)) {
    for first in 0..4 {
        let Some(rest) = letters.get(first..) else { return };
        let (quads, _) = rest.as_chunks::<4>();
        parts(quads.len(), 3, |quad| is_said(three(quads[quad])), &mut |part| {
            // The last letters may be fewer than four.
            let end = if part.end == quads.len() { rest.len() } else { 4 * part.end };
            found(&Said {
                bytes: from_base64(&rest[4 * part.start..end]),
                first: first + 4 * part.start,
                code: Code::Base64,
            });
        });
    }
    stretches(
        letters.len(),
        2 * WORTH,
        &|at: usize| letters[at].is_ascii_hexdigit(),
        &mut |digits| {
            for first in [digits.start, digits.start + 1] {
                let (pairs, _) = letters[first..digits.end].as_chunks::<2>();
                parts(pairs.len(), 1, |pair| is_said([byte(pairs[pair])]), &mut |part| {
                    let bytes = pairs[part.clone()].iter().map(|pair| byte(*pair)).collect();
                    found(&Said { bytes, first: first + 2 * part.start, code: Code::Hex });
                });
            }
        },
    );
}

/// Tells of the parts that are worth a look, of groups that each decode to this many bytes.
fn parts(
    groups: usize,
    bytes: usize,
    is_said: impl Fn(usize) -> bool,
    found: &mut dyn FnMut(Range<usize>),
) {
    let (around, longest, overlap) = (AROUND / bytes, LONGEST / bytes, OVERLAP / bytes);
    let mut open: Option<Range<usize>> = None;
    let mut tell = |part: Range<usize>| {
        let mut start = part.start;
        while part.end - start > longest {
            found(start..start + longest);
            start += longest - overlap;
        }
        found(start..part.end);
    };
    stretches(groups, WORTH / bytes, &is_said, &mut |worth| {
        let part = worth.start.saturating_sub(around)..groups.min(worth.end + around);
        match &mut open {
            Some(open) if part.start <= open.end => open.end = part.end,
            _ => {
                if let Some(ready) = open.replace(part) {
                    tell(ready);
                }
            }
        }
    });
    if let Some(ready) = open {
        tell(ready);
    }
}

/// Reports each stretch of at least this length whose bytes are of a kind. One byte in each such
/// length is looked at first: mostly it is of another kind.
fn stretches(
    all: usize,
    least: usize,
    is: &dyn Fn(usize) -> bool,
    found: &mut dyn FnMut(Range<usize>),
) {
    let (mut floor, mut probe) = (0, least - 1);
    while probe < all {
        if !is(probe) {
            floor = probe + 1;
            probe += least;
            continue;
        }
        let start = probe - (floor..probe).rev().take_while(|at| is(*at)).count();
        let end = probe + (probe..all).take_while(|at| is(*at)).count();
        if end - start >= least {
            found(start..end);
        }
        floor = end + 1;
        probe = end + least;
    }
}

/// Whether bytes are those of a text, also of one in letters of two or four bytes.
fn is_said<const N: usize>(bytes: [u8; N]) -> bool {
    bytes.iter().all(|byte| matches!(byte, 0 | b'\t' | b'\r' | b'\n' | b' '..=b'~'))
}

fn three(quad: [u8; 4]) -> [u8; 3] {
    let bits =
        quad.iter().fold(0, |bits, letter| bits << 6 | u32::from(NUMBERS[usize::from(*letter)]));
    let [_, three @ ..] = bits.to_be_bytes();
    three
}

/// The bytes that digits say, as far as they are any.
pub(super) fn from_hex(letters: &[u8]) -> Vec<u8> {
    let digits = letters.iter().take_while(|letter| letter.is_ascii_hexdigit()).count();
    letters[..digits].as_chunks::<2>().0.iter().map(|pair| byte(*pair)).collect()
}

pub(super) fn from_base64(letters: &[u8]) -> Vec<u8> {
    let (quads, rest) = letters.as_chunks::<4>();
    let mut bytes = Vec::with_capacity(letters.len() / 4 * 3 + 2);
    quads.iter().for_each(|quad| bytes.extend_from_slice(&three(*quad)));
    let mut last = [b'A'; 4];
    last[..rest.len()].copy_from_slice(rest);
    bytes.extend_from_slice(&three(last)[..rest.len() * 3 / 4]);
    bytes
}

/// By letter: its number in base64 of either alphabet.
const NUMBERS: [u8; 256] = {
    let (mut numbers, mut at) = ([0; 256], 0);
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    while at < alphabet.len() {
        numbers[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    (numbers[b'-' as usize], numbers[b'_' as usize]) = (62, 63);
    numbers
};

/// The byte that two digits say.
fn byte(pair: [u8; 2]) -> u8 {
    let digit =
        |letter: u8| if letter.is_ascii_digit() { letter & 0xf } else { (letter & 0xf) + 9 };
    digit(pair[0]) << 4 | digit(pair[1])
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn holds(letters: &str, text: &[u8]) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        said(letters.as_bytes(), &mut |said| {
            let at = said.bytes.windows(text.len()).position(|window| window == text);
            places.extend(at.map(|at| said.letters(&(at..at + text.len()))));
        });
        places
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn what_is_said_is_read_wherever_it_begins_and_behind_any_bytes() {
        let text = b"a key that is told";
        for before in 0..9 {
            for bytes in [&[][..], &[0], &[0xff; 20], &[1; 2000]] {
                let whole = [bytes, text, bytes].concat();
                let glue = "/".repeat(before);
                let padded = STANDARD.encode(&whole);
                let letters = padded.trim_end_matches('=');
                let place = before + bytes.len() * 4 / 3
                    ..before + ((bytes.len() + text.len()) * 4).div_ceil(3);
                assert_eq!(
                    holds(&format!("{glue}{letters}"), text),
                    std::slice::from_ref(&place),
                    "{before} {}",
                    bytes.len()
                );
                assert_eq!(
                    holds(&format!("{glue}{}abc", URL_SAFE_NO_PAD.encode(&whole)), text),
                    [place]
                );
                let place = before + 2 * bytes.len()..before + 2 * (bytes.len() + text.len());
                for digits in [hex(&whole), hex(&whole).to_uppercase()] {
                    assert_eq!(
                        holds(&format!("{}{digits}x", "a".repeat(before)), text),
                        std::slice::from_ref(&place),
                        "{before} {}",
                        bytes.len()
                    );
                }
            }
        }
    }

    #[test]
    fn what_says_nothing_is_not_turned_back() {
        for letters in [
            "-".repeat(80),
            "/".repeat(80),
            "f".repeat(64),
            "8".repeat(64),
            "src/some/long/path/to/a/file_of_a_name".to_owned(),
        ] {
            said(letters.as_bytes(), &mut |said| panic!("{letters}: {:?}", said.bytes));
        }
        // Of random bytes next to nothing.
        let (mut state, mut turned) = (7_u64, 0);
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as u8
        };
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..48).map(|_| random()).collect();
            said(STANDARD.encode(&bytes).as_bytes(), &mut |_| turned += 1);
            said(hex(&bytes).as_bytes(), &mut |_| turned += 1);
        }
        assert!(turned < 20, "{turned}");
    }

    #[test]
    fn a_long_part_is_turned_back_in_pieces_that_overlap() {
        let text = "a line of words, ".repeat(200_000);
        let (mut seen, mut end) = (0, 0);
        said(STANDARD.encode(&text).trim_end_matches('=').as_bytes(), &mut |said| {
            let letters = said.letters(&(0..said.bytes.len()));
            if said.bytes[..40].is_ascii() {
                assert!(said.bytes.len() <= LONGEST + 3 && (seen == 0 || letters.start < end));
                (seen, end) = (seen + 1, letters.end);
            }
        });
        assert!(seen > 3 && end == (text.len() * 4).div_ceil(3), "{seen} {end}");
    }
}
