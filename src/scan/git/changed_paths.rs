//! The number of paths that differ between two trees, counted by pairs of trees and not by paths:
//! git would list each path, including removed ones and those of old trees. Entries are paired as
//! git does.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use gix_hash::ObjectId;

use super::object_text::{CommitText, Entry, entry};
use crate::git::Objects;

/// Of a commit that changes more paths than this, git is not asked for a list: it holds all of them
/// in memory before it tells the first.
pub(crate) const MOST_PATHS: u64 = 4_000_000;

/// Why such a commit is left out.
pub(crate) const HEAVY: &str =
    "a commit changes more than four million paths, or nests the same folders endlessly";

/// A tree larger than this has millions of entries.
const LARGEST_TREE: u64 = 128 << 20;
/// A commit says no more than this about itself.
const LARGEST_COMMIT: u64 = 128 << 20;
/// Folders within folders, of those that differ.
const DEEPEST: usize = 256;
/// Trees are kept up to this many bytes.
const KEPT: usize = 64 << 20;

/// Counts what differs, with what it has counted already.
pub(crate) struct ChangedPaths {
    objects: Objects,
    most: u64,
    /// Entries that may still be compared.
    left: u64,
    trees: HashMap<ObjectId, Rc<[u8]>>,
    kept: usize,
    pairs: HashMap<Pair, u64>,
}

/// What was there and what is there.
type Pair = (Option<ObjectId>, Option<ObjectId>);
/// The first entry of a tree, and its length.
type First<'t> = (Entry<'t>, usize);

impl ChangedPaths {
    /// Counts up to `most`.
    pub(crate) fn new(objects: Objects, most: u64) -> Self {
        Self { objects, most, left: 0, trees: HashMap::new(), kept: 0, pairs: HashMap::new() }
    }

    /// The tree of a commit, if the clone has the commit.
    pub(crate) fn root(&self, commit: &str) -> Option<ObjectId> {
        CommitText::read(&self.objects.read(commit, gix_object::Kind::Commit, LARGEST_COMMIT).ok()?)
            .tree
    }

    /// Whether more paths differ than were to be counted, folders among them. So it is where a tree
    /// cannot be read.
    pub(crate) fn is_more(&mut self, old: Option<ObjectId>, new: Option<ObjectId>) -> bool {
        (self.left, self.pairs) = (self.most, HashMap::new());
        self.count((old, new), 0) > self.most
    }

    fn count(&mut self, pair: Pair, depth: usize) -> u64 {
        if pair.0 == pair.1 {
            return 0;
        }
        if let Some(count) = self.pairs.get(&pair) {
            return *count;
        }
        let count =
            if depth == DEEPEST { None } else { self.compare(pair, depth) }.unwrap_or(u64::MAX);
        self.pairs.insert(pair, count);
        count
    }

    /// Nothing if it is too much, or cannot be read.
    fn compare(&mut self, (old, new): Pair, depth: usize) -> Option<u64> {
        let (old, new) = (self.read(old)?, self.read(new)?);
        let (mut old, mut new) = (&old[..], &new[..]);
        let mut count = 0_u64;
        loop {
            let (gone, come) = (self.first(old)?, self.first(new)?);
            let order = match (&gone, &come) {
                (None, None) => return Some(count),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((gone, _)), Some((come, _))) => order(gone, come),
            };
            let (gone, come) = (gone.filter(|_| order.is_le()), come.filter(|_| order.is_ge()));
            self.left = self.left.checked_sub(1)?;
            let split = |side: Option<&First<'_>>| side.map_or(0, |(_, length)| *length);
            let (gone_text, gone_rest) = old.split_at(split(gone.as_ref()));
            let (come_text, come_rest) = new.split_at(split(come.as_ref()));
            if gone_text != come_text {
                let tree = |(entry, _): First<'_>| entry.is_tree.then(|| entry.id.to_owned());
                let below = self.count((gone.and_then(tree), come.and_then(tree)), depth + 1);
                count = count.saturating_add(1).saturating_add(below);
                if count > self.most {
                    return None;
                }
            }
            (old, new) = (gone_rest, come_rest);
        }
    }

    /// The first entry, or none at the end. Nothing if it makes no sense.
    fn first<'t>(&self, tree: &'t [u8]) -> Option<Option<First<'t>>> {
        if tree.is_empty() { Some(None) } else { entry(tree, self.objects.kind()).map(Some) }
    }

    fn read(&mut self, id: Option<ObjectId>) -> Option<Rc<[u8]>> {
        let Some(id) = id else { return Some(Rc::from([])) };
        if id == ObjectId::empty_tree(self.objects.kind()) {
            return Some(Rc::from([]));
        }
        if let Some(tree) = self.trees.get(&id) {
            return Some(Rc::clone(tree));
        }
        let tree: Rc<[u8]> =
            self.objects.read(&id.to_string(), gix_object::Kind::Tree, LARGEST_TREE).ok()?.into();
        if self.kept + tree.len() > KEPT {
            self.trees.clear();
            self.kept = 0;
        }
        self.kept += tree.len();
        self.trees.insert(id, Rc::clone(&tree));
        Some(tree)
    }
}

/// Git's order of the entries of a tree: the names as far as both go, then one character, which is
/// a slash behind a folder's.
fn order(one: &Entry<'_>, other: &Entry<'_>) -> Ordering {
    let length = one.name.len().min(other.name.len());
    let next = |entry: &Entry<'_>| {
        entry.name.get(length).copied().unwrap_or(if entry.is_tree { b'/' } else { 0 })
    };
    one.name[..length].cmp(&other.name[..length]).then_with(|| next(one).cmp(&next(other)))
}
