//! Detects the format of an archive by its first bytes. Opens nothing.

use super::super::lfs;
use super::packing::Packing;
use super::unread;

/// How many bytes at the start of a text tell what it is.
pub(crate) const HEAD: usize = 512;
/// What kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Zip,
    Gzip,
    /// As git keeps a loose object.
    Zlib,
    Tar,
    /// As `ar` and Debian's packages are made.
    Ar,
    /// Another packing of one stream.
    Packed(Packing),
    /// Something that is not opened, by its name.
    Unread(&'static str),
    /// A pointer to what Git LFS keeps.
    Lfs,
}

impl Kind {
    /// By how a text begins.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            // A header whose check is right, and a block that can be.
            [0x78, flags @ (0x01 | 0x9c | 0xda), block, ..]
                if (0x7800 + u16::from(*flags)).is_multiple_of(31) && block & 6 != 6 =>
            {
                Some(Self::Zlib)
            }
            [b'v' | b'\n' | b'\r' | b' ' | b'\t', ..] if lfs::begins_as_pointer(head) => {
                Some(Self::Lfs)
            }
            _ if is_tar(head) => Some(Self::Tar),
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Some(Self::Ar),
            _ => Packing::of(head)
                .map(Self::Packed)
                .or_else(|| unread::named(head).map(Self::Unread)),
        }
    }
}

/// A tar's first header carries its own sum; nothing else begins like that.
fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..HEAD) else { return false };
    let digits = header[148..156].trim_ascii_start();
    let digits = &digits[..digits.iter().take_while(|byte| (b'0'..=b'7').contains(*byte)).count()];
    if digits.len() < 3 || digits.len() > 7 {
        return false;
    }
    let told = digits.iter().fold(0_u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
    let sum: u32 = header
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
        .sum();
    told == sum
}
