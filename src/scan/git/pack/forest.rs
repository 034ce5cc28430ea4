//! The objects of one pack as a forest: complete objects are roots, and a delta is a child of its
//! base. Built from the index and the entries' headers, without unpacking; a delta whose base is
//! not in the pack is an orphan.

use std::ops::Range;
use std::path::Path;

use gix_hash::{Kind, ObjectId};
use gix_pack::data::entry::Header;
use gix_pack::{data, index};

/// No object.
pub(super) const NONE: u32 = u32::MAX;

/// What an object is: a root says it, a delta is what its root is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    Commit,
    Tree,
    Blob,
    Tag,
}

/// One object. Objects are numbered by where they stand in the pack.
#[derive(Clone, Copy, Debug)]
struct Node {
    offset: u64,
    /// In the index, which knows the id.
    entry: u32,
    first_child: u32,
    next_sibling: u32,
    /// How much there is to unpack, with all that hangs on it; saturates.
    weight: u32,
    what: Option<ObjectKind>,
}

/// The objects of one pack.
pub(crate) struct Forest {
    pub(super) pack: data::File,
    index: index::File,
    nodes: Vec<Node>,
    /// Whole objects, the heaviest first.
    roots: Vec<u32>,
    /// Deltas whose base is not here, what cannot be read, and what hangs on either.
    pub(crate) orphans: Vec<ObjectId>,
}

impl Forest {
    /// Opens a pack by its index.
    pub(crate) fn open(path: &Path, kind: Kind) -> Result<Self, String> {
        let index = index::File::at(path, kind).map_err(|error| error.to_string())?;
        let pack =
            data::File::at(path.with_extension("pack"), kind).map_err(|error| error.to_string())?;
        let end = u64::try_from(pack.pack_end()).unwrap_or(u64::MAX);
        let mut nodes: Vec<Node> = (0..index.num_objects())
            .map(|entry| Node {
                offset: index.pack_offset_at_index(entry),
                entry,
                first_child: NONE,
                next_sibling: NONE,
                weight: 0,
                what: None,
            })
            .collect();
        if nodes.iter().any(|node| node.offset >= end) {
            return Err("the index refers to places outside the pack".to_owned());
        }
        nodes.sort_unstable_by_key(|node| node.offset);
        let mut forest = Self { pack, index, nodes, roots: Vec::new(), orphans: Vec::new() };
        forest.connect();
        Ok(forest)
    }

    fn connect(&mut self) {
        let mut parents = vec![NONE; self.nodes.len()];
        for (number, parent) in parents.iter_mut().enumerate() {
            let offset = self.nodes[number].offset;
            // What says nothing of itself is an orphan, as what hangs on it.
            let Ok(entry) = self.pack.entry(offset) else { continue };
            self.nodes[number].weight = u32::try_from(entry.decompressed_size).unwrap_or(u32::MAX);
            let base = match entry.header {
                Header::Commit => Err(ObjectKind::Commit),
                Header::Tree => Err(ObjectKind::Tree),
                Header::Blob => Err(ObjectKind::Blob),
                Header::Tag => Err(ObjectKind::Tag),
                Header::OfsDelta { base_distance } => {
                    Ok(Header::verified_base_pack_offset(offset, base_distance)
                        .and_then(|base| self.before(number, base)))
                }
                Header::RefDelta { base_id } => Ok(self
                    .index
                    .lookup(base_id)
                    .and_then(|entry| self.at(self.index.pack_offset_at_index(entry)))),
            };
            match base {
                Err(what) => self.nodes[number].what = Some(what),
                Ok(base) => *parent = base.unwrap_or(NONE),
            }
        }
        self.link(&parents);
    }

