//! The shapes of tokens, from every provider file, for the scanner and for the checks of the config
//! and the command line.

use std::ops::Range;
use std::sync::LazyLock;

use super::problems;
use crate::config::CustomRule;
use crate::domain::Problem;
use crate::providers::Registry;
use crate::providers::model::examples::{expand, fill};
use crate::providers::model::{Spec, TokenKind};
use crate::providers::shapes::{BUILT, Built};
use crate::scan::{CUSTOM, Exact, Rules, Shape, find};

/// Every shape, the rule for anything that is named like a secret, and the exact values that this
/// run knows.
pub(super) fn rules(
    registry: &Registry,
    custom: &[CustomRule],
    exact: Vec<Exact>,
) -> Result<Rules, Problem> {
    made(registry, custom, true, exact)
}

fn made(
    registry: &Registry,
    custom: &[CustomRule],
    generic: bool,
    exact: Vec<Exact>,
) -> Result<Rules, Problem> {
    let own = registry.own().flat_map(|spec| spec.tokens.iter().map(move |kind| own(spec, kind)));
    let mut shapes: Vec<Shape<'_>> = BUILT.iter().map(built).collect();
    shapes.extend(own);
    shapes.extend(custom.iter().map(custom_shape));
    Rules::knowing(&shapes, generic, exact).map_err(problems::scan::shape_unusable)
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
        ..Shape::default()
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
        ..Shape::default()
    }
}

/// The shape of a rule in a rules file.
pub(super) fn custom_shape(rule: &CustomRule) -> Shape<'_> {
    Shape {
        provider: CUSTOM,
        kind: &rule.id,
        pattern: &rule.regex,
        words: rule.words.iter().map(String::as_str).collect(),
        has_paths: !rule.paths.is_empty(),
        ..Shape::default()
    }
}

/// Finds text with the shape of a built-in provider's token. If the shapes themselves are broken,
/// it finds everything.
pub(super) fn token_finder() -> impl Fn(&str) -> Vec<Range<usize>> {
    |text| match &*BUILT_IN {
        Some(rules) => {
            find(rules, text.as_bytes()).into_iter().map(|found| found.range()).collect()
        }
        None => std::iter::once(0..text.len()).collect(),
    }
}

/// The same for the tokens of a user's own providers, as far as their shape alone tells them: one
/// that is only known by the words beside it would match a name of the config.
pub(super) fn own_token_finder<'a>(
    specs: impl Iterator<Item = &'a Spec>,
) -> Result<impl Fn(&str) -> Vec<Range<usize>>, Problem> {
    let kinds = specs.flat_map(|spec| spec.tokens.iter().map(move |kind| (spec, kind)));
    let alone = kinds.filter(|(_, kind)| kind.context.is_empty() && !kind.identifier);
    let shapes: Vec<Shape<'_>> = alone.map(|(spec, kind)| own(spec, kind)).collect();
    let rules =
        Rules::knowing(&shapes, false, Vec::new()).map_err(problems::scan::shape_unusable)?;
    Ok(move |text: &str| {
        find(&rules, text.as_bytes()).into_iter().map(|found| found.range()).collect()
    })
}

/// The samples of a provider file in which the leak check does not find the value, as positions of
/// a kind of token and of a sample.
pub(super) fn missed_samples(spec: &Spec) -> Result<Vec<(usize, usize)>, Problem> {
    let shapes: Vec<Shape<'_>> = spec.tokens.iter().map(|kind| own(spec, kind)).collect();
    let rules =
        Rules::knowing(&shapes, false, Vec::new()).map_err(problems::scan::shape_unusable)?;
    let is_missed = |kind: &TokenKind, sample: &str| {
        let value = kind.examples.r#match.first().and_then(|example| expand(example, 1).ok());
        let Some(value) = value else { return true };
        let Ok(text) = fill(sample, &value, 1) else { return true };
        let found = find(&rules, text.as_bytes());
        !found.iter().any(|found| text.get(found.range()).is_some_and(|found| found == value))
    };
    let mut missed = Vec::new();
    for (at, kind) in spec.tokens.iter().enumerate().filter(|(_, kind)| !kind.identifier) {
        let samples = kind.samples.iter().enumerate();
        missed.extend(
            samples.filter(|(_, text)| is_missed(kind, text)).map(|(sample, _)| (at, sample)),
        );
    }
    Ok(missed)
}

/// The shapes that are found in a text, as `sendgrid/api-key`.
pub(super) fn found(text: &str) -> Vec<String> {
    let all = |rules: &'static Rules| {
        find(rules, text.as_bytes()).into_iter().map(|found| rules.id_of(&found))
    };
    BUILT_IN.iter().flat_map(all).collect()
}

/// The shapes that match a whole text, as it is: one in which a token is encoded has none.
pub(super) fn whole(text: &str) -> Vec<String> {
    let whole = |rules: &'static Rules| {
        let all = find(rules, text.as_bytes()).into_iter();
        all.filter(|found| found.is_plain() && found.range() == (0..text.len()))
            .map(|found| rules.id_of(&found))
    };
    let is_ours =
        |rule: &String| rule.split_once('/').is_some_and(|(provider, _)| is_provider(provider));
    BUILT_IN.iter().flat_map(whole).filter(is_ours).collect()
}

/// Whether the first part of a rule's id is a provider, and not a group of rules.
fn is_provider(name: &str) -> bool {
    !matches!(name, "generic" | "url" | "any")
}

/// The built-in shapes. They are made once per process: making them is most of what starting a
/// command costs.
static BUILT_IN: LazyLock<Option<Rules>> =
    LazyLock::new(|| made(&Registry::built_in(), &[], false, Vec::new()).ok());
