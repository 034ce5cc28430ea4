//! The shapes of tokens, from every provider file, as the scanner and the config's own check want
//! them.

use std::ops::Range;
use std::sync::LazyLock;

use crate::domain::{Code, Problem};
use crate::providers::Registry;
use crate::providers::model::{Spec, TokenKind};
use crate::providers::shapes::{BUILT, Built};
use crate::scan::{Exact, Rules, Shape, find};

/// Every shape there is, the rule for whatever is called a secret, and values that are known to the
/// letter.
pub(super) fn rules(registry: &Registry, exact: Vec<Exact>) -> Result<Rules, Problem> {
    made(registry, true, exact)
}

fn made(registry: &Registry, generic: bool, exact: Vec<Exact>) -> Result<Rules, Problem> {
    let own = registry.own().flat_map(|spec| spec.tokens.iter().map(move |kind| own(spec, kind)));
    let mut shapes: Vec<Shape<'_>> = BUILT.iter().map(built).collect();
    shapes.extend(own);
    Rules::knowing(&shapes, generic, exact).map_err(|why| {
        Problem::new(Code::ProviderInvalid, "a provider file's shape cannot be searched for")
            .cause(why)
    })
}

fn built<'a>(built: &Built) -> Shape<'a> {
    Shape {
        provider: built.provider,
        kind: built.kind,
        pattern: built.pattern,
        words: built.words.to_vec(),
        beside: built.beside.to_vec(),
        checksum: built.checksum,
        identifier: built.identifier,
        known: Some(built.facts),
    }
}

fn own<'a>(spec: &'a Spec, kind: &'a TokenKind) -> Shape<'a> {
    Shape {
        provider: &spec.id,
        kind: &kind.id,
        pattern: &kind.shape,
        words: kind.context.iter().map(String::as_str).collect(),
        beside: kind.beside.iter().map(String::as_str).collect(),
        checksum: kind.checksum,
        identifier: kind.identifier,
        known: None,
    }
}

/// Finds what is shaped like a token of a built-in provider in a text. Where the shapes themselves
/// are broken, everything is taken for one.
pub(super) fn token_finder() -> impl Fn(&str) -> Vec<Range<usize>> {
    |text| match &*BUILT_IN {
        Some(rules) => {
            find(rules, text.as_bytes()).into_iter().map(|found| found.range()).collect()
        }
        None => std::iter::once(0..text.len()).collect(),
    }
}

/// The shapes that are found in a text, as `sendgrid/api-key`.
pub(super) fn found(text: &str) -> Vec<String> {
    let all = |rules: &'static Rules| {
        find(rules, text.as_bytes()).into_iter().map(|found| rules.id_of(&found))
    };
    BUILT_IN.iter().flat_map(all).collect()
}

/// The shapes that a text has from its first to its last character.
pub(super) fn whole(text: &str) -> Vec<String> {
    let whole = |rules: &'static Rules| {
        let all = find(rules, text.as_bytes()).into_iter();
        all.filter(|found| found.range() == (0..text.len())).map(|found| rules.id_of(&found))
    };
    let is_ours =
        |rule: &String| rule.split_once('/').is_some_and(|(provider, _)| is_provider(provider));
    BUILT_IN.iter().flat_map(whole).filter(is_ours).collect()
}

/// Whether a rule's first half names a provider, and not what many have in common.
fn is_provider(name: &str) -> bool {
    !matches!(name, "generic" | "url" | "any")
}

/// The built-in shapes. They are the same for the whole process, and making them is most of what
/// starting a command costs.
static BUILT_IN: LazyLock<Option<Rules>> =
    LazyLock::new(|| made(&Registry::built_in(), false, Vec::new()).ok());
