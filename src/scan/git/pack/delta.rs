//! git's deltas: a text as pieces copied from a base and new pieces. An invalid delta is an error,
//! never a panic. Source: git's Documentation/gitformat-pack.txt, "Deltified representation".

use crate::scan::types::Piece;

/// A delta that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// A text, and whatever stands behind it: where that is a little, whole blocks can be read without
/// asking where the text ends.
#[derive(Clone, Copy)]
pub(super) struct Padded<'a> {
    pub(super) bytes: &'a [u8],
    /// How many of them are the text.
    pub(super) length: usize,
}

impl<'a> Padded<'a> {
    /// A text with nothing behind it.
    pub(super) fn bare(bytes: &'a [u8]) -> Self {
        Self { bytes, length: bytes.len() }
    }
}

/// How long the text is that a delta makes of a base of this length.
pub(super) fn length(base: usize, delta: Padded<'_>) -> Result<usize, Broken> {
    let mut reader = Reader(delta);
    let (from, to) = (reader.size()?, reader.size()?);
    if from == base { Ok(to) } else { Err(Broken) }
}

/// Makes the text of this length that `delta` makes of `base`, at the beginning of `text`; what
/// stands behind it there may be written over. Tells the pieces: neighbours that belong together
/// are one, and a copy no longer than `brief` is told of as new.
pub(super) fn apply(
    base: Padded<'_>,
    delta: Padded<'_>,
    brief: usize,
    (text, length): (&mut [u8], usize),
    pieces: &mut Vec<Piece>,
) -> Result<(), Broken> {
    let mut reader = Reader(delta);
    if (reader.size()?, reader.size()?) != (base.length, length) || text.len() < length {
        return Err(Broken);
    }
    pieces.clear();
    let (mut end, mut told) = (0, 0);
    while let Some(command) = reader.next() {
        let start = end;
        if command & 0x80 == 0 {
            // A length of nothing is reserved.
            let (fresh, size) = (reader.0.bytes, usize::from(command));
            reader.skip(size).filter(|()| size > 0).ok_or(Broken)?;
            end = start + size;
            copy(fresh, text.get_mut(start..).filter(|_| end <= length).ok_or(Broken)?, size);
            continue;
        }
        let (offset, size) = reader.copy(command)?;
        end = start + size;
        let is_there = offset.checked_add(size).is_some_and(|end| end <= base.length);
        let copied = base.bytes.get(offset..).filter(|_| is_there).ok_or(Broken)?;
        copy(copied, text.get_mut(start..).filter(|_| end <= length).ok_or(Broken)?, size);
        if size > brief {
            match pieces.last_mut() {
                Some(last)
                    if told == start
                        && last.copied.map(|from| from + last.at.len()) == Some(offset) =>
                {
                    last.at.end = end
                }
                _ => {
                    pieces
                        .extend((told < start).then_some(Piece { at: told..start, copied: None }));
                    pieces.push(Piece { at: start..end, copied: Some(offset) });
                }
            }
            told = end;
        }
    }
    pieces.extend((told < end).then_some(Piece { at: told..end, copied: None }));
    if end == length { Ok(()) } else { Err(Broken) }
}

/// So many bytes are copied at once.
const BLOCK: usize = 64;
/// From this length on a copy is left to the C library. The one that releases for Linux are linked
/// with is slow at any length.
const LONG: usize = if cfg!(target_env = "musl") { usize::MAX } else { 1024 };

/// Copies so many bytes from the beginning of one slice to that of another, both of which are as
/// long at least. A history is millions of copies of a few dozen or hundred bytes: musl took a
/// quarter of all time for them.
fn copy(from: &[u8], to: &mut [u8], length: usize) {
    // Most are shorter than a block, and there is room for one: what is too much of it is written
    // over later.
    if length <= BLOCK
        && let (Some(from), Some(to)) = (from.first_chunk(), to.first_chunk_mut())
    {
        return block(from, to);
    }
    let (from, to) = (&from[..length], &mut to[..length]);
    if length >= LONG {
        return to.copy_from_slice(from);
    }
    let ((blocks, _), (room, _)) = (from.as_chunks(), to.as_chunks_mut());
    room.iter_mut().zip(blocks).for_each(|(to, from)| block(from, to));
    // What is left over is written with what stands before it, a second time.
    if let (Some(from), Some(to)) = (from.last_chunk(), to.last_chunk_mut()) {
        block(from, to);
    } else {
        to.copy_from_slice(from);
    }
}

/// In parts: of a loop over whole blocks the compiler would make a call again.
fn block(from: &[u8; BLOCK], to: &mut [u8; BLOCK]) {
    let ((from, _), (to, _)) = (from.as_chunks::<16>(), to.as_chunks_mut::<16>());
    to[0] = from[0];
    to[1] = from[1];
    to[2] = from[2];
    to[3] = from[3];
}

