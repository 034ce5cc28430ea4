//! Which commit brought a blob or a name to which path: commits, trees and what they hold, kept only where something was found.
//! Small numbers stand for ids and names, so that a long history fits.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use gix_hash::{Kind, ObjectId};

use super::super::collect::{Authorship, author};
use super::super::model::Options;
use super::super::store::{Told, entries};

/// What one thread saw of the history.
#[derive(Default)]
pub(super) struct Graph {
    /// The subtrees of each tree, and the blobs that are asked about.
    trees: HashMap<ObjectId, Vec<Entry>>,
    commits: HashMap<ObjectId, Commit>,
    wanted: HashSet<ObjectId>,
}

/// What stands in a tree.
struct Entry {
    id: ObjectId,
    name: Box<[u8]>,
}

struct Commit {
    tree: ObjectId,
    parents: Vec<ObjectId>,
    by: Authorship,
}

/// A thing that was asked about, where a commit first has it.
pub(super) struct Placed {
    pub(super) id: ObjectId,
    pub(super) path: Vec<u8>,
    pub(super) commit: ObjectId,
    pub(super) by: Authorship,
}

impl Graph {
    /// Keeps what leads to these blobs and trees.
    pub(super) fn of(wanted: HashSet<ObjectId>) -> Self {
        Self { wanted, ..Self::default() }
    }

    pub(super) fn tree(&mut self, id: ObjectId, text: &[u8], kind: Kind) {
        let kept = |(is_tree, _, child): &(bool, &[u8], &gix_hash::oid)| *is_tree || self.wanted.contains(*child);
        let kept = entries(text, kind).filter(kept).map(|(_, name, child)| Entry { id: child.to_owned(), name: name.into() });
        self.trees.insert(id, kept.collect());
    }

    pub(super) fn commit(&mut self, id: ObjectId, told: &Told<'_>, options: &Options<'_>) {
        let Some(tree) = told.tree else { return };
        self.commits.insert(id, Commit { tree, parents: told.parents.clone(), by: author(told.by, options) });
    }

    /// Takes in what another thread saw.
    pub(super) fn join(&mut self, other: Self) {
        self.wanted.extend(other.wanted);
        self.trees.extend(other.trees);
        self.commits.extend(other.commits);
    }

    /// Every path at which a commit has something that was asked about, with the first commit that has it there.
    pub(super) fn places(&self) -> Vec<Placed> {
        let leading = self.leading();
        let (mut seen, mut placed) = (HashSet::new(), Vec::new());
        for id in self.oldest_first() {
            let Some(commit) = self.commits.get(&id) else { continue };
            let mut open = vec![(commit.tree, Vec::new())];
            while let Some((tree, path)) = open.pop() {
                if !leading.contains(&tree) || !seen.insert((tree, path.clone())) {
                    continue;
                }
                if self.wanted.contains(&tree) {
                    placed.push(Placed { id: tree, path: path.clone(), commit: id, by: commit.by.clone() });
                }
                for Entry { id: child, name } in self.trees.get(&tree).into_iter().flatten() {
                    let mut below = path.clone();
                    if !below.is_empty() {
                        below.push(b'/');
                    }
                    below.extend_from_slice(name);
                    if self.trees.contains_key(child) {
                        open.push((*child, below));
                    } else if self.wanted.contains(child) && seen.insert((*child, below.clone())) {
                        placed.push(Placed { id: *child, path: below, commit: id, by: commit.by.clone() });
                    }
                }
            }
        }
        placed
    }

    /// Trees from which something wanted can be reached.
    fn leading(&self) -> HashSet<ObjectId> {
        let mut above: HashMap<&ObjectId, Vec<ObjectId>> = HashMap::new();
        for (tree, children) in &self.trees {
            for Entry { id: child, .. } in children {
                above.entry(child).or_default().push(*tree);
            }
        }
        let mut leading: HashSet<ObjectId> = self.wanted.iter().copied().collect();
        let mut open: Vec<ObjectId> = leading.iter().copied().collect();
        while let Some(id) = open.pop() {
            open.extend(above.get(&id).into_iter().flatten().filter(|tree| leading.insert(**tree)));
        }
        leading
    }

    /// Commits after their parents, by date among those that could be next.
    fn oldest_first(&self) -> Vec<ObjectId> {
        let mut children: HashMap<&ObjectId, Vec<&ObjectId>> = HashMap::new();
        let mut open: HashMap<&ObjectId, usize> = HashMap::new();
        let mut ready = BinaryHeap::new();
        let date = |id: &ObjectId| self.commits.get(id).and_then(|commit| commit.by.date);
        for (id, commit) in &self.commits {
            let parents = commit.parents.iter().filter(|parent| self.commits.contains_key(*parent));
            let count = parents.map(|parent| children.entry(parent).or_default().push(id)).count();
            open.insert(id, count);
            if count == 0 {
                ready.push(Reverse((date(id), *id)));
            }
        }
        let mut order = Vec::with_capacity(self.commits.len());
        while let Some(Reverse((_, id))) = ready.pop() {
            order.push(id);
            for child in children.get(&id).into_iter().flatten() {
                if let Some(count) = open.get_mut(*child) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(Reverse((date(child), **child)));
                    }
                }
            }
        }
        order
    }
}
