//! A fast hash for tables with millions of ids and names. Randomly seeded in each process, so that
//! nobody can craft names that all collide.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

pub(crate) type Map<K, V> = HashMap<K, V, FastHasher>;
pub(crate) type Set<K> = HashSet<K, FastHasher>;

static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("seed") | 1 | 1 << 63);

/// Makes hashers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FastHasher(u64);

impl Default for FastHasher {
    fn default() -> Self {
        Self(*SEED)
    }
}

impl BuildHasher for FastHasher {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        Folded { state: self.0, seed: self.0 }
    }
}

/// Eight bytes at a time, multiplied and folded.
pub(crate) struct Folded {
    state: u64,
    seed: u64,
}

impl Folded {
    fn take(&mut self, word: u64) {
        // A product of two halves cannot overflow.
        let product = u128::from(self.state ^ word) * u128::from(self.seed);
        self.state = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.take(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.take(u64::from_le_bytes(last) ^ (bytes.len() as u64).rotate_left(56));
    }

    fn write_u32(&mut self, word: u32) {
        self.take(u64::from(word));
    }

    fn write_usize(&mut self, word: usize) {
        self.take(word as u64);
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_one_byte_falls_apart() {
        let of = |bytes: &[u8]| FastHasher::default().hash_one(bytes) >> 40;
        let all: HashSet<u64> =
            (0..200_u8).map(|byte| of(&[7, byte, 7, 7, 7, 7, 7, 7, 7])).collect();
        assert!(all.len() > 190);
        assert_ne!(of(b"name"), of(b"name\0"));
    }
}
