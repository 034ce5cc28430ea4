//! Leaks for people: the place, the provider, whether it is a token of the config, and what was
//! suppressed. Never the value.

use std::fmt::Write as _;

use super::command_output::{elsewhere, not_let_be, revoke};
use super::json::ScanReport;
use super::paint::Paint;
use crate::domain::text::{count, sanitize};
use crate::domain::{AllowedBy, Finding, Liveness};

/// Further accepted findings are only counted.
const MOST_ACCEPTED: usize = 50;

/// All findings, then what could not be scanned, then how much was scanned and suppressed.
#[must_use]
pub fn findings(
    report: &ScanReport,
    files: u64,
    bytes: u64,
    nothing: &str,
    paint: Paint,
) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let _ = writeln!(
            text,
            "{}: {} {}",
            paint.bad("error[leak]"),
            paint.bold(&finding.rule),
            finding.redacted
        );
        place(&mut text, finding);
        if let Some(others) = elsewhere(finding) {
            let _ = writeln!(text, "  = note: {others}");
        }
        if let Some(why) = finding.allowed.as_ref().and_then(not_let_be) {
            let _ = writeln!(text, "  = cause: {why}");
        }
        match &finding.managed {
            Some(token) => {
                let places: Vec<String> =
                    finding.destinations.iter().map(|place| sanitize(place)).collect();
                let _ = writeln!(text, "  = token: {} in the config", paint.bold(token.as_str()));
                if !places.is_empty() {
                    let _ = writeln!(text, "  = held by: {}", places.join(", "));
                }
                let _ = writeln!(text, "  = hint:  run `tokenward rotate {token} --leaked`");
            }
            None => {
                let then = if finding.commit.is_some() {
                    "remove it from the history"
                } else {
                    "remove it from this place"
                };
                let _ = writeln!(text, "  = hint:  {}, then {then}", revoke(finding));
            }
        }
        match finding.live {
            Liveness::Live => text.push_str("  = state: it still works\n"),
            Liveness::Dead => text.push_str("  = state: it no longer works\n"),
            Liveness::Unknown => text.push_str("  = state: it is unknown whether it still works\n"),
            Liveness::NotAsked => {}
        }
        text.push('\n');
    }
    let (added, accepted): (Vec<&Finding>, Vec<&Finding>) = report
        .accepted
        .iter()
        .partition(|finding| finding.allowed.as_ref().is_some_and(|allowed| allowed.added));
    for finding in added {
        let _ = writeln!(
            text,
            "{}: an allow comment added by this change suppresses {}",
            paint.bold("note"),
            finding.rule
        );
        place(&mut text, finding);
        let _ = writeln!(text, "  = cause: {}\n", reason(finding));
    }
    for finding in accepted.iter().take(MOST_ACCEPTED) {
        let Finding { rule, redacted, path, line, column, .. } = finding;
        let (path, by) =
            (sanitize(path), finding.allowed.as_ref().map_or("nobody", |allowed| word(allowed.by)));
        let _ = writeln!(
            text,
            "{}: {rule} {redacted} at {path}:{line}:{column}, by {by}: {}",
            paint.bold("accepted"),
            reason(finding)
        );
    }
    if let Some(more) = accepted.len().checked_sub(MOST_ACCEPTED).filter(|more| *more > 0) {
        let _ = writeln!(
            text,
            "{}: {more} more; `--format json` lists all of them",
            paint.bold("accepted")
        );
    }
    for finding in &report.dropped {
        let _ = writeln!(text, "{}: {} {}", paint.bold("dropped"), finding.rule, finding.redacted);
        place(&mut text, finding);
        let _ = writeln!(text, "  = cause: {}\n", finding.why.as_deref().unwrap_or_default());
    }
    for entry in &report.stale {
        let what =
            format!("{} {} ({})", entry.fingerprint, sanitize(&entry.rule), sanitize(&entry.path));
        let _ = writeln!(
            text,
            "{}: a baseline entry no longer matches anything: {what}",
            paint.bold("note")
        );
    }
    for problem in &report.problems {
        text.push_str(&paint.problem(problem, ""));
    }
    let leaks = report.findings.len();
    let number = usize::try_from(files).unwrap_or(usize::MAX);
    match (leaks, files, report.problems.is_empty()) {
        (0, 0, true) => text.push_str(&format!("{nothing}: nothing was scanned")),
        (0, 0, false) => text.push_str(&paint.bad("nothing could be scanned")),
        (0, _, true) => {
            let _ = write!(
                text,
                "{} in {}, {}",
                paint.good("no leaks"),
                count(number, "file", "files"),
                size(bytes)
            );
        }
        // The problems above say what could not be scanned.
        (0, _, false) => {
            let read =
                format!("{} that could be read, {}", count(number, "file", "files"), size(bytes));
            let _ = write!(text, "{}: nothing found in the {read}", paint.bad("incomplete"));
        }
        _ => {
            let leaks = paint.bad(&count(leaks, "leak", "leaks"));
            let _ = write!(text, "{leaks} in {}, {}", count(number, "file", "files"), size(bytes));
        }
    }
    let ignored = usize::try_from(report.ignored).unwrap_or(usize::MAX);
    for (number, what) in [
        (report.accepted.len(), "accepted"),
        (report.stale.len(), "stale in the baseline"),
        (ignored, "excluded"),
    ] {
        if number > 0 {
            let _ = write!(text, "; {number} {what}");
        }
    }
    text.push('\n');
    text
}

fn place(text: &mut String, finding: &Finding) {
    let _ = writeln!(text, "  --> {}:{}:{}", sanitize(&finding.path), finding.line, finding.column);
    if let Some(commit) = &finding.commit {
        let who = finding.author.as_deref().map(sanitize).unwrap_or_default();
        let when = finding.date.map(|date| date.for_people()).unwrap_or_default();
        let _ = writeln!(text, "  = commit: {} {who} {when}", commit.get(..12).unwrap_or(commit));
    }
}

fn reason(finding: &Finding) -> String {
    sanitize(
        finding
            .allowed
            .as_ref()
            .and_then(|allowed| allowed.reason.as_deref())
            .unwrap_or("no reason given"),
    )
}

/// What accepts the finding.
fn word(by: AllowedBy) -> &'static str {
    match by {
        AllowedBy::Baseline => "the baseline",
        AllowedBy::Comment => "the `tokenward:allow` comment on its line",
        AllowedBy::GitleaksComment => "the `gitleaks:allow` comment on its line",
        AllowedBy::GitleaksIgnore => "`.gitleaksignore`",
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
