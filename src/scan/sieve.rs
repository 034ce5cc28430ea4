//! The prefilter: reads every byte once and says where a literal stands. Four bytes at a time are looked up in a table of bits that
//! fits the fastest cache, so what follows runs only at the few places where something may be.
//! Case is ignored in the table and checked afterwards, so that literals and words are found in one reading.

use std::collections::BTreeMap;
use std::ops::Range;

use super::grams::rarity;
use super::literal::GRAM;

/// Words of the table: 32 KB.
const WORDS: usize = 1 << 12;
/// Places looked up before asking whether any of them was one.
const BLOCK: usize = 16;
/// Sets the bit that upper case lacks, in all four bytes.
const FOLD: u32 = 0x2020_2020;
/// The same in eight bytes.
const FOLD_EIGHT: u64 = 0x2020_2020_2020_2020;

/// What to look for.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    pub(super) bytes: Vec<u8>,
    /// What may follow, where there are fewer bytes than are read at once.
    pub(super) next: Vec<u8>,
    pub(super) any_case: bool,
}

/// Of a long literal no more than this is looked for, so that little has to be read around what is new in a text.
const CORE: usize = 8;

/// A literal made ready.
#[derive(Debug)]
struct Entry {
    bytes: Box<[u8]>,
    /// The part of it that is looked for.
    core: Range<usize>,
    /// Where in that part the four bytes stand.
    offset: usize,
    any_case: bool,
}

impl Entry {
    fn is(&self, part: Range<usize>, there: &[u8]) -> bool {
        let bytes = &self.bytes[part];
        if self.any_case { there.eq_ignore_ascii_case(bytes) } else { *there == *bytes }
    }
}

/// Literals made ready to be looked for all at once.
#[derive(Debug)]
pub(super) struct Sieve {
    bits: Box<[u64; WORDS]>,
    entries: Vec<Entry>,
    /// By four folded bytes: which entries.
    grams: BTreeMap<u32, Vec<usize>>,
    /// The same, as an open table; 0 is an empty slot.
    slots: Vec<(u32, u32)>,
    lists: Vec<Vec<usize>>,
    /// How far before a byte the deciding bytes of a literal may begin that the byte belongs to, and how far behind it.
    pub(super) before: usize,
    pub(super) behind: usize,
}

impl Sieve {
    /// Literals are told of by their number here.
    pub(super) fn new(literals: &[Literal]) -> Self {
        let mut sieve = Self {
            bits: Box::new([0; WORDS]),
            entries: Vec::new(),
            grams: BTreeMap::new(),
            slots: Vec::new(),
            lists: Vec::new(),
            before: 0,
            behind: 0,
        };
        for literal in literals {
            sieve.add(literal);
        }
        sieve.close();
        sieve
    }

    fn add(&mut self, literal: &Literal) {
        let (index, bytes) = (self.entries.len(), &literal.bytes);
        let rarest = |within: &[u8], size: usize| {
            let windows = within.windows(size).enumerate();
            windows.max_by_key(|(_, window)| rarity(window)).map_or(0, |(offset, _)| offset)
        };
        let first = rarest(bytes, CORE);
        let core = first..bytes.len().min(first + CORE);
        let offset = rarest(&bytes[core.clone()], GRAM);
        let mut put = |gram: [u8; GRAM]| {
            let list = self.grams.entry(u32::from_le_bytes(gram) | FOLD).or_default();
            if list.last() != Some(&index) {
                list.push(index);
            }
        };
        let place = core.start + offset;
        match (bytes.get(place..place + GRAM), bytes.as_slice()) {
            (Some(&[a, b, c, d]), _) => put([a, b, c, d]),
            (None, &[a, b, c]) => literal.next.iter().for_each(|next| put([a, b, c, *next])),
            // Shorter ones are refused before they get here.
            _ => {}
        }
        self.before = self.before.max(core.len().max(offset + GRAM) - offset - 1);
        self.behind = self.behind.max(offset);
        self.entries.push(Entry { bytes: bytes.clone().into_boxed_slice(), core, offset, any_case: literal.any_case });
    }

    fn close(&mut self) {
        let size = (self.grams.len() * 4).next_power_of_two().max(2);
        self.slots = vec![(0, 0); size];
        for (gram, list) in std::mem::take(&mut self.grams) {
            let (word, bit) = place(gram);
            self.bits[word] |= 1 << bit;
            let mut slot = slot(gram) & (size - 1);
            while self.slots[slot].0 != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = (gram, u32::try_from(self.lists.len()).unwrap_or(u32::MAX));
            self.lists.push(list);
        }
    }

    /// Where the literal stands whose core stands at `at`, where all of it does.
    pub(super) fn whole(&self, text: &[u8], index: usize, at: usize) -> Option<Range<usize>> {
        let entry = &self.entries[index];
        let start = at.checked_sub(entry.core.start)?;
        let there = text.get(start..start + entry.bytes.len())?;
        entry.is(0..entry.bytes.len(), there).then_some(start..start + entry.bytes.len())
    }

