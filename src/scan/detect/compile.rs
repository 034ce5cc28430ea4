//! Compiles shapes: computes what every match of each has, and collects the literals that show
//! where to search.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::context_words::AROUND;
use super::exact::Exact;
use super::gitleaks_rules::Custom;
use super::joints::beginnings;
use super::literal::{self, Anchor, anchor, byte_syntax};
use super::prefilter::{Literal, Prefilter};
use super::required_run::stretch;
use super::rule::{LONGEST, Rule, compile};
use super::rules::{Form, LiteralRole, Rules};
use super::runs::Alphabet;
use super::{address, escapes, generic};
use crate::domain::{Checksum, PatternFacts, ProviderId};

/// A beginning this short begins words as well, where its last letter joins words.
const BRIEF: usize = 3;

/// What one kind of token looks like.
#[derive(Clone, Debug, Default)]
pub struct Shape<'a> {
    /// The provider it belongs to.
    pub provider: &'a str,
    /// The kind's id: with the provider's it is the rule's, `sendgrid/api-key`.
    pub kind: &'a str,
    /// A regex over bytes, without anchors: both edges are checked apart from it.
    pub pattern: &'a str,
    /// Where there are any, the shape is ambiguous and counts only with one of them nearby (in
    /// lower case; case does not matter).
    pub words: Vec<&'a str>,
    /// Kinds of the same provider that count as such a word: an account's id beside its secret.
    pub beside: Vec<&'a str>,
    /// What the value says of itself.
    pub checksum: Option<Checksum>,
    /// Whether it is no secret by itself, and only tells of one beside it.
    pub identifier: bool,
    /// Whether it counts in some paths only.
    pub has_paths: bool,
    /// What was read off the pattern when the program was built.
    pub known: Option<PatternFacts<'a>>,
}

