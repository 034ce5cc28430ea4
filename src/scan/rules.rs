//! The shapes to look for, made ready: one regex each, and the literals that say where running it is worth the time.
//! Knows no platform; the caller hands in what the provider files say.

use aho_corasick::{AhoCorasick, MatchKind};
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::{NFA, WhichCaptures};
use regex_automata::util::syntax;

use super::literal::{Anchor, anchor};
use crate::domain::ProviderId;

/// The longest token looked for, in bytes; longer matches of an open-ended pattern are not seen.
pub(super) const LONGEST: usize = 4096;
/// How far before a token a keyword may begin.
pub(super) const BEFORE: usize = 200;
/// How far after a token a keyword may end.
pub(super) const AFTER: usize = 80;

/// What one kind of token looks like.
#[derive(Clone, Debug)]
pub struct Shape<'a> {
    /// The rule's id: `sendgrid/api-key`.
    pub rule: String,
    /// The platform it belongs to.
    pub provider: ProviderId,
    /// A regex over bytes, without anchors: both edges are checked apart from it.
    pub pattern: &'a str,
    /// Where there are any, the shape is ambiguous and counts only with one of them nearby (case does not matter).
    pub keywords: Vec<String>,
}

/// A shape made ready.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) provider: ProviderId,
    pub(super) regex: Regex,
    pub(super) longest: usize,
    pub(super) keywords: Option<AhoCorasick>,
}

/// Literals, and for each the rules it may begin or stand in.
#[derive(Debug)]
pub(super) struct Prefilter {
    pub(super) literals: AhoCorasick,
    /// By pattern of `literals`: rule, and whether its matches start where the literal does.
    pub(super) uses: Vec<Vec<(usize, bool)>>,
}

/// Everything there is to look for.
#[derive(Debug)]
pub struct Rules {
    pub(super) all: Vec<Rule>,
    pub(super) by_literal: Option<Prefilter>,
    /// For shapes that have keywords and no literal of their own.
    pub(super) by_keyword: Option<Prefilter>,
    /// Rules with neither, which read every byte.
    pub(super) everywhere: Vec<usize>,
}

impl Rules {
    /// Makes shapes ready.
    ///
    /// # Errors
    /// Which rule has a pattern that cannot be used, and why.
    pub fn new(shapes: &[Shape<'_>]) -> Result<Self, String> {
        let (mut all, mut literals, mut keywords, mut everywhere) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, shape) in shapes.iter().enumerate() {
            let named = |why: String| format!("{}: {why}", shape.rule);
            let rule = ready(shape).map_err(named)?;
            match anchor(&automaton(shape.pattern).map_err(named)?) {
                Anchor::Prefix(found) => literals.extend(found.into_iter().map(|literal| (literal, index, true))),
                Anchor::Inner(found) => literals.push((found, index, false)),
                Anchor::None if rule.keywords.is_some() => {
                    keywords.extend(shape.keywords.iter().map(|word| (word.to_ascii_lowercase().into_bytes(), index, false)));
                }
                Anchor::None => everywhere.push(index),
            }
            all.push(rule);
        }
        Ok(Self { all, by_literal: prefilter(literals, false)?, by_keyword: prefilter(keywords, true)?, everywhere })
    }
}

fn ready(shape: &Shape<'_>) -> Result<Rule, String> {
    let hir = syntax::parse_with(shape.pattern, &byte_syntax()).map_err(|error| error.to_string())?;
    if hir.properties().look_set().contains_anchor() {
        return Err("the pattern has an anchor; edges are checked apart from it".to_owned());
    }
    if hir.properties().minimum_len().is_none_or(|shortest| shortest < 4) {
        return Err("the pattern matches fewer than 4 bytes".to_owned());
    }
    if shape.keywords.iter().any(String::is_empty) {
        return Err("a keyword is empty".to_owned());
    }
    let config = Regex::config().utf8_empty(false).which_captures(WhichCaptures::Implicit);
    let regex = Regex::builder().configure(config).build_from_hir(&hir).map_err(|error| error.to_string())?;
    let keywords = match shape.keywords.as_slice() {
        [] => None,
        words => Some(AhoCorasick::builder().ascii_case_insensitive(true).build(words).map_err(|error| error.to_string())?),
    };
    let longest = hir.properties().maximum_len().map_or(LONGEST, |longest| longest.min(LONGEST));
    Ok(Rule { id: shape.rule.clone(), provider: shape.provider.clone(), regex, longest, keywords })
}

fn byte_syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

/// The automaton that literals are read off.
pub(super) fn automaton(pattern: &str) -> Result<NFA, String> {
    let config = NFA::config().utf8(false).which_captures(WhichCaptures::None);
    NFA::compiler().configure(config).syntax(byte_syntax()).build(pattern).map_err(|error| error.to_string())
}

fn prefilter(mut wanted: Vec<(Vec<u8>, usize, bool)>, any_case: bool) -> Result<Option<Prefilter>, String> {
    wanted.sort();
    let mut literals: Vec<&[u8]> = wanted.iter().map(|(literal, ..)| literal.as_slice()).collect();
    literals.dedup();
    if literals.is_empty() {
        return Ok(None);
    }
    // The longest literal at a place is the one that is told of; the shorter ones it starts with are there too.
    let uses = literals
        .iter()
        .map(|literal| wanted.iter().filter(|(w, ..)| literal.starts_with(w)).map(|(_, rule, start)| (*rule, *start)).collect());
    let uses = uses.collect();
    let literals = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(any_case).build(&literals);
    Ok(Some(Prefilter { literals: literals.map_err(|error| error.to_string())?, uses }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(pattern: &str) -> Shape<'_> {
        Shape { rule: "acme/key".to_owned(), provider: ProviderId::new("acme"), pattern, keywords: Vec::new() }
    }

    #[test]
    fn patterns_that_cannot_work_are_named() {
        for bad in ["^abcd[0-9]{4}", "abcd(", "[a-z]*", "abc"] {
            assert!(Rules::new(&[shape(bad)]).is_err_and(|why| why.starts_with("acme/key: ")), "{bad}");
        }
        assert!(Rules::new(&[]).is_ok());
    }
}
