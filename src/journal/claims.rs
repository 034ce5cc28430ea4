//! What an unsigned journal claims, for the person who decides whether to adopt it; and what an
//! adoption leaves out.

use std::collections::BTreeMap;

use crate::domain::lifecycle::{Key, Stage, TokenState};
use crate::domain::text::sanitize;
use crate::domain::{KeyId, TokenName};

/// More tokens or names than this are counted, not listed.
const LISTED: usize = 20;

/// One line per token: the keys that it names, and their state.
pub(super) fn of(tokens: &BTreeMap<TokenName, TokenState>) -> Vec<String> {
    let mut lines: Vec<String> = tokens
        .iter()
        .take(LISTED)
        .map(|(name, state)| format!("{}: {}", sanitize(name.as_str()), claim(state)))
        .collect();
    if let Some(more) = tokens.len().checked_sub(LISTED).filter(|more| *more > 0) {
        lines.push(format!("and {more} more tokens"));
    }
    lines
}

fn claim(state: &TokenState) -> String {
    let mut parts = Vec::new();
    parts.extend(state.current.as_ref().map(|key| format!("{} is in use", named(key))));
    if let Some(pending) = &state.pending {
        let id = match &pending.stage {
            Stage::Minted { id, .. } => Some(id),
            Stage::Aborting { id } | Stage::Pushing { id, .. } | Stage::Pushed { id, .. } => {
                id.as_ref()
            }
            Stage::Intent | Stage::Refreshing => None,
        };
        parts.push(format!(
            "{} is {}: {}",
            pending.version,
            state.as_str(),
            of_id(id, Some(&pending.name))
        ));
    }
    for retiring in state.retiring.iter().take(LISTED) {
        parts.push(format!("{} is to be revoked", named(&retiring.key)));
    }
    for name in state.attempts.iter().take(LISTED) {
        parts.push(format!("a key named {} is to be deleted", sanitize(name)));
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join("; ") }
}

fn named(key: &Key) -> String {
    format!("{} ({})", of_id(key.id.as_ref(), key.name.as_deref()), key.version)
}

fn of_id(id: Option<&KeyId>, name: Option<&str>) -> String {
    let id = id.map_or_else(
        || "a key without an id".to_owned(),
        |id| format!("key {}", sanitize(id.as_str())),
    );
    name.filter(|name| !name.is_empty())
        .map_or_else(|| id.clone(), |name| format!("{id} named {}", sanitize(name)))
}

/// The tokens without the evidence for the ids of keys, which only this journal has.
pub(super) fn without_evidence(
    mut tokens: BTreeMap<TokenName, TokenState>,
) -> BTreeMap<TokenName, TokenState> {
    for state in tokens.values_mut() {
        let retiring = state.retiring.iter_mut().map(|retiring| &mut retiring.key);
        state.current.iter_mut().chain(retiring).for_each(|key| key.id_from = None);
    }
    tokens
}
