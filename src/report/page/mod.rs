//! `status --html`: one self-contained page. No script, style, font or image from elsewhere; its
//! policy forbids any request. All text in it is escaped. Contains names, states and dates, never a
//! value.

mod history;
mod inventory;
mod legend;
mod parts;
mod timeline;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use self::parts::{attention, escaped};
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Health, History, Problem, Span, Timestamp, TokenName};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"generator\" content=\"tokenward\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"referrer\" content=\"no-referrer\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">
<link rel=\"icon\" href=\"data:,\">
";
/// Values that expire sooner than this are counted at the top.
const SOON: Span = Span::days(7);

/// What the page shows of one repository.
#[derive(Clone, Copy)]
pub struct PagePart<'a> {
    /// `acme/site`; empty if it is not known.
    pub repository: &'a str,
    /// Its tokens.
    pub tokens: &'a [TokenOutcome],
    /// The links of the names on the page.
    pub links: &'a BTreeMap<TokenName, PageLinks>,
    /// Problems that concern no single token.
    pub general: &'a [Problem],
    /// The journal, newest first; `None` if it could not be read.
    pub journal: Option<&'a [History]>,
}

/// The links in a token's row. Only https addresses become links.
#[derive(Clone, Debug, Default)]
pub struct PageLinks {
    /// The provider's page of keys.
    pub console: Option<String>,
    /// The issue in which a person is asked for a new value, by its number.
    pub issue: Option<(u64, String)>,
    /// The settings page of each destination, in their order.
    pub destinations: Vec<String>,
}

/// A row: a token, and its number on the page.
#[derive(Clone, Copy)]
struct Entry<'a> {
    number: usize,
    outcome: &'a TokenOutcome,
    links: Option<&'a PageLinks>,
}

impl Entry<'_> {
    fn name(&self) -> String {
        escaped(self.outcome.name.as_str())
    }
}

/// The page. `docs` is the address of the explanations of ids, or empty.
#[must_use]
pub fn page(parts: &[PagePart<'_>], docs: &str, now: Timestamp) -> String {
    let groups = sorted(parts);
    let entries: Vec<Entry<'_>> = groups.iter().flat_map(|(_, rows)| rows).copied().collect();
    let title = match parts {
        [part] if part.repository.is_empty() => "Tokens".to_owned(),
        [part] => format!("Tokens of {}", escaped(part.repository)),
        parts => format!("Tokens of {} repositories", parts.len()),
    };
    let mut text = String::with_capacity(entries.len() * 2_000 + 25_000);
    let _ = write!(
        text,
        "{HEAD}<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#inventory\">To the tokens</a>\n<header>\n<h1>{title}</h1>\n<p>As of <time datetime=\"{now}\">{}</time></p>\n",
        now.for_people()
    );
    counts(&mut text, &entries, now);
    text.push_str("</header>\n<main>\n");
    let general = parts.iter().flat_map(|part| part.general);
    attention(&mut text, &entries, general, docs);
    inventory::inventory(&mut text, &groups, now);
    text.push_str(legend::LEGEND);
    text.push_str("</section>\n");
    timeline::timeline(&mut text, &entries, now);
    history::history(&mut text, parts);
    let _ = write!(
        text,
        "</main>\n<footer><p>Made by tokenward {}. Names, states and dates; no value.</p></footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    );
    text
}

/// The rows of each repository: those that need attention first, then by expiry.
fn sorted<'a>(parts: &[PagePart<'a>]) -> Vec<(&'a str, Vec<Entry<'a>>)> {
    let mut number = 0;
    let group = |part: &PagePart<'a>| {
        let mut tokens: Vec<&TokenOutcome> = part.tokens.iter().collect();
        tokens.sort_by_key(|outcome| {
            let end = outcome.ends().map_or(i64::MAX, Timestamp::as_second);
            (std::cmp::Reverse(outcome.health()), end)
        });
        let entry = |outcome: &'a TokenOutcome| {
            number += 1;
            Entry { number, outcome, links: part.links.get(&outcome.name) }
        };
        (part.repository, tokens.into_iter().map(entry).collect())
    };
    parts.iter().map(group).collect()
}

/// The numbers at the top.
fn counts(text: &mut String, entries: &[Entry<'_>], now: Timestamp) {
    let how_many =
        |is: &dyn Fn(&Entry<'_>) -> bool| entries.iter().filter(|entry| is(entry)).count();
    let troubled = how_many(&|entry| entry.outcome.health() != Health::Fine);
    let ending = how_many(&|entry| {
        entry.outcome.ends().is_some_and(|end| end > now && end <= SOON.after(now))
    });
    let asked = how_many(&|entry| entry.links.is_some_and(|links| links.issue.is_some()));
    text.push_str("<ul class=\"counts\">");
    for (number, kind, one, more) in [
        (entries.len(), "", "token", "tokens"),
        (troubled, "bad", "needs attention", "need attention"),
        (ending, "soon", "ends within 7 days", "end within 7 days"),
        (asked, "soon", "waits for a person", "wait for a person"),
    ] {
        let kind = if number == 0 { "good" } else { kind };
        let words = if number == 1 { one } else { more };
        let _ = write!(text, "<li class=\"{kind}\"><b>{number}</b> {words}</li>");
    }
    text.push_str("</ul>\n");
}
