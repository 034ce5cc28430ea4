//! The candidates and matches of a text that others are deltas of. Of a delta, only the new parts
//! and the seams are scanned again; the rest is copied. The result is the same as that of a scan of
//! the whole text.

use std::ops::Range;

use super::candidates::{candidates, look};
use super::context_words::{AFTER, BEFORE, EDGE};
use super::decode::{self, Forms};
use super::matcher::{judge, settle};
use super::packed_signs::Signs;
use super::rules::Rules;
use super::search::with_decoded;
use super::{encoding, lines, sealed};
use crate::scan::types::{Candidate, Match, Piece};

/// A copy no longer than this is read with what is new around it: that costs less than keeping
/// account of it.
pub(crate) const BRIEF: usize = 64;
/// The longest sign of something packed, or of wide letters, which may lie across a seam.
const SIGN: usize = 64;
/// So many candidates in a row are passed by one by one, before the rest of the way is halved.
const STEPS: usize = 8;

/// What is known of one text.
#[derive(Debug, Default)]
pub(crate) struct BlobMatches {
    candidates: Vec<Candidate>,
    matches: Vec<Match>,
    /// Whether something stands there in another form.
    is_encoded: bool,
    /// Whether something may be packed in it, or be written with NULs between its letters.
    is_opaque: bool,
}

/// A text that is made of a base.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextDelta<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) pieces: &'a [Piece],
    /// What is known of the base, and how long it is.
    pub(crate) base: &'a BlobMatches,
    pub(crate) length: usize,
}

/// Buffers that are used for text after text.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    parts: Parts,
    fresh: Vec<Candidate>,
    near: Near,
    spare: Vec<Candidate>,
}

impl Buffers {
    /// Takes back what nothing is a delta of.
    pub(crate) fn reuse(&mut self, marks: BlobMatches) {
        self.spare = marks.candidates;
    }
}

impl BlobMatches {
    /// Reads a whole text.
    pub(crate) fn of(rules: &Rules, text: &[u8]) -> Self {
        let found = candidates(rules, text, 0..text.len());
        let decoded = decode::finds(rules, text, &Forms::of(rules, text, &found));
        Self {
            matches: judge(rules, text, &found, None),
            candidates: found,
            is_encoded: !decoded.matches.is_empty(),
            is_opaque: !decoded.parcels.is_empty() || is_opaque(text),
        }
    }

    /// Reads what is new in a text that is made of a base of which all is known.
    pub(crate) fn of_delta(rules: &Rules, delta: &TextDelta<'_>, work: &mut Buffers) -> Self {
        let TextDelta { text, pieces, base, length } = *delta;
        if !rules.is_local() {
            return Self::of(rules, text);
        }
        let Buffers { parts, fresh, near, spare } = work;
        parts.split(pieces, text.len(), length);
        let mut found = std::mem::take(spare);
        found.clear();
        let mut matches = Vec::new();
        base.carried(parts, &mut found, &mut matches);
        fresh.clear();
        let mut known = 0;
        for stretch in &parts.stretches {
            look(rules, text, stretch.clone(), &mut known, fresh);
        }
        fresh.sort_unstable();
        fresh.dedup();
        merge(&mut found, fresh);
        near.find(rules, text, &found, &parts.stretches);
        if !near.again.is_empty() {
            matches.extend(judge(rules, text, &near.again, None));
            matches.sort_unstable();
            matches.dedup();
        }
        let decoded = decode::finds(rules, text, &near.forms);
        let around = |new: &Range<usize>| {
            &text[new.start.saturating_sub(SIGN)..text.len().min(new.end + SIGN)]
        };
        let is_opaque = base.is_opaque
            || !decoded.parcels.is_empty()
            || parts.stretches.iter().any(|new| is_opaque(around(new)));
        let is_encoded = base.is_encoded || !decoded.matches.is_empty();
        Self { candidates: found, matches, is_encoded, is_opaque }
    }

    /// What is known of what is kept.
    fn carried(&self, parts: &Parts, found: &mut Vec<Candidate>, matches: &mut Vec<Match>) {
        let mut next = 0;
        for kept in &parts.kept {
            let (from, to) = (kept.from, kept.at.start);
            let end = from + kept.at.len();
            next = self.first_from(from, next);
            while let Some(candidate) =
                self.candidates.get(next).filter(|candidate| candidate.at() < end)
            {
                next += 1;
                // What is copied only in part is found again, where it still is one; so is what may
                // go on, or be longer now.
                let may_go_on = kept.right && candidate.end() == end
                    || kept.left && candidate.is_run() && candidate.at() == from;
                if candidate.end() <= end && !may_go_on {
                    found.push(candidate.moved(from, to));
                }
            }
            let first = self.matches.partition_point(|one| one.start < from);
            let inside = self.matches[first..].iter().take_while(|one| one.start < end);
            for one in inside.filter(|one| one.end <= end) {
                let moved = one.moved(from, to);
                if !touches(&parts.stretches, decided_by(&moved)) {
                    matches.push(moved);
                }
            }
        }
    }

    /// The first candidate that begins at a place or behind it. Copies mostly follow each other, so
    /// it is mostly near the next.
    fn first_from(&self, place: usize, next: usize) -> usize {
        let behind = |candidate: &Candidate| candidate.at() < place;
        if next.checked_sub(1).is_some_and(|last| !behind(&self.candidates[last])) {
            return self.candidates[..next].partition_point(behind);
        }
        let steps = self.candidates[next..]
            .iter()
            .take(STEPS)
            .take_while(|candidate| behind(candidate))
            .count();
        let next = next + steps;
        if steps < STEPS { next } else { next + self.candidates[next..].partition_point(behind) }
    }

