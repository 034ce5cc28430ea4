//! The lifetimes of all values on one axis, with a line for today.

use std::fmt::Write as _;

use super::parts::{kind, of, section};
use super::{Entry, Group};
use crate::domain::{Span, Timestamp};

/// The timeline, by the end of life; nothing if no life is known.
pub(super) fn timeline(text: &mut String, groups: &[Group<'_>], now: Timestamp) {
    let mut lives: Vec<(&Entry<'_>, Timestamp, Timestamp)> = groups
        .iter()
        .flat_map(|group| &group.rows)
        .filter_map(|entry| Some((entry, entry.outcome.since?, entry.outcome.ends()?)))
        .collect();
    lives.sort_by_key(|(entry, _, end)| (entry.repository, *end));
    let (Some(first), Some(last)) = (
        lives.iter().map(|(_, since, _)| *since).min(),
        lives.iter().map(|(.., end)| (*end).max(now)).max(),
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
            "<li><span class=\"name\"><a href=\"#t{}\">{}</a> {}</span><span class=\"track\"><i class=\"{}\" style=\"left:{}%;width:{}%\"></i></span><span class=\"when\">{} to {}</span></li>",
            entry.number,
            entry.name(),
            of(entry.repository),
            kind(entry.health()),
            tenth(at(since)),
            tenth(width),
            day(since),
            day(end)
        );
    }
    text.push_str("</ol></div>\n</section>\n");
}
