//! Scans objects for tokens: blobs, messages and the names in trees. Of a blob's delta only the new
//! part is read, and the base's matches are reused; a name is read once, however many trees have
//! it. Keeps only what may be reported about a hit, and no text.

use std::sync::Arc;

use gix_hash::{Kind, ObjectId, oid};

use super::super::archive::kind::Kind as ArchiveKind;
use super::super::content::{self, Looked};
use super::super::stream::Scratch;
use super::graph::{Graph, Held};
use crate::domain::Finding;
use crate::scan::detect::encoding::Encoding;
use crate::scan::detect::incremental::{BRIEF, BlobMatches, Buffers, TextDelta};
use crate::scan::detect::position::Cursor;
use crate::scan::git::fast_hash::Set;
use crate::scan::git::object_set::There;
use crate::scan::git::object_text::{CommitText, HEADER, MESSAGE, TAG};
use crate::scan::git::pack::{Delta, Object, ObjectKind, Visitor};
use crate::scan::git::tree_listing::{Listing, Next};
use crate::scan::options::Options;
use crate::scan::redact::{Authorship, author, finding, in_name};
use crate::scan::types::Piece;

/// How many names are remembered.
const NAMES: usize = 1 << 17;

/// The result of one thread.
pub(super) struct ObjectScanner<'a> {
    options: &'a Options<'a>,
    kind: Kind,
    scratch: Scratch,
    work: Buffers,
    spare: Tree,
    /// Names that are known not to be tokens.
    clean: Set<Box<[u8]>>,
    pub(super) blobs: Vec<(ObjectId, Vec<Finding>)>,
    /// Which parts of archives were not unpacked, and why.
    pub(super) lost: Vec<(ObjectId, Vec<String>)>,
    pub(super) messages: Vec<Message>,
    /// Names with hits, by their tree.
    pub(super) names: Vec<(ObjectId, Vec<u8>, Vec<Finding>)>,
    /// Who has which tree and who comes after whom, where that is asked for.
    pub(super) graph: Option<Graph>,
    /// What is there, as long as nothing is known to be missing.
    there: Option<&'a There>,
    /// Whether an object refers to a missing one.
    pub(super) lacks: bool,
}

/// A message or a header with hits, or with what was not unpacked.
pub(super) struct Message {
    /// Which of them it is.
    pub(super) place: &'static str,
    pub(super) id: ObjectId,
    pub(super) by: Authorship,
    pub(super) seen: Vec<Finding>,
    pub(super) lost: Vec<String>,
}

