//! What a value looks like by its letters alone, and whether it is a piece of an address. Decides
//! nothing.

use std::ops::Range;

use super::boundaries;
use super::context_words::BEFORE;

/// So much hex at the end of a value makes it random, whatever stands before.
pub(super) const HEX_TAIL: usize = 20;

/// Hex and UUIDs with letters and digits, behind a beginning of the provider's own or not: as
/// random as they can look.
pub(super) fn is_digits_of_hex(value: &[u8]) -> bool {
    let tail = value.iter().rev().take_while(|b| b.is_ascii_hexdigit() || **b == b'-').count();
    let all = tail == value.len();
    let value = &value[value.len() - tail..];
    (all || tail >= HEX_TAIL)
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
}

/// Letters of one case and no digit: a name, however odd.
pub(super) fn is_one_sort(value: &[u8]) -> bool {
    let any = |what: fn(&u8) -> bool| value.iter().any(what);
    let mixed = any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase);
    !(mixed || any(u8::is_ascii_digit))
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, b)| {
            if matches!(at, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() }
        })
}

/// A UUID of version 1, made between the years 1998 and 2040.
pub(super) fn is_time_uuid(value: &[u8]) -> bool {
    is_uuid(value)
        && value[14..].starts_with(b"11")
        && matches!(value[16], b'd'..=b'f')
        && matches!(value[19], b'8' | b'9' | b'a'..=b'b' | b'A'..=b'B')
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
