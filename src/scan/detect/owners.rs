//! The provider that a name refers to: all providers, by each of their names.

use std::collections::BTreeSet;

use super::assigned_name::{Kind, kind};
use super::rule::Rule;

/// A provider by one of its names.
#[derive(Debug)]
pub(super) struct Owner {
    pub(crate) name: Vec<u8>,
    /// The length of the shortest token of theirs.
    pub(super) shortest: usize,
}

/// Every provider that has tokens, by each of its names: the first of its words is one, further
/// ones may be anything.
pub(super) fn owners(all: &[Rule]) -> Vec<Owner> {
    let mut known = BTreeSet::new();
    let names = all.iter().flat_map(|rule| {
        rule.words
            .first()
            .map(String::as_str)
            .into_iter()
            .chain([rule.provider.as_str()])
            .map(move |name| (name, &rule.provider))
    });
    let new = names.filter(|(name, provider)| {
        kind(name.as_bytes()) != Kind::Secret && known.insert((*name, provider.as_str()))
    });
    new.map(|(name, provider)| {
        let theirs = all.iter().filter(|rule| rule.provider == *provider && !rule.identifier);
        Owner {
            name: name.as_bytes().to_vec(),
            shortest: theirs.map(|rule| rule.shortest).min().unwrap_or(0),
        }
    })
    .collect()
}
