//! `max-age` against `rotate-every`: a token that is over its age before it is due would fail every
//! check until then.

use super::model::Defaults;
use super::read::{Diagnostic, Entry, Node};
use super::times;
use crate::domain::{Code, Span};

/// One mistake for each mapping that brings the contradiction in: `defaults`, or a token.
pub(crate) fn check(root: &Node) -> Vec<Diagnostic> {
    let defaults = root.get("defaults");
    let tokens =
        root.get("tokens").map(Node::entries).unwrap_or_default().iter().map(|token| &token.value);
    let own = tokens.filter_map(|token| contradiction(Some(token), defaults));
    defaults.and_then(|_| contradiction(None, defaults)).into_iter().chain(own).collect()
}

/// What a token, or the defaults alone, say of both. A token that says nothing itself was told of
/// with the defaults.
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
    let whose = |entry: Option<&Entry>| {
        if entry.is_some() { "" } else { ", unless the config says otherwise" }
    };
    let message = format!(
        "a token is over its age ({most}{}) before it is due for rotation ({due}{})",
        whose(age),
        whose(every)
    );
    let mistake = Diagnostic::new(Code::ConfigBadAge, at.value.range.clone(), message);
    Some(mistake.hint(format!("write `max-age: {due}` or more, or a shorter `rotate-every`")))
}

/// What it means, where it means something; what is wrong by itself is said elsewhere.
fn span(entry: &Entry) -> Option<Option<Span>> {
    times::span_or_never(entry.value.text()?).ok()
}