    /// The tokens: one for each place.
    pub(crate) fn settled(&self, rules: &Rules, text: &[u8]) -> Vec<Match> {
        let decoded = if self.is_encoded {
            decode::finds(rules, text, &Forms::of(rules, text, &self.candidates)).matches
        } else {
            Vec::new()
        };
        let mut all = with_decoded(settle(rules, self.matches.clone()), decoded);
        sealed::retain(rules, text, &mut all);
        all
    }

    /// Whether it has what is not looked for here: something packed, or letters with NULs between
    /// them.
    pub(crate) fn is_opaque(&self) -> bool {
        self.is_opaque
    }

    /// Whether a token may be there.
    pub(crate) fn has_any(&self) -> bool {
        !self.matches.is_empty() || self.is_encoded
    }
}

fn is_opaque(text: &[u8]) -> bool {
    Signs::are_in(text) || encoding::is_wide_in(text)
}

/// Puts others, in order, between those that are in order.
fn merge(all: &mut Vec<Candidate>, others: &[Candidate]) {
    let (mut left, mut right) = (all.len(), others.len());
    all.extend_from_slice(others);
    // From the end: what is moved has been read.
    while left > 0 && right > 0 {
        if all[left - 1] > others[right - 1] {
            left -= 1;
            all[left + right] = all[left];
        } else {
            right -= 1;
            all[left + right] = others[right];
        }
    }
    all[..right].copy_from_slice(&others[..right]);
}

/// A stretch that is copied whole from the base.
#[derive(Debug)]
struct Kept {
    at: Range<usize>,
    /// Where it begins in the base.
    from: usize,
    /// Whether something else than in the base stands before it, and behind it; the ends of a text
    /// are something too.
    left: bool,
    right: bool,
}

/// A text in stretches that are kept, and stretches that are new between them.
#[derive(Debug, Default)]
struct Parts {
    kept: Vec<Kept>,
    /// In order. Where two copies meet that were no neighbours stands one of no length: a seam.
    stretches: Vec<Range<usize>>,
}

impl Parts {
    /// A text of this length, made of pieces of a base.
    fn split(&mut self, pieces: &[Piece], length: usize, base: usize) {
        self.kept.clear();
        self.stretches.clear();
        // The beginning of the base is what would come next without a seam.
        let (mut open, mut next) = (None, Some(0));
        for piece in pieces {
            match piece.copied {
                Some(from) => {
                    let left = open.is_some() || next != Some(from);
                    if left {
                        self.stretches.push(open.take().unwrap_or(piece.at.start)..piece.at.start);
                    }
                    self.kept.push(Kept { at: piece.at.clone(), from, left, right: true });
                    next = Some(from + piece.at.len());
                }
                None => {
                    open.get_or_insert(piece.at.start);
                }
            }
        }
        if open.is_some() || next != Some(base) {
            self.stretches.push(open.unwrap_or(length)..length);
        } else if let Some(last) = self.kept.last_mut() {
            last.right = false;
        }
    }
}

/// What has to be looked at again because of what is new.
#[derive(Debug, Default)]
struct Near {
    again: Vec<Candidate>,
    forms: Forms,
}

impl Near {
    fn find(
        &mut self,
        rules: &Rules,
        text: &[u8],
        found: &[Candidate],
        stretches: &[Range<usize>],
    ) {
        self.again.clear();
        self.forms.clear();
        // The first stretch that ends behind where a candidate begins: it and the one before are
        // the nearest.
        let mut next = 0;
        for candidate in found {
            while stretches.get(next).is_some_and(|stretch| stretch.end <= candidate.at()) {
                next += 1;
            }
            let before =
                next.checked_sub(1).map_or(usize::MAX, |last| candidate.at() - stretches[last].end);
            let behind = stretches
                .get(next)
                .map_or(usize::MAX, |stretch| stretch.start.saturating_sub(candidate.end()));
            let distance = before.min(behind);
            if distance < rules.reach(*candidate) {
                self.again.push(*candidate);
                self.forms.add_glued(rules, text, *candidate);
            }
            if candidate.is_run() || distance < decode::REACH && rules.form(*candidate).is_some() {
                self.forms.add(rules, text, *candidate);
            }
        }
        // A last line may be too short to be a run, and belongs to those above it.
        let behind = |block: &Range<usize>| signed(block.end + block.len() + lines::INDENT) + 3;
        self.forms
            .blocks
            .retain(|block| touches(stretches, (signed(block.start) - 1, behind(block))));
    }
}

/// Whether a part of a text has any of the stretches inside; before the text and behind it is not
/// part of any.
fn touches(stretches: &[Range<usize>], (start, end): (i64, i64)) -> bool {
    let first = stretches.partition_point(|stretch| signed(stretch.end) <= start);
    stretches.get(first).is_some_and(|stretch| signed(stretch.start) < end)
}

/// The stretch that decides about a match: with nothing in there changed, it holds.
fn decided_by(found: &Match) -> (i64, i64) {
    (signed(found.start) - signed(BEFORE + EDGE), signed(found.end) + signed(AFTER + EDGE))
}

fn signed(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}
