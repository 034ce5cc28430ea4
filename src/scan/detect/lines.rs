//! A run of letters that continues in the following lines: they have the same beginning and length,
//! and the last can be shorter.

use std::borrow::Cow;
use std::ops::Range;

use super::runs::Alphabet;

/// The shortest run that may hold a token.
pub(super) const LEAST: usize = 32;
/// Lines are indented by no more than this.
pub(super) const INDENT: usize = 128;

/// The letters of lines, as one run.
pub(crate) struct Lines<'t> {
    pub(crate) letters: Cow<'t, [u8]>,
    /// For each line: its first letter, and where that stands in the text.
    starts: Vec<(usize, usize)>,
}

impl<'t> Lines<'t> {
    /// Those of lines that follow each other.
    pub(crate) fn of(text: &'t [u8], lines: &[Range<usize>]) -> Self {
        let mut starts = Vec::with_capacity(lines.len());
        let mut letters = Cow::Borrowed(&text[..0]);
        for line in lines {
            starts.push((letters.len(), line.start));
            if letters.is_empty() {
                letters = Cow::Borrowed(&text[line.clone()]);
            } else {
                letters.to_mut().extend_from_slice(&text[line.clone()]);
            }
        }
        Self { letters, starts }
    }

    /// Where letters stand in the text.
    pub(crate) fn place(&self, letters: &Range<usize>) -> Range<usize> {
        let place = |letter: usize| {
            let line = self.starts.partition_point(|(first, _)| *first <= letter);
            line.checked_sub(1).map_or(0, |line| self.starts[line].1 + letter - self.starts[line].0)
        };
        let last = letters.end.saturating_sub(1).max(letters.start);
        place(letters.start)..place(last) + 1
    }
}

/// A run, and the lines that go on with it.
pub(crate) fn lines(text: &[u8], run: Range<usize>) -> Vec<Range<usize>> {
    let (mut end, mut width) = (run.end, None);
    let mut all = vec![run];
    while let Some(gap) = gap(&text[end..]) {
        let start = end + gap;
        let most = width.map_or(usize::MAX, |width| width + 1);
        let length =
            text[start..].iter().take(most).take_while(|byte| Alphabet::Base64.has(**byte)).count();
        // The first may have something before it, and so another length.
        if length == 0 || length >= most {
            break;
        }
        end = start + length;
        all.push(start..end);
        if *width.get_or_insert(length) > length || length < LEAST {
            break;
        }
    }
    all
}

/// How long the end of a line is, with what the next one is indented by.
fn gap(text: &[u8]) -> Option<usize> {
    let ending = if text.starts_with(b"\r\n") { 2 } else { usize::from(text.starts_with(b"\n")) };
    let stamp = if ending > 0 { stamp(&text[ending..]) } else { 0 };
    let indent = text[ending + stamp..]
        .iter()
        .take(INDENT + 1)
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    (ending > 0 && stamp + indent <= INDENT).then_some(ending + stamp + indent)
}

/// How long the time is that GitHub puts before each line of a log: `2026-11-29T16:23:13.1234567Z`.
fn stamp(line: &[u8]) -> usize {
    let digits = |from: usize| {
        line.iter().skip(from).take(10).take_while(|byte| byte.is_ascii_digit()).count()
    };
    let fixed = b"dddd-dd-ddTdd:dd:dd.";
    let is_time = line.get(..fixed.len()).is_some_and(|line| {
        line.iter()
            .zip(fixed)
            .all(|(byte, form)| if *form == b'd' { byte.is_ascii_digit() } else { byte == form })
    });
    let end = fixed.len() + if is_time { digits(fixed.len()) } else { 0 };
    if is_time && line.get(end) == Some(&b'Z') { end + 1 } else { 0 }
}

/// Whether no more than this stands between two runs of which the second goes on with the first.
pub(super) fn is_gap(between: &[u8]) -> bool {
    gap(between) == Some(between.len())
}
