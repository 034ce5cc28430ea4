//! The prefilter: reads every byte once and finds literals. Looks up four bytes at a time in a bit
//! table, so that later checks run only at a few places. The table ignores case, which is checked
//! afterwards, so that one pass finds literals and words.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::bigrams::rarest;
use super::literal::GRAM;

/// Places of the table, one for each number of sixteen bits: 128 KB, of which one in fifteen is
/// taken.
const PLACES: usize = 1 << 16;
/// Sets the bit that upper case lacks, in all four bytes.
const FOLD: u32 = 0x2020_2020;
/// The same in eight bytes.
const FOLD_EIGHT: u64 = 0x2020_2020_2020_2020;

/// Eight bytes are read at once: so many grams begin in them.
const AT_ONCE: usize = 8 - GRAM + 1;
/// Says that the list of entries goes on.
const MORE: u32 = 1 << 31;
/// So many places are put aside.
const ASIDE: usize = 16;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Literal {
    pub(crate) bytes: Vec<u8>,
    /// What each of the bytes behind them is one of.
    pub(crate) next: Vec<u8>,
    /// How many such bytes there are at least.
    pub(crate) count: usize,
    pub(super) any_case: bool,
}

impl Literal {
    /// A word in any case, with whatever behind it.
    pub(crate) fn word(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), next: Vec::new(), count: 0, any_case: true }
    }
}

/// Of a long literal no more than this is looked for, so that little has to be read around what is
/// new in a text.
const CORE: usize = 8;

/// A literal made ready.
struct Entry {
    bytes: Box<[u8]>,
    any_case: bool,
    /// Where the part of it begins that is looked for, and its length; it may go on behind the
    /// bytes, with what follows them.
    first: usize,
    core: usize,
    /// Where in that part the four bytes stand.
    offset: usize,
    /// Eight bytes of a text are the core as far as it is known where these bits of them, with
    /// those set, are that.
    mask: u64,
    set: u64,
    value: u64,
    /// How many of the core's bytes are known, and what the others are of.
    known: usize,
    next: Set,
}

impl Entry {
    fn new(literal: &Literal, first: usize, core: usize, offset: usize) -> Self {
        let known = core.min(literal.bytes.len() - first);
        let part = |of: &dyn Fn(u8) -> u8| {
            let mut eight = [0; CORE];
            eight
                .iter_mut()
                .zip(&literal.bytes[first..first + known])
                .for_each(|(to, byte)| *to = of(*byte));
            u64::from_le_bytes(eight)
        };
        let set =
            part(&|byte| if literal.any_case && byte.is_ascii_alphabetic() { 0x20 } else { 0 });
        Self {
            bytes: literal.bytes.clone().into_boxed_slice(),
            any_case: literal.any_case,
            first,
            core,
            offset,
            mask: part(&|_| u8::MAX),
            set,
            value: part(&|byte| byte) | set,
            known,
            next: Set::of(&literal.next, literal.any_case),
        }
    }

    /// Whether its core stands at a place.
    fn is_at(&self, text: &[u8], start: usize) -> bool {
        let rest = &text[start..];
        let eight = rest.first_chunk().map_or_else(
            || {
                let mut padded = [0; CORE];
                padded[..rest.len()].copy_from_slice(rest);
                u64::from_le_bytes(padded)
            },
            |eight| u64::from_le_bytes(*eight),
        );
        (eight | self.set) & self.mask == self.value
            && rest
                .get(self.known..self.core)
                .is_some_and(|behind| behind.iter().all(|byte| self.next.has(*byte)))
    }
}

/// A set of bytes.
#[derive(Debug, Default)]
struct Set([u64; 4]);

impl Set {
    fn of(bytes: &[u8], any_case: bool) -> Self {
        let mut set = Self::default();
        let mut put = |byte: u8| set.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        for byte in bytes {
            put(*byte);
            if any_case {
                put(byte.to_ascii_lowercase());
                put(byte.to_ascii_uppercase());
            }
        }
        set
    }

    fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }
}

/// Literals made ready to be looked for all at once.
pub(super) struct Prefilter {
    /// Which bits no gram has.
    free: Box<[u16; PLACES]>,
    entries: Vec<Entry>,
    /// By four folded bytes: which entries.
    grams: BTreeMap<u32, Vec<usize>>,
    /// The same, as an open table: four bytes, and where in the list their entries begin. No bytes
    /// are an empty slot. Small, so that it stays in the processor's cache.
    slots: Vec<(u32, u32)>,
    /// Lists of entries, one behind the other.
    list: Vec<u32>,
    /// How far before a byte the deciding bytes of a literal may begin that the byte belongs to,
    /// and how far behind it.
    pub(crate) before: usize,
    pub(crate) behind: usize,
}

/// Says nothing of what it looks for: a piece of a value may be among it.
impl fmt::Debug for Prefilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sieve")
    }
}

