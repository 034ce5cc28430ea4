//! Git's deltas: a text as pieces copied from a base and pieces that are new. Whatever is wrong with one is an error, never a panic.
//! Source: git's Documentation/gitformat-pack.txt, "Deltified representation".

use std::ops::Range;

/// Where a stretch of a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scan) struct Piece {
    /// Where it stands in the text.
    pub(in crate::scan) at: Range<usize>,
    /// Where it begins in the base; nothing for what the base has not.
    pub(in crate::scan) copied: Option<usize>,
}

/// A delta that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// How long the text is that a delta makes of a base of this length.
pub(super) fn length(base: usize, delta: &[u8]) -> Result<usize, Broken> {
    let mut reader = Reader(delta);
    let (from, to) = (reader.size()?, reader.size()?);
    if from == base { Ok(to) } else { Err(Broken) }
}

/// Makes the text that `delta` makes of `base`, which fills `text`, and tells the pieces: neighbours that belong together are one.
pub(super) fn apply(base: &[u8], delta: &[u8], text: &mut [u8], pieces: &mut Vec<Piece>) -> Result<(), Broken> {
    let mut reader = Reader(delta);
    let (from, to) = (reader.size()?, reader.size()?);
    if (from, to) != (base.len(), text.len()) {
        return Err(Broken);
    }
    pieces.clear();
    let mut end = 0;
    while let Some(command) = reader.next() {
        let start = end;
        let (piece, copied) = if command & 0x80 == 0 {
            // A length of nothing is reserved.
            let fresh = reader.take(usize::from(command)).filter(|fresh| !fresh.is_empty()).ok_or(Broken)?;
            (fresh, None)
        } else {
            let (offset, length) = reader.copy(command)?;
            (base.get(offset..offset.saturating_add(length)).ok_or(Broken)?, Some(offset))
        };
        end = start + piece.len();
        copy(piece, text.get_mut(start..end).ok_or(Broken)?);
        put(pieces, start..end, copied);
    }
    if end == to { Ok(()) } else { Err(Broken) }
}

/// From this length on a copy is left to the C library. The one that releases for Linux are linked with is slow at any length.
const LONG: usize = if cfg!(target_env = "musl") { usize::MAX } else { 1024 };

/// Copies all of one slice into another that is as long. A history is millions of copies of a few hundred bytes: musl took a quarter of
/// all time for them.
fn copy(from: &[u8], to: &mut [u8]) {
    if from.len() >= LONG {
        return to.copy_from_slice(from);
    }
    let ((blocks, _), (room, _)) = (from.as_chunks(), to.as_chunks_mut());
    room.iter_mut().zip(blocks).for_each(|(to, from)| block(from, to));
    // What is left over is written with what stands before it, a second time.
    if let (Some(from), Some(to)) = (from.last_chunk(), to.last_chunk_mut()) {
        block(from, to);
    } else {
        let _ = short::<32>(from, to)
            || short::<16>(from, to)
            || short::<8>(from, to)
            || short::<4>(from, to)
            || short::<2>(from, to)
            || short::<1>(from, to);
    }
}

/// In parts: of a loop over whole blocks the compiler would make a call again.
fn block(from: &[u8; 64], to: &mut [u8; 64]) {
    let ((from, _), (to, _)) = (from.as_chunks::<16>(), to.as_chunks_mut::<16>());
    to[0] = from[0];
    to[1] = from[1];
    to[2] = from[2];
    to[3] = from[3];
}

/// Copies fewer than two times `N` bytes as `N` at the beginning and `N` at the end; says whether there are as many as `N`.
fn short<const N: usize>(from: &[u8], to: &mut [u8]) -> bool {
    if let (Some(first), Some(to)) = (from.first_chunk::<N>(), to.first_chunk_mut()) {
        *to = *first;
    }
    if let (Some(last), Some(to)) = (from.last_chunk::<N>(), to.last_chunk_mut()) {
        *to = *last;
    }
    from.len() >= N
}

