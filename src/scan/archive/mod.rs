//! What is packed in zip, gzip and tar, also one in the other: unpacked as a stream and searched, never written anywhere. How much and
//! how deep is bounded; what is not read for that, or for being broken or locked, is told.

mod open;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read, Seek as _};

use self::open::Opener;
use super::collect::Seen;
use super::holes::Reader;
use super::matcher::Hit;
use super::model::Options;
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
    Tar,
}

impl Kind {
    /// By how a text begins.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            _ if is_tar(head) => Some(Self::Tar),
            _ => None,
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
    let sum: u32 = header.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) }).sum();
    told == sum
}

/// What one text gave, and what is in it if it is an archive.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) seen: Vec<Seen>,
    pub(super) bytes: u64,
    /// What of an archive was not read, and why.
    pub(super) lost: Vec<String>,
    /// Why the text itself was not read to its end.
    pub(super) error: Option<io::Error>,
}

/// Searches a file, and what is packed in it.
pub(super) fn file(mut file: File, scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut looked = plain(&mut Reader::new(&file), scratch, options);
    if let (Some(kind), None) = (scratch.kind(), &looked.error) {
        let mut opener = Opener::new(scratch, options, looked.bytes);
        if file.rewind().is_err() {
            looked.lost.push("it could not be read again".to_owned());
        }
        match kind {
            Kind::Zip => opener.zip_file(file),
            Kind::Gzip => opener.gzip(&mut file, b"", true),
            Kind::Tar => opener.tar(&mut file, b""),
        }
        join(&mut looked, opener);
    }
    looked
}

/// Searches a text that is in memory, and what is packed in it.
pub(super) fn text(mut text: &[u8], scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let whole = text;
    let mut looked = plain(&mut text, scratch, options);
    packed(whole, scratch, options, &mut looked);
    looked
}

/// Adds what is packed in a text whose own bytes were searched.
pub(super) fn packed(text: &[u8], scratch: &mut Scratch, options: &Options<'_>, looked: &mut Looked) {
    let Some(kind) = Kind::of(text) else { return };
    let mut opener = Opener::new(scratch, options, u64::try_from(text.len()).unwrap_or(u64::MAX));
    match kind {
        Kind::Zip => opener.zip_slice(text, b""),
        Kind::Gzip => opener.gzip(&mut &*text, b"", true),
        Kind::Tar => opener.tar(&mut &*text, b""),
    }
    join(looked, opener);
}

/// Searches what a reader gives, and what is packed in it where that fits into memory.
pub(super) fn stream(reader: &mut dyn Read, scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut head = Vec::with_capacity(HEAD);
    if let Err(error) = reader.take(HEAD as u64).read_to_end(&mut head) {
        return Looked { error: Some(error), ..plain(&mut &*head, scratch, options) };
    }
    if Kind::of(&head).is_none() {
        return plain(&mut head.chain(reader), scratch, options);
    }
    let read = reader.take(LARGEST).read_to_end(&mut head);
    match read {
        Ok(count) if (count as u64) < LARGEST => text(&head, scratch, options),
        Ok(_) => {
            let mut looked = plain(&mut head.chain(reader), scratch, options);
            looked.lost.push(format!("it is an archive of more than {} MB and was not unpacked", LARGEST >> 20));
            looked
        }
        Err(error) => Looked { error: Some(error), ..text(&head, scratch, options) },
    }
}

fn plain(reader: &mut dyn Read, scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut seen = Vec::new();
    let (bytes, result) = scratch.find(options.rules, reader, &mut |hit: Hit, value: &[u8]| seen.push(Seen::new(hit, value, options)));
    Looked { seen, bytes, lost: Vec::new(), error: result.err() }
}

/// What was found in the packed bytes and again in what they are is told of once, where it really stands.
fn join(looked: &mut Looked, opener: Opener<'_, '_>) {
    let (seen, lost) = opener.end();
    looked.seen.retain(|outside| !seen.iter().any(|inside| inside.is_same_value(outside)));
    looked.seen.extend(seen);
    looked.lost.extend(lost);
}
