//! The text of one file, and where its lines begin. Turns byte offsets into the lines and columns
//! people count in. Holds the raw text, so it has no `Debug`: what is shown of it goes through
//! `excerpt`.

use std::ops::Range;
use std::path::Path;

use crate::domain::text::sanitize;

/// One file, without a byte order mark.
pub(crate) struct Source {
    /// As it is shown: `/` between its parts, no control characters.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Whether lines of it may be shown: of a file outside of the repository, which has an absolute
    /// path, none is.
    pub(crate) may_be_shown: bool,
    starts: Vec<usize>,
}

impl Source {
    pub(crate) fn new(path: &Path, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        let starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            may_be_shown: !path.is_absolute(),
            path: sanitize(&path.to_string_lossy().replace('\\', "/")),
            text,
            starts,
        }
    }

    /// The line an offset is on, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// Line and column, both from 1; the column counts characters.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        let before = self.text.get(self.line_range(line).start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// Where a line's text lies, without its line break. Past the last line: the end of the text.
    pub(crate) fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.trim_end_matches('\r').len()
    }

    /// The part of a range that lies on its first line.
    pub(crate) fn first_line_of(&self, range: &Range<usize>) -> Range<usize> {
        let line = self.line_range(self.line(range.start));
        let start = range.start.clamp(line.start, line.end);
        start..range.end.clamp(start, line.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_lines_end_before_their_break() {
        let source = Source::new(Path::new("a\\b.yml"), "\u{feff}äb: 1\r\ncd\n");
        assert_eq!(source.path, "a/b.yml");
        assert_eq!(source.position(3), (1, 3));
        assert_eq!(source.text.get(source.line_range(1)), Some("äb: 1"));
        assert_eq!(source.position(8), (2, 1));
        assert_eq!(source.position(source.text.len()), (3, 1));
    }
}