/// Adds a piece, or makes the last one longer.
fn put(pieces: &mut Vec<Piece>, at: Range<usize>, copied: Option<usize>) {
    if let Some(last) = pieces.last_mut()
        && last.copied.map(|from| from + last.at.len()) == copied
    {
        last.at.end = at.end;
        return;
    }
    pieces.push(Piece { at, copied });
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Seven bits a byte, the lowest first.
    fn size(&mut self) -> Result<usize, Broken> {
        let (mut size, mut shift) = (0_usize, 0);
        loop {
            let byte = self.next().ok_or(Broken)?;
            if shift > 56 {
                return Err(Broken);
            }
            size |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return Ok(size);
            }
        }
    }

    /// Where to copy from and how much: the command says which of seven bytes are there, the lowest first.
    fn copy(&mut self, command: u8) -> Result<(usize, usize), Broken> {
        let word = self.0.first_chunk().map_or_else(
            || {
                let mut bytes = [0; 8];
                bytes[..self.0.len()].copy_from_slice(self.0);
                u64::from_le_bytes(bytes)
            },
            |eight| u64::from_le_bytes(*eight),
        );
        let (offset, length) = (usize::from(command & 0xf), usize::from(command >> 4 & 0x7));
        let read = COUNTS[offset] + COUNTS[length];
        self.take(read as usize).ok_or(Broken)?;
        let offset = spread(word, offset);
        let length = match spread(word >> (8 * COUNTS[usize::from(command & 0xf)]), length) {
            0 => 0x10000,
            length => length,
        };
        Ok((offset as usize, length as usize))
    }
}

/// By four bits: how many of them are set.
const COUNTS: [u32; 16] = [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4];

/// The number whose bytes, the lowest first, come one after another where their bit is set, and are nothing where it is not.
fn spread(bytes: u64, there: usize) -> u64 {
    // Mostly only the highest are missing.
    if there & (there + 1) == 0 {
        return bytes & !(u64::MAX << (8 * COUNTS[there]));
    }
    let (mut number, mut rest) = (0, bytes);
    for place in (0..4).filter(|place| there >> place & 1 == 1) {
        number |= (rest & 0xff) << (8 * place);
        rest >>= 8;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_that_continue_each_other_are_one_piece() {
        let delta = [10, 12, 0x91, 2, 3, 0x91, 5, 2, 3, b'x', b'y', b'z', 1, b'!', 0x91, 0, 3];
        let (mut text, mut pieces) = ([0; 12], Vec::new());
        assert_eq!(length(10, &delta), Ok(12));
        assert_eq!(apply(b"0123456789", &delta, &mut text, &mut pieces), Ok(()));
        assert_eq!(&text, b"23456xyz!012");
        let piece = |at: Range<usize>, copied| Piece { at, copied };
        assert_eq!(pieces, [piece(0..5, Some(2)), piece(5..9, None), piece(9..12, Some(0))]);
    }

    #[test]
    fn a_number_has_the_bytes_that_are_there() {
        assert_eq!((spread(0x0403_0201, 0), spread(0x0403_0201, 1), spread(0x0403_0201, 15)), (0, 1, 0x0403_0201));
        assert_eq!((spread(0x0403_0201, 2), spread(0x0403_0201, 5), spread(0x0403_0201, 12)), (0x0100, 0x0002_0001, 0x0201_0000));
        let copy = |command, bytes| Reader(bytes).copy(command);
        assert_eq!(copy(0xff, &[1, 2, 3, 4, 5, 6, 7]), Ok((0x0403_0201, 0x0007_0605)));
        assert_eq!(copy(0xa2, &[1, 2]), Ok((0x0100, 0x0200)));
        assert_eq!((copy(0x80, &[]), copy(0x81, &[])), (Ok((0, 0x10000)), Err(Broken)));
    }

    #[test]
    fn a_copy_is_all_of_it_and_nothing_more() {
        let from: Vec<u8> = (0..2100).map(|byte| (byte % 251) as u8).collect();
        for length in (0..200).chain([1023, 1024, 1025, 2000]) {
            let mut to = vec![0xff; length + 40];
            copy(&from[3..3 + length], &mut to[20..20 + length]);
            assert_eq!(to, [&[0xff; 20][..], &from[3..3 + length], &[0xff; 20]].concat(), "{length}");
        }
    }

    #[test]
    fn a_broken_delta_is_an_error() {
        for delta in [
            &[][..],
            &[10],
            &[9, 1, 1, b'a'],
            &[10, 2, 1, b'a'],
            &[10, 1, 2, b'a', b'b'],
            &[10, 1, 0],
            &[10, 1, 5, b'a'],
            &[10, 4, 0x91, 8, 4],
            &[10, 4, 0x9f, 0xff, 0xff, 0xff],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ] {
            assert_eq!(apply(b"0123456789", delta, &mut Vec::new(), &mut Vec::new()), Err(Broken), "{delta:?}");
        }
    }
}
