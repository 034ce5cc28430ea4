//! Unpacks the objects of one tree of deltas, each once, depth first. A base is kept only while
//! deltas of it remain, and the largest subtree comes last, so that few texts are in memory. An
//! object that cannot be unpacked is reported with all its descendants.

use gix_hash::oid;
use libdeflater::Decompressor;

use super::delta::{self, Padded};
use super::forest::{Forest, NONE, ObjectKind};
use crate::scan::types::Piece;

/// Objects larger than this are not unpacked into memory.
const LARGEST: usize = 96 << 20;
/// Room behind an object: what unpacks it, or copies from it, is slow where it has to watch the end
/// of its buffer, and most objects are nothing but an end.
const ROOM: usize = 320;
/// Buffers larger than this are not kept for the next object.
const KEPT: usize = 1 << 20;

/// An object of a pack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    pub(crate) what: ObjectKind,
    /// Where the index has it: most are never read.
    pub(crate) id: &'a oid,
}

/// An object as it is made of its base.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delta<'a, K> {
    pub(crate) text: &'a [u8],
    pub(crate) pieces: &'a [Piece],
    /// What is known of the base.
    pub(crate) base: &'a K,
    /// How long the base is.
    pub(crate) length: usize,
    /// Whether others are made of it, so that what is known of it is asked for.
    pub(crate) is_base: bool,
}

/// Somebody who looks at objects, and is handed back what it knows of an object's base.
pub(crate) trait Visitor {
    /// What is known of an object after looking at it.
    type Known;
    /// An object that is stored whole.
    fn whole(&mut self, object: Object<'_>, text: &[u8]) -> Self::Known;
    /// An object that is stored as a delta.
    fn delta(&mut self, object: Object<'_>, delta: &Delta<'_, Self::Known>) -> Option<Self::Known>;
    /// Copies no longer than this are not told of as pieces of their own: to look at one again
    /// costs less than to keep account of it.
    fn brief(&self, what: ObjectKind) -> usize;
    /// One that could not be unpacked here: broken, too large, or a delta of such a one.
    fn passed_over(&mut self, object: Object<'_>);
}

/// Buffers for one thread.
pub(crate) struct Unpacker {
    inflate: Decompressor,
    delta: Buffer,
    pieces: Vec<Piece>,
    spare: Vec<Buffer>,
}

/// Room for a text. Never gets smaller, so that it is seldom made anew.
#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    length: usize,
}

impl Buffer {
    fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn padded(&self) -> Padded<'_> {
        Padded { bytes: &self.bytes, length: self.length }
    }

    /// Room for a text of this length, and for more behind it. What stands there is to be written
    /// over.
    fn room(&mut self, length: usize) -> &mut [u8] {
        if self.bytes.len() < length + ROOM {
            self.bytes = vec![0; length + length / 4 + ROOM];
        }
        self.length = length;
        &mut self.bytes
    }
}

/// An object whose deltas are not all done.
struct Base<K> {
    text: Buffer,
    known: K,
    /// What is left begins here.
    next: u32,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self {
            inflate: Decompressor::new(),
            delta: Buffer::default(),
            pieces: Vec::new(),
            spare: Vec::new(),
        }
    }
}

impl Unpacker {
    /// Shows a root and everything that hangs on it.
    pub(crate) fn walk<V: Visitor>(&mut self, forest: &Forest, root: u32, visitor: &mut V) {
        let Some(what) = forest.what(root) else { return };
        let object = |number| Object { what, id: forest.id(number) };
        let mut text = self.spare.pop().unwrap_or_default();
        if self.inflate(forest, root, &mut text).is_none() {
            pass_over(forest, root, what, visitor);
            return self.keep(text);
        }
        let known = visitor.whole(object(root), text.text());
        let mut bases = vec![Base { text, known, next: forest.first_child(root) }];
        while let Some(mut base) = bases.pop() {
            let child = base.next;
            if child == NONE {
                self.keep(base.text);
                continue;
            }
            let first = forest.first_child(child);
            let mut text = self.spare.pop().unwrap_or_default();
            let known = if self
                .unpack(forest, child, base.text.padded(), visitor.brief(what), &mut text)
                .is_some()
            {
                let (text, pieces, length) =
                    (text.text(), self.pieces.as_slice(), base.text.length);
                visitor.delta(
                    object(child),
                    &Delta { text, pieces, base: &base.known, length, is_base: first != NONE },
                )
            } else {
                pass_over(forest, child, what, visitor);
                None
            };
            base.next = forest.next_sibling(child);
            // After the last nothing needs this base.
            if base.next == NONE {
                self.keep(base.text);
            } else {
                bases.push(base);
            }
            match known {
                Some(known) if first != NONE => bases.push(Base { text, known, next: first }),
                _ => self.keep(text),
            }
        }
    }

    fn unpack(
        &mut self,
        forest: &Forest,
        number: u32,
        base: Padded<'_>,
        brief: usize,
        text: &mut Buffer,
    ) -> Option<()> {
        let mut delta = std::mem::take(&mut self.delta);
        let made = self.inflate(forest, number, &mut delta).and_then(|()| {
            let length = delta::length(base.length, delta.padded())
                .ok()
                .filter(|length| *length <= LARGEST)?;
            delta::apply(base, delta.padded(), brief, (text.room(length), length), &mut self.pieces)
                .ok()
        });
        self.delta = delta;
        made
    }

    fn inflate(&mut self, forest: &Forest, number: u32, out: &mut Buffer) -> Option<()> {
        let entry = forest.pack.entry(forest.offset(number)).ok()?;
        let size = usize::try_from(entry.decompressed_size).ok().filter(|size| *size <= LARGEST)?;
        let end = u64::try_from(forest.pack.pack_end()).ok()?;
        let packed = (entry.data_offset < end)
            .then(|| forest.pack.entry_slice(entry.data_offset..end))
            .flatten()?;
        let written = self.inflate.zlib_decompress(packed, out.room(size)).ok()?;
        (written == size).then_some(())
    }

    fn keep(&mut self, buffer: Buffer) {
        if buffer.bytes.len() <= KEPT {
            self.spare.push(buffer);
        }
    }
}

fn pass_over<V: Visitor>(forest: &Forest, number: u32, what: ObjectKind, visitor: &mut V) {
    let mut open = vec![number];
    while let Some(number) = open.pop() {
        visitor.passed_over(Object { what, id: forest.id(number) });
        open.extend(forest.children(number));
    }
}
