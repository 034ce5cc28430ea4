//! All matches in a text, plain and encoded.

use super::candidates::look;
use super::decode::{self, Forms};
use super::encoding;
use super::matcher::{everywhere, judge, settle};
use super::parcels::Parcel;
use super::rules::Rules;
use super::sealed;
use crate::scan::types::{Candidate, Match};

/// Finds every token in a text, in order. UTF-16 with a byte-order mark is decoded first.
#[must_use]
pub fn find(rules: &Rules, bytes: &[u8]) -> Vec<Match> {
    find_plain(rules, &encoding::decode(bytes))
}

/// The same, with the bytes taken as they are, so that the ranges are theirs.
pub(crate) fn find_plain(rules: &Rules, text: &[u8]) -> Vec<Match> {
    find_with(rules, text, &mut Buffers::default())
}

/// Buffers that are used for text after text.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    candidates: Vec<Candidate>,
    forms: Forms,
    /// Archives that were written in letters, for whoever opens them.
    pub(crate) parcels: Vec<Parcel>,
}

/// The same, with buffers that are used again.
pub(crate) fn find_with(rules: &Rules, text: &[u8], buffers: &mut Buffers) -> Vec<Match> {
    let Buffers { candidates, forms, parcels } = buffers;
    candidates.clear();
    look(rules, text, 0..text.len(), &mut 0, candidates);
    candidates.sort_unstable();
    forms.fill(rules, text, candidates);
    let mut found = judge(rules, text, candidates, None);
    found.extend(everywhere(rules, text));
    let decoded = decode::finds(rules, text, forms);
    parcels.extend(decoded.parcels);
    let mut all = with_decoded(settle(rules, found), decoded.matches);
    sealed::retain(rules, text, &mut all);
    all
}

/// Both kinds of matches together, in order; what stands in a signed token is told of once.
pub(super) fn with_decoded(plain: Vec<Match>, mut decoded: Vec<Match>) -> Vec<Match> {
    if decoded.is_empty() {
        return plain;
    }
    decoded.retain(|one| {
        // Those that are settled do not overlap: only the last that begins before it can cover it.
        let before = plain.partition_point(|other| other.start <= one.start);
        before.checked_sub(1).is_none_or(|last| one.end > plain[last].end)
    });
    // What two ways of reading give is told of once.
    decoded.sort_by(|a, b| (&a.decoded, a.start).cmp(&(&b.decoded, b.start)));
    decoded.dedup_by(|a, b| a.start < b.end.max(b.start + 1) && a.decoded == b.decoded);
    let mut all = plain;
    all.extend(decoded);
    all.sort_by_key(|one| one.start);
    all
}