impl<'a> ObjectScanner<'a> {
    pub(super) fn new(
        options: &'a Options<'a>,
        kind: Kind,
        wanted: Option<Arc<Set<ObjectId>>>,
    ) -> Self {
        let graph = wanted.map(Graph::of);
        let (blobs, lost, messages, names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let scratch = Scratch::new(options);
        Self {
            options,
            kind,
            scratch,
            work: Buffers::default(),
            spare: Tree::default(),
            clean: Set::default(),
            blobs,
            lost,
            messages,
            names,
            graph,
            there: None,
            lacks: false,
        }
    }

    /// The same, that also sees whether what trees and commits name is there.
    pub(super) fn among(mut self, there: &'a There) -> Self {
        self.there = Some(there);
        self
    }

    fn must_be_there(&mut self, id: &oid) {
        if self.there.is_some_and(|there| !there.has(id)) {
            (self.there, self.lacks) = (None, true);
        }
    }

    fn look(&mut self, object: Object<'_>, text: &[u8], known: &BlobMatches) {
        match object.what {
            ObjectKind::Blob => self.blob(object.id, text, known),
            ObjectKind::Commit | ObjectKind::Tag => self.message(object, text),
            ObjectKind::Tree => {}
        }
    }

    fn blob(&mut self, id: &oid, text: &[u8], known: &BlobMatches) {
        let seen = if known.is_opaque() || ArchiveKind::of(text).is_some() {
            let looked = content::text(text, &mut self.scratch, self.options);
            if !looked.lost.is_empty() {
                // What was not read has a path to be told, too.
                self.lost.push((id.to_owned(), looked.lost));
                self.blobs.push((id.to_owned(), looked.seen));
                return;
            }
            looked.seen
        } else if Encoding::of(text) != Encoding::Plain
            || !self.options.rules.is_local()
            || self.options.explain
            || self.scratch.knows_any(text)
        {
            // Deltas are of bytes, not of characters, and a rule without anything to be looked for
            // reads every byte: as a whole.
            self.whole_text(text)
        } else if known.has_any() {
            let mut cursor = Cursor::new(text);
            let all = known.settled(self.options.rules, text);
            let seen: Vec<Finding> =
                all.iter().map(|one| finding(one, text, &mut cursor, self.options)).collect();
            self.blobs.push((id.to_owned(), seen));
            return;
        } else {
            return;
        };
        if !seen.is_empty() {
            self.blobs.push((id.to_owned(), seen));
        }
    }

    /// What a commit or a tag says itself.
    fn message(&mut self, object: Object<'_>, text: &[u8]) {
        let read = CommitText::read(text);
        let message = if object.what == ObjectKind::Tag { TAG } else { MESSAGE };
        for (place, part) in [(HEADER, read.head), (message, read.message)] {
            let Looked { seen, lost, .. } = content::text(part, &mut self.scratch, self.options);
            if !seen.is_empty() || !lost.is_empty() {
                let by = author(read.by, self.options);
                let id = object.id.to_owned();
                self.messages.push(Message { place, id, by, seen, lost });
            }
        }
        if object.what == ObjectKind::Commit {
            if let Some(tree) = &read.tree {
                self.must_be_there(tree);
            }
            if let Some(graph) = &mut self.graph {
                graph.commit(object.id.to_owned(), &read);
            }
        }
    }

    /// Scans the names in a tree, and the entries that its base does not have.
    fn tree(&mut self, id: &oid, text: &[u8], base: Option<(&[Piece], &Tree)>) -> Tree {
        // Names with hits are reported for each tree that has them.
        let base = base.filter(|(_, tree)| !tree.has_hits);
        let Tree { mut listing, mut held, .. } = std::mem::take(&mut self.spare);
        let mut has_hits = false;
        held.clear();
        listing.fill(
            text,
            self.kind,
            base.map(|(pieces, tree)| (pieces, &tree.listing)),
            &mut |next| match next {
                Next::New(entry, number) => {
                    has_hits |= self.name(id, entry.name);
                    if !entry.is_module {
                        self.must_be_there(entry.id);
                    }
                    let new = self.graph.as_mut().and_then(|graph| graph.held(&entry));
                    held.extend(new.map(|new| (number, new)));
                }
                Next::Same(same, number) => {
                    let all = base.map_or(&[][..], |(_, tree)| tree.held.as_slice());
                    let first = all.partition_point(|(place, _)| *place < same.start);
                    let held_too = all[first..].iter().take_while(|(place, _)| *place < same.end);
                    held.extend(
                        held_too.map(|(place, same_one)| (place - same.start + number, *same_one)),
                    );
                }
            },
        );
        if let Some(graph) = &mut self.graph {
            graph.tree(id, held.iter().map(|(_, held)| *held));
        }
        Tree { listing, held, has_hits }
    }

    /// Scans a name in a tree; returns whether it has a hit.
    fn name(&mut self, tree: &oid, name: &[u8]) -> bool {
        if self.clean.contains(name) {
            return false;
        }
        let seen = in_name(name, self.options);
        if !seen.is_empty() {
            self.names.push((tree.to_owned(), name.to_vec(), seen));
            return true;
        }
        if self.clean.len() >= NAMES {
            self.clean.clear();
        }
        self.clean.insert(name.into());
        false
    }

    fn whole_text(&mut self, mut text: &[u8]) -> Vec<Finding> {
        let (mut seen, options) = (Vec::new(), self.options);
        // Reading from memory cannot fail.
        let _ = self.scratch.find(options, &mut text, &mut |found| seen.push(found));
        seen
    }
}

/// What is known of an object that others are deltas of.
pub(super) enum Known {
    Text(BlobMatches),
    Tree(Tree),
    Nothing,
}

/// What is known of a tree.
#[derive(Default)]
pub(super) struct Tree {
    listing: Listing,
    /// By the entry's number.
    held: Vec<(usize, Held)>,
    has_hits: bool,
}

impl Visitor for ObjectScanner<'_> {
    type Known = Known;

    fn whole(&mut self, object: Object<'_>, text: &[u8]) -> Known {
        match object.what {
            ObjectKind::Blob => {
                let marks = BlobMatches::of(self.options.rules, text);
                self.look(object, text, &marks);
                Known::Text(marks)
            }
            ObjectKind::Tree => Known::Tree(self.tree(object.id, text, None)),
            ObjectKind::Commit | ObjectKind::Tag => {
                self.look(object, text, &BlobMatches::default());
                Known::Nothing
            }
        }
    }

    fn delta(&mut self, object: Object<'_>, delta: &Delta<'_, Known>) -> Option<Known> {
        match delta.base {
            Known::Text(base) => {
                let Delta { text, pieces, length, .. } = *delta;
                let delta_of = TextDelta { text, pieces, base, length };
                let marks = BlobMatches::of_delta(self.options.rules, &delta_of, &mut self.work);
                self.look(object, delta.text, &marks);
                if delta.is_base {
                    return Some(Known::Text(marks));
                }
                self.work.reuse(marks);
            }
            Known::Tree(base) => {
                let tree = self.tree(object.id, delta.text, Some((delta.pieces, base)));
                if delta.is_base {
                    return Some(Known::Tree(tree));
                }
                self.spare = tree;
            }
            Known::Nothing => self.look(object, delta.text, &BlobMatches::default()),
        }
        Some(Known::Nothing)
    }

    fn brief(&self, what: ObjectKind) -> usize {
        match what {
            ObjectKind::Blob => BRIEF,
            ObjectKind::Tree => 0,
            // Read whole.
            ObjectKind::Commit | ObjectKind::Tag => usize::MAX,
        }
    }

    fn passed_over(&mut self, _: Object<'_>) {}
}
