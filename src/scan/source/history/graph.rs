//! Which commit introduced a blob or a name at which path: commits, trees and their entries, kept
//! only if they lead to a hit. Ids, names and paths are stored as small numbers, so that a long
//! history fits into memory.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use gix_hash::{ObjectId, oid};

use crate::scan::git::fast_hash::{Map, Set};
use crate::scan::git::object_text::{CommitText, Entry};
use crate::scan::options::Options;
use crate::scan::redact::{Authorship, author, second};
use crate::scan::report::MOST_PLACES;

/// The part of the history that one thread saw.
#[derive(Default)]
pub(super) struct Graph {
    wanted: Arc<Set<ObjectId>>,
    /// Which first bytes they have: most of what is not asked about is told by that.
    heads: Vec<bool>,
    /// Trees, and the blobs that are asked about.
    numbers: Map<ObjectId, u32>,
    names: Map<Box<[u8]>, u32>,
    /// By a tree's number, which of what is held is its own; nothing for what is none.
    trees: Vec<Range<usize>>,
    /// Subtrees, and the blobs that are asked about.
    held: Vec<Held>,
    commits: Vec<Commit>,
}

/// What stands in a tree, by its number and its name's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    child: u32,
    name: u32,
}

struct Commit {
    id: ObjectId,
    tree: u32,
    parents: Box<[ObjectId]>,
    /// As git has it: read where something was found.
    by: Box<[u8]>,
}

/// A wanted object, where a commit first has it.
pub(super) struct Placed {
    pub(super) id: ObjectId,
    pub(super) path: Vec<u8>,
    pub(super) commit: ObjectId,
    pub(super) by: Authorship,
}

/// The number of a thing, a new one where it has none.
fn number<K, Q>(of: &mut Map<K, u32>, thing: &Q) -> u32
where
    K: Borrow<Q> + Hash + Eq + for<'a> From<&'a Q>,
    Q: Hash + Eq + ?Sized,
{
    if let Some(number) = of.get(thing) {
        return *number;
    }
    let number = u32::try_from(of.len()).unwrap_or(u32::MAX);
    of.insert(K::from(thing), number);
    number
}

impl Graph {
    /// Keeps the paths to these blobs and trees.
    pub(super) fn of(wanted: Arc<Set<ObjectId>>) -> Self {
        let heads =
            (0..=u8::MAX).map(|head| wanted.iter().any(|id| id.first_byte() == head)).collect();
        Self { wanted, heads, ..Self::default() }
    }

    /// What of a tree's entry is kept: nothing, unless it may lead to what is asked about.
    pub(super) fn held(&mut self, entry: &Entry<'_>) -> Option<Held> {
        let Entry { is_tree, name, id, .. } = *entry;
        let is_wanted = || {
            self.heads.get(usize::from(id.first_byte())) == Some(&true) && self.wanted.contains(id)
        };
        (is_tree || is_wanted()).then(|| Held {
            child: number(&mut self.numbers, id),
            name: number(&mut self.names, name),
        })
    }

    /// A tree, and what is kept of its entries.
    pub(super) fn tree(&mut self, id: &oid, held: impl Iterator<Item = Held>) {
        let own = number(&mut self.numbers, id);
        self.hold(own, held);
    }

    fn hold(&mut self, own: u32, held: impl Iterator<Item = Held>) {
        let first = self.held.len();
        self.held.extend(held);
        if self.trees.len() <= own as usize {
            self.trees.resize(own as usize + 1, 0..0);
        }
        self.trees[own as usize] = first..self.held.len();
    }

    pub(super) fn commit(&mut self, id: ObjectId, told: &CommitText<'_>) {
        let Some(tree) = told.tree else { return };
        let tree = number(&mut self.numbers, &tree);
        self.commits.push(Commit {
            id,
            tree,
            parents: told.parents.as_slice().into(),
            by: told.by.into(),
        });
    }

    /// Adds another thread's part.
    pub(super) fn join(&mut self, other: Self) {
        if self.numbers.is_empty() && self.wanted.is_empty() {
            *self = other;
            return;
        }
        let mut ids = vec![0; other.numbers.len()];
        for (id, theirs) in &other.numbers {
            ids[*theirs as usize] = number(&mut self.numbers, id);
        }
        let mut names = vec![0; other.names.len()];
        for (name, theirs) in &other.names {
            names[*theirs as usize] = number(&mut self.names, &**name);
        }
        let ours =
            |held: &Held| Held { child: ids[held.child as usize], name: names[held.name as usize] };
        for (tree, range) in other.trees.iter().enumerate().filter(|(_, range)| !range.is_empty()) {
            self.hold(ids[tree], other.held[range.clone()].iter().map(ours));
        }
        self.commits.extend(
            other
                .commits
                .into_iter()
                .map(|commit| Commit { tree: ids[commit.tree as usize], ..commit }),
        );
    }

