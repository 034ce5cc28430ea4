//! The number of paths of a tree, counted by trees without walking paths: nested identical trees
//! have an astronomic number of paths, and git would list them forever.

use std::collections::HashMap;

use gix_hash::ObjectId;

use super::object_text::entry;

/// What is known of the trees of a range. What is below a tree that is none of them is not known.
#[derive(Default)]
pub(crate) struct Weights {
    trees: HashMap<ObjectId, Tree>,
}

#[derive(Default)]
struct Tree {
    /// Entries, and, once they are counted, all paths below, folders among them.
    paths: u64,
    /// Those that are trees, until they are counted.
    trees: Vec<ObjectId>,
    /// Whether a tree below is none of the range.
    is_open: bool,
}

impl Weights {
    /// Adds a tree by its hex id. What cannot be read of it ends it.
    pub(crate) fn add(&mut self, id: &str, text: &[u8]) {
        let Ok(id) = ObjectId::from_hex(id.as_bytes()) else { return };
        let (mut tree, mut at) = (Tree::default(), 0);
        while let Some((entry, length)) = entry(&text[at..], id.kind()) {
            tree.paths += 1;
            if entry.is_tree {
                tree.trees.push(entry.id.to_owned());
            }
            at += length;
        }
        self.trees.insert(id, tree);
    }

    /// Adds a tree that is too large to be read.
    pub(crate) fn add_unread(&mut self, id: &str) {
        if let Ok(id) = ObjectId::from_hex(id.as_bytes()) {
            self.trees.insert(id, Tree { paths: u64::MAX, ..Tree::default() });
        }
    }

    /// How many paths there are below a tree, by its hex id; nothing if a tree there is none of the
    /// range.
    pub(crate) fn of(&mut self, id: &str) -> Option<u64> {
        let root = ObjectId::from_hex(id.as_bytes()).ok()?;
        let mut open = vec![root];
        // Each tree is counted after those in it, which are on top of it. None is within itself:
        // its id is made of theirs.
        while let Some(id) = open.last().copied() {
            let waiting = self.trees.get(&id).map_or(&[][..], |tree| &tree.trees);
            let uncounted: Vec<ObjectId> = waiting
                .iter()
                .filter(|inner| self.trees.get(*inner).is_some_and(|tree| !tree.trees.is_empty()))
                .copied()
                .collect();
            if uncounted.is_empty() {
                let known = || waiting.iter().filter_map(|inner| self.trees.get(inner));
                let below = known().map(|tree| tree.paths).fold(0, u64::saturating_add);
                let is_open = known().count() < waiting.len() || known().any(|tree| tree.is_open);
                if let Some(tree) = self.trees.get_mut(&id) {
                    tree.paths = tree.paths.saturating_add(below);
                    tree.is_open |= is_open;
                    tree.trees.clear();
                }
                open.pop();
            } else {
                open.extend(uncounted);
            }
        }
        self.trees.get(&root).filter(|tree| !tree.is_open).map(|tree| tree.paths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(bool, u8)]) -> Vec<u8> {
        let line = |(is_tree, id): &(bool, u8)| {
            let mode = if *is_tree { "40000" } else { "100644" };
            [format!("{mode} n{id}\0").as_bytes(), &[*id; 20]].concat()
        };
        entries.iter().flat_map(line).collect()
    }

    fn hex(id: u8) -> String {
        ObjectId::from_bytes_or_panic(&[id; 20]).to_string()
    }

    #[test]
    fn paths_are_counted_and_not_walked() {
        let mut weights = Weights::default();
        for level in (1..=30).rev() {
            weights.add(&hex(level), &tree(&[(true, level + 1); 100]));
        }
        weights.add(&hex(31), &tree(&[(false, 90), (false, 91)]));
        assert_eq!(
            (weights.of(&hex(31)), weights.of(&hex(30)), weights.of(&hex(29))),
            (Some(2), Some(300), Some(30_100))
        );
        assert_eq!((weights.of(&hex(1)), weights.of(&hex(99))), (Some(u64::MAX), None));
        weights.add_unread(&hex(32));
        weights.add(&hex(33), &tree(&[(true, 32), (false, 9)]));
        assert_eq!(weights.of(&hex(33)), Some(u64::MAX));
        weights.add(&hex(40), &tree(&[(true, 99), (true, 31), (false, 9)]));
        weights.add(&hex(41), &tree(&[(true, 40)]));
        assert_eq!((weights.of(&hex(41)), weights.of(&hex(40))), (None, None));
        weights.add(&hex(99), &tree(&[]));
        weights.add(&hex(42), &tree(&[(true, 99), (true, 31), (false, 9)]));
        assert_eq!(weights.of(&hex(42)), Some(5));
    }
}
