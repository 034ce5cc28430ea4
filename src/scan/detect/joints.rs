//! Finds joined string literals: between the two are a joining operator and white space, or only
//! white space. A few bytes after the quote exclude most others, so that the prefilter can search
//! for them.

use std::ops::Range;

/// Between two literals that are joined stands no more than this.
const GAP: usize = 1024;
/// A piece of a literal is no longer than this.
const LONGEST: usize = 2048;

const QUOTES: [u8; 3] = [b'"', b'\'', b'`'];
const WHITE: [u8; 4] = [b' ', b'\t', b'\r', b'\n'];
const SIGNS: [u8; 5] = [b'+', b'.', b'&', b'~', b'\\'];

/// By byte: whether it may stand between two literals that are joined.
const JOINING: [bool; 256] = {
    let (mut joining, mut at) = ([false; 256], 0);
    let bytes = b" \t\n\x0b\x0c\r+.&~\\()rbfu";
    while at < bytes.len() {
        joining[bytes[at] as usize] = true;
        at += 1;
    }
    joining
};

#[inline]
fn is_joining(byte: u8) -> bool {
    JOINING[usize::from(byte)]
}

fn is_quote(byte: u8) -> bool {
    QUOTES.contains(&byte)
}

/// How everything begins that may be a joint: a quote and two bytes, and which may follow; any
/// where none are named.
pub(super) fn beginnings() -> Vec<([u8; 3], Vec<u8>)> {
    let mut all = Vec::new();
    let bytes = || WHITE.into_iter().chain(SIGNS).chain(QUOTES);
    for quote in QUOTES {
        for one in bytes() {
            for two in bytes() {
                let next: Vec<u8> =
                    bytes().filter(|next| is_beginning(&[quote, one, two, *next])).collect();
                if is_beginning(&[quote, one, two]) {
                    all.push(([quote, one, two], Vec::new()));
                } else if !next.is_empty() {
                    all.push(([quote, one, two], next));
                }
            }
        }
    }
    all
}

/// Whether something begins as a joint does: white space, or one sign with white space around it,
/// and a quote. Of more than four bytes the first four tell, of fewer all.
fn is_beginning(bytes: &[u8]) -> bool {
    let Some((quote, rest)) = bytes.split_first().filter(|(quote, _)| is_quote(**quote)) else {
        return false;
    };
    let mut before = *quote;
    let mut sign = None;
    for (at, byte) in rest.iter().take(3).enumerate() {
        if is_quote(*byte) {
            // What stands so near to the other is of the same kind, unless a sign leaves no doubt.
            return at > 0
                && before != b'\\'
                && (byte == quote || at > 1 || matches!(sign, Some(b'+' | b'.')));
        }
        let is_line_end = matches!(byte, b'\r' | b'\n');
        let goes_on = match sign {
            // A backslash ends its line.
            _ if WHITE.contains(byte) => before != b'\\' || is_line_end,
            Some(b'.') => (before, *byte) == (b'.', b'.'),
            Some(_) => false,
            None => SIGNS.contains(byte),
        };
        if !goes_on {
            return false;
        }
        before = *byte;
        sign = sign.or(SIGNS.contains(byte).then_some(*byte));
    }
    rest.len() >= 3
}

/// Where a literal that ends at a place is joined to another that begins: from quote to quote.
pub(super) fn joint(text: &[u8], end: usize) -> Option<Range<usize>> {
    let gap = text.get(end + 1..text.len().min(end + 2 + GAP))?;
    let open = end + 1 + gap.iter().position(|byte| !is_joining(*byte))?;
    (is_quote(text[open]) && is_beginning(&text[end..=open])).then_some(end..open + 1)
}

/// Joints that a place stands in, or that end there.
pub(super) fn joints_across(text: &[u8], place: usize) -> impl Iterator<Item = Range<usize>> {
    let place = place.min(text.len());
    let ends = place.checked_sub(1).filter(|last| is_quote(text[*last]));
    [Some(place), ends].into_iter().flatten().filter_map(move |from| {
        let gap = text[from.saturating_sub(GAP + 1)..from]
            .iter()
            .rev()
            .take_while(|byte| is_joining(**byte))
            .count();
        let end = from.checked_sub(gap + 1).filter(|end| is_quote(text[*end]))?;
        joint(text, end).filter(|joint| joint.end >= place)
    })
}

/// The inside of the literal that is joined to the one which ends at `end`.
pub(super) fn next_piece(text: &[u8], end: usize) -> Option<Range<usize>> {
    let open = joint(text, end)?.end - 1;
    let inside =
        text[open + 1..].iter().take(LONGEST).position(|b| *b == text[open] || *b == b'\n')?;
    let close = open + 1 + inside;
    (text[close] == text[open]).then_some(open + 1..close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::find;
    use crate::scan::tests::support::{rules, sendgrid};

    /// White space, from none to much of it.
    fn white() -> Vec<String> {
        let mut all: Vec<String> =
            ["", " ", "\t", "\n", "\r\n", "  ", "\t\t", " \n\n\t", "\r\n\r\n  ", "\n\t  ", " \r\n"]
                .map(str::to_owned)
                .to_vec();
        all.extend([format!("\n{}", " ".repeat(200)), "\r\n\t".repeat(40)]);
        all
    }

    #[test]
    fn literals_are_joined_whatever_white_space_stands_around_the_sign() {
        let (rules, token) = (rules(), sendgrid(3));
        let is_found = |text: &str| find(&rules, text.as_bytes()).len() == 1;
        for quote in ["\"", "'", "`"] {
            for (before, behind) in white()
                .iter()
                .flat_map(|before| white().into_iter().map(move |behind| (before, behind)))
            {
                for sign in ["+", ".", "&", "~", "\\\n", "\\\r\n"] {
                    let text = format!(
                        "k = {quote}{}{quote}{before}{sign}{behind}{quote}{}{quote};",
                        &token[..30],
                        &token[30..]
                    );
                    assert!(is_found(&text), "{text:?}");
                }
            }
            for between in white().into_iter().filter(|between| !between.is_empty()) {
                let text = format!(
                    "k = {quote}{}{quote}{between}{quote}{}{quote};",
                    &token[..30],
                    &token[30..]
                );
                assert!(is_found(&text), "{text:?}");
            }
        }
        // The control: what stands between them joins nothing.
        for between in [", ", ": ", ";\r\n", " = ", "\n- "] {
            assert!(
                !is_found(&format!("k = \"{}\"{between}\"{}\"", &token[..30], &token[30..])),
                "{between:?}"
            );
        }
    }

    #[test]
    fn every_joint_has_a_beginning_that_is_looked_for() {
        let all = beginnings();
        for (text, is_joint) in [
            ("\" + \"", true),
            ("\"\r\n\t\"", true),
            ("'.'", true),
            ("\" \"", true),
            ("\"\"", false),
            ("\" + + \"", true),
        ] {
            let found = joint(text.as_bytes(), 0).is_some();
            assert_eq!(found, is_joint, "{text:?}");
            let starts = |(three, next): &([u8; 3], Vec<u8>)| {
                text.as_bytes().starts_with(three)
                    && (next.is_empty()
                        || text.as_bytes().get(3).is_some_and(|byte| next.contains(byte)))
            };
            assert!(!found || all.iter().any(starts), "{text:?}");
        }
    }
}
