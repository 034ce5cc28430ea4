//! The parts of the page: the list of what needs attention, a row of the inventory, the timeline,
//! the journal.

use std::fmt::Write as _;

use super::percent;
use crate::domain::outcome::{DestinationOutcome, Reached, TokenOutcome};
use crate::domain::{Foreign, Health, History, Problem, Span, Timestamp};

/// The beginning of a cell. It says what it is, since the style takes that from it.
const CELL: &str = "<td role=\"cell\"";

/// Text that somebody else wrote, as HTML.
pub(super) fn escaped(text: &str) -> String {
    Foreign::new(text).html()
}

/// What is wrong, and what to do about it: also the secrets that changed without us.
pub(super) fn attention(text: &mut String, entries: &[TokenOutcome], general: &[Problem]) {
    let named = entries.iter().flat_map(|outcome| {
        outcome.all_problems().map(move |problem| (outcome.name.as_str(), problem))
    });
    let problems: Vec<_> = named.chain(general.iter().map(|problem| ("", problem))).collect();
    text.push_str(
        "<section aria-labelledby=\"attention\">\n<h2 id=\"attention\">Attention and drift</h2>\n",
    );
    if problems.is_empty() {
        text.push_str("<p>Nothing is wrong, and no secret changed without tokenward.</p>\n");
    } else {
        text.push_str("<ul class=\"problems\">\n");
        for (name, problem) in problems {
            let name =
                if name.is_empty() { String::new() } else { format!("<b>{}</b> ", escaped(name)) };
            let _ =
                write!(text, "<li>{name}<code>{}</code> {}", problem.id, escaped(&problem.what));
            for part in problem.causes.iter().chain(&problem.hint) {
                let _ = write!(text, "<br><small>{}</small>", escaped(part));
            }
            text.push_str("</li>\n");
        }
        text.push_str("</ul>\n");
    }
    text.push_str("</section>\n");
}

/// A bar with what it shows in words.
pub(super) fn bar(outcome: &TokenOutcome, now: Timestamp) -> String {
    let Some(end) = outcome.ends() else { return "no end known".to_owned() };
    let words = if end <= now {
        "over".to_owned()
    } else {
        format!("{} left", Span::between(now, end).rough())
    };
    let Some(spent) = percent(outcome, now) else { return words };
    let kind = match spent {
        0..75 => "good",
        75..100 => "soon",
        _ => "bad",
    };
    format!(
        "<span class=\"bar {kind}\" aria-hidden=\"true\"><i style=\"width:{}%\"></i></span> {words}",
        spent.min(100)
    )
}

/// A destination, with how far the value in use got there.
fn place(destination: &DestinationOutcome) -> String {
    let name = escaped(&destination.destination);
    let Some(reached) = destination.reached else { return format!("<li>{name}</li>") };
    let kind = match reached {
        Reached::Confirmed | Reached::Delivered => "good",
        Reached::Drifted | Reached::Missing => "bad",
        Reached::Unknown => "soon",
    };
    let since = destination
        .since
        .map(|since| format!(" <time datetime=\"{since}\">{}</time>", since.for_people()))
        .unwrap_or_default();
    format!(
        "<li>{name}<br><small><span class=\"state {kind}\">{}</span>{since}</small></li>",
        reached.as_str()
    )
}

/// A row of the inventory.
pub(super) fn row(text: &mut String, outcome: &TokenOutcome, now: Timestamp) {
    let health = outcome.health();
    let version =
        outcome.version.map(|number| format!(" <small>v{number}</small>")).unwrap_or_default();
    let age = outcome.since.map_or_else(
        || "-".to_owned(),
        |since| format!("<time datetime=\"{since}\">{}</time>", Span::between(since, now).rough()),
    );
    let next = outcome.next.as_ref().map_or_else(
        || "-".to_owned(),
        |next| {
            let when = next.not_before.map(|moment| {
                format!(
                    "<br><small>not before <time datetime=\"{moment}\">{}</time></small>",
                    moment.for_people()
                )
            });
            format!("{}{}", escaped(&next.what), when.unwrap_or_default())
        },
    );
    let places: String = outcome.destinations.iter().map(place).collect();
    let unconfirmed = match outcome.not_confirmed_by.as_slice() {
        [] => String::new(),
        repositories => {
            format!("<small>not confirmed by {}</small>", escaped(&repositories.join(", ")))
        }
    };
    let _ = writeln!(
        text,
        "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{}</th>{CELL}>{}</td>{CELL}><span class=\"state {}\">{}</span>{version}</td>{CELL}>{age}</td>{CELL} class=\"life\">{}</td>{CELL}>{next}</td>{CELL}><ul>{places}</ul>{unconfirmed}</td></tr>",
        escaped(outcome.name.as_str()),
        escaped(outcome.provider.as_str()),
        if health == Health::Fine { "good" } else { "bad" },
        escaped(if health == Health::Fine { &outcome.state } else { health.in_words() }),
        bar(outcome, now)
    );
}

/// The lives of all values on one axis, with today across it.
pub(super) fn timeline(text: &mut String, entries: &[TokenOutcome], now: Timestamp) {
    let lives: Vec<_> = entries
        .iter()
        .filter_map(|outcome| Some((outcome, outcome.since?, outcome.ends()?)))
        .collect();
    let (Some(first), Some(last)) = (
        lives.iter().map(|(_, since, _)| *since).min(),
        lives.iter().map(|(_, _, end)| *end).max().map(|end| end.max(now)),
    ) else {
        return;
    };
    let whole = Span::between(first, last).as_seconds().max(1);
    let at = |moment: Timestamp| Span::between(first, moment).as_seconds() * 1_000 / whole;
    let tenth = |thousandth: u64| format!("{}.{}", thousandth / 10, thousandth % 10);
    text.push_str("<section aria-labelledby=\"timeline\">\n<h2 id=\"timeline\">Timeline</h2>\n");
    let day = |moment: Timestamp| moment.to_string().chars().take(10).collect::<String>();
    let _ = writeln!(
        text,
        "<p class=\"axis\"><span>{}</span><span>{}</span></p>\n<ol class=\"lives\" style=\"--now:{}%\">",
        day(first),
        day(last),
        tenth(at(now))
    );
    for (outcome, since, end) in lives {
        let kind = if outcome.health() != Health::Fine { "bad" } else { "good" };
        let width = at(end).saturating_sub(at(since)).max(4);
        let _ = writeln!(
            text,
            "<li><span class=\"name\">{}</span><span class=\"track\"><i class=\"{kind}\" style=\"left:{}%;width:{}%\"></i></span><span class=\"when\">{} to {}</span></li>",
            escaped(outcome.name.as_str()),
            tenth(at(since)),
            tenth(width),
            day(since),
            day(end)
        );
    }
    text.push_str("</ol>\n</section>\n");
}

/// The newest records of the journal.
pub(super) fn history(text: &mut String, journal: Option<&[History]>) {
    text.push_str("<section aria-labelledby=\"history\">\n<h2 id=\"history\">History</h2>\n");
    let Some(journal) = journal else {
        text.push_str("<p>The journal was not read.</p>\n</section>\n");
        return;
    };
    if journal.is_empty() {
        text.push_str("<p>The journal has no record yet.</p>\n</section>\n");
        return;
    }
    text.push_str("<ol class=\"history\" reversed>\n");
    for record in journal {
        let _ = writeln!(
            text,
            "<li><time datetime=\"{}\">{}</time> {}</li>",
            record.at,
            record.at.for_people(),
            escaped(&record.what)
        );
    }
    text.push_str("</ol>\n</section>\n");
}