    /// All paths at which a commit has a wanted object, with the first such commit.
    pub(super) fn places(&self, options: &Options<'_>) -> Vec<Placed> {
        let mut names: Vec<&[u8]> = vec![b""; self.names.len()];
        self.names.iter().for_each(|(name, number)| names[*number as usize] = name);
        let wanted: Map<u32, ObjectId> =
            self.wanted.iter().filter_map(|id| Some((*self.numbers.get(id)?, *id))).collect();
        let leading = self.leading(wanted.keys().copied());
        // A path is the one above it and a name; the first is the top of the tree, which is its
        // own.
        let (mut paths, mut known) = (vec![(0, 0)], Map::<(u32, u32), u32>::default());
        let (mut seen, mut placed) = (Set::default(), Vec::new());
        for commit in self.oldest_first() {
            let mut open = vec![(commit.tree, 0)];
            while let Some((thing, path)) = open.pop() {
                if placed.len() == MOST_PLACES {
                    return placed;
                }
                if !leading[thing as usize] || !seen.insert((thing, path)) {
                    continue;
                }
                if let Some(id) = wanted.get(&thing) {
                    let path = spelled(path, &paths, &names);
                    placed.push(Placed {
                        id: *id,
                        path,
                        commit: commit.id,
                        by: author(&commit.by, options),
                    });
                }
                for Held { child, name } in
                    self.held_by(thing).iter().filter(|held| leading[held.child as usize])
                {
                    let below = *known.entry((path, *name)).or_insert_with(|| {
                        paths.push((path, *name));
                        u32::try_from(paths.len() - 1).unwrap_or(u32::MAX)
                    });
                    open.push((*child, below));
                }
            }
        }
        placed
    }

    fn held_by(&self, tree: u32) -> &[Held] {
        self.trees
            .get(tree as usize)
            .and_then(|range| self.held.get(range.clone()))
            .unwrap_or_default()
    }

    /// By number, whether something wanted can be reached from it.
    fn leading(&self, wanted: impl Iterator<Item = u32>) -> Vec<bool> {
        // By number, where the trees begin that have it.
        let mut first = vec![0_usize; self.numbers.len() + 1];
        let edges = || {
            (0_u32..).zip(&self.trees).flat_map(|(tree, range)| {
                self.held[range.clone()].iter().map(move |held| (held.child, tree))
            })
        };
        edges().for_each(|(child, _)| first[child as usize + 1] += 1);
        for number in 1..first.len() {
            first[number] += first[number - 1];
        }
        let (mut above, mut next) = (vec![0; edges().count()], first.clone());
        for (child, tree) in edges() {
            above[next[child as usize]] = tree;
            next[child as usize] += 1;
        }
        let (mut leading, mut open) =
            (vec![false; self.numbers.len()], wanted.collect::<Vec<u32>>());
        while let Some(thing) = open.pop() {
            if !std::mem::replace(&mut leading[thing as usize], true) {
                open.extend(&above[first[thing as usize]..first[thing as usize + 1]]);
            }
        }
        leading
    }

    /// Commits after their parents, by date among those that could be next.
    fn oldest_first(&self) -> Vec<&Commit> {
        let by_id: Map<ObjectId, usize> =
            self.commits.iter().enumerate().map(|(at, commit)| (commit.id, at)).collect();
        let (mut children, mut open) =
            (vec![Vec::new(); self.commits.len()], vec![0_usize; self.commits.len()]);
        let mut ready = BinaryHeap::new();
        let next = |at: usize| Reverse((second(&self.commits[at].by), self.commits[at].id, at));
        for (at, commit) in self.commits.iter().enumerate() {
            for parent in commit.parents.iter().filter_map(|parent| by_id.get(parent)) {
                children[*parent].push(at);
                open[at] += 1;
            }
            if open[at] == 0 {
                ready.push(next(at));
            }
        }
        let mut order = Vec::with_capacity(self.commits.len());
        while let Some(Reverse((.., at))) = ready.pop() {
            order.push(&self.commits[at]);
            for child in &children[at] {
                open[*child] -= 1;
                if open[*child] == 0 {
                    ready.push(next(*child));
                }
            }
        }
        order
    }
}

/// A path as text.
fn spelled(mut path: u32, paths: &[(u32, u32)], names: &[&[u8]]) -> Vec<u8> {
    let mut parts = Vec::new();
    while path != 0 {
        let (above, name) = paths[path as usize];
        parts.push(names[name as usize]);
        path = above;
    }
    parts.reverse();
    parts.join(&b'/')
}
