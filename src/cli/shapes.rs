//! The shapes of tokens, from every provider file, as the scanner and the config's own check want them.

use std::ops::Range;

use crate::domain::{Code, Problem, ProviderId};
use crate::providers::Registry;
use crate::scan::{Rules, Shape, find};

/// Every shape there is.
pub(super) fn rules(registry: &Registry) -> Result<Rules, Problem> {
    let shapes: Vec<Shape<'_>> = registry
        .all()
        .flat_map(|spec| {
            spec.tokens.iter().map(|token| Shape {
                rule: format!("{}/{}", spec.id, token.id),
                provider: ProviderId::new(spec.id.clone()),
                pattern: &token.shape,
                keywords: token.context.clone(),
            })
        })
        .collect();
    Rules::new(&shapes).map_err(|why| Problem::new(Code::ProviderInvalid, "a provider file's shape cannot be searched for").cause(why))
}

/// Finds what is shaped like a token in a text. Where the shapes themselves are broken, everything is taken for one.
pub(super) fn token_finder(registry: &Registry) -> impl Fn(&str) -> Vec<Range<usize>> + use<> {
    let rules = rules(registry).ok();
    move |text| match &rules {
        Some(rules) => find(rules, text.as_bytes()).into_iter().map(|hit| hit.range).collect(),
        None => std::iter::once(0..text.len()).collect(),
    }
}
