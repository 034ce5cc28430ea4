//! The entries of a tree, reading only those that its base does not have: a tree stored as a delta
//! is mostly copied, and an entry that is copied completely is the base's. Knows nothing about
//! tokens.

use std::ops::Range;

use gix_hash::Kind;

use super::object_text::{Entry, entry};
use crate::scan::types::Piece;

/// Where the entries of a tree begin, and behind them where the last one ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    bounds: Vec<usize>,
}

/// The next of a tree's entries.
pub(crate) enum Next<'a> {
    /// One that the base has not, and its number.
    New(Entry<'a>, usize),
    /// The base's of these numbers, of which the first gets this number here.
    Same(Range<usize>, usize),
}

impl Listing {
    /// Lists a tree that is made of pieces of a base, if it is. What cannot be read ends it.
    pub(crate) fn of<'a>(
        text: &'a [u8],
        kind: Kind,
        base: Option<(&[Piece], &Self)>,
        next: &mut dyn FnMut(Next<'a>),
    ) -> Self {
        let mut listing = Self::default();
        listing.fill(text, kind, base, next);
        listing
    }

    /// The same, in the place of what was listed before.
    pub(crate) fn fill<'a>(
        &mut self,
        text: &'a [u8],
        kind: Kind,
        base: Option<(&[Piece], &Self)>,
        next: &mut dyn FnMut(Next<'a>),
    ) {
        let Self { bounds } = self;
        bounds.clear();
        let (mut at, mut rest) = (0, base.map_or(&[][..], |(pieces, _)| pieces));
        loop {
            while let [first, behind @ ..] = rest
                && first.at.end <= at
            {
                rest = behind;
            }
            let same = base.zip(rest.first()).and_then(|((_, base), piece)| base.copied(piece, at));
            if let Some(same) = same {
                let from = &base.map_or(&[][..], |(_, base)| base.bounds.as_slice())
                    [same.start..=same.end];
                let (first, last) =
                    (from.first().copied().unwrap_or(0), from.last().copied().unwrap_or(0));
                next(Next::Same(same, bounds.len()));
                bounds.extend(from[..from.len() - 1].iter().map(|bound| bound - first + at));
                at += last - first;
            } else if let Some((entry, length)) = entry(&text[at..], kind) {
                next(Next::New(entry, bounds.len()));
                bounds.push(at);
                at += length;
            } else {
                bounds.push(at);
                return;
            }
        }
    }

    /// Which entries, one at least, a piece of another text has a copy of from there on.
    fn copied(&self, piece: &Piece, at: usize) -> Option<Range<usize>> {
        let from = piece.copied? + (at - piece.at.start);
        let end = piece.copied? + piece.at.len();
        let first = self.bounds.binary_search(&from).ok()?;
        let last = self.bounds.partition_point(|bound| *bound <= end).checked_sub(1)?;
        (first < last).then_some(first..last)
    }
}

#[cfg(test)]
mod tests {
    use super::super::pack::applied;
    use super::*;

    fn tree(entries: &[(&str, u8)]) -> Vec<u8> {
        entries
            .iter()
            .flat_map(|(name, id)| [format!("100644 {name}\0").as_bytes(), &[*id; 20]].concat())
            .collect()
    }

    /// What `to` has, as a delta of `from` by pieces of so many bytes: the names that were read,
    /// and how many were not.
    fn read(from: &[u8], to: &[u8], size: usize) -> (Vec<String>, usize, Listing) {
        let mut delta = vec![];
        for length in [from.len(), to.len()] {
            delta.extend([(length & 0x7f) as u8 | 0x80, (length >> 7) as u8]);
        }
        for chunk in to.chunks(size) {
            match from.windows(chunk.len()).position(|window| window == chunk) {
                Some(at) => {
                    delta.extend([0x80 | 0x03 | 0x10, at as u8, (at >> 8) as u8, chunk.len() as u8])
                }
                None => {
                    delta.push(chunk.len() as u8);
                    delta.extend(chunk);
                }
            }
        }
        let (text, pieces) = applied(from, &delta, 0).unwrap();
        assert_eq!(text, to);
        let base = Listing::of(from, Kind::Sha1, None, &mut |_| ());
        let (mut names, mut same, mut numbers) = (Vec::new(), 0, 0);
        let listing = Listing::of(to, Kind::Sha1, Some((&pieces, &base)), &mut |next| match next {
            Next::New(entry, number) => {
                assert_eq!(number, numbers);
                numbers += 1;
                names.push(String::from_utf8(entry.name.to_vec()).unwrap());
            }
            Next::Same(range, number) => {
                assert_eq!(number, numbers);
                numbers += range.len();
                same += range.len();
            }
        });
        (names, same, listing)
    }

    #[test]
    fn what_is_copied_is_not_read_again_and_what_is_new_is() {
        let from =
            tree(&[("Cargo.toml", 1), ("README.md", 2), ("build.rs", 3), ("src", 4), ("tests", 5)]);
        let to = tree(&[
            ("Cargo.toml", 1),
            ("LICENSE", 9),
            ("README.md", 2),
            ("build.rs", 7),
            ("src", 4),
            ("tests", 5),
        ]);
        for size in 1..=120 {
            let (names, same, listing) = read(&from, &to, size);
            assert_eq!(names.len() + same, 6, "{size}");
            assert_eq!(
                listing.bounds,
                Listing::of(&to, Kind::Sha1, None, &mut |_| ()).bounds,
                "{size}"
            );
            for new in ["LICENSE", "build.rs"] {
                assert!(names.iter().any(|name| name == new), "{size}: {new}");
            }
        }
        assert_eq!(read(&from, &from, 100).1, 5);
    }

    #[test]
    fn a_name_made_of_what_was_an_id_is_read() {
        // The id of the first is what the second tree has as an entry.
        let inside = b"100644 tok_abc\0\x01\x02\x03\x04\x05";
        let from = [b"100644 a\0", &inside[..], b"100644 b\0", &[7; 20][..]].concat();
        let to = [&inside[..], &[9; 15][..], b"100644 b\0", &[7; 20][..]].concat();
        let (names, ..) = read(&from, &to, 20);
        assert_eq!(names.first().map(String::as_str), Some("tok_abc"));
    }
}
