//! The providers for people: one line each, or one in detail.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use schemars::JsonSchema;
use serde::Serialize;

use super::paint::{NARROW, Paint};
use crate::domain::ProviderId;

/// One provider and what is possible with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ProviderRow {
    /// Its id.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its documentation.
    pub docs: String,
    /// Its kinds of token.
    pub tokens: Vec<String>,
    /// A token can be tested by API.
    pub verify: bool,
    /// Tokens are issued by API.
    pub issue: bool,
    /// Tokens are listed by API.
    pub list: bool,
    /// Tokens are revoked by API.
    pub revoke: bool,
    /// An old and a new token can be valid at the same time.
    pub overlap: bool,
    /// Tokens are refreshed by OAuth.
    pub oauth: bool,
    /// A rotation has manual steps.
    pub manual: bool,
    /// Limits of the provider: keys, name length, delays.
    pub limits: BTreeMap<String, String>,
    /// The manual steps.
    pub steps: Vec<String>,
    /// Pitfalls.
    pub hazards: Vec<String>,
}

/// One line per provider. A narrow terminal gets words instead of a table.
#[must_use]
pub fn providers(rows: &[ProviderRow], width: usize) -> String {
    if width < NARROW {
        return rows.iter().map(|row| format!("{}: {}\n", row.id, by_api(row))).collect();
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width.clamp(40, 400)).unwrap_or(80));
    table.set_header([
        "ID", "PROVIDER", "TEST", "ISSUE", "LIST", "REVOKE", "OVERLAP", "OAUTH", "MANUAL",
    ]);
    let word = |yes: bool| if yes { "yes" } else { "-" };
    for row in rows {
        let flags =
            [row.verify, row.issue, row.list, row.revoke, row.overlap, row.oauth, row.manual]
                .map(word);
        table.add_row([row.id.as_str(), row.name.as_str()].into_iter().chain(flags));
    }
    table.lines().fold(String::new(), |mut text, line| {
        text.push_str(line.trim_end().strip_prefix(' ').unwrap_or_default());
        text.push('\n');
        text
    })
}

fn by_api(row: &ProviderRow) -> String {
    let can = [
        (row.verify, "test"),
        (row.issue, "issue"),
        (row.list, "list"),
        (row.revoke, "revoke"),
        (row.overlap, "overlap of old and new"),
        (row.oauth, "OAuth refresh"),
    ];
    let can: Vec<&str> = can.into_iter().filter_map(|(yes, word)| yes.then_some(word)).collect();
    if can.is_empty() { "nothing".to_owned() } else { can.join(", ") }
}

/// What a limit of a provider's file means.
fn limit(name: &str) -> &str {
    match name {
        "keys" => "maximum keys per account",
        "name" => "maximum characters in a key's name",
        "revoke-lag" => "a revoked key can still work for",
        "list-lag" => "a new key can be missing from the list for",
        "use-lag" => "the time of last use can be late by",
        "settle" => "a new key can be refused for",
        other => other,
    }
}

/// One provider in detail.
#[must_use]
pub fn provider(row: &ProviderRow, paint: Paint) -> String {
    let mut text = format!(
        "{} ({})\n  docs: {}\n  tokens: {}\n",
        paint.bold(&row.name),
        row.id,
        row.docs,
        row.tokens.join(", ")
    );
    let _ = writeln!(text, "  by API: {}", by_api(row));
    for (name, value) in &row.limits {
        let _ = writeln!(text, "  {}: {value}", limit(name));
    }
    for (number, step) in row.steps.iter().enumerate() {
        let _ = match step.strip_prefix("console: ") {
            Some(link) => writeln!(text, "  console: {link}"),
            None => writeln!(text, "  manual step {}: {step}", number + 1),
        };
    }
    for hazard in &row.hazards {
        let _ = writeln!(text, "  {}: {hazard}", paint.waiting("hazard"));
    }
    text
}
