//! `status --html`: one page that needs nothing but itself. No script, style, font or image from
//! elsewhere; its policy forbids any request. Everything that is text comes in escaped. Holds
//! names, states and dates, never a value.

mod parts;

use std::fmt::Write as _;

use self::parts::{attention, escaped, history, row, timeline};
use crate::domain::outcome::TokenOutcome;
use crate::domain::text::count;
use crate::domain::{Health, History, Problem, Timestamp};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page. `title` says whose tokens these are; `general` concerns no single token; `journal` is
/// newest first, and `None` where it could not be read.
#[must_use]
pub fn page(
    title: &str,
    entries: &[TokenOutcome],
    general: &[Problem],
    journal: Option<&[History]>,
    now: Timestamp,
) -> String {
    let troubled = entries.iter().filter(|outcome| outcome.health() != Health::Fine).count();
    let title = escaped(title);
    let mut text = String::with_capacity(entries.len() * 1_500 + 20_000);
    text.push_str(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"generator\" content=\"tokenward\">\n",
    );
    text.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    text.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n");
    let _ = write!(
        text,
        "<title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    let _ = write!(
        text,
        "<a class=\"skip\" href=\"#inventory\">To the tokens</a>\n<header>\n<h1>{title}</h1>\n<p>As of <time datetime=\"{now}\">{}</time></p>\n",
        now.for_people()
    );
    let _ = write!(
        text,
        "<ul class=\"counts\"><li><b>{}</b> {}</li><li class=\"{}\"><b>{troubled}</b> {}</li></ul>\n</header>\n<main>\n",
        entries.len(),
        if entries.len() == 1 { "token" } else { "tokens" },
        if troubled == 0 { "good" } else { "bad" },
        if troubled == 1 { "needs attention" } else { "need attention" }
    );
    attention(&mut text, entries, general);
    text.push_str("<section aria-labelledby=\"inventory\">\n<h2 id=\"inventory\" tabindex=\"-1\">Inventory</h2>\n");
    text.push_str("<p class=\"tools\" hidden><label>Filter <input id=\"filter\" type=\"search\" autocomplete=\"off\"></label> ");
    let _ = writeln!(
        text,
        "<output id=\"shown\" for=\"filter\">{} shown</output></p>",
        count(entries.len(), "token", "tokens")
    );
    text.push_str("<div class=\"wide\" role=\"region\" aria-label=\"Table of tokens\" tabindex=\"0\">\n<table id=\"tokens\" role=\"table\">\n<caption>Every token, where its value stands, and what comes next</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">");
    for heading in ["Token", "Provider", "State", "Age", "Life", "Next", "Destinations"] {
        let _ = write!(text, "<th scope=\"col\" role=\"columnheader\">{heading}</th>");
    }
    text.push_str("</tr></thead>\n<tbody role=\"rowgroup\">\n");
    for entry in entries {
        row(&mut text, entry, now);
    }
    text.push_str("</tbody>\n</table>\n</div>\n</section>\n");
    timeline(&mut text, entries, now);
    history(&mut text, journal);
    let _ = write!(
        text,
        "</main>\n<footer><p>Made by tokenward {}. Names, states and dates; no value.</p></footer>\n",
        env!("CARGO_PKG_VERSION")
    );
    let _ = write!(text, "<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    text
}

/// How far a value's life is, in percent of the time from its beginning to its end.
fn percent(outcome: &TokenOutcome, now: Timestamp) -> Option<u64> {
    super::life::spent(outcome, now)
}
