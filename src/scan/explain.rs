//! Why something that looked like a token is no finding. Says the reason and the place, never the
//! value.

use super::filter::RejectReason;
use super::matcher::{Dropped, Find, Hit, candidates, judge};
use super::position::Cursor;
use super::rules::Rules;
use crate::domain::Confidence;

impl RejectReason {
    /// The reason, for people.
    pub(super) fn in_words(self) -> &'static str {
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
pub(super) fn dropped(rules: &Rules, text: &[u8], found: &[Find]) -> Vec<Dropped> {
    let mut all = Vec::new();
    judge(rules, text, &candidates(rules, text, 0..text.len()), Some(&mut all));
    all.retain(|dropped| {
        !found
            .iter()
            .any(|find| find.spot.start < dropped.range.end && dropped.range.start < find.spot.end)
    });
    all.sort_by_key(|dropped| {
        (
            dropped.range.start,
            dropped.why.rank(),
            std::cmp::Reverse(dropped.range.end),
            dropped.rule,
        )
    });
    all.dedup_by(|next, kept| next.range.start < kept.range.end);
    all
}

impl Dropped {
    /// It as a hit that is none.
    pub(super) fn placed(self, rules: &Rules, text: &[u8], cursor: &mut Cursor) -> Hit {
        let (line, column) = cursor.at(text, self.range.start);
        let (rule, provider) = self.rule.named(rules);
        let (range, confidence) = (self.range, Confidence::Doubtful);
        Hit { rule, provider, range, line, column, confidence, comment: None, why: Some(self.why) }
    }
}
