//! What an unsigned journal claims, for the person who is asked whether it may be taken over; and
//! what is not taken over of it.

use std::collections::BTreeMap;

use crate::domain::lifecycle::{Key, Stage, TokenState};
use crate::domain::text::sanitize;
use crate::domain::{KeyId, TokenName};

/// More tokens or names than this are counted, not listed.
const LISTED: usize = 20;

/// One line a token: the keys that it names, and as what.
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
    parts.extend(state.current.as_ref().map(|key| format!("in use is {}", named(key))));
    if let Some(pending) = &state.pending {
        let id = match &pending.stage {
            Stage::Minted { id, .. } => Some(id),
            Stage::Aborting { id } | Stage::Pushing { id, .. } | Stage::Pushed { id, .. } => {
                id.as_ref()
            }
            Stage::Intent | Stage::Refreshing => None,
        };
        parts.push(format!(
            "{} is {} as {}",
            pending.version,
            state.as_str(),
            of_id(id, Some(&pending.name))
        ));
    }
    for retiring in state.retiring.iter().take(LISTED) {
        parts.push(format!("to be revoked is {}", named(&retiring.key)));
    }
    for name in state.attempts.iter().take(LISTED) {
        parts.push(format!("to be deleted is a key named {}", sanitize(name)));
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

/// The tokens without the journal's word on how the ids of keys were learned.
pub(super) fn without_evidence(
    mut tokens: BTreeMap<TokenName, TokenState>,
) -> BTreeMap<TokenName, TokenState> {
    for state in tokens.values_mut() {
        let retiring = state.retiring.iter_mut().map(|retiring| &mut retiring.key);
        state.current.iter_mut().chain(retiring).for_each(|key| key.id_from = None);
    }
    tokens
}
