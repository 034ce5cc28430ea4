//! What is known of a text that others are deltas of: where a token may stand, and where one does. Of a text that is mostly copied
//! from it, only what is new and the seams are read again; the rest is known. What comes out is what reading all of it gives.

use std::ops::Range;

use super::decode;
use super::matcher::{Candidate, Find, Spot, candidates, judge, reach, settle, with_decoded};
use super::pack::Piece;
use super::rules::Rules;

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
        let is_encoded = !decode::finds(rules, text, std::slice::from_ref(&(0..text.len())), &found).is_empty();
        Self { spots: judge(rules, text, &found, None), candidates: found, is_encoded }
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
            found.extend(candidates(rules, text, change.start.saturating_sub(rules.widest - 1)..change.end));
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
            spots.extend(judge(rules, text, &again, None));
            spots.sort_unstable();
            spots.dedup();
        }
        let near = |change: &Range<usize>| change.start.saturating_sub(1)..(change.end + 1).min(text.len());
        let parts: Vec<Range<usize>> = changes.iter().map(near).collect();
        let is_encoded = base.is_encoded || !decode::finds(rules, text, &parts, &around(&found, &changes)).is_empty();
        Self { candidates: found, spots, is_encoded }
    }

    /// The tokens: one for each place.
    pub(super) fn settled(&self, rules: &Rules, text: &[u8]) -> Vec<Find> {
        let decoded =
            if self.is_encoded { decode::finds(rules, text, std::slice::from_ref(&(0..text.len())), &self.candidates) } else { Vec::new() };
        with_decoded(settle(rules, self.spots.clone()), decoded)
    }

    pub(super) fn has_spots(&self) -> bool {
        !self.spots.is_empty() || self.is_encoded
    }
}

/// The candidates that what is new may have to do with, through an escape or a joint that stands near it.
fn around(found: &[Candidate], changes: &[Range<usize>]) -> Vec<Candidate> {
    let near = |place: usize| i64::try_from(place).unwrap_or(i64::MAX);
    let reach = near(decode::REACH);
    found.iter().filter(|candidate| touches(changes, (near(candidate.at) - reach, near(candidate.end) + reach))).copied().collect()
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
