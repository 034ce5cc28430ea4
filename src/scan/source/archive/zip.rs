//! The entries of a zip: by the directory at its end, and by their own headers, anywhere. An entry
//! in the directory that does not exist is reported. Data in neither may still be an entry, if it
//! unpacks. Unpacks nothing itself.

use std::collections::BTreeMap;

use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive};

use super::inflate::Origin;
use super::packing::Packing;
use crate::scan::detect::packed_signs::{HEADER, Header};

/// Stored as it is, and packed in the usual way.
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// What the list at the end of a zip says of one place.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) name: Vec<u8>,
    is_encrypted: bool,
    is_deflated: bool,
    packed: u64,
}

/// By place.
pub(super) type List = BTreeMap<u64, Listed>;

/// Reads the list, of at most so many members, and says why not all of it could be read.
pub(super) fn list(source: &Origin<'_>, most: u32) -> (List, Option<String>) {
    let mut list = List::new();
    let read = match source {
        Origin::Text(text) => ZipArchive::from_slice(*text)
            .map_err(|error| error.to_string())
            .and_then(|zip| fill(&mut list, &zip.into_reader_archive(), most)),
        Origin::File(file, _) => {
            file.try_clone().map_err(|error| error.to_string()).and_then(|file| {
                let zip = ZipArchive::from_file(file, &mut vec![0; RECOMMENDED_BUFFER_SIZE])
                    .map_err(|error| error.to_string())?;
                fill(&mut list, &zip, most)
            })
        }
    };
    (list, read.err())
}

fn fill<R: ReaderAt>(list: &mut List, zip: &ZipArchive<R>, most: u32) -> Result<(), String> {
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let mut entries = zip.entries(&mut buffer);
    for _ in 0..=most {
        let Some(entry) = entries.next_entry().map_err(|error| error.to_string())? else {
            return Ok(());
        };
        let listed = list.entry(entry.local_header_offset()).or_default();
        if listed.name.is_empty() {
            listed.name = entry.file_path().as_ref().to_vec();
        }
        listed.is_encrypted |= entry.flags().is_encrypted();
        listed.is_deflated |= entry.compression_method() == CompressionMethod::DEFLATE;
        listed.packed = listed.packed.max(entry.compressed_size_hint());
    }
    Err("it has more entries than the limit allows".to_owned())
}

/// What a member's header and the list say of it.
pub(super) struct Member {
    /// What the list calls it, or else its header.
    pub(super) name: Vec<u8>,
    /// What its header calls it.
    pub(super) own_name: Vec<u8>,
    /// Whether the list has it, or a program could have written its header.
    pub(super) is_real: bool,
    pub(super) is_encrypted: bool,
    pub(super) is_deflated: bool,
    pub(super) is_stored: bool,
    /// Whether it is packed in another way that is opened.
    pub(super) packing: Option<Packing>,
    /// Where its content begins.
    pub(super) data: u64,
    /// How long the content is, if it is known.
    pub(super) length: Option<u64>,
}

impl Member {
    /// Reads the header at a place; nothing if it is cut off.
    pub(super) fn read(source: &Origin<'_>, place: u64, listed: Option<&Listed>) -> Option<Self> {
        let bytes = source.bytes(place, HEADER + usize::from(u16::MAX)).unwrap_or_default();
        let header = Header::read(&bytes)?;
        let own_name = bytes[HEADER..bytes.len().min(HEADER + header.name())].to_vec();
        let length = header.packed().or(listed.map(|listed| listed.packed));
        Some(Self {
            name: listed.map_or(&own_name, |listed| &listed.name).clone(),
            own_name,
            is_real: listed.is_some() || header.is_plausible(),
            is_encrypted: header.is_encrypted || listed.is_some_and(|listed| listed.is_encrypted),
            is_deflated: header.method == DEFLATED
                || listed.is_some_and(|listed| listed.is_deflated),
            is_stored: header.method == STORED,
            packing: Packing::of_member(header.method),
            data: place.saturating_add(header.data()),
            length: length.filter(|length| *length > 0),
        })
    }
}
