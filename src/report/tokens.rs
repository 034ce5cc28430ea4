//! Tokens for people: what a run did with each, and the table of their states.

use std::fmt::Write as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::life::{bar, painted};
use super::paint::{NARROW, Paint};
use crate::domain::outcome::{Delivery, Next, Reached, TokenOutcome};
use crate::domain::text::count;
use crate::domain::{Span, Timestamp};

/// What was done with each token, and what is known about it.
#[must_use]
pub fn tokens<'o>(outcomes: impl IntoIterator<Item = &'o TokenOutcome>, paint: Paint) -> String {
    listed(outcomes, None, paint)
}

fn listed<'o>(
    outcomes: impl IntoIterator<Item = &'o TokenOutcome>,
    now: Option<Timestamp>,
    paint: Paint,
) -> String {
    outcomes.into_iter().map(|outcome| token(outcome, now, paint)).collect::<Vec<_>>().join("\n")
}

fn token(outcome: &TokenOutcome, now: Option<Timestamp>, paint: Paint) -> String {
    let mut text =
        format!("{}  {}", paint.bold(outcome.name.as_str()), paint.state(&outcome.state));
    if let Some(version) = outcome.version {
        let _ = write!(text, "  v{version}");
    }
    if let Some(verdict) = &outcome.verdict {
        let _ = write!(text, "  tested: {}", paint.state(verdict.as_str()));
    }
    text.push('\n');
    for done in &outcome.done {
        let _ = writeln!(text, "  - {}", done.what);
    }
    for destination in &outcome.destinations {
        for word in [
            destination.delivery.map(|delivery| delivered(delivery, paint)),
            destination.reached.map(|reached| far(reached, paint)),
        ] {
            let Some(word) = word else { continue };
            let since = destination
                .since
                .map(|since| format!(", {}", since.for_people()))
                .unwrap_or_default();
            let _ = writeln!(text, "    {word}  {}{since}", destination.destination);
        }
    }
    if !outcome.not_confirmed_by.is_empty() {
        let _ = writeln!(text, "  not confirmed by {}", outcome.not_confirmed_by.join(", "));
    }
    if let Some(next) = &outcome.next {
        let _ = writeln!(text, "  next: {}", in_words(next, now));
    }
    text.push_str(&paint.problems(outcome.all_problems(), "  "));
    text
}

fn delivered(delivery: Delivery, paint: Paint) -> String {
    match delivery {
        Delivery::Written => paint.good("written"),
        Delivery::Kept => paint.good("kept   "),
        Delivery::Waiting => paint.waiting("waiting"),
        Delivery::Refused => paint.bad("refused"),
        Delivery::Unclear => paint.bad("unclear"),
    }
}

fn far(reached: Reached, paint: Paint) -> String {
    let word = format!("{:<9}", reached.as_str());
    match reached {
        Reached::Confirmed | Reached::Delivered => paint.good(&word),
        Reached::Drifted | Reached::Missing => paint.bad(&word),
        Reached::Unknown => paint.waiting(&word),
    }
}

/// How far the value in use got in each destination; if there are many, only those with a problem,
/// and the number of others.
fn destinations(outcomes: &[&TokenOutcome], paint: Paint) -> String {
    /// Up to this many, all are listed.
    const LISTED: usize = 24;
    let all = outcomes.iter().flat_map(|outcome| {
        outcome.destinations.iter().map(move |destination| (outcome, destination))
    });
    let rows: Vec<_> = all
        .filter_map(|(outcome, destination)| Some((outcome, destination, destination.reached?)))
        .collect();
    let is_good = |reached: Reached| matches!(reached, Reached::Confirmed | Reached::Delivered);
    let is_listed = |reached: Reached| rows.len() <= LISTED || !is_good(reached);
    let name = rows
        .iter()
        .map(|(outcome, ..)| outcome.name.as_str().chars().count())
        .max()
        .unwrap_or_default();
    let mut text =
        if rows.is_empty() { String::new() } else { format!("{}\n", paint.bold("DESTINATIONS")) };
    for (outcome, destination, reached) in rows.iter().filter(|(.., reached)| is_listed(*reached)) {
        let since =
            destination.since.map(|since| format!(", {}", since.for_people())).unwrap_or_default();
        let _ = writeln!(
            text,
            "{:<name$}  {}  {}{since}",
            outcome.name,
            far(*reached, paint),
            destination.destination
        );
    }
    let left = rows.iter().filter(|(.., reached)| !is_listed(*reached)).count();
    if left > 0 {
        let _ = writeln!(text, "{} confirmed or delivered", count(left, "more is", "more are"));
    }
    for outcome in outcomes.iter().filter(|outcome| !outcome.not_confirmed_by.is_empty()) {
        let _ = writeln!(
            text,
            "{:<name$}  not confirmed by {}",
            outcome.name,
            outcome.not_confirmed_by.join(", ")
        );
    }
    text
}

