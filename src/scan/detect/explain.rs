//! Why something that looked like a token is not a finding. Gives the reason and the place, never
//! the value.

use super::candidates::candidates;
use super::matcher::judge;
use super::rules::Rules;
use crate::scan::types::{Match, RejectReason};

impl RejectReason {
    /// The reason, for people.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Edge => "it is part of a longer word",
            Self::Placeholder => {
                "it is a placeholder: it is repetitive, a sequence, or contains a word such as `example`"
            }
            Self::NoWord => {
                "its form is too general, and no word that refers to the provider is nearby"
            }
            Self::Identifier => "the text calls it an id, a hash, a version or something public",
            Self::NotCalledSecret => {
                "nothing calls it a secret, and no word that refers to the provider is nearby"
            }
            Self::InPath => "it is part of an address or of a file name",
            Self::MadeUp => "it is in a test or an example, where values are made up",
            Self::TooShort => {
                "its name says which provider it would belong to, but that provider's tokens are longer"
            }
            Self::NotRandom => "it looks like words or code, not like a random value",
        }
    }

    /// How informative the reason is: without a nearby word, hardly anything else was checked.
    fn rank(self) -> u8 {
        match self {
            Self::NoWord => 2,
            Self::Edge => 1,
            _ => 0,
        }
    }
}

/// The rejected candidates of a text, in order: one reason for each place, and none where something
/// was found.
pub(crate) fn dropped(rules: &Rules, text: &[u8], found: &[Match]) -> Vec<Match> {
    let mut all = Vec::new();
    judge(rules, text, &candidates(rules, text, 0..text.len()), Some(&mut all));
    all.retain(|dropped| !found.iter().any(|one| one.overlaps(dropped)));
    all.sort_by_key(|dropped| {
        let rank = dropped.rejected.map(RejectReason::rank);
        (dropped.start, rank, std::cmp::Reverse(dropped.end), dropped.rule)
    });
    all.dedup_by(|next, kept| next.start < kept.end);
    all
}
