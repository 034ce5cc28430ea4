//! What is said of a config that was read and has no error of its own: old names of keys, white space around secrets, and graces that
//! nothing can answer.

use std::collections::BTreeMap;

use super::env::Env;
use crate::config::{self, Config, TokenConfig};
use crate::domain::Code;
use crate::providers::Registry;
use crate::rotation;

/// Says which keys of the config have a new name, and which secrets had white space at their ends,
/// which is not part of them. A token's own secret is read by others as well, who get it as it is.
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
            "note: white space at the ends of {name} is ignored, and whatever else reads it gets it as it is; \
             a rotation hands out a value without it: tokenward rotate {} --force --reason TEXT\n",
            token.name
        );
        notes.insert(name.to_string(), note);
    }
    notes
        .into_iter()
        .filter(|(name, _)| env.variables.was_trimmed(name))
        .for_each(|(_, note)| env.note(&note));
}

/// Tokens that wait for a word of their provider which it never says.
pub(super) fn graces_nobody_answers(
    config: &Config,
    registry: &Registry,
) -> Vec<config::RenderedDiagnostic> {
    let tells = |token: &TokenConfig| {
        registry.get(&token.provider).is_some_and(|spec| spec.rotate.tells_last_use())
    };
    let silent =
        config.tokens.iter().filter(|token| token.grace.last_used.is_some() && !tells(token));
    silent
        .map(|token| {
            let message = format!("{} does not say when a key was last used", token.provider);
            let hint = "take `last-used` out of the grace of this token, and say `time` or `drain`"
                .to_owned();
            config.diagnostic(
                Code::ConfigBadGrace,
                &["tokens", token.name.as_str(), "provider"],
                message,
                Some(hint),
            )
        })
        .collect()
}
