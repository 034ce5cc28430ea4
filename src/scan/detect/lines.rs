//! A run of letters that continues in the following lines: they have the same length, and the last
//! can be shorter. Each may be indented, quoted as in a mail, a comment, or a literal.

use std::borrow::Cow;
use std::ops::Range;

use super::runs::Alphabet;

/// The shortest run that may hold a token.
pub(super) const LEAST: usize = 32;
/// Between the letters of two lines stands no more than this.
pub(super) const INDENT: usize = 128;
/// What ends a literal and joins it to the next stands in no more bytes than this.
const CLOSING: usize = 12;

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

/// How long the end of a line is, with what the next one begins with before its letters.
fn gap(text: &[u8]) -> Option<usize> {
    // Mostly nothing like the end of a line is there.
    if !matches!(
        text.first(),
        Some(b'\r' | b'\n' | b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b',')
    ) {
        return None;
    }
    let closing =
        text.iter().take(CLOSING).take_while(|byte| b" \t\"'`,+.&;\\".contains(byte)).count();
    let written = |text: &[u8]| match text {
        [b'\\', b'r', b'\\', b'n', ..] => 4,
        [b'\\', b'n', ..] => 2,
        _ => 0,
    };
    let ending = |at: usize| match &text[at.min(text.len())..] {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => 0,
    };
    let escaped = written(text);
    // `AAAA\\n` in one literal; or at the end of each, as in `"AAAA\\n" +`.
    let rest = &text[escaped..];
    let behind = rest.iter().take(CLOSING).take_while(|byte| b" \t\"'`,+.&".contains(byte)).count();
    let closed = if escaped > 0 { escaped + behind } else { closing };
    let end = match ending(closed) {
        0 if escaped > 0 => escaped,
        0 => return None,
        line_end => {
            let start = closed + line_end;
            let start = start + stamp(&text[start..]);
            start + opening(&text[start..])
        }
    };
    (end <= INDENT).then_some(end)
}

/// How long that is which a line begins with: white space, the marks of a quote or a comment, the
/// quote of a literal.
fn opening(line: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += line[at..]
            .iter()
            .take(INDENT + 1)
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'>' | b'#' | b'*' | b'|' | b';'))
            .count();
        match &line[at..] {
            // What base64 has itself is a mark only with white space behind it.
            [b'/', b'/', b' ' | b'\t', ..] if at <= INDENT => at += 3,
            [b'-', b'-', b' ' | b'\t', ..] if at <= INDENT => at += 3,
            [b'+' | b'-', b' ' | b'\t', ..] if at <= INDENT => at += 2,
            [b'"' | b'\'' | b'`', ..] => return at + 1,
            _ => return at,
        }
    }
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

/// Whether a run that begins at a place goes on with one that ends at another.
pub(super) fn goes_on(text: &[u8], end: usize, start: usize) -> bool {
    if start.saturating_sub(end) > INDENT {
        return false;
    }
    // The letter of a `\\n` is one of the run behind it.
    text.get(end..).and_then(gap).is_some_and(|gap| (start..start + 2).contains(&(end + gap)))
}
