//! Decides what of a foreign text may be shown. Errs on the side of hiding: a line and a column are
//! enough to find a value. Works on the text alone, so that it holds for files that are not even
//! YAML.

use std::ops::Range;

use crate::domain::text::sanitize;

/// What stands for a hidden value.
pub(crate) const HIDDEN: &str = "…";

/// The longest piece of the file a message quotes, in characters.
const LONGEST_QUOTE: usize = 40;

/// The longest word that is shown, in characters.
const LONGEST_WORD: usize = 100;

/// Whether a word has the density of a token: long, and either full of digits, or one unbroken run,
/// or of wildly mixed case.
pub(crate) fn is_dense(word: &str) -> bool {
    let (mut length, mut digits, mut letters, mut humps, mut run, mut longest) = (0, 0, 0, 0, 0, 0);
    let mut was_lower = false;
    for c in word.chars() {
        length += 1;
        digits += usize::from(c.is_numeric());
        letters += usize::from(c.is_alphabetic());
        humps += usize::from(was_lower && c.is_uppercase());
        was_lower = c.is_lowercase();
        run = if c.is_alphanumeric() { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    (longest >= 12 && digits >= 2 && letters >= 2)
        || longest >= 24
        || (length > 20 && (digits >= 4 || humps >= 5))
        || length > LONGEST_WORD
}

/// A short piece of the file in backticks, or `…` in its place.
pub(crate) fn quote(text: &str) -> String {
    if dense_words(text).next().is_some() || text.chars().count() > LONGEST_QUOTE {
        return format!("`{HIDDEN}`");
    }
    format!("`{}`", sanitize(text))
}

/// A message that others wrote and that may quote values.
pub(crate) fn without_values(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    let mut end = 0;
    for word in dense_words(message) {
        shown.push_str(message.get(end..word.start).unwrap_or_default());
        shown.push_str(HIDDEN);
        end = word.end;
    }
    shown.push_str(message.get(end..).unwrap_or_default());
    sanitize(&shown)
}

/// Where the dense words of a text lie.
pub(crate) fn dense_words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    words(text).filter(|word| text.get(word.clone()).is_some_and(is_dense))
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    text.split(is_between_words).map(move |word| {
        let start = at;
        // Every character that separates words is one byte long, or counts as part of the gap found
        // below.
        let end = start + word.len();
        at = end + text.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        start..end
    })
}

fn is_between_words(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | '[' | ']' | '{' | '}' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_shown_and_dense_words_are_not() {
        for plain in [
            "SENDGRID_TRANSACTIONAL_API_KEY",
            "acme/site",
            "tests/fixtures/**",
            "refs/tokenward/journal",
            "eu-central-1",
            "30d",
        ] {
            assert!(!is_dense(plain), "{plain}");
        }
        let mixed = "aB3x".repeat(10);
        let lower = "abcdefgh".repeat(5);
        let uuid = ["0f8e", "1a2b"].concat().repeat(2);
        for dense in [mixed.as_str(), lower.as_str(), &format!("pat-na1-{uuid}-1234")] {
            assert!(is_dense(dense), "{dense}");
            assert_eq!(quote(dense), "`…`");
            assert_eq!(
                without_values(&format!("invalid value: string \"{dense}\", expected x")),
                "invalid value: string \"…\", expected x"
            );
        }
    }
}
