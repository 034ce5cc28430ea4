//! Recognizes dummy values that look random: made up for a test, typed by keyboard mashing, or
//! words in base64. Only for values of unknown providers: a value with a provider's shape is found
//! anywhere.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::context_words::{AFTER, BEFORE};
use super::randomness::randomness;

/// What stands in the code of a test, or in an example, and nowhere else. A word such as `test` is
/// not enough: settings may have it.
const SIGNS: [&[u8]; 44] = [
    b"assert",
    b"expect(",
    b"expect_",
    b"_test]",
    b"#[test]",
    b":test]",
    b"@Test",
    b"func Test",
    b"fn test_",
    b"def test_",
    b"def setup",
    b"TestCase",
    b"Test <",
    b"Test(",
    b"tests Test",
    b"test \"",
    b"test '",
    b"test('",
    b"test(\"",
    b"it \"",
    b"it '",
    b"it('",
    b"it(\"",
    b"describe(",
    b"describe \"",
    b"describe '",
    b"setup do",
    b"before do",
    b"beforeEach",
    b"stub",
    b"mock",
    b"Mock",
    b"fixture",
    b"unittest",
    b"myapp",
    b"my_app",
    b"EXAMPLE",
    b"\"Example\"",
    b"\"example",
    b"example.com",
    b"example.org",
    b"example.net",
    // A block of code in a page of documentation.
    b"```",
    b"code-block",
];

/// Whether the lines around a value are those of a test or an example, or settings for development.
pub(super) fn is_made_up(text: &[u8], range: &Range<usize>) -> bool {
    let before = &text[range.start.saturating_sub(BEFORE)..range.start];
    let after = &text[range.end..text.len().min(range.end + AFTER)];
    let stands = |around: &[u8], word: &[u8]| {
        let begins = |at: usize| {
            !word[0].is_ascii_lowercase() || at == 0 || !around[at - 1].is_ascii_alphanumeric()
        };
        around.windows(word.len()).enumerate().any(|(at, w)| w == word && begins(at))
    };
    [before, after].iter().any(|around| SIGNS.iter().any(|word| stands(around, word)))
        || is_for_development(before)
}

/// Whether a value of a vendor's documentation stands near it: `AKIDEXAMPLE`.
pub(super) fn is_beside_example(text: &[u8], range: &Range<usize>) -> bool {
    let around = text.get(range.start.saturating_sub(BEFORE)..text.len().min(range.end + AFTER));
    let is_one = |w: &[u8]| w[0].is_ascii_alphanumeric() && &w[1..] == b"EXAMPLE";
    around.unwrap_or_default().windows(8).any(is_one)
}

/// Whether the settings that end here are those of a section called `development:` or `test:`.
fn is_for_development(before: &[u8]) -> bool {
    let indent = |line: &[u8]| line.iter().take_while(|b| **b == b' ').count();
    let mut lines = before.rsplit(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let Some(own) = lines.next().map(indent).filter(|own| *own > 0) else { return false };
    let section =
        lines.find(|line| indent(line) < own && !line.trim_ascii_start().starts_with(b"#"));
    section.is_some_and(|line| matches!(line.trim_ascii(), b"development:" | b"test:" | b"dev:"))
}

/// Whether it is the token of a signed request: told beside a time and a signature, it is there to
/// be used once.
pub(super) fn is_nonce(text: &[u8], range: &Range<usize>) -> bool {
    let has = |around: &[u8], word: &[u8]| around.windows(word.len()).any(|w| w == word);
    has(&text[range.start.saturating_sub(BEFORE)..range.start], b"timestamp")
        && has(&text[range.end..text.len().min(range.end + AFTER)], b"signature")
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
    fn the_lines_of_a_test_are_told_from_settings() {
        let near = |before: &str| {
            is_made_up(format!("{before}VALUE").as_bytes(), &(before.len()..before.len() + 5))
        };
        for test in [
            "assert_eq!(",
            "  test \"it works\" do\n    secret = \"",
            "#[tokio::test]\nasync fn x() {\n",
            "dev:\n  # mine\n  key: ",
            "realm=\"Example\", oauth_token=\"",
        ] {
            assert!(near(test), "{test}");
        }
        for settings in [
            "test:\n  key: x\nproduction:\n  key: ",
            "use the latest \"token\"\nTOKEN=",
            "TEST_TOKEN=",
            "[profile.test]\ntoken = ",
        ] {
            assert!(!near(settings), "{settings}");
        }
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
