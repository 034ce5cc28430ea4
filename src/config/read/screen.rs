//! Checks of the raw text before it is parsed: size, invisible characters, values that look like a
//! token.

use std::ops::Range;

use super::mistake::Diagnostic;
use super::problems;
use super::source::Source;

/// The largest file that is read, in bytes.
pub const LARGEST: usize = 1024 * 1024;

/// Refuses a file that is too large.
pub(crate) fn size(text: &str) -> Option<Diagnostic> {
    (text.len() > LARGEST).then(|| problems::file_too_large(text.len()))
}

/// The first forbidden character: a control character, or one that changes the direction of text.
pub(crate) fn characters(source: &Source) -> Option<Diagnostic> {
    // After a lone carriage return, the next line would look like part of a comment before it.
    let is_hidden_end = |at: usize, c: char| c == '\r' && !source.text[at + 1..].starts_with('\n');
    let (at, c) =
        source.text.char_indices().find(|(at, c)| is_refused(*c) || is_hidden_end(*at, *c))?;
    Some(problems::invisible_character(at..at + c.len_utf8(), c))
}

fn is_refused(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The values that look like a token. Overlapping ranges are one value.
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

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceiling(text: &str, at: usize) -> usize {
    (at.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
