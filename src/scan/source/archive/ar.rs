//! The members of an `ar` archive, as Debian's packages and static libraries are. Unpacks nothing.

use super::inflate::Origin;
use super::kind::{HEAD, Kind};

/// Where the first member begins.
const FIRST: u64 = 8;
/// How long the header of a member is.
const HEADER: usize = 60;

/// A member that is an archive or packed in its turn. What others hold was read with the whole.
pub(super) struct Member {
    pub(super) name: Vec<u8>,
    pub(super) data: u64,
    pub(super) length: u64,
}

/// All of them, and whether the archive ends as it should.
pub(super) fn members(source: &Origin<'_>) -> (Vec<Member>, bool) {
    let (mut all, mut place) = (Vec::new(), FIRST);
    loop {
        let bytes = source.bytes(place, HEADER + HEAD).unwrap_or_default();
        let Some((header, content)) = bytes.split_at_checked(HEADER) else {
            return (all, bytes.is_empty());
        };
        let length =
            std::str::from_utf8(&header[48..58]).ok().and_then(|size| size.trim().parse().ok());
        let Some(length): Option<u64> = length.filter(|_| header.ends_with(b"`\n")) else {
            return (all, false);
        };
        let data = place.saturating_add(HEADER as u64);
        if Kind::of(content).is_some() {
            let name = header[..16].trim_ascii_end();
            let name = name.strip_suffix(b"/").unwrap_or(name).to_vec();
            all.push(Member { name, data, length });
        }
        // Each begins at an even place.
        place = data.saturating_add(length).saturating_add(length % 2);
    }
}
