//! Cuts the lines a diagnostic shows out of the file: values hidden, control characters tamed, long
//! lines shortened. The only way from raw text to something that is printed.

use std::ops::Range;

use super::diagnostic::{Excerpt, RenderedDiagnostic};
use super::mistake::{Diagnostic, Mark};
use super::redact::{HIDDEN, dense_words, without_values};
use super::source::Source;
use crate::domain::text::sanitize;

/// How much of a long line is shown on either side of what it is about, in bytes.
const MARGIN: usize = 160;
/// Lines between two marks are shown where they are so few; more are left out by the renderer.
const SHOWN_GAP: usize = 4;
/// A hidden text shorter than this is no value, and may be part of any word of a message.
const SHORTEST_VALUE: usize = 8;
/// Marks further apart than this are not shown in one excerpt.
const WIDEST: usize = 20_000;

/// Makes the diagnostic of a mistake. `hidden` are the ranges of values that must not be seen.
pub(crate) fn diagnostic(
    source: &Source,
    hidden: &[Range<usize>],
    mistake: Diagnostic,
) -> RenderedDiagnostic {
    let (line, column) = source.position(mistake.start());
    let excerpt = if source.may_be_shown {
        excerpt(source, hidden, &mistake.marks)
    } else {
        Excerpt::default()
    };
    let clean = |text: String| without_hidden(source, hidden, text);
    RenderedDiagnostic {
        code: mistake.code,
        message: clean(mistake.message),
        path: source.path.clone(),
        line,
        column,
        hint: mistake.hint.map(clean),
        more: 0,
        excerpt,
    }
}

/// A sentence about the file, without what the excerpt hides: it may quote the value at its place.
fn without_hidden(source: &Source, hidden: &[Range<usize>], text: String) -> String {
    let values = hidden.iter().filter_map(|range| source.text.get(range.clone()));
    let without = values
        .map(|value| value.trim().trim_matches(['"', '\'']))
        .filter(|value| value.len() >= SHORTEST_VALUE)
        .fold(text, |text, value| text.replace(value, HIDDEN));
    without_values(&without)
}

fn excerpt(source: &Source, hidden: &[Range<usize>], marks: &[Mark]) -> Excerpt {
    let home = marks.first().map_or(1, |mark| source.line(mark.range.start));
    let mut placed: Vec<(usize, &Mark)> =
        marks.iter().map(|mark| (source.line(mark.range.start), mark)).collect();
    placed.retain(|(line, _)| line.abs_diff(home) <= WIDEST);
    let first = placed.iter().map(|(line, _)| *line).min().unwrap_or(1);
    let last = placed.iter().map(|(line, _)| *line).max().unwrap_or(1);

    let mut text = String::new();
    let mut found = Vec::new();
    for number in first..=last {
        if number > first {
            text.push('\n');
        }
        let here: Vec<_> =
            placed.iter().enumerate().filter(|(_, (line, _))| *line == number).collect();
        if here.is_empty() && last - first > SHOWN_GAP {
            continue;
        }
        let focus =
            here.first().map_or(source.line_range(number).start, |(_, (_, mark))| mark.range.start);
        let line = Shown::of(source, number, hidden, focus);
        for (index, (_, mark)) in here {
            let range = line.place(&source.first_line_of(&mark.range));
            found.push((index, text.len() + range.start..text.len() + range.end, mark.label));
        }
        text.push_str(&line.text);
    }
    found.sort_by_key(|(index, ..)| *index);
    Excerpt {
        first_line: first,
        text,
        marks: found.into_iter().map(|(_, range, label)| (range, label)).collect(),
    }
}

/// A line as it is shown, and where each of its characters went.
struct Shown {
    text: String,
    /// Offset in the file, start and end in `text`.
    places: Vec<(usize, usize, usize)>,
}

impl Shown {
    fn of(source: &Source, number: usize, hidden: &[Range<usize>], focus: usize) -> Self {
        let line = source.line_range(number);
        let raw = source.text.get(line.clone()).unwrap_or_default();
        let mut covers: Vec<Range<usize>> = hidden
            .iter()
            .filter(|range| range.start < line.end && line.start < range.end)
            .cloned()
            .collect();
        covers.extend(dense_words(raw).map(|word| line.start + word.start..line.start + word.end));
        covers.sort_by_key(|range| range.start);
        let window = focus.saturating_sub(MARGIN)..focus.saturating_add(MARGIN);

        let mut shown = Self { text: String::new(), places: Vec::new() };
        let mut next = 0;
        let mut covered_until = 0;
        let mut in_cover = false;
        for (at, c) in raw.char_indices() {
            let offset = line.start + at;
            while let Some(cover) = covers.get(next).filter(|cover| cover.start <= offset) {
                covered_until = covered_until.max(cover.end);
                next += 1;
            }
            let is_covered = offset < covered_until || !window.contains(&offset);
            if is_covered && !in_cover {
                shown.text.push_str(HIDDEN);
            }
            let start = shown.text.len() - if is_covered { HIDDEN.len() } else { 0 };
            if !is_covered {
                shown.text.push_str(&if c == '\t' {
                    " ".to_owned()
                } else {
                    sanitize(c.encode_utf8(&mut [0; 4]))
                });
            }
            shown.places.push((offset, start, shown.text.len()));
            in_cover = is_covered;
        }
        shown
    }

    /// Where a range of the file's line stands in the shown line.
    fn place(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.places.partition_point(|(offset, ..)| *offset < range.start);
        let start = self.places.get(first).map_or(self.text.len(), |(_, start, _)| *start);
        let past = self.places.partition_point(|(offset, ..)| *offset < range.end);
        let end =
            past.checked_sub(1).and_then(|last| self.places.get(last)).map_or(0, |(.., end)| *end);
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::Code;

    fn show<const N: usize>(
        text: &str,
        hidden: [(usize, usize); N],
        range: Range<usize>,
    ) -> (String, String) {
        let source = Source::new(Path::new("f.yml"), text);
        let hidden = hidden.map(|(start, end)| start..end);
        let found = diagnostic(&source, &hidden, Diagnostic::new(Code::Usage, range, "x")).excerpt;
        let marked = found.text[found.marks[0].0.clone()].to_owned();
        (found.text, marked)
    }

    #[test]
    fn hidden_values_become_one_character_and_marks_move_along() {
        assert_eq!(show("a: hunter2 b", [(3, 10)], 11..12), ("a: … b".to_owned(), "b".to_owned()));
        assert_eq!(show("a: hunter2 b", [(3, 10)], 3..10), ("a: … b".to_owned(), "…".to_owned()));
        assert_eq!(
            show("a: hunter2 b", [(3, 7), (5, 10)], 0..1),
            ("a: … b".to_owned(), "a".to_owned())
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let long = format!("{}x: 1{}", "a b ".repeat(2000), " c d".repeat(2000));
        let (text, marked) = show(&long, [], 8000..8001);
        assert!(text.len() < 2 * MARGIN + 10, "{}", text.len());
        assert_eq!(marked, "x");
    }

    #[test]
    fn escapes_are_tamed() {
        assert_eq!(show("a\u{1b}[31m\u{202e}b", [], 0..1).0, "a\u{fffd}[31m\u{fffd}b");
    }
}
