//! Whose word that a finding is no leak counts: comments on the line, the baseline, what another
//! scanner's files say. A comment speaks for what stands on its own line and for nothing else. A
//! change that is only proposed can add none of them, and nothing makes a token of the config
//! harmless.

use std::ops::Range;

use super::baseline::Baseline;
use super::gitleaks::GitleaksIgnore;
use super::model::{Options, Report};
use crate::domain::{AllowComments, Allowed, AllowedBy, Finding, Refused};

/// The comment that allows what stands before it on its line, with a reason behind it.
const OURS: &[u8] = b"tokenward:allow";
/// That of gitleaks, anywhere on the line.
const GITLEAKS: &[u8] = b"gitleaks:allow";
/// How far from a value its comment may stand. A line may be as long as a file; who reads it has to
/// see the two together.
const NEAR: usize = 512;

/// What may keep a finding from counting.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accept<'a> {
    /// Which comments do.
    pub comments: AllowComments,
    /// Whether `gitleaks:allow` is such a comment too.
    pub gitleaks: bool,
    /// Values that were accepted.
    pub baseline: Option<&'a Baseline>,
    /// Places that were, as gitleaks keeps them.
    pub gitleaks_ignore: Option<&'a GitleaksIgnore>,
    /// The commit whose files decide, if something else is checked out: what was added since counts
    /// for nothing. Empty if it is not known.
    pub proposed_on: Option<&'a str>,
}

/// A comment beside a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) by: AllowedBy,
    pub(super) reason: Option<Vec<u8>>,
}

/// The comment that stands beside a value, on the line where the value ends.
pub(super) fn comment(text: &[u8], value: &Range<usize>) -> Option<Comment> {
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

/// What is left of a comment without the signs that open and close it.
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

/// Parts what counts from what was accepted, and from what is no finding at all.
pub(super) fn settle(report: &mut Report, options: &Options<'_>) {
    let mut findings = std::mem::take(&mut report.findings);
    let off_path = |finding: &Finding| {
        let own = finding.rule.strip_prefix("gitleaks/");
        own.is_some_and(|rule| !options.rules.custom.applies(rule, &finding.path))
    };
    findings.retain(|finding| !off_path(finding));
    for mut finding in findings {
        if finding.why.is_some() {
            report.dropped.push(finding);
            continue;
        }
        finding.allowed = word(&finding, &options.accept);
        let counts = finding.allowed.as_ref().is_none_or(|allowed| allowed.refused.is_some());
        if counts { report.findings.push(finding) } else { report.accepted.push(finding) }
    }
}

/// Whose word there is for a finding: a comment's, else the baseline's, else gitleaks'.
fn word(finding: &Finding, accept: &Accept<'_>) -> Option<Allowed> {
    let comment = finding.allowed.clone().map(|mut comment| {
        comment.refused = match accept.comments {
            AllowComments::Never => Some(Refused::Policy),
            _ if !comment.speaks() => Some(Refused::NoReason),
            AllowComments::Merged if comment.added && accept.proposed_on.is_some() => {
                Some(Refused::Added)
            }
            _ => None,
        };
        comment
    });
    let counts = comment.as_ref().is_some_and(|comment| comment.refused.is_none());
    let listed = || {
        let entry = accept.baseline.and_then(|baseline| baseline.entry(&finding.fingerprint));
        let in_baseline =
            entry.map(|entry| Allowed::new(AllowedBy::Baseline, entry.reason.clone()));
        let covers = || accept.gitleaks_ignore.is_some_and(|ignore| ignore.covers(finding));
        in_baseline.or_else(|| covers().then(|| Allowed::new(AllowedBy::GitleaksIgnore, None)))
    };
    let mut word = if counts { comment } else { listed().or(comment) };
    if let (Some(word), Some(_)) = (&mut word, &finding.managed) {
        word.refused = Some(Refused::Managed);
    }
    word
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
