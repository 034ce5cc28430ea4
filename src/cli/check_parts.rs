//! `part` of a destination against what the provider file declares: the config alone cannot know
//! it.

use crate::config::{Config, RenderedDiagnostic};
use crate::domain::Code;
use crate::domain::text::sanitize;
use crate::providers::Registry;

/// One diagnostic for each destination that is to hold a part its provider's tokens have not got.
pub(super) fn unknown(config: &Config, registry: &Registry) -> Vec<RenderedDiagnostic> {
    let mut wrong = Vec::new();
    for token in &config.tokens {
        let Some(spec) = registry.get(&token.provider) else { continue };
        let known: Vec<&str> = match token.with.get("kind") {
            Some(kind) => spec.parts_of(Some(kind)),
            // Which kind it is shows in the value; any kind's part may be meant.
            None => spec.tokens.iter().flat_map(|kind| spec.parts_of(Some(&kind.id))).collect(),
        };
        for (index, destination) in token.destinations.iter().enumerate() {
            let Some(part) = destination.part.as_deref().filter(|part| !known.contains(part))
            else {
                continue;
            };
            let hint = match &known[..] {
                [] => format!("remove `part`: tokens of {} have no parts", spec.name),
                names => {
                    let mut names = names.to_vec();
                    names.dedup();
                    format!("one of: {}", names.join(", "))
                }
            };
            let position = index.to_string();
            let path = ["tokens", token.name.as_str(), "destinations", position.as_str(), "part"];
            wrong.push(config.diagnostic(
                Code::ConfigUnknownPart,
                &path,
                format!("tokens of {} have no part `{}`", spec.name, sanitize(part)),
                Some(hint),
            ));
        }
    }
    wrong
}
