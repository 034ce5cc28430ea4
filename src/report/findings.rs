//! Leaks for people: where, which platform, whether it is a token of the config. Never the value.

use std::fmt::Write as _;

use super::paint::Paint;
use crate::domain::text::{count, tame};
use crate::domain::{Finding, Liveness, Problem};

/// Every finding, then what could not be looked at, then how much was looked at.
#[must_use]
pub fn findings(findings: &[Finding], problems: &[Problem], files: u64, bytes: u64, paint: Paint) -> String {
    let mut text = String::new();
    for finding in findings {
        let place = format!("{}:{}:{}", tame(&finding.path), finding.line, finding.column);
        let _ = writeln!(text, "{}: {} {}", paint.bad("error[leak]"), paint.bold(&finding.rule), finding.redacted);
        let _ = writeln!(text, "  --> {place}");
        if let Some(commit) = &finding.commit {
            let who = finding.author.as_deref().map(tame).unwrap_or_default();
            let when = finding.date.map(|date| date.for_people()).unwrap_or_default();
            let _ = writeln!(text, "  = commit: {} {who} {when}", commit.get(..12).unwrap_or(commit));
        }
        match &finding.managed {
            Some(token) => {
                let _ = writeln!(text, "  = it is {} of the config", paint.bold(token.as_str()));
                let _ = writeln!(text, "  = hint:  tokenward rotate {token} --leaked");
            }
            None => {
                let _ = writeln!(text, "  = hint:  revoke it at {}, then take it out of the history", finding.provider);
            }
        }
        match finding.live {
            Liveness::Live => text.push_str("  = state: it still works\n"),
            Liveness::Dead => text.push_str("  = state: it no longer works\n"),
            Liveness::Unknown | Liveness::NotAsked => {}
        }
        text.push('\n');
    }
    for problem in problems {
        text.push_str(&paint.problem(problem, ""));
    }
    let leaks = if findings.is_empty() { paint.good("no leak") } else { paint.bad(&count(findings.len(), "leak", "leaks")) };
    let files = count(usize::try_from(files).unwrap_or(usize::MAX), "file", "files");
    let _ = writeln!(text, "{leaks} in {files}, {}", size(bytes));
    text
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