/// What comes next, and when, if that is later than `now`.
fn in_words(next: &Next, now: Option<Timestamp>) -> String {
    match next.not_before {
        None => next.what.clone(),
        Some(moment) if now.is_some_and(|now| moment <= now) => format!("{}, now", next.what),
        Some(moment) => format!("{}, not before {}", next.what, moment.for_people()),
    }
}

const HEADER: [&str; 8] =
    ["TOKEN", "PROVIDER", "STATE", "VERSION", "AGE", "LIFE", "EXPIRES", "NEXT"];
/// The column with the bar, which is never wrapped.
const LIFE: usize = 5;

fn row(outcome: &TokenOutcome, now: Timestamp, unicode: bool) -> [String; 8] {
    let version = outcome.version.map_or_else(|| "-".to_owned(), |number| format!("v{number}"));
    let age =
        outcome.since.map_or_else(|| "-".to_owned(), |since| Span::between(since, now).rough());
    let expires = outcome.expires_at.map_or_else(
        || "-".to_owned(),
        |end| {
            if end <= now {
                "expired".to_owned()
            } else {
                format!("in {}", Span::between(now, end).rough())
            }
        },
    );
    let next =
        outcome.next.as_ref().map_or_else(|| "-".to_owned(), |next| in_words(next, Some(now)));
    [
        outcome.name.to_string(),
        outcome.provider.to_string(),
        outcome.state.clone(),
        version,
        age,
        bar(outcome, now, unicode),
        expires,
        next,
    ]
}

/// The table; `None` if it would have to break a name or an id to be as narrow as `width`.
fn table(rows: &[[String; 8]], width: usize) -> Option<Table> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width.clamp(40, 400)).unwrap_or(80));
    table.set_header(HEADER);
    // A column has a space on either side.
    let mut needed = 2 * HEADER.len();
    for (at, header) in HEADER.iter().enumerate() {
        let cells = rows.iter().filter_map(|row| row.get(at));
        let longest = |text: &str| match at {
            LIFE => text.chars().count(),
            _ => text.split(' ').map(|word| word.chars().count()).max().unwrap_or_default(),
        };
        let least = cells.map(|text| longest(text)).chain([header.len()]).max().unwrap_or_default();
        needed += least;
        let constraint = match at {
            LIFE => ColumnConstraint::ContentWidth,
            _ => ColumnConstraint::LowerBoundary(Width::Fixed(
                u16::try_from(least + 2).unwrap_or(u16::MAX),
            )),
        };
        if let Some(column) = table.column_mut(at) {
            column.set_constraint(constraint);
        }
    }
    rows.iter().for_each(|row| {
        table.add_row(row);
    });
    (needed <= width).then_some(table)
}

/// One line per token; a narrow terminal gets a few lines each instead of a table.
#[must_use]
pub(super) fn status(
    outcomes: &[&TokenOutcome],
    now: Timestamp,
    paint: Paint,
    width: usize,
    unicode: bool,
) -> String {
    let rows: Vec<_> = outcomes.iter().map(|outcome| row(outcome, now, unicode)).collect();
    let table = table(&rows, width).filter(|_| width >= NARROW);
    let Some(table) = table else {
        return listed(outcomes.iter().copied(), Some(now), paint);
    };
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(&painted(line.trim_end().strip_prefix(' ').unwrap_or_default(), paint));
        text.push('\n');
    }
    text.push_str(&destinations(outcomes, paint));
    let problems = outcomes.iter().flat_map(|outcome| outcome.all_problems());
    text.push_str(&paint.problems(problems, ""));
    let _ = writeln!(text, "{}", paint.faint(&count(outcomes.len(), "token", "tokens")));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ProviderId, TokenName};

    #[test]
    fn no_name_and_no_id_is_broken_at_any_width() {
        let name = "sendgrid-transactional-of-the-shop";
        let id = "2qjGAT2rCasIm6dAKZgEkv";
        let mut outcome = TokenOutcome::new(TokenName::new(name), ProviderId::new("sendgrid"));
        outcome.next = Some(Next { what: format!("revoke v0 (key {id})"), not_before: None });
        for width in 30..160 {
            let text = status(
                &[&outcome],
                jiff::Timestamp::UNIX_EPOCH.into(),
                Paint::new(false),
                width,
                true,
            );
            assert!(text.contains(name) && text.contains(id), "{width}: {text}");
        }
    }
}
