//! Many values at once, looked for in a text. What is kept of them are hashes under a key of this process, so no copy of a value stays
//! here; and a text is gone through once, however many values there are.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher as _;

use crate::domain::prose::is_prose;

/// So many bytes of a value in a row are a piece of it.
const PIECE: usize = 12;
/// So many bytes tell whether a piece or a whole value may begin at a place. No value is shorter.
const BEGINNING: usize = 8;

/// Pieces of values.
#[derive(Default)]
pub(super) struct Pieces {
    key: RandomState,
    beginnings: HashSet<u64>,
    pieces: HashSet<u64>,
    /// Whole values, by their length.
    wholes: BTreeMap<usize, HashSet<u64>>,
    /// Pieces without case and signs, of [`BEGINNING`] bytes each.
    bare: HashSet<u64>,
}

impl Pieces {
    /// Adds a text: all of it, and every piece of it. Where all its pieces are plain words, it counts as a whole only.
    pub(super) fn add(&mut self, text: &str) {
        let text = text.as_bytes();
        if text.len() < BEGINNING {
            return;
        }
        let hash = self.key.hash_one(text);
        self.wholes.entry(text.len()).or_default().insert(hash);
        self.begin(text);
        if text.windows(PIECE).all(is_plain) {
            return;
        }
        for window in text.windows(PIECE) {
            self.pieces.insert(self.key.hash_one(window));
            self.begin(window);
        }
    }

    fn begin(&mut self, text: &[u8]) {
        self.beginnings.extend(text.get(..BEGINNING).map(|beginning| self.key.hash_one(beginning)));
    }

    /// Adds letters and digits in lower case, as readings are looked through for them.
    pub(super) fn add_bare(&mut self, bare: &str) {
        let hashes: Vec<u64> = bare.as_bytes().windows(BEGINNING).map(|window| self.key.hash_one(window)).collect();
        self.bare.extend(hashes);
    }

    /// Which bytes of a text belong to a piece; `None` where none does.
    pub(super) fn found_in(&self, text: &[u8]) -> Option<Vec<bool>> {
        let mut found: Option<Vec<bool>> = None;
        for (at, beginning) in text.windows(BEGINNING).enumerate() {
            if !self.beginnings.contains(&self.key.hash_one(beginning)) {
                continue;
            }
            let is_in = |hashes: &HashSet<u64>, length: usize| {
                text.get(at..at + length).filter(|window| hashes.contains(&self.key.hash_one(*window)))
            };
            let whole = self.wholes.iter().rev().find(|(length, hashes)| is_in(hashes, **length).is_some()).map(|(length, _)| *length);
            // A piece that is plain words gives nothing away by itself.
            let piece = || is_in(&self.pieces, PIECE).filter(|piece| !is_plain(piece)).map(<[u8]>::len);
            if let Some(length) = whole.or_else(piece) {
                let found = found.get_or_insert_with(|| vec![false; text.len()]);
                found.iter_mut().skip(at).take(length).for_each(|byte| *byte = true);
            }
        }
        found
    }

    /// Whether a bare reading holds a piece.
    pub(super) fn stand_in(&self, bare: &str) -> bool {
        bare.as_bytes().windows(BEGINNING).any(|window| self.bare.contains(&self.key.hash_one(window)))
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
        for text in
            ["see correct-horse-battery-9K2x7Q4z1.", "MAIL_correct-horse-battery-9K2x7Q4z1x", "\u{e9}correct-horse-battery-9K2x7Q4z1\u{e9}"]
        {
            let found = pieces.found_in(text.as_bytes()).unwrap();
            assert_eq!(found.iter().filter(|byte| **byte).count(), 31, "{text}");
        }
        assert!(pieces.found_in(b"a correct-horse-battery and more").is_none());
        pieces.add("https://api.hubapi.com");
        assert!(pieces.found_in(b"see https://api.hubapi.org").is_none());
        assert!(pieces.found_in(b"see https://api.hubapi.com").is_some());
    }
}
