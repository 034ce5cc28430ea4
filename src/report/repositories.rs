//! `status` for people. With reports of other repositories, a heading before each table says when
//! somebody looked.

use super::json::TokensReport;
use super::page::is_stale;
use super::paint::Paint;
use super::tokens::status;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Span, Timestamp};

/// The table of `status`; with other repositories, one after the other.
#[must_use]
pub fn repositories(
    report: &TokensReport,
    now: Timestamp,
    paint: Paint,
    width: usize,
    unicode: bool,
) -> String {
    let table = |report: &TokensReport| {
        let tokens: Vec<&TokenOutcome> = report.tokens.iter().map(|row| &row.outcome).collect();
        status(&tokens, now, paint, width, unicode)
    };
    let others = &report.details.with;
    if others.is_empty() {
        return table(report);
    }
    let mut text = String::new();
    if !report.tokens.is_empty() {
        text.push_str(&heading(report, now, paint));
        text.push_str(&table(report));
    }
    for other in others {
        text.push_str(&heading(other, now, paint));
        text.push_str(&table(other));
        text.extend(other.problems.iter().map(|problem| paint.problem(problem, "")));
    }
    text.push('\n');
    text
}

fn heading(report: &TokensReport, now: Timestamp, paint: Paint) -> String {
    let repository = paint.bold(report.details.repository.as_deref().unwrap_or_default());
    let Some(looked_at) = report.details.looked_at else {
        return format!("\n{repository}, {}\n", paint.bad("not checked"));
    };
    let stale =
        if is_stale(looked_at, now) { format!("{}, ", paint.bad("stale")) } else { String::new() };
    let ago = Span::between(looked_at, now).rough();
    format!("\n{repository}, {stale}checked {} ({ago} ago)\n", looked_at.for_people())
}
