//! Recognizes placeholders: a value that is one repeated character, or has words that say so. Only
//! the whole value can be one: a random value may hold `xxxx`, and the header of a key a run of `A`.
//! What merely looks typed (counts up, spells the alphabet, repeats) is an argument, no proof.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// So many letters in order are the alphabet.
const LETTERS: u8 = 20;

/// Words nobody's random generator writes.
const WORDS: [&[u8]; 26] = [
    b"exampl",
    b"placeholder",
    b"your_",
    b"your-",
    b"yourapi",
    b"yourkey",
    b"yourtoken",
    b"yoursecret",
    b"changeme",
    b"change_me",
    b"change-me",
    b"redacted",
    b"dummy",
    b"_here",
    b"-here",
    b"not-a-",
    b"not_a_",
    // Bytes counted up from zero, in base64.
    b"aaecawqf",
    // The key of the vendor's own documentation, whatever stands behind it.
    b"iosfodnn7",
    // The values that RFC 6749, RFC 5849 and OpenID Connect are written with.
    b"2yotnfzf",
    b"tgzv3jok",
    b"rhska3qw",
    b"gx1fbat3",
    b"9184jfhq",
    b"jjd733kl",
    b"h480djs9",
];

/// The alphabet, in base64.
const COUNTED: [&[u8]; 1] = [b"ywjjzgvm"];

/// A run this long of one character, or of characters counting up, is typed by hand.
const RUN: usize = 8;
/// Equal characters in a row that nobody's generator writes often.
const SAME: usize = 4;
/// With so many other letters a value is random, whatever stands between them.
const OTHERS: usize = 20;

/// Whether the value as a whole stands for another.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    value.iter().any(|b| matches!(b, b'<' | b'>' | b'{' | b'}'))
        || has_word(value, &WORDS)
        || is_one_letter(value)
        || says_word(value)
}

/// Whether it says such a word in base64.
fn says_word(value: &[u8]) -> bool {
    let said = STANDARD.decode(value).unwrap_or_default();
    said.iter().all(|b| b.is_ascii_graphic() || *b == b' ') && has_word(&said, &WORDS)
}

/// Whether it is a set of characters: the alphabet in upper and in lower case.
pub(super) fn is_alphabet(value: &[u8]) -> bool {
    let has = |first: u8| {
        value.windows(LETTERS.into()).any(|w| w.iter().zip(first..).all(|(b, of)| *b == of))
    };
    has(b'a') && has(b'A')
}

/// Whether it looks typed: it counts up, spells the alphabet, or repeats itself.
pub(super) fn is_typed_out(value: &[u8]) -> bool {
    longest_run(&value.to_ascii_lowercase(), 1) >= RUN
        || counts_in_hex(value)
        || has_word(value, &COUNTED)
        || spells_alphabet(value)
        || value.split(|b| !b.is_ascii_alphanumeric()).any(repeats)
}

fn has_word(value: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| value.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word)))
}

/// Whether most of it is one letter, or a few, each over and over: `xxxx`, `********`, `0000`.
fn is_one_letter(value: &[u8]) -> bool {
    let (mut all, mut most, mut at) = (0, 0, 0);
    while at < value.len() {
        let run = value[at..].iter().take_while(|b| **b == value[at]).count();
        let is_x = matches!(value[at], b'x' | b'X' | b'*' | b'.');
        if run >= SAME && (is_x || value[at].is_ascii_alphanumeric()) {
            all += run;
            most = most.max(if is_x { RUN } else { run });
        }
        at += run;
    }
    let letters = value.iter().filter(|b| b.is_ascii_alphanumeric() || **b == b'*').count();
    let others = letters.saturating_sub(all);
    most >= RUN && (2 * all >= letters || others < OTHERS)
}

/// The longest run in which each character is `step` more than the one before (`9` counts on to `0`
/// and to `a`).
fn longest_run(value: &[u8], step: u8) -> usize {
    let (mut longest, mut run) = (1, 1);
    for pair in value.windows(2) {
        let follows = pair[0].wrapping_add(step) == pair[1]
            || (step == 1 && matches!(pair, b"90" | b"9a" | b"9A"));
        run = if follows && pair[1].is_ascii_alphanumeric() { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

/// Whether its bytes count up: `000102030405`.
fn counts_in_hex(value: &[u8]) -> bool {
    let digit = |b: u8| char::from(b).to_digit(16);
    let (pairs, _) = value.as_chunks::<2>();
    let bytes: Vec<_> = pairs.iter().map(|[a, b]| Some(digit(*a)? * 16 + digit(*b)?)).collect();
    let ups = bytes.windows(2).filter(|w| matches!(w, [Some(a), Some(b)] if a + 1 == *b)).count();
    ups >= RUN - 1
}

/// Whether the letters of a value are the alphabet, in order, whatever stands between them:
/// `a1B2c3D4`, `ABC123DEF456`, `AaBbCcDd`.
fn spells_alphabet(value: &[u8]) -> bool {
    let (mut longest, mut run, mut before) = (1, 1, 0);
    for letter in value.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase) {
        if letter != before {
            run =
                if letter == before + 1 || (before, letter) == (b'z', b'a') { run + 1 } else { 1 };
        }
        (longest, before) = (longest.max(run), letter);
    }
    longest >= RUN
}

/// Whether a stretch of 16 or more is one short piece over and over.
fn repeats(stretch: &[u8]) -> bool {
    stretch.len() >= 16
        && (1..=stretch.len() / 2)
            .take(10)
            .any(|period| stretch[period..].iter().zip(stretch).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_silent() {
        for value in [
            "SG.your_api_key_here",
            "SG.xxxxxxxx.yyyyyyyy",
            "00000000-0000-0000-0000-000000000000",
            "sk_live_xxxx1234",
            "xoxb-************",
            "this-is-not-a-uuid-9f86d081",
            "pat-EXAMPLE-key",
            "key-<random>",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn what_was_typed_out_is_told_and_is_no_stand_in() {
        for value in [
            "1234567890abcdef1234567890abcdef",
            "abcdefghijklmnopqrstuv",
            "key-a1b2a1b2a1b2a1b2a1b2",
            "a1B2c3D4e5F6g7H8i9J0",
            "ABC123DEF456GHI789JKL",
            "AaBbCcDdEeFfGgHh",
        ] {
            assert!(is_typed_out(value.as_bytes()) && !is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn random_values_are_not() {
        for value in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "re_QmFz_ZTU4IGlzIG5pY2UgdG9v",
            "xXxw-0123-4567-abcd",
            // E9: a piece of it says nothing.
            "9f86d081xxxx7d659a2feaa0c55ad015",
            "b3BlbnNzaC1rZXktdjEAAAAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACBKc1t9",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
            assert!(!is_typed_out(value.as_bytes()), "{value}");
        }
    }
}
