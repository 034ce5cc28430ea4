//! Searches a text for many values at once. Only hashes of them are kept, with a key of this
//! process, and each text is scanned once, however many values there are, since all output passes
//! through here.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher};

use crate::domain::prose::is_prose;

/// How many consecutive bytes of a value are a piece of it.
const PIECE: usize = 12;
/// How many bytes are hashed together: a gram. No value is shorter.
const GRAM: usize = 8;
/// How many grams in a row make a piece.
const RUN: usize = PIECE - GRAM + 1;

/// Hashes that need no second hashing.
type Hashes = HashSet<u64, BuildHasherDefault<AsIs>>;

/// Pieces of values.
#[derive(Default)]
pub(super) struct Pieces {
    key: Key,
    /// Every gram of every value that has pieces.
    grams: Hashes,
    /// The first grams of values.
    first: Hashes,
    /// Whole values, by their length.
    wholes: BTreeMap<usize, HashSet<u64>>,
    /// Every gram of what a value is without case and signs.
    bare: Hashes,
}

impl Pieces {
    /// Adds a text and all its pieces. If all its pieces are plain words, only the whole text
    /// counts.
    pub(super) fn add(&mut self, text: &str) {
        let text = text.as_bytes();
        if text.len() < GRAM {
            return;
        }
        let hash = self.key.whole.hash_one(text);
        self.wholes.entry(text.len()).or_default().insert(hash);
        self.first.extend(self.key.grams(text).next());
        if !text.windows(PIECE).all(is_plain) {
            self.grams.reserve(text.len());
            self.grams.extend(self.key.grams(text));
        }
    }

    /// Adds letters and digits in lower case, as readings are looked through for them.
    pub(super) fn add_bare(&mut self, bare: &str) {
        self.bare.extend(self.key.grams(bare.as_bytes()));
    }

    /// Which bytes of a text belong to a piece; `None` if none does.
    pub(super) fn found_in(&self, text: &[u8]) -> Option<Vec<bool>> {
        let mut found: Option<Vec<bool>> = None;
        let mut mark = |from: usize, length: usize| {
            let found = found.get_or_insert_with(|| vec![false; text.len()]);
            found.iter_mut().skip(from).take(length).for_each(|byte| *byte = true);
        };
        let mut run = 0;
        for (at, gram) in self.key.grams(text).enumerate() {
            if self.first.contains(&gram) {
                let is_whole = |length: usize, hashes: &HashSet<u64>| {
                    text.get(at..at + length)
                        .is_some_and(|window| hashes.contains(&self.key.whole.hash_one(window)))
                };
                if let Some((length, _)) =
                    self.wholes.iter().rev().find(|(length, hashes)| is_whole(**length, hashes))
                {
                    mark(at, *length);
                }
            }
            run = if self.grams.contains(&gram) { run + 1 } else { 0 };
            if run >= RUN {
                let from = at + 1 - RUN;
                // A piece that is plain words gives nothing away by itself.
                if text.get(from..from + PIECE).is_some_and(|piece| !is_plain(piece)) {
                    mark(from, PIECE);
                }
            }
        }
        found
    }

    /// Whether a bare reading holds a piece.
    pub(super) fn stand_in(&self, bare: &str) -> bool {
        self.key.grams(bare.as_bytes()).any(|gram| self.bare.contains(&gram))
    }
}

/// The key of the hashes: random for each process, so that nobody can craft a text that is slow to
/// scan.
struct Key {
    whole: RandomState,
    add: u64,
    /// Odd.
    factor: u64,
}

impl Default for Key {
    fn default() -> Self {
        let whole = RandomState::new();
        Self { add: whole.hash_one(0), factor: whole.hash_one(1) | 1, whole }
    }
}

impl Key {
    /// The hash of every gram of a text, in order.
    fn grams(&self, text: &[u8]) -> impl Iterator<Item = u64> {
        let (add, factor) = (self.add, self.factor);
        let mut gram = 0_u64;
        let hash = move |byte: &u8| {
            gram = gram >> 8 | u64::from(*byte) << 56;
            let [low, high] = halves(u128::from(gram ^ add) * u128::from(factor));
            low ^ high
        };
        text.iter().map(hash).skip(GRAM - 1)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "each half is what is wanted")]
fn halves(number: u128) -> [u64; 2] {
    [number as u64, (number >> 64) as u64]
}

/// Uses a hash unchanged.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

fn is_plain(piece: &[u8]) -> bool {
    std::str::from_utf8(piece).is_ok_and(is_prose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_and_plain_words_are_not() {
        let mut pieces = Pieces::default();
        let value = ["xK9qZ7mN2", "pL5wT8rV4", "cY6hJ1dF0"].concat();
        pieces.add(&value);
        let text = format!("a {} b", &value[3..20]);
        let found = pieces.found_in(text.as_bytes()).unwrap();
        assert_eq!(found.iter().filter(|byte| **byte).count(), 17);
        assert!(pieces.found_in(format!("a {} b", &value[3..14]).as_bytes()).is_none());
        // All of a value goes, also what is plain words in it, and whatever it is glued to.
        pieces.add("correct-horse-battery-9K2x7Q4z1");
        for text in [
            "see correct-horse-battery-9K2x7Q4z1.",
            "MAIL_correct-horse-battery-9K2x7Q4z1x",
            "\u{e9}correct-horse-battery-9K2x7Q4z1\u{e9}",
        ] {
            let found = pieces.found_in(text.as_bytes()).unwrap();
            assert_eq!(found.iter().filter(|byte| **byte).count(), 31, "{text}");
        }
        assert!(pieces.found_in(b"a correct-horse-battery and more").is_none());
        pieces.add("https://api.hubapi.com");
        assert!(pieces.found_in(b"see https://api.hubapi.org").is_none());
        assert!(pieces.found_in(b"see https://api.hubapi.com").is_some());
    }
}
