//! Compares `max-age` with `rotate-every`: a token that exceeds its age before it is due would fail
//! every check until then.

use super::model::Defaults;
use super::read::{Diagnostic, Entry, Node};
use super::{problems, times};
use crate::domain::Span;

/// One diagnostic for each mapping that causes the contradiction: `defaults`, or a token.
pub(crate) fn check(root: &Node) -> Vec<Diagnostic> {
    let defaults = root.get("defaults");
    let tokens =
        root.get("tokens").map(Node::entries).unwrap_or_default().iter().map(|token| &token.value);
    let own = tokens.filter_map(|token| contradiction(Some(token), defaults));
    defaults.and_then(|_| contradiction(None, defaults)).into_iter().chain(own).collect()
}

/// Compares the two for a token, or for the defaults. A token that sets neither is reported with
/// the defaults.
fn contradiction(token: Option<&Node>, defaults: Option<&Node>) -> Option<Diagnostic> {
    let said = |key: &str| [token, defaults].into_iter().flatten().find_map(|node| node.entry(key));
    if token.is_some_and(|token| {
        token.entry("max-age").is_none() && token.entry("rotate-every").is_none()
    }) {
        return None;
    }
    let (age, every) = (said("max-age"), said("rotate-every"));
    let usual = Defaults::default();
    let most = age.map_or(Some(usual.max_age), span)??;
    let due = every.map_or(Some(usual.rotate_every), span)??;
    if due <= most {
        return None;
    }
    let at = age.or(every)?;
    let (most, due) = ((most, age.is_some()), (due, every.is_some()));
    Some(problems::age_before_due(at.value.range.clone(), most, due))
}

/// Its value, if it is valid; other checks report an invalid one.
fn span(entry: &Entry) -> Option<Option<Span>> {
    times::span_or_never(entry.value.text()?).ok()
}
