//! The lifetimes of all values on one axis, with a line for today.

use std::fmt::Write as _;

use super::Entry;
use super::parts::{kind, section};
use crate::domain::{Span, Timestamp};

/// The timeline, sorted by expiry; empty if no lifetime is known.
pub(super) fn timeline(text: &mut String, entries: &[Entry<'_>], now: Timestamp) {
    let mut lives: Vec<_> = entries
        .iter()
        .filter_map(|entry| Some((entry, entry.outcome.since?, entry.outcome.ends()?)))
        .collect();
    lives.sort_by_key(|(.., end)| *end);
    let (Some(first), Some(last)) = (
        lives.iter().map(|(_, since, _)| *since).min(),
        lives.last().map(|(.., end)| (*end).max(now)),
    ) else {
        return;
    };
    let whole = Span::between(first, last).as_seconds().max(1);
    let at = |moment: Timestamp| Span::between(first, moment).as_seconds() * 1_000 / whole;
    let tenth = |thousandth: u64| format!("{}.{}", thousandth / 10, thousandth % 10);
    section(text, "timeline", "Timeline");
    let day = |moment: Timestamp| moment.to_string().chars().take(10).collect::<String>();
    let _ = writeln!(
        text,
        "<div style=\"--now:{}%\"><p class=\"axis\"><span>{}</span> <b>today, {}</b> <span>{}</span></p>\n<ol class=\"lives\">",
        tenth(at(now)),
        day(first),
        day(now),
        day(last)
    );
    for (entry, since, end) in lives {
        let width = at(end).saturating_sub(at(since)).max(4);
        let _ = writeln!(
            text,
            "<li><a class=\"name\" href=\"#t{}\">{}</a><span class=\"track\"><i class=\"{}\" style=\"left:{}%;width:{}%\"></i></span><span class=\"when\">{} to {}</span></li>",
            entry.number,
            entry.name(),
            kind(entry.outcome.health()),
            tenth(at(since)),
            tenth(width),
            day(since),
            day(end)
        );
    }
    text.push_str("</ol></div>\n</section>\n");
}
