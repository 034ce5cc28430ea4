//! The table of tokens: one row each, with its destinations collapsed unless one needs attention.

use std::fmt::Write as _;

use super::legend::in_words;
use super::parts::{escaped, kind, link, section, time};
use super::{Entry, Group};
use crate::domain::outcome::{DestinationOutcome, Reached, TokenOutcome};
use crate::domain::text::count;
use crate::domain::{Health, Span, Timestamp};
use crate::report::life::spent;

/// The beginning of a cell. It says what it is, since the style takes that from it.
const CELL: &str = "<td role=\"cell\"";

/// The table, by repository if there are several.
pub(super) fn inventory(text: &mut String, groups: &[Group<'_>], now: Timestamp) {
    section(text, "inventory", "Inventory");
    let all: usize = groups.iter().map(|group| group.rows.len()).sum();
    let _ = write!(
        text,
        "<p class=\"tools\" hidden><label>Filter <input id=\"filter\" type=\"search\" autocomplete=\"off\"></label> <label>Sort by <select id=\"sort\"><option value=\"\">attention<option value=\"0\">name<option value=\"1\">provider<option value=\"end\">end of life</select></label> <output id=\"shown\" for=\"filter\">{} shown</output></p>\n<div class=\"wide\" role=\"region\" aria-label=\"Table of tokens\" tabindex=\"0\">\n<table id=\"tokens\" role=\"table\">\n<caption>Every token, where its value is, and what comes next</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">",
        count(all, "token", "tokens")
    );
    for heading in ["Token", "Provider", "State", "Age", "Life", "Next", "Destinations"] {
        let _ = write!(text, "<th scope=\"col\" role=\"columnheader\">{heading}</th>");
    }
    text.push_str("</tr></thead>\n");
    let is_grouped = groups.len() > 1 || groups.iter().any(|group| group.stale);
    for group in groups {
        text.push_str("<tbody role=\"rowgroup\">\n");
        if is_grouped {
            heading(text, group, now);
        }
        group.rows.iter().for_each(|entry| row(text, entry, now));
        text.push_str("</tbody>\n");
    }
    text.push_str("</table>\n</div>\n");
}

/// The heading of a repository's rows: what it has, and when somebody looked.
fn heading(text: &mut String, group: &Group<'_>, now: Timestamp) {
    let looked_at = group.part.looked_at;
    let ago = Span::between(looked_at, now).rough();
    let troubled = group.rows.iter().filter(|entry| entry.needs_somebody()).count();
    let stale = if group.stale {
        "<b class=\"stale\">stale: not checked for more than 2 days</b> "
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "<tr role=\"row\" class=\"group\"><th scope=\"rowgroup\" role=\"rowheader\"><span class=\"whose\">{}</span> {stale}<small>{}, {}; checked {} ({ago} ago)</small></th></tr>",
        escaped(group.part.repository),
        count(group.rows.len(), "token", "tokens"),
        count(troubled, "needs attention", "need attention"),
        time(looked_at)
    );
}

fn row(text: &mut String, entry: &Entry<'_>, now: Timestamp) {
    let (outcome, health) = (entry.outcome, entry.health());
    let console = entry.links.and_then(|links| links.console.as_deref());
    let state = escaped(in_words(&outcome.state));
    let state = if health == Health::Fine {
        format!("<span class=\"state good\">{state}</span>")
    } else if !entry.needs_somebody() {
        format!("<span class=\"state {}\">{state}</span>", kind(health))
    } else {
        format!(
            "<span class=\"state {}\">{}</span><br><small>{state}</small>",
            kind(health),
            health.in_words()
        )
    };
    let version =
        outcome.version.map(|number| format!(" <small>v{number}</small>")).unwrap_or_default();
    let age = outcome.since.map_or_else(
        || "-".to_owned(),
        |since| format!("<time datetime=\"{since}\">{}</time>", Span::between(since, now).rough()),
    );
    let _ = writeln!(
        text,
        "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\" id=\"t{}\" data-end=\"{}\">{}</th>{CELL}>{}</td>{CELL}>{state}{version}</td>{CELL}>{age}</td>{CELL}>{}</td>{CELL}>{}</td>{CELL}>{}</td></tr>",
        entry.number,
        outcome.ends().map_or(i64::from(u32::MAX), Timestamp::as_second),
        entry.name(),
        link(&escaped(outcome.provider.as_str()), console),
        bar(outcome, now),
        next(entry, now),
        places(entry)
    );
}

/// A bar with the remaining lifetime, and the same in words.
fn bar(outcome: &TokenOutcome, now: Timestamp) -> String {
    let Some(end) = outcome.ends() else { return "no end date".to_owned() };
    let words = if end > now {
        format!("{} left", Span::between(now, end).rough())
    } else if outcome.expires_at.is_some_and(|end| end <= now) {
        "expired".to_owned()
    } else {
        format!("overdue by {}", Span::between(end, now).rough())
    };
    let Some(spent) = spent(outcome, now) else { return words };
    let kind = match spent {
        0..75 => "good",
        75..100 => "soon",
        _ => "bad",
    };
    format!(
        "<span class=\"bar {kind}\" aria-hidden=\"true\"><i style=\"width:{}%\"></i></span> {words}",
        100_u64.saturating_sub(spent)
    )
}

/// What comes next, and the issue in which a person is asked for it.
fn next(entry: &Entry<'_>, now: Timestamp) -> String {
    let mut text = entry.outcome.next.as_ref().map_or_else(
        || "-".to_owned(),
        |next| {
            let what = escaped(&next.what.replace('`', ""));
            match next.not_before {
                Some(moment) if moment > now => {
                    format!("{what}<br><small>not before {}</small>", time(moment))
                }
                Some(moment) => format!("{what}<br><small>due since {}</small>", time(moment)),
                None => what,
            }
        },
    );
    if let Some(issue) = entry.links.and_then(|links| links.issue.as_ref()) {
        text.push_str("<br>");
        text.push_str(&link(&format!("issue {}", issue.number), Some(&issue.address)));
    }
    text
}

fn is_good(reached: Option<Reached>) -> bool {
    matches!(reached, None | Some(Reached::Confirmed | Reached::Delivered))
}

/// The destinations: how many are in which state, and each of them, folded if all are well.
fn places(entry: &Entry<'_>) -> String {
    let all = &entry.outcome.destinations;
    let mut text = String::new();
    if !all.is_empty() {
        let counts: Vec<(usize, &str)> = Reached::ALL
            .into_iter()
            .map(|reached| {
                let holds = |one: &&DestinationOutcome| one.reached == Some(reached);
                (all.iter().filter(holds).count(), reached.as_str())
            })
            .filter(|(number, _)| *number > 0)
            .collect();
        let words = match counts.as_slice() {
            [(1, word)] => (*word).to_owned(),
            [(_, word)] => format!("all {word}"),
            several => several
                .iter()
                .map(|(number, word)| format!("{number} {word}"))
                .collect::<Vec<_>>()
                .join(", "),
        };
        // What was so then says nothing about now.
        let then = if entry.stale { "when last checked: " } else { "" };
        let open = if all.iter().all(|one| is_good(one.reached)) { "" } else { " open" };
        let _ = write!(
            text,
            "<details{open}><summary>{}<small>: {then}{words}</small></summary><ul>",
            count(all.len(), "destination", "destinations")
        );
        let mut addresses =
            entry.links.map(|links| links.destinations.iter()).into_iter().flatten();
        for destination in all {
            place(&mut text, destination, addresses.next().map(String::as_str));
        }
        text.push_str("</ul></details>");
    }
    if let [_, ..] = entry.outcome.not_confirmed_by.as_slice() {
        let names = escaped(&entry.outcome.not_confirmed_by.join(", "));
        let _ = write!(text, "<small>not confirmed by {names}</small>");
    }
    text
}

/// A destination, with how far the value in use got there.
fn place(text: &mut String, destination: &DestinationOutcome, address: Option<&str>) {
    let name = link(&escaped(&destination.destination), address);
    let _ = write!(text, "<li>{name}");
    if let Some(reached) = destination.reached {
        let kind = match reached {
            Reached::Confirmed | Reached::Delivered => "good",
            Reached::Drifted | Reached::Missing => "bad",
            Reached::Unknown => "soon",
        };
        let since = destination.since.map(time).unwrap_or_default();
        let _ = write!(
            text,
            "<br><small><span class=\"state {kind}\">{}</span> {since}</small>",
            reached.as_str()
        );
    }
    text.push_str("</li>");
}
