//! One Mermaid chart of the values' lifetimes: from when each is in use to when it must be
//! replaced, and what comes next. Names of tokens are the only words in it, and they are letters,
//! digits and `-`.

use std::fmt::Write as _;

use crate::domain::outcome::TokenOutcome;
use crate::domain::{Health, Timestamp, TokenName};

/// More would not be readable.
const MOST: usize = 40;

/// The chart; empty if no lifetime is known.
#[must_use]
pub(super) fn timeline<'t>(tokens: impl Iterator<Item = &'t TokenOutcome>) -> String {
    let mut bars = String::new();
    let known = tokens.filter_map(|token| Some((token, token.since?, token.ends()?)));
    for (token, since, end) in known.filter(|(_, since, end)| since < end).take(MOST) {
        let _ = writeln!(bars, "  section {}", plain(&token.name));
        let version = token.version.unwrap_or_default();
        let kind = if token.health() != Health::Fine { "crit, " } else { "active, " };
        let _ = writeln!(bars, "  v{version} :{kind}{}, {}", day(since), day(end));
        if let Some(moment) =
            token.next.as_ref().and_then(|next| next.not_before).filter(|moment| *moment != end)
        {
            let _ = writeln!(bars, "  next :milestone, {}, 0d", day(moment));
        }
    }
    if bars.is_empty() {
        bars
    } else {
        format!("gantt\n  title Lifetime of the values in use\n  dateFormat YYYY-MM-DD\n{bars}")
    }
}

fn plain(name: &TokenName) -> String {
    name.as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
        .collect()
}

fn day(moment: Timestamp) -> String {
    moment.to_string().chars().take(10).collect()
}
