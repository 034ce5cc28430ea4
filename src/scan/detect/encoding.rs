//! Converts UTF-16 and UTF-32, with or without a byte order mark, to UTF-8 before matching; also
//! wide stretches in the middle of other text. Works piece by piece, so that a large file is never
//! in memory as a whole. Invalid pairs become U+FFFD, never an error.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

/// So many bytes tell how the rest is to be read, where no mark does.
const LOOKED_AT: usize = 256;
/// Fewer pairs of bytes tell nothing.
const FEWEST: usize = 8;

/// How the bytes of a text are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As they are.
    Plain,
    /// UTF-16, low byte first.
    Little,
    /// UTF-16, high byte first.
    Big,
    /// UTF-32, low byte first.
    Little32,
    /// UTF-32, high byte first.
    Big32,
}

impl Encoding {
    /// Looks at the first bytes.
    pub(crate) fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, 0, 0, ..] => Self::Little32,
            [0, 0, 0xfe, 0xff, ..] => Self::Big32,
            [0xff, 0xfe, ..] => Self::Little,
            [0xfe, 0xff, ..] => Self::Big,
            _ => Self::without_mark(&start[..start.len().min(LOOKED_AT)]),
        }
    }

    /// How many bytes a unit of it has.
    fn width(self) -> usize {
        match self {
            Self::Plain => 1,
            Self::Little | Self::Big => 2,
            Self::Little32 | Self::Big32 => 4,
        }
    }

    /// How much of a stretch that begins at a place of the whole text is read with it.
    pub(crate) fn reads(self, stretch: &Stretch, at: u64) -> Read {
        let (letter, is_cut, cut) = match self {
            Self::Plain => return Read::Nothing,
            Self::Little | Self::Little32 => (0, stretch.is_open.1, Read::ButLast),
            Self::Big => (1, stretch.is_open.0, Read::ButFirst),
            Self::Big32 => (3, stretch.is_open.0, Read::ButFirst),
        };
        if stretch.step != self.width() || at % stretch.step as u64 != letter {
            return Read::Nothing;
        }
        if is_cut { cut } else { Read::All }
    }

    /// Latin letters in UTF-16 have a NUL in every second place, and hardly any in the others.
    fn without_mark(start: &[u8]) -> Self {
        let pairs = start.len() / 2;
        if pairs < FEWEST || !start.contains(&0) {
            return Self::Plain;
        }
        let (fours, _) = start.as_chunks::<4>();
        if fours.iter().all(|four| matches!(four, [letter, 0, 0, 0] if *letter != 0)) {
            return Self::Little32;
        }
        if fours.iter().all(|four| matches!(four, [0, 0, 0, letter] if *letter != 0)) {
            return Self::Big32;
        }
        let nuls = |place: usize| start.iter().skip(place).step_by(2).filter(|b| **b == 0).count();
        match (nuls(0), nuls(1)) {
            (few, many) if many * 2 >= pairs && few * 16 <= pairs => Self::Little,
            (many, few) if many * 2 >= pairs && few * 16 <= pairs => Self::Big,
            _ => Self::Plain,
        }
    }
}

/// So many letters in a row make a wide stretch.
const WIDE: usize = 16;

/// How much of a wide stretch is read with the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Nothing,
    All,
    /// Its first letter is taken for one with the byte before it.
    ButFirst,
    /// Its last letter is taken for one with the byte behind it.
    ButLast,
}

/// A part of a text in which every second or fourth byte is a letter of one byte, and those between
/// are NULs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// From its first letter to its last.
    pub(crate) range: Range<usize>,
    pub(crate) step: usize,
    /// Whether no NULs stand before its first letter, and none behind its last. Where the low byte
    /// comes last, the first letter then is one of the text before; where it comes first, the last
    /// is one of the text behind.
    pub(crate) is_open: (bool, bool),
}

impl Stretch {
    /// Its letters.
    pub(crate) fn letters(&self, text: &[u8]) -> Vec<u8> {
        text[self.range.clone()].iter().step_by(self.step).copied().collect()
    }

    /// Where so many of its letters stand.
    pub(crate) fn place(&self, letters: &Range<usize>) -> Range<usize> {
        let last = letters.end.saturating_sub(1).max(letters.start);
        self.range.start + letters.start * self.step..self.range.start + last * self.step + 1
    }
}

/// Every wide stretch of a text, in order. A text without NULs has none, which is seen at once.
pub(super) fn stretches(text: &[u8], found: &mut dyn FnMut(Stretch)) {
    let mut at = 0;
    while let Some(nul) = text.get(at..).and_then(|rest| memchr(0, rest)).map(|nul| at + nul) {
        // The letter before a NUL is the first of a stretch, whichever byte of a unit comes first.
        let stretch = nul
            .checked_sub(1)
            .filter(|first| *first >= at.saturating_sub(1) && text[*first] != 0)
            .and_then(|first| {
                [2, 4].into_iter().find_map(|step| {
                    let is_next = |place: &usize| {
                        text.get(*place).is_some_and(|letter| *letter != 0)
                            && text[place + 1 - step..*place].iter().all(|byte| *byte == 0)
                    };
                    let more =
                        (1..).map(|number| first + number * step).take_while(is_next).count();
                    let end = first + more * step + 1;
                    let nuls = |range: Option<Range<usize>>| {
                        range
                            .and_then(|range| text.get(range))
                            .is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0))
                    };
                    let is_open = (
                        !nuls((first + 1).checked_sub(step).map(|before| before..first)),
                        !nuls(Some(end..end + step - 1)),
                    );
                    (more + 1 >= WIDE).then_some(Stretch { range: first..end, step, is_open })
                })
            });
        at = match stretch {
            Some(stretch) => {
                let end = stretch.range.end;
                found(stretch);
                end
            }
            None => {
                nul + text[nul..].iter().position(|byte| *byte != 0).unwrap_or(text.len() - nul)
            }
        };
    }
}