impl Prefilter {
    /// Literals are told of by their number here.
    pub(crate) fn new(literals: &[Literal]) -> Self {
        let mut sieve = Self {
            free: Box::new([u16::MAX; PLACES]),
            entries: Vec::new(),
            grams: BTreeMap::new(),
            slots: Vec::new(),
            list: Vec::new(),
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
        let place = rarest(bytes).unwrap_or(0);
        // What follows says more than what stands before: four letters may begin a word.
        let first =
            if literal.count > 0 { place } else { place.min(bytes.len().saturating_sub(CORE)) };
        let (core, offset) = ((bytes.len() + literal.count - first).min(CORE), place - first);
        let mut put = |gram: [u8; GRAM]| {
            let list = self.grams.entry(u32::from_le_bytes(gram) | FOLD).or_default();
            if list.last() != Some(&index) {
                list.push(index);
            }
        };
        match (bytes.get(place..place + GRAM), bytes.as_slice()) {
            (Some(&[a, b, c, d]), _) => put([a, b, c, d]),
            (None, &[a, b, c]) if literal.count == 0 => {
                any_byte().for_each(|next| put([a, b, c, next]))
            }
            (None, &[a, b, c]) => literal.next.iter().for_each(|next| put([a, b, c, *next])),
            // Shorter ones are refused before they get here.
            _ => {}
        }
        self.before = self.before.max(core.max(offset + GRAM) - offset - 1);
        self.behind = self.behind.max(offset);
        self.entries.push(Entry::new(literal, first, core, offset));
    }

    fn close(&mut self) {
        let size = (self.grams.len() * 2).next_power_of_two().max(2);
        self.slots = vec![(0, 0); size];
        for (gram, list) in std::mem::take(&mut self.grams) {
            let (place, mark) = place(gram);
            self.free[place] &= !mark;
            let mut slot = slot(gram) & (size - 1);
            while self.slots[slot].0 != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = (gram, u32::try_from(self.list.len()).unwrap_or(u32::MAX));
            self.list.extend(list.iter().map(|index| u32::try_from(*index).unwrap_or(MORE) | MORE));
            if let Some(last) = self.list.last_mut() {
                *last &= !MORE;
            }
        }
    }

    /// Where the literal stands whose core stands at `at`, where all of it does.
    pub(crate) fn whole(&self, text: &[u8], index: usize, at: usize) -> Option<Range<usize>> {
        let entry = &self.entries[index];
        let start = at.checked_sub(entry.first)?;
        let there = text.get(start..start + entry.bytes.len())?;
        let same = if entry.any_case {
            there.eq_ignore_ascii_case(&entry.bytes)
        } else {
            *there == *entry.bytes
        };
        same.then_some(start..start + there.len())
    }

    /// Tells of the core of every literal in `text` whose deciding bytes begin in `range`: the
    /// literal's number and where the core stands. In order of those bytes.
    pub(crate) fn search(
        &self,
        text: &[u8],
        range: Range<usize>,
        found: &mut impl FnMut(usize, Range<usize>),
    ) {
        let (mut at, end) = (range.start, range.end.min(text.len()));
        // Places are put aside and looked at many at a time: going back and forth between both
        // costs more than either.
        let (mut aside, mut count) = ([0; ASIDE], 0);
        // Where none of the places may be one, which is mostly so, nothing else is done.
        while at < end
            && let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk())
        {
            let eight = u64::from_le_bytes(*eight) | FOLD_EIGHT;
            let gram = |place: usize| (eight >> (8 * place)) as u32;
            if (0..AT_ONCE).any(|place| self.may_be(gram(place))) {
                // Each is written down, and the next over it where it is none: no branch to guess.
                for place in 0..AT_ONCE {
                    aside[count % ASIDE] = at + place;
                    count += usize::from(self.may_be(gram(place)));
                }
                if count > ASIDE - AT_ONCE {
                    self.look(text, &aside[..count], end, found);
                    count = 0;
                }
            }
            at += AT_ONCE;
        }
        if count > 0 {
            self.look(text, &aside[..count], end, found);
        }
        for at in at..end {
            self.look(text, &[at], end, found);
        }
    }

    /// Whether four folded bytes may be a gram.
    #[inline(always)]
    fn may_be(&self, folded: u32) -> bool {
        let (place, mark) = place(folded);
        self.free[place] & mark == 0
    }

    /// Tells of the literals that stand at some of these places before the end.
    fn look(
        &self,
        text: &[u8],
        places: &[usize],
        end: usize,
        found: &mut impl FnMut(usize, Range<usize>),
    ) {
        let mask = self.slots.len() - 1;
        for &at in places.iter().take_while(|at| **at < end) {
            let gram = gram_at(text, at) | FOLD;
            let mut slot = slot(gram) & mask;
            while let (other, begin) = self.slots[slot]
                && other != 0
            {
                if other == gram {
                    let mut begin = begin as usize;
                    loop {
                        let index = (self.list[begin] & !MORE) as usize;
                        let entry = &self.entries[index];
                        if let Some(start) =
                            at.checked_sub(entry.offset).filter(|start| entry.is_at(text, *start))
                        {
                            found(index, start..start + entry.core);
                        }
                        if self.list[begin] & MORE == 0 {
                            break;
                        }
                        begin += 1;
                    }
                    break;
                }
                slot = (slot + 1) & mask;
            }
        }
    }
}

