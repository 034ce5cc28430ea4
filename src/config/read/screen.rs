//! What is looked for in the raw text, before anything is parsed: size, characters that hide
//! something, token-shaped values.

use std::ops::Range;

use super::mistake::Diagnostic;
use super::source::Source;
use crate::domain::Code;

/// The largest file that is read, in bytes.
pub const LARGEST: usize = 1024 * 1024;

/// A file that is too large is not even looked at.
pub(crate) fn size(text: &str) -> Option<Diagnostic> {
    (text.len() > LARGEST).then(|| {
        Diagnostic::new(
            Code::ConfigUnreadable,
            0..0,
            format!("the file is {} bytes long; at most 1 MB is read", text.len()),
        )
    })
}

/// The first character that has no business in a config: a control character, or one that turns the
/// direction of the text around.
pub(crate) fn characters(source: &Source) -> Option<Diagnostic> {
    // A line that ends with a carriage return alone goes on, to the eye, in the comment before it.
    let is_hidden_end = |at: usize, c: char| c == '\r' && !source.text[at + 1..].starts_with('\n');
    let (at, c) =
        source.text.char_indices().find(|(at, c)| is_refused(*c) || is_hidden_end(*at, *c))?;
    let what = format!("a character that cannot be seen (U+{:04X}) stands here", u32::from(c));
    Some(
        Diagnostic::new(Code::ConfigUnreadable, at..at + c.len_utf8(), what)
            .hint("take it out; a file of this kind is plain text in UTF-8"),
    )
}

fn is_refused(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// One mistake for each value that is shaped like a token. Ranges that overlap are one value.
pub(crate) fn tokens(source: &Source, mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.retain(|range| range.start < range.end && range.start < source.text.len());
    found.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in found {
        let start = floor(&source.text, range.start);
        let end = ceiling(&source.text, range.end);
        match merged.last_mut() {
            Some(last) if start < last.end => last.end = last.end.max(end),
            _ => merged.push(start..end),
        }
    }
    merged
}

/// What is said of a token-shaped value: everything except the value.
pub(crate) fn token_inside(range: &Range<usize>) -> Diagnostic {
    Diagnostic::new(Code::ConfigTokenInside, range.clone(), "this looks like a token; a config must not hold one").hint(
        "put the value into a GitHub secret, hand it to the step as a variable and write `env:NAME` here; \
         if the file was ever committed, revoke the token",
    )
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceiling(text: &str, at: usize) -> usize {
    (at.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
