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

/// Makes the text that `delta` makes of `base`, and tells the pieces: neighbours that belong together are one.
pub(super) fn apply(base: &[u8], delta: &[u8], text: &mut Vec<u8>, pieces: &mut Vec<Piece>) -> Result<(), Broken> {
    let mut reader = Reader(delta);
    let (from, to) = (reader.size()?, reader.size()?);
    if from != base.len() {
        return Err(Broken);
    }
    text.clear();
    text.reserve_exact(to);
    pieces.clear();
    while let Some(command) = reader.next() {
        let start = text.len();
        let copied = if command & 0x80 == 0 {
            // A length of nothing is reserved.
            let fresh = reader.take(usize::from(command)).filter(|fresh| !fresh.is_empty()).ok_or(Broken)?;
            text.extend_from_slice(fresh);
            None
        } else {
            let offset = reader.number(command & 0x0f, 4)?;
            let length = match reader.number(command >> 4 & 0x07, 3)? {
                0 => 0x10000,
                length => length,
            };
            text.extend_from_slice(base.get(offset..offset.saturating_add(length)).ok_or(Broken)?);
            Some(offset)
        };
        if text.len() > to {
            return Err(Broken);
        }
        put(pieces, start..text.len(), copied);
    }
    if text.len() == to { Ok(()) } else { Err(Broken) }
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

    /// The bytes that `present` says are there, the lowest first.
    fn number(&mut self, present: u8, bytes: u32) -> Result<usize, Broken> {
        let mut number = 0;
        for place in (0..bytes).filter(|place| present >> place & 1 == 1) {
            number |= usize::from(self.next().ok_or(Broken)?) << (8 * place);
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_that_continue_each_other_are_one_piece() {
        let delta = [10, 12, 0x91, 2, 3, 0x91, 5, 2, 3, b'x', b'y', b'z', 1, b'!', 0x91, 0, 3];
        let (mut text, mut pieces) = (Vec::new(), Vec::new());
        assert_eq!(apply(b"0123456789", &delta, &mut text, &mut pieces), Ok(()));
        assert_eq!(text, b"23456xyz!012");
        let piece = |at: Range<usize>, copied| Piece { at, copied };
        assert_eq!(pieces, [piece(0..5, Some(2)), piece(5..9, None), piece(9..12, Some(0))]);
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
