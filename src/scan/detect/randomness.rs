//! How random a value looks: the odds of its letters in random text against those in code and
//! prose. Not entropy, by which `getElementsByClassName` is random and a hex key is not.

use super::bigrams::cost;

/// How random a value looks, in bits a character: below zero for words and names, above for noise.
pub(super) fn randomness(value: &[u8]) -> f32 {
    let letters = value.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    if letters == 0 {
        return -1.0;
    }
    let alphabet = alphabet(value).log2() * 4.0;
    let (mut before, mut bits) = (None, 0.0);
    for &byte in value {
        let as_text = cost(before, byte.to_ascii_lowercase()) + turn(before, byte);
        bits += if byte.is_ascii_alphanumeric() {
            // No letter is worth more than any other: one rare pair in a word must not outweigh the
            // rest.
            f32::from(u16::try_from(as_text.min(36)).unwrap_or(36)) - alphabet
        } else {
            // What separates words says nothing by itself.
            0.0
        };
        before = Some(byte);
    }
    let length = f32::from(u16::try_from(letters).unwrap_or(u16::MAX));
    bits / 4.0 / length
}

/// Changing between letters and digits, or into upper case in the middle of a word, costs text
/// something.
fn turn(before: Option<u8>, byte: u8) -> u32 {
    match before {
        Some(before) if before.is_ascii_lowercase() && byte.is_ascii_uppercase() => 10,
        Some(before) if before.is_ascii_uppercase() && byte.is_ascii_lowercase() => 4,
        Some(before) if before.is_ascii_digit() && byte.is_ascii_alphabetic() => 6,
        _ => 0,
    }
}

/// How many characters the generator chose from, judged by those it wrote.
fn alphabet(value: &[u8]) -> f32 {
    let any = |what: fn(&u8) -> bool| value.iter().any(what);
    let hex = value.iter().filter(|b| b.is_ascii_alphanumeric()).all(u8::is_ascii_hexdigit);
    let letters = match (any(u8::is_ascii_lowercase), any(u8::is_ascii_uppercase)) {
        (true, true) => 52.0,
        (false, false) => 0.0,
        _ => 26.0,
    };
    match (hex, any(u8::is_ascii_digit)) {
        (true, true) if letters > 0.0 => 16.0,
        (_, true) => letters + 10.0,
        (_, false) => letters,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::support::random;

    #[test]
    fn words_names_and_paths_are_below_noise() {
        for text in [
            "getElementsByClassName",
            "my-super-secret-password-here",
            "application/octet-stream",
            "testAPIKey_for_unit_tests",
            "org.springframework.security.oauth2",
            "ThisIsNotARealPassword",
            "us-east-1.prod.example-cluster",
        ] {
            assert!(randomness(text.as_bytes()) < 0.2, "{text} {}", randomness(text.as_bytes()));
        }
    }

    #[test]
    fn noise_is_above_words() {
        let mut low = 0;
        for seed in 0..300 {
            for (alphabet, length) in [
                (&b"abcdefghijklmnopqrstuvwxyz0123456789"[..], 24),
                (b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 24),
                (b"0123456789abcdef", 32),
            ] {
                low += usize::from(randomness(random(seed, alphabet, length).as_bytes()) < 0.4);
            }
        }
        assert!(low < 18, "{low} of 900");
    }
}
