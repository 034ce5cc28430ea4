//! The shapes of tokens, from every provider file, as the scanner and the config's own check want them.

use std::ops::Range;
use std::sync::LazyLock;

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

/// Finds what is shaped like a token of a built-in platform in a text. Where the shapes themselves are broken, everything is taken for one.
pub(super) fn token_finder() -> impl Fn(&str) -> Vec<Range<usize>> {
    // They are the same for the whole process, and making them is most of what starting a verb costs.
    static BUILT_IN: LazyLock<Option<Rules>> = LazyLock::new(|| rules(&Registry::built_in()).ok());
    |text| match &*BUILT_IN {
        Some(rules) => find(rules, text.as_bytes()).into_iter().map(|hit| hit.range).collect(),
        None => std::iter::once(0..text.len()).collect(),
    }
}
