//! How much of a value's lifetime has passed, as a number and as a bar of characters.

use super::paint::Paint;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Span, Timestamp};

/// How many characters a bar has.
const CELLS: u64 = 10;
/// The characters for the time passed and the time left.
const FINE: (char, char) = ('█', '░');
const PLAIN: (char, char) = ('#', '.');

/// Percent of its lifetime that have passed; more than 100 if it is overdue. `None` if start or end
/// is unknown.
#[must_use]
pub(super) fn spent(outcome: &TokenOutcome, now: Timestamp) -> Option<u64> {
    let (since, end) = (outcome.since?, outcome.ends()?);
    let whole = Span::between(since, end).as_seconds();
    // A lifetime of zero has passed.
    Some(
        Span::between(since, now)
            .as_seconds()
            .saturating_mul(100)
            .checked_div(whole)
            .unwrap_or(100),
    )
}

/// A bar such as `######....`, in ASCII if the terminal's locale is not UTF-8.
#[must_use]
pub(super) fn bar(outcome: &TokenOutcome, now: Timestamp, unicode: bool) -> String {
    let Some(spent) = spent(outcome, now) else { return "-".to_owned() };
    let full = (spent * CELLS).div_ceil(100).min(CELLS);
    let (on, off) = if unicode { FINE } else { PLAIN };
    (0..CELLS).map(|cell| if cell < full { on } else { off }).collect()
}

/// A table's line with its bar in color: green, yellow from 80 percent, red if no time is left.
/// Painted after the layout of the table, since colors have no width.
#[must_use]
pub(super) fn painted(line: &str, paint: Paint) -> String {
    let is_cell = |c: char| [FINE.0, FINE.1, PLAIN.0, PLAIN.1].contains(&c);
    let Some(start) = line.find([FINE.0, FINE.1, PLAIN.0]) else { return line.to_owned() };
    let (before, rest) = line.split_at(start);
    let end = rest.find(|c| !is_cell(c)).unwrap_or(rest.len());
    let (bar, after) = rest.split_at(end);
    if bar.chars().count() != CELLS as usize {
        return line.to_owned();
    }
    let bar = match bar.chars().filter(|c| *c == FINE.0 || *c == PLAIN.0).count() {
        0..8 => paint.good(bar),
        8..10 => paint.waiting(bar),
        _ => paint.bad(bar),
    };
    format!("{before}{bar}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ProviderId, TokenName};

    #[test]
    fn a_bar_says_how_much_of_a_life_is_over_also_without_colour_and_unicode() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let mut outcome = TokenOutcome::new(TokenName::new("mail"), ProviderId::new("sendgrid"));
        assert_eq!(bar(&outcome, at("2026-11-11T00:00:00Z"), true), "-");
        (outcome.since, outcome.due) =
            (Some(at("2026-11-01T00:00:00Z")), Some(at("2026-12-01T00:00:00Z")));
        assert_eq!(bar(&outcome, at("2026-11-11T00:00:00Z"), true), "████░░░░░░");
        assert_eq!(bar(&outcome, at("2026-11-11T00:00:00Z"), false), "####......");
        assert_eq!(bar(&outcome, at("2027-01-01T00:00:00Z"), false), "##########");
        assert_eq!(
            painted("mail  ####......  5d", Paint::new(true)),
            "mail  \u{1b}[32m####......\u{1b}[0m  5d"
        );
        assert_eq!(
            painted("mail  ##########  5d", Paint::new(true)),
            "mail  \u{1b}[1;31m##########\u{1b}[0m  5d"
        );
        assert_eq!(painted("mail  #1  5d", Paint::new(true)), "mail  #1  5d");
    }
}
