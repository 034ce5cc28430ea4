//! Words near a value: a provider's name, host, header, SDK or variable. A word counts where it
//! begins like a word, so that a short one inside a longer one says nothing.

use std::ops::Range;

/// How far before a token a word may begin.
pub(super) const BEFORE: usize = 200;
/// How far after a token a word may end.
pub(super) const AFTER: usize = 80;
/// How far from a match its boundaries are decided: the longest escape that ends one.
pub(super) const EDGE: usize = 24;
/// What may count around any value, to either side.
pub(super) const AROUND: usize = BEFORE + AFTER + EDGE;
/// Words this long stand in no other word by chance.
const DISTINCT: usize = 7;

/// A word near a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Near {
    /// Bytes between the two.
    pub(crate) distance: usize,
    /// Where the word begins.
    pub(crate) at: usize,
}

/// The nearest of these words (in lower case), where one is near enough.
pub(super) fn nearest(words: &[&str], text: &[u8], value: &Range<usize>) -> Option<Near> {
    let from = value.start.saturating_sub(BEFORE);
    let until = (value.end + AFTER).min(text.len());
    let mut best: Option<Near> = None;
    for word in words.iter().map(|word| word.as_bytes()) {
        let before = places(text, from..value.start, word).last();
        let after = places(text, value.end..until, word).next();
        let before = before.map(|at| Near { distance: value.start - at - word.len(), at });
        let after = after.map(|at| Near { distance: at - value.end, at });
        best = best.into_iter().chain(before).chain(after).min();
    }
    best
}

/// Where a word stands in a stretch of a text, as a word.
fn places<'t>(
    text: &'t [u8],
    range: Range<usize>,
    word: &'t [u8],
) -> impl Iterator<Item = usize> + 't {
    let last = range.end.saturating_sub(word.len().saturating_sub(1));
    (range.start..last.max(range.start)).filter(move |at| is_word(text, *at, word))
}

/// Whether the word (in lower case) begins here.
pub(super) fn is_word(text: &[u8], at: usize, word: &[u8]) -> bool {
    text.get(at..at + word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word))
        && begins(text, at, word.len())
}

/// A word begins the text, or behind something that is no letter or digit, or with a hump as in
/// `myDripKey`; and it does not run on in lower case, unless it is long.
fn begins(text: &[u8], at: usize, length: usize) -> bool {
    if length >= DISTINCT {
        let is_hump = at > 0 && text[at - 1].is_ascii_lowercase() && text[at].is_ascii_uppercase();
        return is_hump || begins_apart(&text[..at]);
    }
    let (first, second) =
        (text.get(at).copied().unwrap_or(0), text.get(at + 1).copied().unwrap_or(0));
    let starts = match at.checked_sub(1).and_then(|before| text.get(before)) {
        None => true,
        Some(before) if !before.is_ascii_alphanumeric() => true,
        Some(before) => {
            first.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || second.is_ascii_lowercase())
        }
    };
    let ends = match text.get(at + length) {
        // `SMTPDripKey`, and not `dripOf`: a hump in it makes it two words.
        Some(after) if after.is_ascii_lowercase() => {
            text.get(at..at + length).is_some_and(|word| {
                let humped = word
                    .windows(2)
                    .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
                word.last().is_some_and(u8::is_ascii_uppercase) && !humped
            })
        }
        _ => true,
    };
    starts && (ends || runs_on(&text[at + length..]))
}

/// Whether no other word runs into one that begins here: `alchemy` is none in `sqlalchemy`.
fn begins_apart(before: &[u8]) -> bool {
    let letters = before.iter().rev().take(4).take_while(|b| b.is_ascii_alphabetic()).count();
    let word = &before[before.len() - letters..];
    letters < 3
        || [&b"api"[..], b"app", b"use", b"get", b"set", b"key", b"the"]
            .iter()
            .any(|known| letters == 3 && word.eq_ignore_ascii_case(known))
}

/// `dripkey` and `loopstoken` are two words that somebody wrote as one.
fn runs_on(rest: &[u8]) -> bool {
    [&b"api"[..], b"key", b"token", b"secret", b"auth", b"client", b"access", b"pass"]
        .iter()
        .any(|word| rest.get(..word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_word_counts_only_as_a_word() {
        for yes in [
            "DRIP_API_KEY",
            "drip:",
            "myDripKey",
            "api.drip.com",
            "dripToken",
            "dripkey",
            "SMTPDripKey",
        ] {
            let at = yes.to_ascii_lowercase().find("drip").unwrap();
            assert!(is_word(yes.as_bytes(), at, b"drip"), "{yes}");
        }
        for no in ["dripping", "cdrip", "xdripkey", "driPing"] {
            assert!(
                !is_word(no.as_bytes(), no.to_ascii_lowercase().find("drip").unwrap(), b"drip"),
                "{no}"
            );
        }
        assert!(is_word(b"xpostmarkx", 1, b"postmark"));
        assert!(is_word(b"theSparkpost", 3, b"sparkpost"));
        assert!(!is_word(b"sqlalchemy", 3, b"alchemy"));
        assert!(!is_word(b"LIVEKIT_API_SECRET", 4, b"kit_api_secret"));
    }

    #[test]
    fn the_nearest_on_either_side_is_told() {
        let text = b"mailjet ....... VALUE .. postmark";
        assert_eq!(
            nearest(&["mailjet", "postmark"], text, &(16..21)),
            Some(Near { distance: 4, at: 25 })
        );
        assert_eq!(nearest(&["mailgun"], text, &(16..21)), None);
    }
}
