//! The journal as anybody can read it with git: the messages of the commits on the ref. Shares no
//! code with the engine.

use serde_json::Value;
use tokenward_emulator::Emulator;

use crate::support::REPO;

/// The ref it lies on.
pub(crate) const REF: &str = "refs/tokenward/journal";

/// Every commit message, newest first.
pub(crate) fn messages(emulator: &Emulator) -> Vec<String> {
    let github = emulator.github();
    let mut next = github.ref_sha(REPO, REF);
    let mut messages = Vec::new();
    while let Some(sha) = next {
        messages.extend(github.commit_message(REPO, &sha));
        next = github.commit_parents(REPO, &sha).into_iter().next();
    }
    messages
}

/// The token's state in each record, newest first.
pub(crate) fn states(emulator: &Emulator) -> Vec<Value> {
    messages(emulator).iter().filter_map(|message| state_in(message)).collect()
}

/// The token's newest state.
pub(crate) fn newest(emulator: &Emulator) -> Value {
    let github = emulator.github();
    let message = github.ref_sha(REPO, REF).and_then(|sha| github.commit_message(REPO, &sha));
    message.and_then(|message| state_in(&message)).unwrap_or_default()
}

fn state_in(message: &str) -> Option<Value> {
    let line = message.lines().find(|line| line.starts_with('{'))?;
    let mut record: Value = serde_json::from_str(line).ok()?;
    // The world has one token, so every record names it.
    record["tokens"].as_object_mut()?.values_mut().next().map(Value::take)
}

/// Whether nothing is under way and nothing left to do.
pub(crate) fn is_idle(state: &Value) -> bool {
    let empty = |list: &str| state[list].as_array().is_some_and(Vec::is_empty);
    state["current"].is_object()
        && state["pending"].is_null()
        && empty("retiring")
        && empty("attempts")
}

/// The number of the version in use.
pub(crate) fn version(state: &Value) -> Option<u64> {
    state["current"]["generation"].as_u64()
}