impl Rules {
    /// Makes shapes ready, with or without the rule for whatever is called a secret and looks like
    /// one.
    ///
    /// # Errors
    /// Which rule has a pattern that cannot be used, and why.
    pub fn new(shapes: &[Shape<'_>], generic: bool) -> Result<Self, String> {
        Self::knowing(shapes, generic, Vec::new())
    }

    /// The same, with values beside them that are known to the letter.
    ///
    /// # Errors
    /// Which rule has a pattern that cannot be used, and why.
    pub fn knowing(shapes: &[Shape<'_>], generic: bool, exact: Vec<Exact>) -> Result<Self, String> {
        let (mut all, mut wanted) = (Vec::with_capacity(shapes.len()), Wanted::default());
        let (mut long_words, mut everywhere) = (Vec::new(), Vec::new());
        for (index, shape) in shapes.iter().enumerate() {
            let id = format!("{}/{}", shape.provider, shape.kind);
            let mut rule =
                ready(shape, shapes, id.clone()).map_err(|why| format!("{id}: {why}"))?;
            let found = literals(shape, index).map_err(|why| format!("{id}: {why}"))?;
            rule.begins_as(&found, index);
            match (found.is_empty(), rule.is_ambiguous()) {
                (false, _) => found.into_iter().for_each(|(literal, how)| wanted.put(literal, how)),
                (true, true) => wanted.near(shapes, index, &rule.beside),
                (true, false) if shape.known.is_some() => long_words.push(index),
                (true, false) => everywhere.push(index),
            }
            all.push(rule);
        }
        wanted.forms();
        if generic {
            wanted.generic();
        }
        wanted.exact(&exact);
        let (list, uses): (Vec<Literal>, Vec<Vec<LiteralRole>>) = wanted.0.into_iter().unzip();
        let reach_of = |(uses, literal): (&Vec<LiteralRole>, &Literal)| {
            reach(&all, &exact, uses, literal.bytes.len())
        };
        let reaches = uses.iter().zip(&list).map(reach_of).collect();
        let forms: Vec<_> = uses.iter().map(|uses| uses.iter().find_map(form)).collect();
        Ok(Self {
            sieve: Prefilter::new(&list),
            joint: forms.iter().position(|form| *form == Some(Form::Joint)),
            all,
            uses,
            reaches,
            forms,
            long_words,
            everywhere,
            custom: Custom::default(),
            exact,
            services: OnceLock::new(),
            openings: OnceLock::new(),
        })
    }
}

/// The form that a literal tells of, if it tells of one.
fn form(how: &LiteralRole) -> Option<Form> {
    match how {
        LiteralRole::Escape => Some(Form::Escape),
        LiteralRole::Joint => Some(Form::Joint),
        _ => None,
    }
}

/// How far to either side of a literal's core anything may decide what comes of it.
fn reach(all: &[Rule], exact: &[Exact], uses: &[LiteralRole], length: usize) -> usize {
    let longest = |how: &LiteralRole| match *how {
        LiteralRole::Start(rule) | LiteralRole::Inside(rule) | LiteralRole::Near(rule) => {
            all[rule].longest
        }
        LiteralRole::Assigned => generic::LONGEST,
        LiteralRole::Address | LiteralRole::Credential => address::LONGEST,
        LiteralRole::Exact(known) => exact[known].value.len(),
        LiteralRole::Escape | LiteralRole::Joint => 0,
    };
    uses.iter().map(longest).max().unwrap_or(0) + AROUND + length
}

/// What to look for, and what it is of which rules.
#[derive(Default)]
struct Wanted(BTreeMap<Literal, Vec<LiteralRole>>);

impl Wanted {
    fn put(&mut self, literal: Literal, how: LiteralRole) {
        let uses = self.0.entry(literal).or_default();
        if !uses.contains(&how) {
            uses.push(how);
        }
    }

    /// The words that a value has near it which could be anything, and what else counts as one.
    fn near(&mut self, shapes: &[Shape<'_>], index: usize, beside: &[usize]) {
        for word in &shapes[index].words {
            let word = word.as_bytes().to_ascii_lowercase();
            self.put(Literal::word(&word), LiteralRole::Near(index));
        }
        for beside in beside {
            for (literal, _) in literals(&shapes[*beside], *beside).unwrap_or_default() {
                self.put(literal, LiteralRole::Near(index));
            }
        }
    }

    /// What tells that something is written in another form.
    fn forms(&mut self) {
        for (escape, next) in escapes::beginnings() {
            let literal = Literal { next, count: 1, ..Literal::word(&escape) };
            self.put(literal, LiteralRole::Escape);
        }
        for (beginning, next) in beginnings() {
            let count = usize::from(!next.is_empty());
            let literal = Literal { count, next, ..Literal::word(&beginning) };
            self.put(literal, LiteralRole::Joint);
        }
    }

    /// What is called a secret, and passwords in addresses.
    fn generic(&mut self) {
        for (word, next) in generic::WORDS {
            let count = usize::from(!next.is_empty());
            let literal = Literal { next: next.to_vec(), count, ..Literal::word(word) };
            self.put(literal, LiteralRole::Assigned);
        }
        for flag in address::FLAGS {
            let literal = Literal { any_case: false, ..Literal::word(flag) };
            self.put(literal, LiteralRole::Credential);
        }
        let next = (b'a'..=b'z').chain(b'A'..=b'Z').chain(b'0'..=b'9').chain(*b":_%").collect();
        let literal = Literal { next, count: 1, ..Literal::word(address::SIGN) };
        self.put(literal, LiteralRole::Address);
    }

    /// How values end that are known to the letter.
    fn exact(&mut self, exact: &[Exact]) {
        for (index, known) in exact.iter().enumerate() {
            if let Some(ending) = known.value.ending() {
                let literal = Literal { any_case: false, ..Literal::word(ending) };
                self.put(literal, LiteralRole::Exact(index));
            }
        }
    }
}

/// A literal, and what it is of a rule.
type Found = (Literal, LiteralRole);

impl Rule {
    /// Notes how its matches begin, if they do so with one of these literals.
    fn begins_as(&mut self, found: &[Found], index: usize) {
        if found.iter().all(|(_, how)| *how == LiteralRole::Start(index)) {
            self.beginning =
                found.iter().map(|(literal, _)| literal.bytes.len()).min().unwrap_or(0);
        }
        let joins = |(literal, _): &Found| matches!(literal.bytes[..], [_, _, b'-' | b'_']);
        self.is_brief = self.beginning == BRIEF && found.iter().all(joins);
    }
}

fn literals(shape: &Shape<'_>, index: usize) -> Result<Vec<Found>, String> {
    let found = |bytes: &[u8], next: &[u8], count, how| {
        (Literal { bytes: bytes.to_vec(), next: next.to_vec(), count, any_case: false }, how)
    };
    if let Some(known) = shape.known {
        let how = if known.start { LiteralRole::Start(index) } else { LiteralRole::Inside(index) };
        return Ok(known
            .literals
            .iter()
            .map(|(literal, next, count)| found(literal, next, *count, how))
            .collect());
    }
    let (all, how) = match anchor(shape.pattern)? {
        Anchor::Start(all) => (all, LiteralRole::Start(index)),
        Anchor::Inside(all) => (all, LiteralRole::Inside(index)),
        Anchor::None => return Ok(Vec::new()),
    };
    Ok(all
        .into_iter()
        .map(|needle| found(&needle.literal, &needle.next, needle.count, how))
        .collect())
}

/// What every match of a pattern has: how long it is at least and at most, so many bytes in a row
/// such as base64 is made of, and this byte.
type Facts = (usize, Option<usize>, usize, Option<u8>);

/// Reads them off a pattern, which is checked and compiled at once: the caller hears of what is
/// wrong with it.
fn facts(pattern: &str, regex: &OnceLock<Option<Regex>>) -> Result<Facts, String> {
    let hir = syntax::parse_with(pattern, &byte_syntax()).map_err(|error| error.to_string())?;
    if hir.properties().look_set().contains_anchor() {
        return Err(
            "the pattern has an anchor; remove it, since boundaries are checked separately"
                .to_owned(),
        );
    }
    let shortest = hir.properties().minimum_len().filter(|shortest| *shortest >= 4);
    let shortest = shortest.ok_or("the pattern matches fewer than 4 bytes")?;
    let _ = regex.set(Some(compile(pattern)?));
    let run = stretch(&hir, &|byte| Alphabet::Base64.has(byte));
    Ok((shortest, hir.properties().maximum_len(), run, literal::byte(pattern)?))
}

fn ready(shape: &Shape<'_>, all: &[Shape<'_>], id: String) -> Result<Rule, String> {
    if shape.words.iter().any(|word| word.len() < 3) {
        return Err("a context word is shorter than three letters".to_owned());
    }
    let regex = OnceLock::new();
    let (shortest, longest, run, byte) = match shape.known {
        Some(known) => (known.shortest, known.longest, known.run, known.byte),
        None => facts(shape.pattern, &regex)?,
    };
    let of_kind = |kind: &&str| {
        all.iter().position(|other| other.provider == shape.provider && other.kind == *kind)
    };
    Ok(Rule {
        id,
        provider: ProviderId::new(shape.provider),
        shortest,
        longest: longest.map_or(LONGEST, |longest| longest.min(LONGEST)),
        run,
        byte,
        words: shape.words.iter().map(|word| word.to_ascii_lowercase()).collect(),
        beside: shape.beside.iter().filter_map(of_kind).collect(),
        checksum: shape.checksum,
        identifier: shape.identifier,
        has_paths: shape.has_paths,
        is_id: shape.kind.ends_with("-id"),
        is_brief: false,
        beginning: 0,
        pattern: shape.pattern.to_owned(),
        regex,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(pattern: &str) -> Shape<'_> {
        Shape { provider: "acme", kind: "key", pattern, ..Shape::default() }
    }

    #[test]
    fn patterns_that_cannot_work_are_named() {
        for bad in ["^abcd[0-9]{4}", "abcd(", "[a-z]*", "abc"] {
            assert!(
                Rules::new(&[shape(bad)], true).is_err_and(|why| why.starts_with("acme/key: ")),
                "{bad}"
            );
        }
        assert!(Rules::new(&[], false).is_ok());
    }
}
