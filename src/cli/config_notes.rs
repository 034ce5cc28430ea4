//! Notes and errors about a config that is valid by itself: old names of keys, white space around
//! secrets, and grace periods whose condition can never be observed.

use std::collections::BTreeMap;

use super::env::Env;
use super::problems;
use crate::config::{self, Config, TokenConfig};
use crate::providers::Registry;
use crate::rotation;

/// Notes which keys of the config have a new name, and which secrets have white space at their
/// ends. tokenward ignores it; a token's own secret has other readers, which do not.
pub(super) fn say(env: &Env, config: &Config) {
    config.old_names().iter().for_each(|line| env.note(&format!("warning: {line}\n")));
    let mut notes = BTreeMap::new();
    let ours =
        ["GITHUB_TOKEN", "TOKENWARD_GITHUB_TOKEN", "TOKENWARD_JOURNAL_KEY"].map(str::to_owned);
    let next = config.tokens.iter().map(|token| format!("{}_{}", token.value, rotation::NEXT));
    let managers =
        config.tokens.iter().filter_map(|token| token.manager.as_ref()).map(ToString::to_string);
    for name in ours.into_iter().chain(next).chain(managers) {
        let note = format!(
            "note: white space at the ends of {name} is ignored; store the value without it\n"
        );
        notes.insert(name, note);
    }
    for token in &config.tokens {
        let name = &token.value;
        let note = format!(
            "note: white space at the ends of {name} is ignored, but everything else that reads the secret gets it; \
             to deliver a value without it, run `tokenward rotate {} --force --reason TEXT`\n",
            token.name
        );
        notes.insert(name.to_string(), note);
    }
    notes
        .into_iter()
        .filter(|(name, _)| env.variables.was_trimmed(name))
        .for_each(|(_, note)| env.note(&note));
}

/// Tokens whose grace period waits for a last use that their provider never reports.
pub(super) fn unobservable_graces(
    config: &Config,
    registry: &Registry,
) -> Vec<config::RenderedDiagnostic> {
    let tells = |token: &TokenConfig| {
        registry.get(&token.provider).is_some_and(|spec| spec.rotate.tells_last_use())
    };
    let silent =
        config.tokens.iter().filter(|token| token.grace.last_used.is_some() && !tells(token));
    silent.map(|token| problems::config::last_use_unknown(config, token)).collect()
}
