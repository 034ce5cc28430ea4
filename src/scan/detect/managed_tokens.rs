//! Recognizes tokens of the config by their fingerprints, without a shape. Only words with the
//! length of one of them are hashed; words are split in several ways, since characters of one token
//! can separate another.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use crate::domain::Confidence;
use crate::domain::secret::keyed_hash;
use crate::domain::{Fingerprint, Salt};
use crate::scan::types::{Evidence, Known, Match, RuleRef};

/// Shorter values are not looked for: they stand everywhere.
const SHORTEST: usize = 16;

/// Which bytes words are made of, from few to many. A value is found where it is a whole word of
/// one of these kinds, or where little is glued to it.
const ALPHABETS: [&[u8]; 5] = [b"", b"_-", b"_-.", b"_-+/=", WIDEST];
const WIDEST: &[u8] = b"_-.+/=~:";

/// A word that is longer than a value by no more than this may have it at its end or its beginning.
const GLUED: usize = 16;

/// Values by how long they are.
#[derive(Clone, Debug)]
pub(crate) struct Recogniser {
    by_length: BTreeMap<usize, Vec<Ours>>,
}

#[derive(Clone, Debug)]
struct Ours {
    salt: Salt,
    fingerprint: Fingerprint,
    /// Which of the known tokens it is.
    number: usize,
}

impl Recogniser {
    /// For the tokens that are known; none if there is nothing to look for.
    pub(crate) fn of(known: &[Known<'_>]) -> Option<Self> {
        let mut by_length: BTreeMap<usize, Vec<Ours>> = BTreeMap::new();
        for (number, known) in known.iter().enumerate() {
            let ours = || Ours {
                salt: known.salt.clone(),
                fingerprint: known.fingerprint.clone(),
                number,
            };
            for length in
                known.lengths.iter().flat_map(Clone::clone).filter(|length| *length >= SHORTEST)
            {
                by_length.entry(length).or_default().push(ours());
            }
        }
        (!by_length.is_empty()).then_some(Self { by_length })
    }

    /// For one text that is no longer than this; none if it is too short for any of them.
    pub(crate) fn for_one(known: &[Known<'_>], length: usize) -> Option<Self> {
        let fits =
            |known: &Known<'_>| known.lengths.iter().any(|lengths| *lengths.start() <= length);
        (length >= SHORTEST && known.iter().any(fits)).then(|| Self::of(known)).flatten()
    }

    /// Tells of the value that begins at a place, if one does.
    pub(crate) fn beginning_at(&self, text: &[u8], at: usize, found: &mut dyn FnMut(Match)) {
        for (length, ours) in &self.by_length {
            let value = text.get(at..at + length);
            if let Some(ours) = value.and_then(|value| ours.iter().find(|ours| ours.is(value))) {
                found(ours.at(at..at + length));
            }
        }
    }

    /// Whether any value stands in a text.
    pub(crate) fn knows_any(&self, text: &[u8]) -> bool {
        let mut any = false;
        self.search(text, &mut |_| any = true);
        any
    }

    /// Tells of every value that a text has, in order.
    pub(crate) fn search(&self, text: &[u8], found: &mut dyn FnMut(Match)) {
        let Some(least) = self.by_length.keys().next().copied() else { return };
        let (mut floor, mut probe) = (0, least - 1);
        // Of a long word one byte in so many is looked at first.
        while probe < text.len() {
            if !is_of(WIDEST, text[probe]) {
                floor = probe + 1;
                probe = floor + least - 1;
                continue;
            }
            let start = probe
                - text[floor..probe].iter().rev().take_while(|byte| is_of(WIDEST, **byte)).count();
            let end = probe + text[probe..].iter().take_while(|byte| is_of(WIDEST, **byte)).count();
            if end - start >= least {
                self.word(text, start..end, found);
            }
            floor = end + 1;
            probe = floor + least - 1;
        }
    }

    /// Looks at the words that a long one is made of.
    fn word(&self, text: &[u8], word: Range<usize>, found: &mut dyn FnMut(Match)) {
        let mut tried = HashSet::new();
        let mut all = Vec::new();
        for alphabet in ALPHABETS {
            let mut start = word.start;
            for at in word.start..=word.end {
                if at < word.end && is_of(alphabet, text[at]) {
                    continue;
                }
                // `KEY=VALUE`, `VALUE.`: what joins words in one place is a part of them in
                // another.
                let glued = self.glued(&(start..at));
                for part in trimmed(text, start..at).into_iter().chain(glued) {
                    if let Some(ours) = self.by_length.get(&part.len())
                        && tried.insert(part.clone())
                        && let Some(ours) = ours.iter().find(|ours| ours.is(&text[part.clone()]))
                    {
                        all.push(ours.at(part));
                    }
                }
                start = at + 1;
            }
        }
        all.sort_by_key(|one| one.start);
        all.into_iter().for_each(found);
    }
}

impl Recogniser {
    /// The parts of a word that a value may be which something is glued to.
    fn glued(&self, word: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
        let lengths: Vec<usize> = self
            .by_length
            .range(word.len().saturating_sub(GLUED)..word.len())
            .map(|(length, _)| *length)
            .collect();
        let (start, end) = (word.start, word.end);
        lengths.into_iter().flat_map(move |length| [end - length..end, start..start + length])
    }
}

impl Ours {
    /// The match of its value at a place.
    fn at(&self, range: Range<usize>) -> Match {
        let evidence = Evidence::of(Confidence::Certain);
        Match::new(range, evidence, RuleRef::Managed(self.number))
    }

    fn is(&self, value: &[u8]) -> bool {
        Fingerprint::from_tag(&keyed_hash(self.salt.as_str().as_bytes(), value)) == self.fingerprint
    }
}

fn is_of(marks: &[u8], byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || marks.contains(&byte)
}

/// A word, without marks at its ends, and what stands behind its first `=`.
fn trimmed(text: &[u8], word: Range<usize>) -> Vec<Range<usize>> {
    let is_mark = |byte: &u8| !byte.is_ascii_alphanumeric();
    let head = text[word.clone()].iter().take_while(|byte| is_mark(byte)).count();
    let tail =
        text[word.start + head..word.end].iter().rev().take_while(|byte| is_mark(byte)).count();
    let inner = word.start + head..word.end - tail;
    let mut parts = vec![word.clone(), inner.start..word.end, word.start..inner.end];
    if let Some(sign) = text[inner.clone()].iter().position(|byte| *byte == b'=') {
        parts.push(inner.start + sign + 1..inner.end);
        parts.push(inner.start + sign + 1..word.end);
    }
    parts.push(inner);
    parts
}
