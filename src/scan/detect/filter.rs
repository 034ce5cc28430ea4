//! Decides whether a match of a shape is a token: placeholders, identifiers, hashes and file names
//! are not. Every rejection has a reason for people. Reads only the value and up to `REACH` bytes
//! around it.

use std::ops::Range;

use super::assigned_name::{self, Kind};
use super::context_words::{AFTER, BEFORE, Near, nearest};
use super::randomness::randomness;
use super::rule::{DISTINCT, Rule};
use super::{boundaries, placeholder};
use crate::domain::Confidence;
use crate::scan::types::{Evidence, RejectReason};

/// How far before and after a value anything may count. A finding depends on no byte further away.
pub(crate) const REACH: (usize, usize) = (BEFORE + 16, AFTER + 16);
/// A name that does not say "secret" belongs to a provider only if the provider's word is this
/// near.
const CLOSE: usize = 48;
/// So much hex at the end of a value makes it random, whatever stands before.
const HEX_TAIL: usize = 20;

/// Forms that begin with fewer letters than this stand in words and in long runs of letters by
/// chance.
const CHANCE: usize = 6;

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
    if placeholder::is_placeholder(value) && placeholder::is_placeholder(sure) {
        return Err(RejectReason::Placeholder);
    }
    let holds = rule.checksum.and_then(|checksum| checksum.holds(value));
    if !rule.is_ambiguous() {
        let confidence = match holds {
            Some(true) => Confidence::Certain,
            Some(false) => Confidence::Doubtful,
            None => Confidence::Likely,
        };
        if rule.is_brief
            && !is_digits_of_hex(value)
            && (is_one_sort(value) || randomness(value) < -0.2)
        {
            return Err(RejectReason::NotRandom);
        }
        return Ok(Evidence::of(confidence));
    }
    let words: Vec<&str> = rule.words.iter().map(String::as_str).collect();
    let near =
        nearest(&words, text, range).into_iter().chain(beside).min().ok_or(RejectReason::NoWord)?;
    if is_in_path(text, range) {
        return Err(RejectReason::InPath);
    }
    let label = assigned_name::of(text, range.start);
    let named = label.as_ref().is_some_and(|label| label.name.contains(&near.at));
    match label.map(|label| label.kind) {
        Some(Kind::Secret) => {}
        Some(Kind::Identifier) if rule.is_id && named => {}
        Some(Kind::Identifier) => return Err(RejectReason::Identifier),
        Some(Kind::Other) if named || near.distance <= CLOSE => {}
        None if near.distance <= CLOSE || same_line(text, near, range) => {}
        _ => return Err(RejectReason::NotCalledSecret),
    }
    if !is_digits_of_hex(value) && (is_one_sort(value) || randomness(value) < 0.35) {
        return Err(RejectReason::NotRandom);
    }
    Ok(Evidence { named, distance: near.distance + 1, ..Evidence::of(Confidence::Likely) })
}

fn same_line(text: &[u8], near: Near, range: &Range<usize>) -> bool {
    let between = near.at.min(range.end)..near.at.max(range.start);
    text.get(between).is_some_and(|between| !between.contains(&b'\n'))
}

/// Hex and UUIDs with letters and digits, behind a beginning of the provider's own or not: as
/// random as they can look.
fn is_digits_of_hex(value: &[u8]) -> bool {
    let tail = value.iter().rev().take_while(|b| b.is_ascii_hexdigit() || **b == b'-').count();
    let all = tail == value.len();
    let value = &value[value.len() - tail..];
    (all || tail >= HEX_TAIL)
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
}

/// Hex and UUIDs as a part of a value, whatever stands before and behind.
fn holds_hex(value: &[u8]) -> bool {
    let mut runs = value.split(|b| !(b.is_ascii_hexdigit() || *b == b'-'));
    is_digits_of_hex(value) || runs.any(|run| run.len() >= HEX_TAIL && is_digits_of_hex(run))
}

/// Letters of one case and no digit: a name, however odd.
fn is_one_sort(value: &[u8]) -> bool {
    let any = |what: fn(&u8) -> bool| value.iter().any(what);
    let mixed = any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase);
    !(mixed || any(u8::is_ascii_digit))
}

/// Part of an address's path (`/in/VALUE`, not `?key=VALUE`), or the name of a file (`VALUE.png`).
pub(super) fn is_in_path(text: &[u8], range: &Range<usize>) -> bool {
    let after = &text[range.end..];
    if let [b'.', rest @ ..] = after {
        let extension = rest
            .iter()
            .take(6)
            .take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            .count();
        if (2..=5).contains(&extension)
            && !rest.get(extension).is_some_and(|b| boundaries::is_token_byte(*b) || *b == b'(')
        {
            return true;
        }
    }
    let before = &text[range.start.saturating_sub(BEFORE)..range.start];
    before.last() == Some(&b'/') && !before.ends_with(b"//") && {
        let word = before
            .iter()
            .rev()
            .take_while(|b| {
                !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'`' | b'(' | b'<')
            })
            .count();
        before[before.len() - word..].windows(3).any(|w| w == b"://") || word > 1
    }
}
