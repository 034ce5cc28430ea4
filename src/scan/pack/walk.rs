//! Unpacks the objects of one tree of deltas, each once, depth first. A base is kept only while deltas of it are left, and the heaviest
//! of them is the last, so few texts are held at a time. What cannot be unpacked is told of with all that hangs on it.

use gix_hash::ObjectId;
use gix_zlib::{Inflate, Status};

use super::delta::{Piece, apply};
use super::forest::{Forest, What};

/// Objects larger than this are not unpacked into memory.
const LARGEST: u64 = 96 << 20;
/// Room behind an object: what unpacks it is slow where it has to watch the end of its buffer, and most objects are nothing but an end.
const ROOM: usize = 320;
/// Buffers larger than this are not kept for the next object.
const KEPT: usize = 1 << 20;

/// An object of a pack.
#[derive(Clone, Copy, Debug)]
pub(in crate::scan) struct Object {
    pub(in crate::scan) what: What,
    pub(in crate::scan) id: ObjectId,
}

/// Somebody who looks at objects, and is handed back what it knows of an object's base.
pub(in crate::scan) trait Visitor {
    /// What is known of an object after looking at it.
    type Known;
    /// An object that is stored whole.
    fn whole(&mut self, object: Object, text: &[u8]) -> Self::Known;
    /// An object that is stored as a delta of a base of this length.
    fn delta(&mut self, object: Object, text: &[u8], pieces: &[Piece], base: &Self::Known, length: usize) -> Self::Known;
    /// One that could not be unpacked here: broken, too large, or a delta of such a one.
    fn passed_over(&mut self, object: Object);
}

/// Buffers for one thread.
#[derive(Default)]
pub(in crate::scan) struct Unpacker {
    inflate: Inflate,
    delta: Vec<u8>,
    pieces: Vec<Piece>,
    spare: Vec<Vec<u8>>,
}

/// An object whose deltas are not all done.
struct Base<K> {
    text: Vec<u8>,
    known: K,
    /// What is left, in reverse order.
    children: Vec<u32>,
}

impl Unpacker {
    /// Shows a root and everything that hangs on it.
    pub(in crate::scan) fn walk<V: Visitor>(&mut self, forest: &Forest, root: u32, visitor: &mut V) {
        let Some(what) = forest.what(root) else { return };
        let object = |number| Object { what, id: forest.id(number) };
        let mut text = self.spare.pop().unwrap_or_default();
        if self.inflate(forest, root, &mut text).is_none() {
            pass_over(forest, root, what, visitor);
            return self.keep(text);
        }
        let known = visitor.whole(object(root), &text);
        let mut bases = vec![Base { text, known, children: self.children(forest, root) }];
        while let Some(base) = bases.last_mut() {
            let Some(child) = base.children.pop() else {
                if let Some(done) = bases.pop() {
                    self.keep(done.text);
                }
                continue;
            };
            let mut text = self.spare.pop().unwrap_or_default();
            let unpacked = self.unpack(forest, child, &base.text, &mut text);
            let known = match unpacked {
                Some(()) => Some(visitor.delta(object(child), &text, &self.pieces, &base.known, base.text.len())),
                None => {
                    pass_over(forest, child, what, visitor);
                    None
                }
            };
            // Nothing else needs this base.
            if base.children.is_empty()
                && let Some(done) = bases.pop()
            {
                self.keep(done.text);
            }
            let children = self.children(forest, child);
            match known {
                Some(known) if !children.is_empty() => bases.push(Base { text, known, children }),
                _ => self.keep(text),
            }
        }
    }

    fn children(&self, forest: &Forest, of: u32) -> Vec<u32> {
        let mut children = forest.children(of);
        children.reverse();
        children
    }

    fn unpack(&mut self, forest: &Forest, number: u32, base: &[u8], text: &mut Vec<u8>) -> Option<()> {
        let mut delta = std::mem::take(&mut self.delta);
        let unpacked = self.inflate(forest, number, &mut delta).filter(|()| target(&delta) <= LARGEST);
        let applied = unpacked.and_then(|()| apply(base, &delta, text, &mut self.pieces).ok());
        self.delta = delta;
        applied
    }

    fn inflate(&mut self, forest: &Forest, number: u32, out: &mut Vec<u8>) -> Option<()> {
        let entry = forest.pack.entry(forest.offset(number)).ok()?;
        if entry.decompressed_size > LARGEST {
            return None;
        }
        let size = usize::try_from(entry.decompressed_size).ok()?;
        // What stood there before is written over.
        out.resize(size + ROOM, 0);
        let end = u64::try_from(forest.pack.pack_end()).ok()?;
        let packed = (entry.data_offset < end).then(|| forest.pack.entry_slice(entry.data_offset..end)).flatten()?;
        self.inflate.reset();
        let (status, _, written) = self.inflate.once(packed, out).ok()?;
        out.truncate(size);
        (status == Status::StreamEnd && written == size).then_some(())
    }

    fn keep(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= KEPT {
            self.spare.push(buffer);
        }
    }
}

/// How long a delta says that its text is.
pub(super) fn target(delta: &[u8]) -> u64 {
    let mut rest = delta.iter().skip_while(|byte| **byte & 0x80 != 0).skip(1);
    let (mut size, mut shift) = (0_u64, 0_u32);
    for byte in rest.by_ref() {
        size |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(u64::MAX);
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    size
}

fn pass_over<V: Visitor>(forest: &Forest, number: u32, what: What, visitor: &mut V) {
    let mut open = vec![number];
    while let Some(number) = open.pop() {
        visitor.passed_over(Object { what, id: forest.id(number) });
        open.extend(forest.children(number));
    }
}
