//! "Did you mean": the known word nearest to a misspelled one, and lists of what is known.

use crate::domain::spelling::distance;

/// The nearest of the known words, where one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    // A word far longer than any key is no misspelling, and comparing it would cost for nothing.
    if word.len() > 64 {
        return None;
    }
    let allowed = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `a`, `b` or `c`.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// How people vary one spelling: `rotate_every`, `rotateEvery`, `Rotate-Every` all mean
/// `rotate-every`.
fn plain(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut was_lower = false;
    for c in word.chars() {
        if c.is_uppercase() && was_lower {
            plain.push('-');
        }
        was_lower = c.is_lowercase();
        plain.push(if c == '_' || c == ' ' { '-' } else { c.to_ascii_lowercase() });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_find_what_was_meant() {
        let known = ["rotate-every", "provider", "scopes", "grace"];
        for (word, meant) in [
            ("rotate_every", "rotate-every"),
            ("rotateEvery", "rotate-every"),
            ("provder", "provider"),
            ("scoeps", "scopes"),
        ] {
            assert_eq!(nearest(word, known), Some(meant), "{word}");
        }
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("x", ["a"]), None);
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(list(["a"]), "`a`");
    }
}
