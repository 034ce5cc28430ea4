//! Recognizes dummy values that look random: typed by keyboard mashing, words in base64, or beside
//! a documented example. Only for values of unknown providers: a value with a provider's shape is
//! found anywhere.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::context_words::{AFTER, BEFORE};
use super::randomness::randomness;

/// Whether a value of a vendor's documentation stands near it: `AKIDEXAMPLE`.
pub(super) fn is_beside_example(text: &[u8], range: &Range<usize>) -> bool {
    let around = text.get(range.start.saturating_sub(BEFORE)..text.len().min(range.end + AFTER));
    let is_one = |w: &[u8]| w[0].is_ascii_alphanumeric() && &w[1..] == b"EXAMPLE";
    around.unwrap_or_default().windows(8).any(is_one)
}

/// Whether somebody let their fingers run over the keyboard's middle row. Less than one random
/// value in a thousand looks so.
pub(super) fn is_typed(value: &[u8]) -> bool {
    let letters = value.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    let middle = value.iter().filter(|b| b"asdfghjklASDFGHJKL".contains(b)).count();
    !value.iter().all(u8::is_ascii_hexdigit) && letters >= 16 && middle * 5 >= letters * 3
}

/// Whether a value is words in base64.
pub(super) fn says_words(value: &[u8]) -> bool {
    let said = STANDARD.decode(value).unwrap_or_default();
    let plain = |b: &u8| matches!(b, 0x20..0x7f | b'\n');
    said.len() >= 9
        && said.iter().all(plain)
        && (randomness(&said) < 0.2 || said.iter().all(u8::is_ascii_digit))
}

/// The password of a Basic header whose value this is, or of an `auth` of Docker's. `Some(None)`:
/// it is no user and password.
pub(super) fn basic(text: &[u8], name: &[u8], range: &Range<usize>) -> Option<Option<Vec<u8>>> {
    let scheme = &text[range.start.saturating_sub(6)..range.start];
    let is_auth = matches!(name, b"auth" | b"_auth");
    let said = STANDARD.decode(&text[range.clone()]).ok();
    let said = said.filter(|said| !is_auth || said.iter().all(u8::is_ascii_graphic));
    if !(scheme.eq_ignore_ascii_case(b"basic ") || is_auth && said.is_some()) {
        return None;
    }
    let password = |said: Vec<u8>| {
        said.iter().position(|b| *b == b':').map(|colon| said[colon + 1..].to_vec())
    };
    Some(said.and_then(password))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::support::random;

    const WORD: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    #[test]
    fn values_struck_on_a_keyboard_or_that_say_words_are_told_from_random_ones() {
        assert!(is_typed(b"kjfhueyt9485osdfasdkljfh4lkjhakldjfhalkdsjf"));
        assert!(says_words(STANDARD.encode("open the door please").as_bytes()));
        let random: Vec<String> = (0..2_000).map(|seed| random(seed, WORD, 32)).collect();
        assert!(
            random
                .iter()
                .filter(|value| is_typed(value.as_bytes()) || says_words(value.as_bytes()))
                .count()
                <= 2
        );
    }

    #[test]
    fn only_a_user_and_a_password_are_a_basic_header() {
        let header = |said: &str| {
            let text = format!("Basic {}", STANDARD.encode(said));
            basic(text.as_bytes(), b"x", &(6..text.len())).unwrap()
        };
        assert_eq!(header("me:open sesame").unwrap(), b"open sesame");
        assert_eq!(header("nothing here"), None);
        assert_eq!(basic(b"Bearer abcd", b"x", &(7..11)), None);
    }
}