    fn link(&mut self, parents: &[u32]) {
        // A base may stand behind its delta where it is named by its id, so weights are added up
        // from the leaves.
        let mut open = vec![0_u32; self.nodes.len()];
        for parent in parents.iter().filter(|parent| **parent != NONE) {
            open[*parent as usize] += 1;
        }
        let mut ready: Vec<u32> = (0..self.nodes.len())
            .filter(|n| open[*n] == 0)
            .filter_map(|n| u32::try_from(n).ok())
            .collect();
        while let Some(number) = ready.pop() {
            let parent = parents[number as usize];
            if parent == NONE {
                continue;
            }
            let weight = self.nodes[number as usize].weight;
            let above = &mut self.nodes[parent as usize];
            above.weight = above.weight.saturating_add(weight);
            open[parent as usize] -= 1;
            if open[parent as usize] == 0 {
                ready.push(parent);
            }
        }
        for (number, parent) in parents.iter().enumerate() {
            let Ok(own) = u32::try_from(number) else { break };
            if *parent != NONE {
                self.nodes[number].next_sibling =
                    std::mem::replace(&mut self.nodes[*parent as usize].first_child, own);
            } else if self.nodes[number].what.is_some() {
                self.roots.push(own);
            }
        }
        self.sort();
        self.roots.sort_by_key(|root| std::cmp::Reverse(self.nodes[*root as usize].weight));
        // Without a root it hangs on: another pack may have its base, or nobody has.
        let mut reached = vec![false; self.nodes.len()];
        let mut open = self.roots.clone();
        while let Some(number) = open.pop() {
            reached[number as usize] = true;
            open.extend(self.children(number));
        }
        let lost = (0..self.nodes.len())
            .filter(|number| !reached[*number])
            .filter_map(|number| u32::try_from(number).ok());
        self.orphans = lost.map(|number| self.id(number).to_owned()).collect();
    }

    /// The object at a place of the pack.
    fn at(&self, offset: u64) -> Option<u32> {
        self.within(0..self.nodes.len(), offset)
    }

    /// The same, where it stands before another, and mostly not far.
    fn before(&self, number: usize, offset: u64) -> Option<u32> {
        let (mut range, mut step) = (number.saturating_sub(1)..number, 1);
        while range.start > 0 && self.nodes[range.start].offset > offset {
            step *= 2;
            range = range.start.saturating_sub(step)..range.start;
        }
        self.within(range, offset)
    }

    fn within(&self, range: Range<usize>, offset: u64) -> Option<u32> {
        let found =
            self.nodes[range.clone()].binary_search_by_key(&offset, |node| node.offset).ok()?;
        u32::try_from(range.start + found).ok()
    }

    /// The first child of an object, or `NONE`. The heaviest is the last: whoever keeps bases for
    /// what is left to do keeps few.
    pub(super) fn first_child(&self, of: u32) -> u32 {
        self.nodes[of as usize].first_child
    }

    /// The child of the same object that comes next, or `NONE`.
    pub(super) fn next_sibling(&self, of: u32) -> u32 {
        self.nodes[of as usize].next_sibling
    }

    /// All children of an object.
    pub(super) fn children(&self, of: u32) -> impl Iterator<Item = u32> {
        let some = |child: u32| (child != NONE).then_some(child);
        std::iter::successors(some(self.first_child(of)), move |child| {
            some(self.next_sibling(*child))
        })
    }

    /// Puts the children of each object in order.
    fn sort(&mut self) {
        let mut children = Vec::new();
        for number in 0..self.nodes.len() {
            let first = self.nodes[number].first_child;
            if first == NONE || self.next_sibling(first) == NONE {
                continue;
            }
            children.clear();
            let Ok(own) = u32::try_from(number) else { break };
            children.extend(self.children(own));
            children.sort_by_key(|child| self.nodes[*child as usize].weight);
            self.nodes[number].first_child = children[0];
            for (place, child) in children.iter().enumerate() {
                self.nodes[*child as usize].next_sibling =
                    children.get(place + 1).copied().unwrap_or(NONE);
            }
        }
    }

    pub(super) fn id(&self, number: u32) -> &gix_hash::oid {
        self.index.oid_at_index(self.nodes[number as usize].entry)
    }

    pub(super) fn offset(&self, number: u32) -> u64 {
        self.nodes[number as usize].offset
    }

    /// Roots of some kinds, the heaviest first.
    pub(crate) fn roots(&self, wanted: &dyn Fn(ObjectKind) -> bool) -> impl Iterator<Item = u32> {
        self.roots.iter().copied().filter(move |root| self.what(*root).is_some_and(wanted))
    }

    pub(super) fn what(&self, root: u32) -> Option<ObjectKind> {
        self.nodes[root as usize].what
    }

    /// Whether the pack has an object.
    pub(crate) fn has(&self, id: &gix_hash::oid) -> bool {
        self.index.lookup(id).is_some()
    }
}
