//! Why something that looked like a token is not a finding. Gives the reason and the place, never
//! the value.

use super::candidates::candidates;
use super::matcher::judge;
use super::rules::Rules;
use super::sealed::is_sealed;
use crate::scan::types::{Match, RejectReason};

impl RejectReason {
    /// The reason, for people.
    pub(crate) fn in_words(self) -> String {
        let words = match self {
            Self::Weak(signs) => return signs.in_words(),
            Self::Edge => "it is part of a longer word",
            Self::Placeholder => {
                "it is a placeholder: it is one letter over and over, or contains a word such as `example`"
            }
            Self::NoWord => {
                "its form is too general, and no word that refers to the provider is nearby"
            }
            Self::NotCalledSecret => {
                "nothing calls it a secret, and no word that refers to the provider is nearby"
            }
            Self::NotRandom => "it looks like words or code, not like a random value",
            Self::Sealed => "it is encrypted where it stands",
            Self::Public => "it is public by nature, or the hash of something public",
        };
        words.to_owned()
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
    let held = judge(rules, text, &candidates(rules, text, 0..text.len()), Some(&mut all));
    let sealed = held.into_iter().filter(|one| is_sealed(rules, text, one));
    all.extend(sealed.map(|one| Match::rejected(one.range(), one.rule, RejectReason::Sealed)));
    all.retain(|dropped| !found.iter().any(|one| one.overlaps(dropped)));
    all.sort_by_key(|dropped| {
        let rank = dropped.rejected.map(RejectReason::rank);
        (dropped.start, rank, std::cmp::Reverse(dropped.end), dropped.rule)
    });
    all.dedup_by(|next, kept| next.start < kept.end);
    all
}