    /// Tells of the core of every literal in `text` whose deciding bytes begin in `range`: the literal's number and where the core stands.
    /// In order of those bytes.
    pub(super) fn search(&self, text: &[u8], range: Range<usize>, found: &mut impl FnMut(usize, Range<usize>)) {
        let (mut at, end) = (range.start, range.end.min(text.len()));
        // Eight bytes are read at once, and four places tried in them.
        while at < end
            && let Some(block) = text.get(at..).and_then(|rest| rest.first_chunk::<{ BLOCK + GRAM }>())
        {
            let mut hits = 0;
            for place in (0..BLOCK).step_by(4) {
                let eight = block[place..].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight)) | FOLD_EIGHT;
                for within in 0..4 {
                    hits |= self.bit((eight >> (8 * within)) as u32) << (place + within);
                }
            }
            if end - at < BLOCK {
                hits &= (1 << (end - at)) - 1;
            }
            while hits != 0 {
                let place = hits.trailing_zeros() as usize;
                self.look(text, at + place, found);
                hits &= hits - 1;
            }
            at += BLOCK;
        }
        for at in at..end {
            if self.bit(gram_at(text, at) | FOLD) != 0 {
                self.look(text, at, found);
            }
        }
    }

    #[inline(always)]
    fn bit(&self, folded: u32) -> u64 {
        let (word, bit) = place(folded);
        self.bits[word] >> bit & 1
    }

    fn look(&self, text: &[u8], at: usize, found: &mut impl FnMut(usize, Range<usize>)) {
        let gram = gram_at(text, at) | FOLD;
        let mask = self.slots.len() - 1;
        let mut slot = slot(gram) & mask;
        while self.slots[slot].0 != 0 {
            if self.slots[slot].0 == gram {
                for &index in &self.lists[self.slots[slot].1 as usize] {
                    let entry = &self.entries[index];
                    let Some(start) = at.checked_sub(entry.offset) else { continue };
                    let Some(there) = text.get(start..start + entry.core.len()) else { continue };
                    if entry.is(entry.core.clone(), there) {
                        found(index, start..start + there.len());
                    }
                }
                return;
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// The four bytes at a place; behind the end stand spaces.
fn gram_at(text: &[u8], at: usize) -> u32 {
    let byte = |n: usize| text.get(at + n).copied().unwrap_or(b' ');
    u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
}

#[inline(always)]
fn hash(folded: u32) -> u32 {
    folded.wrapping_mul(0x9e37_79b1)
}

/// Which word of the table four bytes have, and which bit of it.
#[inline(always)]
fn place(folded: u32) -> (usize, u32) {
    let hash = hash(folded);
    ((hash >> (u32::BITS - WORDS.trailing_zeros())) as usize, hash >> 12 & 63)
}

fn slot(folded: u32) -> usize {
    (hash(folded) >> 12) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(bytes: &str, next: &[u8], any_case: bool) -> Literal {
        Literal { bytes: bytes.as_bytes().to_vec(), next: next.to_vec(), any_case }
    }

    #[test]
    fn every_literal_is_found_at_every_place_of_a_text() {
        let sieve = Sieve::new(&[literal("xkeysib-", b"", false), literal("SG.", b"abc", false), literal("postmark", b"", true)]);
        for pad in 0..40 {
            for (index, token) in [(0, "xkeysib-"), (1, "SG.a"), (2, "PostMark")] {
                for tail in [0, 1, 30] {
                    let text = format!("{}{token}{}", "-".repeat(pad), "=".repeat(tail));
                    let mut seen = Vec::new();
                    sieve.search(text.as_bytes(), 0..text.len(), &mut |literal, core| seen.push((literal, core.start)));
                    assert_eq!(seen, [(index, pad)], "{text}");
                }
            }
        }
    }

    #[test]
    fn of_a_long_literal_the_core_is_found_and_the_rest_is_looked_at() {
        let sieve = Sieve::new(&[literal("subscription-zqx9", b"", true)]);
        let cores = |text: &str| {
            let mut seen = Vec::new();
            sieve.search(text.as_bytes(), 0..text.len(), &mut |literal, core| seen.push(sieve.whole(text.as_bytes(), literal, core.start)));
            seen
        };
        assert_eq!(cores("a Subscription-ZQX9"), [Some(2..19)]);
        assert_eq!(cores("a Suspension-ZQX9"), [None]);
        assert_eq!(cores("ption-ZQX9"), [None]);
    }

    #[test]
    fn case_counts_for_a_literal_and_not_for_a_word() {
        let sieve = Sieve::new(&[literal("akia", b"", false), literal("drip", b"", true)]);
        let text = b"AKIA Akia DRIP";
        let mut seen = Vec::new();
        sieve.search(text, 0..text.len(), &mut |literal, core| seen.push((literal, core.start)));
        assert_eq!(seen, [(1, 10)]);
    }
}
