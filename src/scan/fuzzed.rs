//! Entry points of the fuzz targets: any bytes as git's objects. The invariants are asserted here,
//! where the internal types are known.

use std::path::Path;

use gix_hash::Kind;

use super::detect::incremental::{BRIEF, BlobMatches, Buffers, TextDelta};
use super::detect::rules::Rules;
use super::git::object_text::{CommitText, entry};
use super::git::pack::{Delta, Forest, Object, ObjectKind, Unpacker, Visitor, applied};
use super::git::tree_listing::{Listing, Next};
use super::types::Piece;

/// Takes bytes for a delta of a base, for a tree, for a commit.
///
/// # Panics
/// When something does not hold.
#[doc(hidden)]
pub fn fuzzed_object(rules: &Rules, bytes: &[u8]) {
    for kind in [Kind::Sha1, Kind::Sha256] {
        let mut rest = bytes;
        while let Some((entry, length)) = entry(rest, kind) {
            assert!(
                entry.name.len() < length && length <= rest.len(),
                "an entry that is not there"
            );
            rest = &rest[length..];
        }
    }
    assert!(CommitText::read(bytes).message.len() <= bytes.len());
    let (length, rest) =
        bytes.split_first().map_or((0, bytes), |(length, rest)| (usize::from(*length) * 4, rest));
    let (base, delta) = rest.split_at(length.min(rest.len()));
    for brief in [0, BRIEF] {
        if let Some((text, pieces)) = applied(base, delta, brief) {
            made(rules, base, &text, &pieces);
        }
    }
}

/// Looks at what a delta made of a base, in pieces.
fn made(rules: &Rules, base: &[u8], text: &[u8], pieces: &[Piece]) {
    let mut at = 0;
    for piece in pieces {
        assert!(piece.at.start == at && piece.at.end <= text.len(), "pieces do not meet");
        at = piece.at.end;
        if let Some(from) = piece.copied {
            assert!(base[from..from + piece.at.len()] == text[piece.at.clone()], "a copy is none");
        }
    }
    assert!(at == text.len());
    for kind in [Kind::Sha1, Kind::Sha256] {
        let (mut all, mut names) = (Vec::new(), Vec::new());
        let list = |next: Next<'_>, new: &mut Vec<Vec<u8>>| match next {
            Next::New(entry, _) => new.push(entry.name.to_vec()),
            Next::Same(..) => {}
        };
        let whole = Listing::of(text, kind, None, &mut |next| list(next, &mut all));
        let of_base = Listing::of(base, kind, None, &mut |next| list(next, &mut names));
        let known =
            Listing::of(text, kind, Some((pieces, &of_base)), &mut |next| list(next, &mut names));
        assert!(known == whole, "a tree has other entries as a delta");
        assert!(all.iter().all(|name| names.contains(name)), "a name was read in neither tree");
    }
    // What is known of the base and what is new give the same as all of it.
    let known = BlobMatches::of(rules, base);
    let delta = TextDelta { text, pieces, base: &known, length: base.len() };
    let made = BlobMatches::of_delta(rules, &delta, &mut Buffers::default());
    let told = |marks: &BlobMatches| {
        let all = marks.settled(rules, text).into_iter();
        all.map(|one| (one.range(), one.decoded)).collect::<Vec<_>>()
    };
    assert!(told(&made) == told(&BlobMatches::of(rules, text)), "a delta hides or makes a token");
}

/// Takes a pack and its index from a folder, and unpacks all there is.
#[doc(hidden)]
pub fn fuzzed_pack(index: &Path) {
    let Ok(forest) = Forest::open(index, Kind::Sha1) else { return };
    let (mut unpacker, mut count) = (Unpacker::default(), Count(0));
    for root in forest.roots(&|_| true) {
        unpacker.walk(&forest, root, &mut count);
    }
}

/// Counts objects.
struct Count(usize);

impl Visitor for Count {
    type Known = ();

    fn whole(&mut self, _: Object<'_>, text: &[u8]) {
        self.0 += text.len();
    }

    fn delta(&mut self, _: Object<'_>, delta: &Delta<'_, ()>) -> Option<()> {
        self.0 += delta.text.len();
        Some(())
    }

    fn brief(&self, _: ObjectKind) -> usize {
        0
    }

    fn passed_over(&mut self, _: Object<'_>) {}
}
