//! Recognizes placeholders: one repeated character, a sequence, a repetition, or words that say so.
//! A random value matches each rule less than once in a hundred thousand: every rule is also a gap.

/// Words nobody's random generator writes.
const WORDS: [&[u8]; 19] = [
    b"exampl",
    b"placeholder",
    b"your_",
    b"your-",
    b"yourapi",
    b"yourkey",
    b"yourtoken",
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
    // The alphabet, in base64.
    b"ywjjzgvm",
    // The key of the vendor's own documentation, whatever stands behind it.
    b"iosfodnn7",
];

/// A run this long of one character, or of characters counting up, is typed by hand.
const RUN: usize = 8;

/// Whether the value is no token.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let marked = value.windows(4).any(|w| matches!(w, b"xxxx" | b"XXXX"))
        || value.iter().any(|b| matches!(b, b'<' | b'>' | b'{' | b'}' | b'*'));
    marked
        || has_word(value)
        || longest_run(value, 0) >= RUN
        || longest_run(&value.to_ascii_lowercase(), 1) >= RUN
        || spells_alphabet(value)
        || value.split(|b| !b.is_ascii_alphanumeric()).any(repeats)
}

fn has_word(value: &[u8]) -> bool {
    WORDS.iter().any(|word| value.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word)))
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
            "1234567890abcdef1234567890abcdef",
            "abcdefghijklmnopqrstuv",
            "key-a1b2a1b2a1b2a1b2a1b2",
            "a1B2c3D4e5F6g7H8i9J0",
            "ABC123DEF456GHI789JKL",
            "AaBbCcDdEeFfGgHh",
            "this-is-not-a-uuid-9f86d081",
            "pat-EXAMPLE-key",
            "key-<random>",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn random_values_are_not() {
        for value in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "re_QmFz_ZTU4IGlzIG5pY2UgdG9v",
            "xXxw-0123-4567-abcd",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }
}