/// Whether a text has any.
pub(super) fn is_wide_in(text: &[u8]) -> bool {
    let mut any = false;
    stretches(text, &mut |_| any = true);
    any
}

/// A decoder that keeps what one piece leaves unfinished.
pub(crate) struct Decoder {
    encoding: Encoding,
    /// Bytes of a unit that is not whole yet, and how many.
    open: ([u8; 4], usize),
    high: Option<u16>,
}

impl Decoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self { encoding, open: ([0; 4], 0), high: None }
    }

    /// Decodes a piece onto the end of `text`.
    pub(crate) fn push(&mut self, piece: &[u8], text: &mut Vec<u8>) {
        let width = self.encoding.width();
        for &byte in piece {
            let (unit, filled) = &mut self.open;
            unit[*filled] = byte;
            *filled += 1;
            if *filled < width {
                continue;
            }
            let [a, b, c, d] = *unit;
            *filled = 0;
            match self.encoding {
                Encoding::Big => self.unit(u16::from_be_bytes([a, b]), text),
                Encoding::Little => self.unit(u16::from_le_bytes([a, b]), text),
                Encoding::Big32 => put(
                    char::from_u32(u32::from_be_bytes([a, b, c, d])).unwrap_or('\u{fffd}'),
                    text,
                ),
                Encoding::Little32 => put(
                    char::from_u32(u32::from_le_bytes([a, b, c, d])).unwrap_or('\u{fffd}'),
                    text,
                ),
                Encoding::Plain => text.push(byte),
            }
        }
    }

    fn unit(&mut self, unit: u16, text: &mut Vec<u8>) {
        let pending = self.high.take();
        if (0xd800..0xdc00).contains(&unit) {
            if pending.is_some() {
                put('\u{fffd}', text);
            }
            self.high = Some(unit);
            return;
        }
        for decoded in char::decode_utf16(pending.into_iter().chain([unit])) {
            put(decoded.unwrap_or('\u{fffd}'), text);
        }
    }
}

fn put(c: char, text: &mut Vec<u8>) {
    text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The whole text, decoded where it has to be.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    let encoding = Encoding::of(bytes);
    if encoding == Encoding::Plain {
        return Cow::Borrowed(bytes);
    }
    let mut text = Vec::with_capacity(bytes.len());
    Decoder::new(encoding).push(bytes, &mut text);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_decode_in_any_pieces() {
        let words = "\u{feff}clé 🔑 = 1\r\n";
        for (encoding, bytes) in [
            (Encoding::Little, words.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
            (Encoding::Big, words.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ] {
            assert_eq!(Encoding::of(&bytes), encoding);
            assert_eq!(decode(&bytes), words.as_bytes());
            for size in 1..6 {
                let (mut decoder, mut text) = (Decoder::new(encoding), Vec::new());
                bytes.chunks(size).for_each(|piece| decoder.push(piece, &mut text));
                assert_eq!(text, words.as_bytes());
            }
        }
    }

    #[test]
    fn no_mark_is_needed_and_binaries_are_left_as_they_are() {
        let words = "[mail]\r\nkey = clé 🔑\r\n";
        let little: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = words.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!((Encoding::of(&little), Encoding::of(&big)), (Encoding::Little, Encoding::Big));
        assert_eq!(decode(&little), words.as_bytes());
        for bytes in [
            &b"plain text, and more of it"[..],
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0",
            b"a\0",
            &[0; 64],
        ] {
            assert_eq!(Encoding::of(bytes), Encoding::Plain, "{bytes:?}");
        }
    }

    #[test]
    fn utf_32_decodes_with_a_mark_and_without() {
        for words in ["\u{feff}cle 🔑 = 1\r\n", "[mail]\r\nkey = secret\r\n"] {
            let little: Vec<u8> = words.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
            let big: Vec<u8> = words.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
            assert_eq!(
                (Encoding::of(&little), Encoding::of(&big)),
                (Encoding::Little32, Encoding::Big32)
            );
            assert_eq!((&*decode(&little), &*decode(&big)), (words.as_bytes(), words.as_bytes()));
        }
    }

    #[test]
    fn a_wide_stretch_is_found_wherever_it_stands() {
        let words = "the key is secret";
        for before in [0, 1, 2, 3, 401] {
            for (step, wide) in [
                (2, words.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
                (2, words.encode_utf16().flat_map(u16::to_be_bytes).collect()),
                (4, words.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()),
                (4, words.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()),
            ] {
                let text = ["x".repeat(before).as_bytes(), &wide, b"\0\0 and more"].concat();
                let mut seen = Vec::new();
                stretches(&text, &mut |stretch| {
                    seen.push((stretch.step, String::from_utf8(stretch.letters(&text)).unwrap()))
                });
                assert!(
                    matches!(&seen[..], [(found, letters)] if *found == step && letters.contains("he key is secret")),
                    "{before} {step} {seen:?}"
                );
            }
        }
        for none in [
            &b"plain text, and more of it"[..],
            &[0; 64],
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0",
        ] {
            assert!(!is_wide_in(none));
        }
    }

    #[test]
    fn a_broken_pair_does_not_stop_it() {
        let bytes: Vec<u8> = [0xfeff, 0xd83d, 0xd83d, 0xdd11, 0xdd11, 0x41]
            .into_iter()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decode(&bytes), "\u{feff}\u{fffd}🔑\u{fffd}A".as_bytes());
    }
}
