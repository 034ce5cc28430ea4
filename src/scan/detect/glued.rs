//! Tokens with a beginning of their own that something is glued to: one letter in a text, the length
//! that a binary format writes before a text, or its neighbours there. Judges them as if they stood
//! alone; without such a beginning nothing tells where a token begins.

use std::ops::Range;

use regex_automata::{Anchored, Input};

use super::boundaries::{self, is_token_byte};
use super::candidates::candidates;
use super::matcher::{judge, settle};
use super::randomness::randomness;
use super::rule::Rule;
use super::rules::{LiteralRole, Rules};
use crate::scan::types::{Candidate, Evidence, Match, RuleRef, Standing};

/// A shorter beginning stands in any long run of letters.
const OWN: usize = 4;
/// The same, where a sign is a part of it.
const OWN_WITH_SIGN: usize = 3;
/// So near to a token a byte that no text has tells that it stands in binary content.
const NEAR: usize = 32;
/// As random as a value has to look.
const RANDOM: f32 = 0.35;

/// Whether a candidate is the beginning of a token that something is glued to.
pub(super) fn may_be(rules: &Rules, text: &[u8], candidate: Candidate) -> bool {
    // Most begin a word, which is quickly seen where all of the literal was looked for.
    if candidate.at().checked_sub(1).is_none_or(|before| text[before] == b' ') {
        return false;
    }
    begins(rules, text, candidate).is_some_and(|(start, _)| !boundaries::left(text, start))
}

/// The token that begins with a candidate.
pub(super) fn found(rules: &Rules, text: &[u8], candidate: Candidate) -> Option<Match> {
    let (start, all) = begins(rules, text, candidate)?;
    all.iter().filter_map(|how| rule_of(rules, how)).find_map(|(rule, ready)| {
        let range = range(ready, text, start)?;
        let value = &text[range.clone()];
        let looks_random = value.iter().any(u8::is_ascii_digit)
            && value.iter().any(u8::is_ascii_alphabetic)
            && randomness(value) >= RANDOM;
        if !looks_random || ready.checksum.and_then(|sum| sum.holds(value)) == Some(false) {
            return None;
        }
        let alone = judge(rules, value, &candidates(rules, value, 0..value.len()), None);
        let one = settle(rules, alone)
            .into_iter()
            .find(|one| one.rule == RuleRef::Shape(rule) && one.range() == (0..value.len()))?;
        let evidence = Evidence { standing: Standing::Joined, ..one.evidence };
        Some(Match { evidence, ..one.moved(0, start) })
    })
}

/// Where a candidate begins, and what it is of which rules, if it is the beginning of any.
fn begins<'r>(
    rules: &'r Rules,
    text: &[u8],
    candidate: Candidate,
) -> Option<(usize, &'r [LiteralRole])> {
    let literal = candidate.literal()?;
    let all = &rules.uses[literal];
    all.iter().find(|how| rule_of(rules, how).is_some())?;
    let start = rules.sieve.whole(text, literal, candidate.at())?.start;
    (start > 0).then_some((start, all))
}

fn rule_of<'r>(rules: &'r Rules, how: &LiteralRole) -> Option<(usize, &'r Rule)> {
    let LiteralRole::Start(rule) = *how else { return None };
    let ready = &rules.all[rule];
    (!ready.is_weak() && ready.beginning >= OWN_WITH_SIGN).then_some((rule, ready))
}

/// Where the token is, if what is glued to it is none of it.
fn range(rule: &Rule, text: &[u8], start: usize) -> Option<Range<usize>> {
    let of = |end: usize| {
        let input = Input::new(text).span(start..end.min(text.len())).anchored(Anchored::Yes);
        rule.regex()?.search(&input).map(|found| found.range())
    };
    let before = text[start - 1];
    // A length tells where it ends as well.
    let told = usize::from(before);
    if (rule.shortest..=rule.longest).contains(&told)
        && let Some(found) = of(start + told).filter(|found| found.len() == told)
        && has_control_near(text, &(start - 1..found.end))
    {
        return Some(found);
    }
    let found = of(start + rule.longest)?;
    let is_one = boundaries::left(text, start - 1);
    // `pkey-` and hex are a word and a hash.
    let is_word = before.is_ascii_lowercase()
        && text[start].is_ascii_lowercase()
        && !text[found.clone()].iter().any(u8::is_ascii_uppercase);
    if is_one && !is_word && boundaries::right(text, found.end) {
        return Some(found);
    }
    let is_certain = boundaries::right(text, found.end) || rule.shortest == rule.longest;
    (is_certain && stands_in_binary(rule, text, &found)).then_some(found)
}

/// Whether bytes that no text has are near it, and little is glued to it.
fn stands_in_binary(rule: &Rule, text: &[u8], found: &Range<usize>) -> bool {
    let own =
        if text[found.start..found.start + OWN_WITH_SIGN].iter().all(u8::is_ascii_alphanumeric) {
            OWN
        } else {
            OWN_WITH_SIGN
        };
    let before = &text[found.start.saturating_sub(NEAR)..found.start];
    rule.beginning >= own
        && has_control_near(text, found)
        && (before.len() < NEAR || !before.iter().all(|byte| is_token_byte(*byte)))
}

/// Whether a byte that no text has is in a range or near it.
fn has_control_near(text: &[u8], range: &Range<usize>) -> bool {
    text[range.start.saturating_sub(NEAR)..text.len().min(range.end + NEAR)]
        .iter()
        .any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127))
}