/// What is left to read.
struct Reader<'a>(Padded<'a>);

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = *self.0.bytes.first()?;
        self.skip(1)?;
        Some(byte)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.0.length = self.0.length.checked_sub(count)?;
        self.0.bytes = self.0.bytes.get(count..)?;
        Some(())
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

    /// Where to copy from and how much: the command says which of seven bytes are there, the lowest
    /// first.
    fn copy(&mut self, command: u8) -> Result<(usize, usize), Broken> {
        let word = self.0.bytes.first_chunk().map_or_else(
            || {
                let mut bytes = [0; 8];
                bytes[..self.0.bytes.len()].copy_from_slice(self.0.bytes);
                u64::from_le_bytes(bytes)
            },
            |eight| u64::from_le_bytes(*eight),
        );
        let (offset, length) = (usize::from(command & 0xf), usize::from(command >> 4 & 0x7));
        let read = COUNTS[offset] + COUNTS[length];
        self.skip(read as usize).ok_or(Broken)?;
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

/// The number whose bytes, the lowest first, come one after another where their bit is set, and are
/// nothing where it is not.
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
    use std::ops::Range;

    use super::*;

    #[test]
    fn copies_that_continue_each_other_are_one_piece() {
        let delta = [10, 12, 0x91, 2, 3, 0x91, 5, 2, 3, b'x', b'y', b'z', 1, b'!', 0x91, 0, 3];
        let (mut text, mut pieces) = ([0; 12], Vec::new());
        assert_eq!(length(10, Padded::bare(&delta)), Ok(12));
        let mut apply = |brief| {
            let made = apply(
                Padded::bare(b"0123456789"),
                Padded::bare(&delta),
                brief,
                (&mut text, 12),
                &mut pieces,
            );
            (made, text, pieces.clone())
        };
        let piece = |at: Range<usize>, copied| Piece { at, copied };
        let all = vec![piece(0..5, Some(2)), piece(5..9, None), piece(9..12, Some(0))];
        assert_eq!(apply(0), (Ok(()), *b"23456xyz!012", all));
        let longer = vec![piece(0..3, Some(2)), piece(3..9, None), piece(9..12, Some(0))];
        assert_eq!(apply(2), (Ok(()), *b"23456xyz!012", longer));
        assert_eq!(apply(3), (Ok(()), *b"23456xyz!012", vec![piece(0..12, None)]));
    }

    #[test]
    fn a_number_has_the_bytes_that_are_there() {
        assert_eq!(
            (spread(0x0403_0201, 0), spread(0x0403_0201, 1), spread(0x0403_0201, 15)),
            (0, 1, 0x0403_0201)
        );
        assert_eq!(
            (spread(0x0403_0201, 2), spread(0x0403_0201, 5), spread(0x0403_0201, 12)),
            (0x0100, 0x0002_0001, 0x0201_0000)
        );
        let copy = |command, bytes| Reader(Padded::bare(bytes)).copy(command);
        assert_eq!(copy(0xff, &[1, 2, 3, 4, 5, 6, 7]), Ok((0x0403_0201, 0x0007_0605)));
        assert_eq!(copy(0xa2, &[1, 2]), Ok((0x0100, 0x0200)));
        assert_eq!((copy(0x80, &[]), copy(0x81, &[])), (Ok((0, 0x10000)), Err(Broken)));
    }

    #[test]
    fn a_copy_is_all_of_it_and_nothing_behind_its_block() {
        let from: Vec<u8> = (0..2200).map(|byte| (byte % 251) as u8).collect();
        for length in (0..200).chain([1023, 1024, 1025, 2000]) {
            for (before, behind) in [(20, 0), (20, 7), (0, 100)] {
                let mut to = vec![0xff; before + length + behind];
                copy(&from[3..], &mut to[before..], length);
                assert_eq!(
                    to[..before + length],
                    [&vec![0xff; before], &from[3..3 + length]].concat(),
                    "{length}"
                );
                let written =
                    if length <= BLOCK && length + behind >= BLOCK { BLOCK - length } else { 0 };
                assert!(
                    to[before + length + written..].iter().all(|byte| *byte == 0xff),
                    "{length}"
                );
            }
            // What is copied is the last there is.
            let mut to = vec![0; length + 100];
            copy(&from[from.len() - length..], &mut to, length);
            assert_eq!(to[..length], from[from.len() - length..]);
        }
    }

    #[test]
    fn what_stands_behind_a_text_is_never_taken_for_it() {
        let padded = |bytes: &'static [u8], length| Padded { bytes, length };
        let delta = |length| padded(&[4, 6, 0x91, 0, 4, 2, b'x', b'y', 0x91, 0, 2], length);
        let apply = |base, delta| {
            let mut text = [b'.'; 80];
            apply(base, delta, 0, (&mut text, 6), &mut Vec::new()).map(|()| text[..6].to_vec())
        };
        assert_eq!(apply(padded(b"abcdefgh", 4), delta(8)), Ok(b"abcdxy".to_vec()));
        assert_eq!(apply(padded(b"abcdefgh", 4), delta(11)), Err(Broken));
        for short in 0..8 {
            assert_eq!(apply(padded(b"abcdefgh", 4), delta(short)), Err(Broken), "{short}");
        }
        assert_eq!(
            apply(padded(b"abcdefgh", 4), padded(&[4, 6, 0x91, 0, 5, 1, b'x'], 7)),
            Err(Broken)
        );
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
            let (base, delta) = (Padded::bare(b"0123456789"), Padded::bare(delta));
            let length = length(10, delta).unwrap_or(0).min(64);
            assert_eq!(
                apply(base, delta, 0, (&mut [0; 64], length), &mut Vec::new()),
                Err(Broken),
                "{:?}",
                delta.bytes
            );
        }
    }
}
