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

use schemars::JsonSchema;
use serde::Serialize;

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
/// What was looked at longer ago than this is not reported as fine.
const STALE: Span = Span::days(2);

/// Whether what was looked at then says nothing about now.
#[must_use]
pub fn is_stale(looked_at: Timestamp, now: Timestamp) -> bool {
    STALE.after(looked_at) < now
}

/// What the page shows of one repository.
#[derive(Clone, Copy)]
pub struct PagePart<'a> {
    /// `acme/site`; empty if it is not known.
    pub repository: &'a str,
    /// When its tokens were looked at.
    pub looked_at: Timestamp,
    /// Its tokens.
    pub tokens: &'a [TokenOutcome],
    /// The links of the names on the page.
    pub links: &'a BTreeMap<TokenName, PageLinks>,
    /// Problems that concern no single token.
    pub general: &'a [Problem],
    /// The journal, newest first; `None` if it could not be read.
    pub journal: Option<&'a [History]>,
}

/// Where the names in a token's row lead. What is not an https address is no link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PageLinks {
    /// The provider's page of keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console: Option<String>,
    /// The issue in which a person is asked for a new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<IssueLink>,
    /// The settings page of each destination, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<String>,
}

/// An issue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct IssueLink {
    /// Its number.
    pub number: u64,
    /// Where it is; empty if that is no address that the page may link to.
    pub address: String,
}

/// A row: a token, and its number on the page.
#[derive(Clone, Copy)]
struct Entry<'a> {
    number: usize,
    /// Empty on the page of one repository.
    repository: &'a str,
    stale: bool,
    outcome: &'a TokenOutcome,
    links: Option<&'a PageLinks>,
}

impl Entry<'_> {
    fn name(&self) -> String {
        escaped(self.outcome.name.as_str())
    }

    /// How the token stands now: never fine if nobody looked lately.
    fn health(&self) -> Health {
        let looked = if self.stale { Health::NotLookedAt } else { Health::Fine };
        self.outcome.health().max(looked)
    }

    /// Whether somebody has to do something about it.
    fn needs_somebody(&self) -> bool {
        self.stale || self.outcome.needs_somebody()
    }
}

/// A repository with its rows.
struct Group<'a> {
    part: PagePart<'a>,
    stale: bool,
    rows: Vec<Entry<'a>>,
}

/// The page. `docs` is the address of the explanations of ids, or empty.
#[must_use]
pub fn page(parts: &[PagePart<'_>], docs: &str, now: Timestamp) -> String {
    let groups = sorted(parts, now);
    let entries: Vec<Entry<'_>> = groups.iter().flat_map(|group| &group.rows).copied().collect();
    let title = match parts {
        [part] if part.repository.is_empty() => "Tokens".to_owned(),
        [part] => format!("Tokens of {}", escaped(part.repository)),
        parts => format!("Tokens of {} repositories", parts.len()),
    };
    let mut text = String::with_capacity(entries.len() * 2_000 + 25_000);
    let _ = write!(
        text,
        "{HEAD}<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#inventory\">Skip to the tokens</a>\n<header>\n<h1>{title}</h1>\n"
    );
    age(&mut text, &groups, now);
    counts(&mut text, &entries, now);
    text.push_str("</header>\n<main>\n");
    attention(&mut text, &groups, docs);
    inventory::inventory(&mut text, &groups, now);
    text.push_str(legend::LEGEND);
    text.push_str("</section>\n");
    timeline::timeline(&mut text, &groups, now);
    history::history(&mut text, &groups);
    let _ = write!(
        text,
        "</main>\n<footer><p>Generated by tokenward {}. It shows names, states and dates, and no value.</p></footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    );
    text
}

/// When the page was made, and a warning that the browser shows once the oldest part is stale: the
/// job that makes the page may have stopped.
fn age(text: &mut String, groups: &[Group<'_>], now: Timestamp) {
    let oldest = groups.iter().map(|group| group.part.looked_at).min().unwrap_or(now);
    let as_of = match groups {
        [group] if !group.stale => format!("As of {}", parts::time(group.part.looked_at)),
        _ => format!("Generated {}", parts::time(now)),
    };
    let _ = write!(
        text,
        "<p>{as_of}</p>\n<p class=\"stale\" id=\"stale\" data-until=\"{}\" hidden>This page is stale: it shows what was true more than 2 days ago.</p>\n",
        STALE.after(oldest).as_second()
    );
}

/// The rows of each repository: what needs somebody first, then by the end of life.
fn sorted<'a>(parts: &[PagePart<'a>], now: Timestamp) -> Vec<Group<'a>> {
    let mut number = 0;
    let group = |part: &PagePart<'a>| {
        let mut tokens: Vec<&TokenOutcome> = part.tokens.iter().collect();
        tokens.sort_by_key(|outcome| {
            let end = outcome.ends().map_or(i64::MAX, Timestamp::as_second);
            (std::cmp::Reverse(outcome.health()), end)
        });
        let stale = is_stale(part.looked_at, now);
        let repository = if parts.len() > 1 { part.repository } else { "" };
        let entry = |outcome: &'a TokenOutcome| {
            number += 1;
            Entry { number, repository, stale, outcome, links: part.links.get(&outcome.name) }
        };
        Group { part: *part, stale, rows: tokens.into_iter().map(entry).collect() }
    };
    parts.iter().map(group).collect()
}

/// The numbers at the top.
fn counts(text: &mut String, entries: &[Entry<'_>], now: Timestamp) {
    let how_many =
        |is: &dyn Fn(&Entry<'_>) -> bool| entries.iter().filter(|entry| is(entry)).count();
    let troubled = how_many(&|entry| entry.needs_somebody());
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
