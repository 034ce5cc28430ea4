//! UTF-16, with or without a byte-order mark, becomes UTF-8 before anything is matched; every other text is taken as it is.
//! Works piece by piece, so that a large file is never held whole. Broken pairs become U+FFFD, never an error.

use std::borrow::Cow;

/// So many bytes tell how the rest is to be read, where no mark does.
const LOOKED_AT: usize = 256;
/// Fewer pairs of bytes tell nothing.
const FEWEST: usize = 8;

/// How the bytes of a text are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As they are.
    Plain,
    /// UTF-16, low byte first.
    Little,
    /// UTF-16, high byte first.
    Big,
}

impl Encoding {
    /// Looks at the first bytes.
    pub(super) fn of(start: &[u8]) -> Self {
        match start {
            // UTF-32, low byte first, starts with the same mark; it is rare, and reading it so gives characters with NULs between.
            [0xff, 0xfe, ..] => Self::Little,
            [0xfe, 0xff, ..] => Self::Big,
            _ => Self::without_mark(&start[..start.len().min(LOOKED_AT)]),
        }
    }

    /// Latin letters in UTF-16 have a NUL in every second place, and hardly any in the others.
    fn without_mark(start: &[u8]) -> Self {
        let nuls = |place: usize| start.iter().skip(place).step_by(2).filter(|b| **b == 0).count();
        let pairs = start.len() / 2;
        if pairs < FEWEST || !start.contains(&0) {
            return Self::Plain;
        }
        match (nuls(0), nuls(1)) {
            (few, many) if many * 2 >= pairs && few * 16 <= pairs => Self::Little,
            (many, few) if many * 2 >= pairs && few * 16 <= pairs => Self::Big,
            _ => Self::Plain,
        }
    }
}

/// A UTF-16 decoder that keeps what one piece leaves unfinished.
pub(super) struct Decoder {
    encoding: Encoding,
    half: Option<u8>,
    high: Option<u16>,
}

impl Decoder {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { encoding, half: None, high: None }
    }

    /// Decodes a piece onto the end of `text`.
    pub(super) fn push(&mut self, piece: &[u8], text: &mut Vec<u8>) {
        for &byte in piece {
            let Some(first) = self.half.take() else {
                self.half = Some(byte);
                continue;
            };
            let unit = if self.encoding == Encoding::Big { u16::from_be_bytes([first, byte]) } else { u16::from_le_bytes([first, byte]) };
            self.unit(unit, text);
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
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
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
        for bytes in [&b"plain text, and more of it"[..], b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0", b"a\0", &[0; 64]]
        {
            assert_eq!(Encoding::of(bytes), Encoding::Plain, "{bytes:?}");
        }
    }

    #[test]
    fn a_broken_pair_does_not_stop_it() {
        let bytes: Vec<u8> = [0xfeff, 0xd83d, 0xd83d, 0xdd11, 0xdd11, 0x41].into_iter().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&bytes), "\u{feff}\u{fffd}🔑\u{fffd}A".as_bytes());
    }
}
