//! Searches one text from any source, including archives in it and its content in Git LFS.

use std::fs::File;
use std::io::{self, Read};

use super::archive::inflate::Origin;
use super::archive::kind::Kind;
use super::archive::open::Opener;
use super::lfs;
use super::sparse_file::Reader;
use super::stream::Scratch;
use crate::domain::Finding;
use crate::scan::detect::packed_signs::Signs;
use crate::scan::options::Options;

/// Archives that come as a stream are read into memory up to this size.
const LARGEST: u64 = 96 << 20;

/// The result for one text, including the content of an archive.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    pub(crate) seen: Vec<Finding>,
    pub(crate) bytes: u64,
    /// Which parts of an archive were not read, and why.
    pub(crate) lost: Vec<String>,
    /// Why the text itself was not read completely.
    pub(crate) error: Option<io::Error>,
}

/// Searches a file, including archives in it and its content in Git LFS.
pub(crate) fn file(file: &File, scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut looked = content(file, scratch, options);
    if scratch.kind() == Some(Kind::Lfs)
        && let Ok(pointer) = Origin::file(file).and_then(|source| source.bytes(0, lfs::LONGEST))
    {
        stored(&pointer, &mut looked, scratch, options);
    }
    looked
}

/// The same without Git LFS.
pub(crate) fn content(file: &File, scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut reader = Reader::new(file);
    let mut looked = plain(&mut reader, scratch, options);
    let (kind, signs) = (scratch.kind(), scratch.signs().clone());
    let parcels = scratch.parcels();
    if looked.error.is_some() || kind.is_none() && signs.is_empty() && parcels.is_empty() {
        return looked;
    }
    if reader.left_holes_out() {
        looked.lost.push("it is a sparse archive, which is not unpacked".to_owned());
        return looked;
    }
    match Origin::file(file) {
        Ok(source) => {
            let mut opener = Opener::new(scratch, options, looked.bytes);
            opener.open(&source, kind, signs, b"");
            opener.parcels(parcels, b"");
            join(&mut looked, opener);
        }
        Err(_) => looked.lost.push("it could not be read a second time".to_owned()),
    }
    looked
}

/// Searches a text in memory, including archives in it.
pub(crate) fn text(text: &[u8], scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut looked = plain(&mut &*text, scratch, options);
    let (kind, signs, parcels) = (Kind::of(text), Signs::of(text), scratch.parcels());
    if kind.is_some() || !signs.is_empty() || !parcels.is_empty() {
        let mut opener =
            Opener::new(scratch, options, u64::try_from(text.len()).unwrap_or(u64::MAX));
        opener.open(&Origin::Text(text), kind, signs, b"");
        opener.parcels(parcels, b"");
        join(&mut looked, opener);
    }
    if kind == Some(Kind::Lfs) {
        stored(text, &mut looked, scratch, options);
    }
    looked
}

/// Searches the text of a reader, including archives in it that fit into memory.
pub(crate) fn stream(
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
            let parcels = scratch.parcels();
            if kind.is_some() || scratch.signs().are_sure() {
                looked.lost.push(format!(
                    "it is an archive larger than {} MB, which is not unpacked",
                    LARGEST >> 20
                ));
            }
            let mut opener = Opener::new(scratch, options, looked.bytes);
            opener.parcels(parcels, b"");
            join(&mut looked, opener);
            looked
        }
        Err(error) => Looked { error: Some(error), ..text(&whole, scratch, options) },
    }
}

fn plain(reader: &mut dyn Read, scratch: &mut Scratch, options: &Options<'_>) -> Looked {
    let mut seen = Vec::new();
    let (bytes, result) = scratch.find(options, reader, &mut |found| seen.push(found));
    Looked { seen, bytes, lost: Vec::new(), error: result.err() }
}

/// Searches the content that Git LFS stores for a pointer.
fn stored(pointer: &[u8], looked: &mut Looked, scratch: &mut Scratch, options: &Options<'_>) {
    let Some(oid) = lfs::pointed_to(pointer) else { return };
    match lfs::content(&oid, options) {
        Ok(file) => {
            let Looked { seen, bytes, lost, error } = content(&file, scratch, options);
            // No diff shows it, so its comments do not count.
            looked.seen.extend(seen.into_iter().map(Finding::unreviewed));
            looked.bytes += bytes;
            looked.lost.extend(lost);
            looked
                .lost
                .extend(error.map(|error| format!("its content could not be read: {error}")));
        }
        Err(why) => looked.lost.push(why.to_owned()),
    }
}

/// A match both in packed bytes and in their unpacked content is reported once, at its real place.
fn join(looked: &mut Looked, opener: Opener<'_, '_>) {
    let (seen, lost) = opener.end();
    looked.seen.retain(|outside| !seen.iter().any(|inside| inside.is_same_value(outside)));
    looked.seen.extend(seen);
    looked.lost.extend(lost);
}
