//! What is known of a text that others are deltas of: where a token may stand, and where one does. Of a text that is mostly copied
//! from it, only what is new and the seams are read again; the rest is known. What comes out is what reading all of it gives.

use std::ops::Range;

use super::decode;
use super::matcher::{Candidate, Find, Spot, blocks, candidates, judge, look, settle, with_decoded};
use super::pack::Piece;
use super::rules::Rules;

/// How far apart changes are that are read one by one.
const APART: usize = 32;

/// What is known of one text.
#[derive(Debug, Default)]
pub(super) struct Marks {
    candidates: Vec<Candidate>,
    spots: Vec<Spot>,
    /// Whether something stands there in another form.
    is_encoded: bool,
}

impl Marks {
    /// Reads a whole text.
    pub(super) fn of(rules: &Rules, text: &[u8]) -> Self {
        let found = candidates(rules, text, 0..text.len());
        let is_encoded = !decode::finds(rules, text, &blocks(text, &found), &found).is_empty();
        Self { spots: judge(rules, text, &found, None), candidates: found, is_encoded }
    }

    /// Reads what is new in a text made of pieces of a base of this length, of which `base` is known.
    pub(super) fn of_delta(rules: &Rules, text: &[u8], pieces: &[Piece], base: &Self, length: usize) -> Self {
        if !rules.is_local() {
            return Self::of(rules, text);
        }
        let changes = changes(pieces, text.len(), length);
        let (mut found, mut spots) = base.carried(pieces, &changes);
        for stretch in stretches(&changes) {
            look(rules, text, stretch, &mut found);
        }
        // Both the carried and the new ones come in order, which this sort makes use of.
        found.sort();
        found.dedup();
        let near = Near::of(rules, text, &found, &changes);
        if !near.again.is_empty() {
            spots.extend(judge(rules, text, &near.again, None));
            spots.sort_unstable();
            spots.dedup();
        }
        let is_encoded = base.is_encoded || !decode::finds(rules, text, &near.blocks, &near.forms).is_empty();
        Self { candidates: found, spots, is_encoded }
    }

    /// What is known of the pieces that are copied.
    fn carried(&self, pieces: &[Piece], changes: &[Range<usize>]) -> (Vec<Candidate>, Vec<Spot>) {
        let (mut found, mut spots) = (Vec::with_capacity(self.candidates.len()), Vec::new());
        let mut next = 0;
        for piece in pieces {
            let Some(from) = piece.copied else { continue };
            let copied = from..from + piece.at.len();
            next = self.first_from(copied.start, next);
            while let Some(candidate) = self.candidates.get(next).filter(|candidate| candidate.at < copied.end) {
                next += 1;
                // What is copied only in part is found again, where it still is one; so is a run, which may be longer now.
                let moved = candidate.moved(from, piece.at.start);
                let joined = moved.is_run() && touches(changes, (signed(moved.at) - 1, signed(moved.end()) + 1));
                if candidate.end() <= copied.end && !joined {
                    found.push(moved);
                }
            }
            for spot in self.spots.iter().filter(|spot| copied.start <= spot.range().start && spot.range().end <= copied.end) {
                let moved = spot.moved(from, piece.at.start);
                if !touches(changes, moved.reach()) {
                    spots.push(moved);
                }
            }
        }
        (found, spots)
    }

    /// The first candidate that begins at a place or behind it. Copies mostly follow each other, so it is mostly the next.
    fn first_from(&self, place: usize, next: usize) -> usize {
        let behind = |candidate: &Candidate| candidate.at < place;
        if next.checked_sub(1).is_some_and(|last| !behind(&self.candidates[last])) {
            return self.candidates[..next].partition_point(behind);
        }
        match self.candidates.get(next) {
            Some(candidate) if behind(candidate) => next + self.candidates[next..].partition_point(behind),
            _ => next,
        }
    }

    /// The tokens: one for each place.
    pub(super) fn settled(&self, rules: &Rules, text: &[u8]) -> Vec<Find> {
        let decoded =
            if self.is_encoded { decode::finds(rules, text, &blocks(text, &self.candidates), &self.candidates) } else { Vec::new() };
        with_decoded(settle(rules, self.spots.clone()), decoded)
    }

    pub(super) fn has_spots(&self) -> bool {
        !self.spots.is_empty() || self.is_encoded
    }
}

/// What has to be looked at again because of what is new.
#[derive(Default)]
struct Near {
    again: Vec<Candidate>,
    /// Escapes and joints.
    forms: Vec<Candidate>,
    /// Where something may be encoded.
    blocks: Vec<Range<usize>>,
}

impl Near {
    fn of(rules: &Rules, text: &[u8], found: &[Candidate], changes: &[Range<usize>]) -> Self {
        let mut near = Self::default();
        // The first change that ends behind where a candidate begins: it and the one before are the nearest.
        let mut next = 0;
        for candidate in found {
            while changes.get(next).is_some_and(|change| change.end <= candidate.at) {
                next += 1;
            }
            let before = next.checked_sub(1).map_or(usize::MAX, |last| candidate.at - changes[last].end);
            let behind = changes.get(next).map_or(usize::MAX, |change| change.start.saturating_sub(candidate.end()));
            let distance = before.min(behind);
            if distance < rules.reach(*candidate) {
                near.again.push(*candidate);
            }
            if distance < decode::REACH && rules.is_form(*candidate) {
                near.forms.push(*candidate);
            }
        }
        near.blocks = blocks(text, found);
        // A last line may be too short to be a run, and belongs to those above it.
        near.blocks.retain(|block| touches(changes, (signed(block.start) - 1, signed(block.end + block.len()) + 3)));
        near
    }
}

/// Changes that stand near each other are read as one: a call costs more than the bytes between.
fn stretches(changes: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::with_capacity(changes.len());
    for change in changes {
        match stretches.last_mut() {
            Some(last) if change.start - last.end <= APART => last.end = change.end,
            _ => stretches.push(change.clone()),
        }
    }
    stretches
}

/// What is new in a text, in order: pieces that are not copied, and seams (empty ranges) between copies that were no neighbours.
fn changes(pieces: &[Piece], length: usize, base: usize) -> Vec<Range<usize>> {
    let mut changes = Vec::new();
    // The beginning of the base is what would come next without a seam; the ends of a text are edges too.
    let mut next = Some(0);
    for piece in pieces {
        match (piece.copied, next) {
            (None, _) => changes.push(piece.at.clone()),
            (Some(from), Some(next)) if from != next => changes.push(piece.at.start..piece.at.start),
            _ => {}
        }
        next = piece.copied.map(|from| from + piece.at.len());
    }
    if next.is_some_and(|next| next != base) {
        changes.push(length..length);
    }
    changes
}

/// Whether a stretch of a text has any of the changes inside; before the text and behind it is not part of any piece.
fn touches(changes: &[Range<usize>], (start, end): (i64, i64)) -> bool {
    let first = changes.partition_point(|change| signed(change.end) <= start);
    changes.get(first).is_some_and(|change| signed(change.start) < end)
}

fn signed(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}
