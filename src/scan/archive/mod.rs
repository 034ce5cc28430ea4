//! What is packed in zip, gzip and tar, also one in the other and in the middle of something else:
//! unpacked and searched, never written anywhere. How much and how deep is bounded; what is not
//! read for that, or for being broken or locked, is told.

mod inflate;
mod open;
mod signs;
#[cfg(test)]
mod tests;
mod unread;
mod zip;

use std::fs::File;
use std::io::{self, Read};

use self::inflate::Origin;
use self::open::Opener;
pub(super) use self::signs::Signs;
use super::lfs;
use super::matcher::Hit;
use super::model::Options;
use super::redact::RedactedHit;
use super::sparse_file::Reader;
use super::stream::Scratch;

/// How many bytes at the start of a text tell what it is.
pub(super) const HEAD: usize = 512;
/// Archives that come as a stream are read into memory up to this size.
const LARGEST: u64 = 96 << 20;

/// What kind of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    Gzip,
    /// As git keeps a loose object.
    Zlib,
    Tar,
    /// Something that is not opened, by its name.
    Unread(&'static str),
    /// A pointer to what Git LFS keeps.
    Lfs,
}

impl Kind {
    /// By how a text begins.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
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
            _ => unread::named(head).map(Self::Unread),
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

/// What one text gave, and what is in it if it is an archive.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) seen: Vec<RedactedHit>,
    pub(super) bytes: u64,
    /// What of an archive was not read, and why.
    pub(super) lost: Vec<String>,
    /// Why the text itself was not read to its end.
    pub(super) error: Option<io::Error>,
}

/// Searches a file, and what is packed in it or kept for it elsewhere.
pub(super) fn file(file: &File, scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut looked = content(file, scratch, options);
    if scratch.kind() == Some(Kind::Lfs)
        && let Ok(pointer) = Origin::file(file).and_then(|source| source.bytes(0, lfs::LONGEST))
    {
        lfs::look(&pointer, &mut looked, scratch, options);
    }
    looked
}

/// The same without what is kept elsewhere.
pub(super) fn content(file: &File, scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut reader = Reader::new(file);
    let mut looked = plain(&mut reader, scratch, options);
    let (kind, signs) = (scratch.kind(), scratch.signs().clone());
    if looked.error.is_some() || kind.is_none() && signs.is_empty() {
        return looked;
    }
    if reader.left_holes_out() {
        looked.lost.push("it is an archive and mostly holes, and was not unpacked".to_owned());
        return looked;
    }
    match Origin::file(file) {
        Ok(source) => {
            let mut opener = Opener::new(scratch, options, looked.bytes);
            opener.open(&source, kind, signs, b"");
            join(&mut looked, opener);
        }
        Err(_) => looked.lost.push("it could not be read again".to_owned()),
    }
    looked
}

/// Searches a text that is in memory, and what is packed in it.
pub(super) fn text(text: &[u8], scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut looked = plain(&mut &*text, scratch, options);
    let (kind, signs) = (Kind::of(text), Signs::of(text));
    if kind.is_some() || !signs.is_empty() {
        let mut opener =
            Opener::new(scratch, options, u64::try_from(text.len()).unwrap_or(u64::MAX));
        opener.open(&Origin::Text(text), kind, signs, b"");
        join(&mut looked, opener);
    }
    if kind == Some(Kind::Lfs) {
        lfs::look(text, &mut looked, scratch, options);
    }
    looked
}

/// Searches what a reader gives, and what is packed in it where that fits into memory.
pub(super) fn stream(
    reader: &mut dyn Read,
    scratch: &mut Scratch,
    options: &Options<'_>,
) -> Looked {
    let mut whole = Vec::new();
    match reader.take(LARGEST).read_to_end(&mut whole) {
        Ok(count) if (count as u64) < LARGEST => text(&whole, scratch, options),
        Ok(_) => {
            let kind = Kind::of(&whole);
            let mut looked = plain(&mut whole.chain(reader), scratch, options);
            if kind.is_some() || scratch.signs().are_sure() {
                looked.lost.push(format!(
                    "it is an archive of more than {} MB and was not unpacked",
                    LARGEST >> 20
                ));
            }
            looked
        }
        Err(error) => Looked { error: Some(error), ..text(&whole, scratch, options) },
    }
}

fn plain(reader: &mut dyn Read, scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut seen = Vec::new();
    let (bytes, result) = scratch.find(options.rules, reader, &mut |hit: Hit, value: &[u8]| {
        seen.push(RedactedHit::new(hit, value, options))
    });
    Looked { seen, bytes, lost: Vec::new(), error: result.err() }
}

/// What was found in the packed bytes and again in what they are is told of once, where it really
/// stands.
fn join(looked: &mut Looked, opener: Opener<'_, '_>) {
    let (seen, lost) = opener.end();
    looked.seen.retain(|outside| !seen.iter().any(|inside| inside.is_same_value(outside)));
    looked.seen.extend(seen);
    looked.lost.extend(lost);
}
