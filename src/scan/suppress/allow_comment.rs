//! The allow comment beside a value. It suppresses only findings on its own line.

use std::ops::Range;

use crate::domain::AllowedBy;

/// Our comment: suppresses what is before it on its line, and is followed by a reason.
const OURS: &[u8] = b"tokenward:allow";
/// gitleaks' comment, anywhere on the line.
const GITLEAKS: &[u8] = b"gitleaks:allow";
/// The greatest distance between a value and its comment. A line can be as long as a file, and a
/// reader must see both together.
const NEAR: usize = 512;

/// A comment beside a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) by: AllowedBy,
    pub(crate) reason: Option<Vec<u8>>,
}

/// The comment beside a value, on the line where the value ends.
pub(crate) fn comment(text: &[u8], value: &Range<usize>) -> Option<Comment> {
    let behind = &text[value.end..text.len().min(value.end + NEAR)];
    let behind = behind.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let find =
        |text: &[u8], word: &[u8]| text.windows(word.len()).position(|window| window == word);
    if let Some(at) = find(behind, OURS) {
        let rest = &behind[at + OURS.len()..];
        // `tokenward:allowed` is another word.
        if !rest
            .first()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        {
            return Some(Comment { by: AllowedBy::Comment, reason: reason(rest) });
        }
    }
    let before = &text[value.start.saturating_sub(NEAR)..value.start];
    let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_there = find(behind, GITLEAKS).is_some() || find(before, GITLEAKS).is_some();
    is_there.then_some(Comment { by: AllowedBy::GitleaksComment, reason: None })
}

/// A comment without the characters that open and close it.
fn reason(rest: &[u8]) -> Option<Vec<u8>> {
    let mut reason = rest.trim_ascii();
    while let Some((b':' | b'-' | b',' | b'=', tail)) =
        reason.split_first().map(|(first, tail)| (*first, tail))
    {
        reason = tail.trim_ascii_start();
    }
    for close in [&b"*/"[..], b"-->", b"#}", b"%>", b"*)", b"--}}", b"\",", b"\"", b"'"] {
        reason = reason.strip_suffix(close).unwrap_or(reason).trim_ascii_end();
    }
    (reason.iter().filter(|byte| byte.is_ascii_alphanumeric() || **byte >= 0x80).count() >= 3)
        .then(|| reason.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<(AllowedBy, Option<String>)> {
        let at = line.find("VALUE").unwrap();
        let comment = comment(line.as_bytes(), &(at..at + 5))?;
        Some((comment.by, comment.reason.map(|reason| String::from_utf8(reason).unwrap())))
    }

    #[test]
    fn a_comment_allows_what_stands_before_it_on_its_line() {
        for (line, reason) in [
            ("key = VALUE # tokenward:allow a test key", "a test key"),
            ("key = \"VALUE\"; // tokenward:allow: revoked in May\r\nnext", "revoked in May"),
            ("<k>VALUE</k> <!-- tokenward:allow not ours -->", "not ours"),
            ("'VALUE', /* tokenward:allow - documented example */", "documented example"),
            (
                "{\"k\": \"VALUE\", \"_\": \"tokenward:allow shown in the docs\"}",
                "shown in the docs\"}",
            ),
        ] {
            assert_eq!(found(line), Some((AllowedBy::Comment, Some(reason.to_owned()))), "{line}");
        }
        for line in
            ["VALUE # tokenward:allow", "VALUE /* tokenward:allow */", "VALUE # tokenward:allow --"]
        {
            assert_eq!(found(line), Some((AllowedBy::Comment, None)), "{line}");
        }
    }

    #[test]
    fn no_other_line_and_no_other_word_allows_anything() {
        for line in [
            "# tokenward:allow why not\nkey = VALUE\n# tokenward:allow why not",
            "# tokenward:allow why not: key = VALUE",
            "VALUE # tokenward:allowed for once",
            &format!("VALUE{}# tokenward:allow far away", " ".repeat(600)),
        ] {
            assert_eq!(found(line), None, "{line}");
        }
        assert_eq!(found("/* gitleaks:allow */ VALUE"), Some((AllowedBy::GitleaksComment, None)));
        assert_eq!(found("VALUE # gitleaks:allow"), Some((AllowedBy::GitleaksComment, None)));
    }
}
