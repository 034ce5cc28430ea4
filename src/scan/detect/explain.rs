//! Why something that looked like a token is no finding. Says the reason and the place, never the
//! value.

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
                "it is a placeholder: it repeats itself, counts up, or says that it stands for a token"
            }
            Self::NoWord => "it could be anything, and no word of the provider stands near",
            Self::Identifier => "the text calls it an id, a hash, a version or something public",
            Self::NotCalledSecret => {
                "nothing calls it a secret, and no word of the provider is near enough"
            }
            Self::InPath => "it is part of an address or of a file's name",
            Self::MadeUp => {
                "it stands in a test, an example or the settings of one, where values are made up"
            }
            Self::TooShort => {
                "its name says whose it would be, and it is shorter than anything of theirs"
            }
            Self::NotRandom => "it looks like words or code, not like something random",
        }
    }

    /// How much was held against it: what was dropped for want of a word was hardly looked at.
    fn rank(self) -> u8 {
        match self {
            Self::NoWord => 2,
            Self::Edge => 1,
            _ => 0,
        }
    }
}

/// What was looked at in a text and dropped, in order: one reason for each place, and none where
/// something was found.
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
