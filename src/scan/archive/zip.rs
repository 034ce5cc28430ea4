//! Opens the members of a zip by their own headers, wherever they stand. The list at its end is one
//! more witness: it names members, and what it names and is not there is told. What neither calls a
//! member may still be one, if it unpacks.

use std::collections::BTreeMap;
use std::io::Read as _;

use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive};

use super::inflate::{Inflate, Origin};
use super::open::{Opener, join};
use super::signs::{HEADER, Header};

/// Stored as it is, and packed in the usual way.
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// What became so long before it broke was no chance.
pub(super) const NO_CHANCE: u64 = 1024;

/// What the list at the end of a zip says of one place.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) name: Vec<u8>,
    is_encrypted: bool,
    is_deflated: bool,
    packed: u64,
}

/// By place. An error is told only of what begins as a zip: elsewhere nothing says that there is a
/// list.
pub(super) type List = BTreeMap<u64, Listed>;

/// How far a sign led.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Led {
    /// Everything up to here was looked into as an archive of its own would be.
    pub(super) whole: u64,
    /// Up to here something was unpacked.
    pub(super) packed: u64,
}

impl Opener<'_, '_> {
    /// Reads the list.
    pub(super) fn list(&mut self, source: &Origin<'_>, is_zip: bool, at: &[u8]) -> List {
        let mut list = List::new();
        let read = match source {
            Origin::Text(text) => ZipArchive::from_slice(*text)
                .map_err(|error| error.to_string())
                .and_then(|zip| self.listed(&zip.into_reader_archive(), &mut list)),
            Origin::File(file, _) => {
                file.try_clone().map_err(|error| error.to_string()).and_then(|file| {
                    let zip = ZipArchive::from_file(file, &mut vec![0; RECOMMENDED_BUFFER_SIZE])
                        .map_err(|error| error.to_string())?;
                    self.listed(&zip, &mut list)
                })
            }
        };
        if let (Err(why), true) = (read, is_zip) {
            self.lose(at, &why);
        }
        list
    }

    fn listed<R: ReaderAt>(&mut self, zip: &ZipArchive<R>, list: &mut List) -> Result<(), String> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let mut entries = zip.entries(&mut buffer);
        for _ in 0..=self.limits.members {
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
        Err("it has more members than are read".to_owned())
    }

    /// Opens what a member's header is about.
    pub(super) fn zip_member(
        &mut self,
        source: &Origin<'_>,
        place: u64,
        listed: Option<&Listed>,
        at: &[u8],
    ) -> Led {
        let bytes = source.bytes(place, HEADER + usize::from(u16::MAX)).unwrap_or_default();
        let Some(header) = Header::read(&bytes) else {
            if let Some(listed) = listed {
                self.lose(&join(at, &listed.name), "its header is cut off");
            }
            return Led::default();
        };
        let own = &bytes[HEADER..bytes.len().min(HEADER + header.name())];
        let is_member = listed.is_some() || header.is_plausible();
        let name = join(at, listed.map_or(own, |listed| &listed.name));
        if is_member {
            self.name(&name, &name);
            self.name(own, &name);
        }
        if is_member && (header.is_encrypted || listed.is_some_and(|listed| listed.is_encrypted)) {
            self.lose(&name, "it is encrypted");
            return Led::default();
        }
        let data = place.saturating_add(header.data());
        let mut led = Led::default();
        if header.method == DEFLATED || listed.is_some_and(|listed| listed.is_deflated) {
            let mut reader = Inflate::new(source.from(data));
            let (length, error) = self.unpacked(&mut reader, &name);
            led.packed = data.saturating_add(reader.packed());
            if let Some(error) = error.filter(|_| is_member || length >= NO_CHANCE) {
                self.broke(&name, &error);
            }
        } else if header.method != STORED && is_member {
            self.lose(&name, "it is packed in a way that is not read here");
        }
        // What is stored was read with the archive itself; here it gets its name, and is opened if
        // it is an archive in its turn.
        let length =
            header.packed().or(listed.map(|listed| listed.packed)).filter(|length| *length > 0);
        if let (STORED, true, Some(length)) = (header.method, is_member, length) {
            let (read, error) = self.unpacked(&mut source.from(data).take(length), &name);
            if error.is_some() || read < length {
                self.lose(&name, "it is cut off");
            } else {
                led.whole = data.saturating_add(read);
            }
        }
        led
    }
}
