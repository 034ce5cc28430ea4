//! Decides whether a match of a shape is a token: placeholders, identifiers, hashes and file names
//! are not. Every rejection has a reason for people. Reads only the value and up to `REACH` bytes
//! around it.

use std::ops::Range;

use super::assigned_name::{self, Kind};
use super::context_words::{AFTER, BEFORE, Near, nearest};
use super::evidence::Sign;
use super::looks::{HEX_TAIL, is_digits_of_hex, is_in_path, is_one_sort, is_time_uuid};
use super::randomness::randomness;
use super::rule::{DISTINCT, Rule};
use super::{boundaries, placeholder, public};
use crate::domain::Confidence;
use crate::scan::types::{Evidence, RejectReason, Signs};

/// How far before and after a value anything may count. A finding depends on no byte further away.
pub(crate) const REACH: (usize, usize) = (BEFORE + 16, AFTER + 16);
/// A name that does not say "secret" belongs to a provider only if the provider's word is this
/// near.
const CLOSE: usize = 48;
/// Forms that begin with fewer letters than this stand in words and in long runs of letters by
/// chance.
const CHANCE: usize = 6;
/// A beginning this long is no part of what is random in a value.
const BEGINNING: usize = 3;

/// Whether a match stands out of the longer word that it is a part of: by a sum of its own that is
/// right, or by a beginning of its own and by looking random. With letters or digits right behind
/// it it has another length, and is another thing.
pub(super) fn stands_out(rule: &Rule, text: &[u8], range: &Range<usize>) -> bool {
    let value = &text[range.clone()];
    if rule.is_weak() {
        return false;
    }
    if let Some(holds) = rule.checksum.and_then(|checksum| checksum.holds(value)) {
        return holds;
    }
    if text.get(range.end).is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    if rule.beginning >= DISTINCT {
        return true;
    }
    if rule.beginning < CHANCE
        && let Some(before) =
            boundaries::last(&text[..range.start]).filter(u8::is_ascii_alphanumeric)
    {
        // What begins with any letter goes on with one; so may `vipul-` and a run of letters that
        // has three certain ones in it.
        let is_word = value[0].is_ascii_lowercase() && before.is_ascii_lowercase();
        if rule.beginning == 0 || is_word || value.iter().all(u8::is_ascii_alphanumeric) {
            return false;
        }
    }
    holds_hex(value) || !is_one_sort(value) && randomness(value) >= 0.35
}

/// Judges a value that has a provider's shape, and whose edges are those of a token.
pub(crate) fn shaped(
    rule: &Rule,
    beside: Option<Near>,
    text: &[u8],
    range: &Range<usize>,
) -> Result<Evidence, RejectReason> {
    let value = &text[range.clone()];
    // Of a form of several lengths the end may be glued to it: what has to be there says what it
    // is.
    let sure = if rule.is_weak() { value } else { value.get(..rule.shortest).unwrap_or(value) };
    if placeholder::is_placeholder(variable(rule, value))
        && placeholder::is_placeholder(variable(rule, sure))
    {
        return Err(RejectReason::Placeholder);
    }
    if rule.is_ambiguous() && public::is_public(text, range) {
        return Err(RejectReason::Public);
    }
    if rule.is_ambiguous() {
        by_its_words(rule, beside, text, range)
    } else {
        by_its_form(rule, text, range)
    }
}

/// What of a value is not the same in all of its kind.
fn variable<'v>(rule: &Rule, value: &'v [u8]) -> &'v [u8] {
    if rule.beginning >= BEGINNING { value.get(rule.beginning..).unwrap_or(value) } else { value }
}

/// A form that is one provider's own.
fn by_its_form(rule: &Rule, text: &[u8], range: &Range<usize>) -> Result<Evidence, RejectReason> {
    let value = &text[range.clone()];
    let holds = rule.checksum.and_then(|checksum| checksum.holds(value));
    let mut signs = Signs::default();
    signs.add(Sign::OwnForm);
    signs.add_if(holds == Some(true), Sign::Checksum);
    let is_like_words =
        !is_digits_of_hex(value) && (is_one_sort(value) || randomness(value) < -0.2);
    signs.add_if(rule.is_brief && is_like_words, Sign::Words);
    // Without a beginning of its own it may be a piece of an address.
    signs.add_if(rule.beginning == 0 && is_in_path(text, range), Sign::Path);
    if !signs.is_enough() {
        return Err(RejectReason::Weak(signs));
    }
    Ok(Evidence::of(match holds {
        Some(true) => Confidence::Certain,
        Some(false) => Confidence::Doubtful,
        None => Confidence::Likely,
    }))
}

/// A form that many things have: the provider's word near it, and what the text calls it.
fn by_its_words(
    rule: &Rule,
    beside: Option<Near>,
    text: &[u8],
    range: &Range<usize>,
) -> Result<Evidence, RejectReason> {
    let value = &text[range.clone()];
    let words: Vec<&str> = rule.words.iter().map(String::as_str).collect();
    let near =
        nearest(&words, text, range).into_iter().chain(beside).min().ok_or(RejectReason::NoWord)?;
    let label = assigned_name::of(text, range.start);
    let named = label.as_ref().is_some_and(|label| label.name.contains(&near.at));
    let kind = label.as_ref().map(|label| label.kind);
    // An argument of a call has no name: what stands before it is another's.
    let between = label.and_then(|label| text.get(label.name.end..range.start)).unwrap_or_default();
    let is_assigned = !between.iter().any(|b| matches!(b, b'(' | b','));
    let mut signs = Signs::default();
    signs.add(Sign::Form);
    signs.add(match kind {
        _ if named => Sign::WordInName,
        _ if near.distance <= CLOSE => Sign::WordClose,
        None if same_line(text, near, range) => Sign::WordClose,
        _ => Sign::WordFar,
    });
    signs.add_if(kind == Some(Kind::Secret), Sign::SecretName);
    signs.add_if(kind == Some(Kind::Identifier) && !(rule.is_id && named), Sign::IdName);
    signs.add_if(is_in_path(text, range), Sign::Path);
    let is_hex = value.iter().all(u8::is_ascii_hexdigit);
    let is_hash = is_hex && matches!(value.len(), 32 | 40 | 64 | 96 | 128);
    signs.add_if(is_hash && kind == Some(Kind::Other) && !named && is_assigned, Sign::HashLength);
    let is_random = is_digits_of_hex(value) || !is_one_sort(value) && randomness(value) >= 0.35;
    signs.add_if(!is_random, Sign::Words);
    signs.add_if(is_time_uuid(value), Sign::TimeUuid);
    if !signs.is_enough() {
        return Err(RejectReason::Weak(signs));
    }
    Ok(Evidence { named, distance: near.distance + 1, ..Evidence::of(Confidence::Likely) })
}

fn same_line(text: &[u8], near: Near, range: &Range<usize>) -> bool {
    let between = near.at.min(range.end)..near.at.max(range.start);
    text.get(between).is_some_and(|between| !between.contains(&b'\n'))
}

/// Hex and UUIDs as a part of a value, whatever stands before and behind.
fn holds_hex(value: &[u8]) -> bool {
    let mut runs = value.split(|b| !(b.is_ascii_hexdigit() || *b == b'-'));
    is_digits_of_hex(value) || runs.any(|run| run.len() >= HEX_TAIL && is_digits_of_hex(run))
}
