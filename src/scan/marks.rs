//! What is known of a text that others are deltas of: where a token may stand, and where one does. Of a text that is mostly copied
//! from it, only what is new and the seams are read again; the rest is known. What comes out is what reading all of it gives.

use std::ops::Range;

use super::matcher::{Candidate, Spot, candidates, judge, reach, settle};
use super::pack::Piece;
use super::rules::Rules;

/// What is known of one text.
#[derive(Debug, Default)]
pub(super) struct Marks {
    candidates: Vec<Candidate>,
    spots: Vec<Spot>,
}

impl Marks {
    /// Reads a whole text.
    pub(super) fn of(rules: &Rules, text: &[u8]) -> Self {
        let mut found = Vec::new();
        candidates(rules, text, 0..text.len(), &mut found);
        Self { spots: judge(rules, text, &found), candidates: found }
    }

    /// Reads what is new in a text made of pieces of a base of this length, of which `base` is known.
    pub(super) fn of_delta(rules: &Rules, text: &[u8], pieces: &[Piece], base: &Self, length: usize) -> Self {
        if !rules.is_local() {
            return Self::of(rules, text);
        }
        let changes = changes(pieces, text.len(), length);
        let mut found = Vec::new();
        for change in &changes {
            // A literal that reaches into the change may begin before it.
            candidates(rules, text, change.start.saturating_sub(rules.widest() - 1)..change.end, &mut found);
        }
        let mut spots = Vec::new();
        for piece in pieces {
            let Some(from) = piece.copied else { continue };
            let copied = from..from + piece.at.len();
            let first = base.candidates.partition_point(|candidate| candidate.at < copied.start);
            for candidate in base.candidates[first..].iter().take_while(|candidate| candidate.at < copied.end) {
                // What is copied only in part is found again, where it still is one.
                if candidate.end <= copied.end {
                    found.push(candidate.moved(from, piece.at.start));
                }
            }
            for spot in base.spots.iter().filter(|spot| copied.start <= spot.range().start && spot.range().end <= copied.end) {
                let moved = spot.moved(from, piece.at.start);
                if !touches(&changes, moved.reach()) {
                    spots.push(moved);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        let again: Vec<Candidate> = found.iter().filter(|candidate| touches(&changes, reach(rules, **candidate))).copied().collect();
        if !again.is_empty() {
            spots.extend(judge(rules, text, &again));
            spots.sort_unstable();
            spots.dedup();
        }
        Self { candidates: found, spots }
    }

    /// The tokens: one for each place.
    pub(super) fn settled(&self) -> Vec<Spot> {
        settle(self.spots.clone())
    }

    pub(super) fn has_spots(&self) -> bool {
        !self.spots.is_empty()
    }
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
    let at = |place: usize| i64::try_from(place).unwrap_or(i64::MAX);
    let first = changes.partition_point(|change| at(change.end) <= start);
    changes.get(first).is_some_and(|change| at(change.start) < end)
}
