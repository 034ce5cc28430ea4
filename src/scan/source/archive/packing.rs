//! The packings of one stream that are opened beside gzip. Knows how each begins.

use std::io::{self, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use lzma_rust2::{LzmaReader, XzReader};

/// Kilobytes that unpacking may take, whatever a header asks for: more than the highest levels
/// need.
const MEMORY: u32 = 100 << 10;

/// Which packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Bzip2,
    Xz,
    Lzma,
}

/// What follows `BZh` and a digit: the first block, or the end.
const BZIP2: [&[u8]; 2] = [b"1AY&SY", b"\x17rE8P\x90"];

impl Packing {
    /// By how a text begins.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'B', b'Z', b'h', b'1'..=b'9', block @ ..] => {
                BZIP2.iter().any(|start| block.starts_with(start)).then_some(Self::Bzip2)
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            // The usual settings, a dictionary of a power of two, and a length that is not known or
            // not absurd.
            [0x5d, 0, 0, ..] => is_lzma(head).then_some(Self::Lzma),
            _ => None,
        }
    }

    /// By its number in a zip. Source: APPNOTE.TXT, 4.4.5.
    pub(super) fn of_member(method: u16) -> Option<Self> {
        match method {
            12 => Some(Self::Bzip2),
            95 => Some(Self::Xz),
            _ => None,
        }
    }

    /// Unpacks what a reader gives.
    pub(super) fn reader<'r, R: Read + 'r>(self, reader: R) -> io::Result<Box<dyn Read + 'r>> {
        let reader = BufReader::new(reader);
        Ok(match self {
            Self::Bzip2 => Box::new(MultiBzDecoder::new(reader)),
            Self::Xz => Box::new(XzReader::new_mem_limit(reader, true, MEMORY)),
            Self::Lzma => Box::new(LzmaReader::new_mem_limit(reader, MEMORY, None)?),
        })
    }
}

fn is_lzma(head: &[u8]) -> bool {
    let Some(header) = head.get(..14) else { return false };
    let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
    let is_open = header[5..13].iter().all(|byte| *byte == 0xff);
    dictionary.is_power_of_two() && (is_open || header[10..13] == [0; 3]) && header[13] == 0
}
