//! The set of objects of a clone, to detect references to missing ones; queried millions of times.
//! A table of hashes wrongly contains one in four billion objects; git decides which objects are
//! really missing.

use std::hash::BuildHasher as _;
use std::path::PathBuf;

use gix_hash::{Kind, ObjectId, oid};
use gix_pack::index;

use super::fast_hash::FastHasher;

/// The table.
#[derive(Default)]
pub(crate) struct There {
    /// Zero is a free slot.
    slots: Vec<u32>,
}

impl There {
    /// Of what packs have, by their indexes, and of loose objects. An index that cannot be read was
    /// told of.
    pub(crate) fn of<'l>(
        indexes: &[PathBuf],
        kind: Kind,
        loose: impl Iterator<Item = &'l ObjectId> + Clone,
    ) -> Self {
        let indexes: Vec<_> =
            indexes.iter().filter_map(|path| index::File::at(path, kind).ok()).collect();
        let packed: usize = indexes.iter().map(|index| index.num_objects() as usize).sum();
        let mut there = Self {
            slots: vec![0; ((packed + loose.clone().count()) * 3 / 2).next_power_of_two().max(64)],
        };
        for index in &indexes {
            (0..index.num_objects()).for_each(|number| there.add(index.oid_at_index(number)));
        }
        loose.for_each(|id| there.add(id));
        there
    }

    fn add(&mut self, id: &oid) {
        let (mut slot, mark) = self.place(id);
        while !matches!(self.slots[slot], 0) && self.slots[slot] != mark {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = mark;
    }

    /// Whether an object is.
    pub(crate) fn has(&self, id: &oid) -> bool {
        let (mut slot, mark) = self.place(id);
        while self.slots[slot] != 0 {
            if self.slots[slot] == mark {
                return true;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        false
    }

    /// Where it is looked for first, and as what.
    fn place(&self, id: &oid) -> (usize, u32) {
        let hash = FastHasher::default().hash_one(id.as_bytes());
        ((hash as usize) & (self.slots.len() - 1), (hash >> 32) as u32 | 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_and_nothing_else_is() {
        let id = |number: u32| {
            gix_object::compute_hash(Kind::Sha1, gix_object::Kind::Blob, &number.to_le_bytes())
                .unwrap()
        };
        let all: Vec<ObjectId> = (0..5_000).map(id).collect();
        let there = There::of(&[], Kind::Sha1, all.iter());
        assert!(all.iter().all(|id| there.has(id)));
        assert!(!(5_000..10_000).map(id).any(|id| there.has(&id)));
        assert!(!There::of(&[], Kind::Sha1, [].iter()).has(&all[0]));
    }
}