/// What may stand behind three letters of which nothing is known: anything, upper case and control
/// bytes folded.
fn any_byte() -> impl Iterator<Item = u8> {
    (0x20..0x40).chain(0x60..0x80)
}

/// The four bytes at a place; behind the end stand spaces.
fn gram_at(text: &[u8], at: usize) -> u32 {
    let rest = &text[at..];
    rest.first_chunk().map_or_else(
        || {
            let mut padded = [b' '; GRAM];
            padded[..rest.len()].copy_from_slice(rest);
            u32::from_le_bytes(padded)
        },
        |four| u32::from_le_bytes(*four),
    )
}

#[inline(always)]
fn hash(folded: u32) -> u32 {
    folded.wrapping_mul(0x9e37_79b1)
}

/// Which place of the table four bytes have, and which bits of it: about half. The upper half of
/// the hash is of all four bytes, the lower one of the first two: where another gram has the place,
/// its bits are mostly others.
#[inline(always)]
fn place(folded: u32) -> (usize, u16) {
    let hash = hash(folded);
    ((hash >> u16::BITS) as usize, hash as u16)
}

fn slot(folded: u32) -> usize {
    (hash(folded) >> 12) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(bytes: &str, next: &[u8], any_case: bool) -> Literal {
        Literal {
            bytes: bytes.as_bytes().to_vec(),
            next: next.to_vec(),
            count: usize::from(!next.is_empty()),
            any_case,
        }
    }

    #[test]
    fn every_literal_is_found_at_every_place_of_a_text() {
        let sieve = Prefilter::new(&[
            literal("xkeysib-", b"", false),
            literal("SG.", b"abc", false),
            literal("postmark", b"", true),
        ]);
        for pad in 0..40 {
            for (index, token) in [(0, "xkeysib-"), (1, "SG.a"), (2, "PostMark")] {
                for tail in [0, 1, 30] {
                    let text = format!("{}{token}{}", "-".repeat(pad), "=".repeat(tail));
                    let mut seen = Vec::new();
                    sieve.search(text.as_bytes(), 0..text.len(), &mut |literal, core| {
                        seen.push((literal, core.start))
                    });
                    assert_eq!(seen, [(index, pad)], "{text}");
                }
            }
        }
    }

    #[test]
    fn literals_that_follow_each_other_are_all_found_in_order_and_none_behind_the_end() {
        let sieve = Prefilter::new(&[
            literal("xkeysib-", b"", false),
            literal("SG.", b"abc", false),
            literal("mark", b"", true),
        ]);
        let text = "SG.aMark".repeat(100);
        for end in [0, 1, 3, 4, 5, 7, 400, 795, 796, 797, 799, 800, 900] {
            let mut seen = Vec::new();
            sieve.search(text.as_bytes(), 1..end, &mut |literal, core| {
                seen.push((core.start, literal))
            });
            // A literal's deciding bytes are its first here.
            let all = (0..100).flat_map(|n| [(8 * n, 1), (8 * n + 4, 2)]);
            assert_eq!(
                seen,
                all.filter(|(at, _)| (1..end).contains(at)).collect::<Vec<_>>(),
                "{end}"
            );
        }
    }

    #[test]
    fn of_a_long_literal_the_core_is_found_and_the_rest_is_looked_at() {
        let sieve = Prefilter::new(&[literal("subscription-zqx9", b"", true)]);
        let cores = |text: &str| {
            let mut seen = Vec::new();
            sieve.search(text.as_bytes(), 0..text.len(), &mut |literal, core| {
                seen.push(sieve.whole(text.as_bytes(), literal, core.start))
            });
            seen
        };
        assert_eq!(cores("a Subscription-ZQX9"), [Some(2..19)]);
        assert_eq!(cores("a Suspension-ZQX9"), [None]);
        assert_eq!(cores("ption-ZQX9"), [None]);
    }

    #[test]
    fn what_follows_a_short_literal_decides_about_it() {
        let sieve =
            Prefilter::new(&[Literal { count: 5, ..literal("pat", b"abcdefghijklmnop", false) }]);
        for (text, is_there) in [
            ("patabcde", true),
            ("patabcd", false),
            ("patabcdz", false),
            ("-patpppppp-", true),
            ("pattern ", false),
        ] {
            let mut seen = 0;
            sieve.search(text.as_bytes(), 0..text.len(), &mut |_, _| seen += 1);
            assert_eq!(seen == 1, is_there, "{text}");
        }
    }

    #[test]
    fn case_counts_for_a_literal_and_not_for_a_word() {
        let sieve = Prefilter::new(&[literal("akia", b"", false), literal("drip", b"", true)]);
        let text = b"AKIA Akia DRIP";
        let mut seen = Vec::new();
        sieve.search(text, 0..text.len(), &mut |literal, core| seen.push((literal, core.start)));
        assert_eq!(seen, [(1, 10)]);
    }
}
