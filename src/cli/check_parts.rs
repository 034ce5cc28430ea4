//! Checks `part` of a destination against the parts that the provider file declares.

use super::problems;
use crate::config::{Config, RenderedDiagnostic};
use crate::providers::Registry;

/// One diagnostic for each destination with a part that its provider's tokens do not have.
pub(super) fn unknown(config: &Config, registry: &Registry) -> Vec<RenderedDiagnostic> {
    let mut wrong = Vec::new();
    for token in &config.tokens {
        let Some(spec) = registry.get(&token.provider) else { continue };
        let known: Vec<&str> = match token.with.get("kind") {
            Some(kind) => spec.parts_of(Some(kind)),
            // The kind is known only from the value, so a part of any kind is valid.
            None => spec.tokens.iter().flat_map(|kind| spec.parts_of(Some(&kind.id))).collect(),
        };
        for (index, destination) in token.destinations.iter().enumerate() {
            let Some(part) = destination.part.as_deref().filter(|part| !known.contains(part))
            else {
                continue;
            };
            wrong.push(problems::config::unknown_part(config, token, index, part, spec, &known));
        }
    }
    wrong
}
