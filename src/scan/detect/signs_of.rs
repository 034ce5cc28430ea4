//! Collects the signs of a value that only its name tells of: in the name, in the value itself, and
//! in the code around it. Weighs nothing; `evidence` does.

use std::ops::Range;

use super::assigned_name::{self, AssignedName, Kind};
use super::evidence::Sign;
use super::looks::{is_digits_of_hex, is_in_path, is_one_sort, is_time_uuid};
use super::randomness::randomness;
use super::{dummy_values, placeholder};
use crate::scan::types::Signs;

/// So random is what a generator wrote, in bits a character; and so random it is beyond doubt.
const RANDOM: f32 = 0.5;
const VERY_RANDOM: f32 = 0.75;
/// Below this it is rather words.
const DOUBTFUL: f32 = 0.35;
/// So many bits a value has to have in all.
const BITS: f32 = 12.0;
/// A piece this long shows whether it is random.
const PIECE: usize = 8;

/// What the name says; and whether it says that the value is a password.
pub(super) fn name(signs: &mut Signs, text: &[u8], label: &AssignedName) -> bool {
    let (name, kind) = (&text[label.name.clone()], label.kind);
    let is_password = kind == Kind::Secret && assigned_name::is_password(name);
    signs.add(match kind {
        Kind::Secret => Sign::SecretName,
        Kind::Identifier => Sign::IdName,
        Kind::Other => Sign::OtherName,
    });
    signs.add_if(is_password, Sign::PasswordName);
    let before = &text[..label.name.start];
    let is_flag =
        [&b"-"[..], b"api ", b"API ", b"Api ", b"access ", b"secret ", b"Secret ", b"Access "]
            .iter()
            .any(|end| before.ends_with(end));
    let bare = [&b"key"[..], b"keys", b"api", b"access", b"auth"];
    let is_bare = bare.iter().any(|word| name.eq_ignore_ascii_case(word));
    signs.add_if(is_bare && !is_flag, Sign::BareKey);
    is_password
}

/// What the value says.
pub(super) fn value(signs: &mut Signs, value: &[u8], is_password: bool) {
    let count = |what: fn(&u8) -> bool| value.iter().filter(|b| what(b)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let is_hex = value.len() >= 16 && value.iter().all(u8::is_ascii_hexdigit);
    signs.add_if(value.len() >= 32, Sign::Long);
    signs.add_if(value.len() < 20 && !is_hex, Sign::Short);
    signs.add_if(value.len() < 16, Sign::Shorter);
    signs.add_if(value.len() < 10, Sign::Shortest);
    let is_typed_out = placeholder::is_typed_out(value);
    signs.add_if(dummy_values::is_typed(value), Sign::Keyboard);
    signs.add_if(dummy_values::says_words(value), Sign::SaysWords);
    if is_hex && digits > 1 && letters > 1 {
        signs.add_if(!is_typed_out, Sign::Random);
        signs.add_if(matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128), Sign::HashLength);
        return;
    }
    signs.add_if(is_time_uuid(value), Sign::TimeUuid);
    signs.add_if(is_one_sort(value), Sign::OneSort);
    signs.add_if(digits == 0, Sign::NoDigit);
    signs.add_if(are_words(value) && randomness(value) < RANDOM, Sign::Words);
    // People think of words, and mix signs into them.
    if is_password && sorts(signs, value) {
        return;
    }
    if is_typed_out {
        signs.add_if(randomness(value) < 0.0, Sign::NotRandom);
    } else {
        look(signs, value);
    }
}

/// Which sorts of characters a password mixes; and whether it does so as people are told to.
fn sorts(signs: &mut Signs, value: &[u8]) -> bool {
    let any = |what: fn(&u8) -> bool| value.iter().any(what);
    let is_mark = |b: &&u8| !b.is_ascii_alphanumeric() && !matches!(b, b'_' | b'-' | b'.');
    let marks = value.iter().filter(is_mark).count();
    let (digit, mark) = (any(u8::is_ascii_digit), marks > 0);
    let sorts = [digit, mark, any(u8::is_ascii_uppercase), any(u8::is_ascii_lowercase)];
    let sorts = sorts.iter().filter(|has| **has).count();
    signs.add_if(sorts >= 3, Sign::MixedPassword);
    signs.add_if(stands_for_one(value), Sign::PlainPassword);
    sorts == 4 || sorts == 3 && mark && digit
}

/// `P@ssw0rd1`, `secret123`, `changeit`: words that are written where a password belongs.
fn stands_for_one(value: &[u8]) -> bool {
    const WORDS: [&str; 18] = [
        "pass", "pwd", "secret", "test", "admin", "root", "user", "change", "example", "qwer",
        "welcome", "letmein", "foo", "mypass", "mysecret", "yourpass", "dbpass", "somepass",
    ];
    let plain: String = value
        .iter()
        .map(|b| match b.to_ascii_lowercase() {
            b'@' | b'4' => 'a',
            b'$' | b'5' => 's',
            b'0' => 'o',
            b'1' => 'i',
            b'3' => 'e',
            other => char::from(other),
        })
        .filter(char::is_ascii_alphabetic)
        .collect();
    WORDS.iter().any(|word| plain.starts_with(word))
}

/// How random it looks.
fn look(signs: &mut Signs, value: &[u8]) {
    let pieces = value.split(|b| !b.is_ascii_alphanumeric());
    let longest = pieces.max_by_key(|piece| piece.len()).unwrap_or_default();
    let whole = randomness(value);
    let score = match longest.len() {
        _ if is_digits_of_hex(value) => VERY_RANDOM,
        PIECE.. => whole.min(randomness(longest)),
        _ => whole.min(DOUBTFUL),
    };
    let bits = whole * f32::from(u16::try_from(value.len()).unwrap_or(u16::MAX));
    signs.add_if(score >= RANDOM && bits >= BITS, Sign::Random);
    signs.add_if(score >= VERY_RANDOM && bits >= BITS, Sign::VeryRandom);
    signs.add_if(score < DOUBTFUL, Sign::NotRandom);
    signs.add_if(score < 0.0, Sign::LikeWords);
}

/// What stands between the name and the value.
pub(super) fn between(
    signs: &mut Signs,
    text: &[u8],
    label: &AssignedName,
    value: &Range<usize>,
    is_password: bool,
) {
    let between = text.get(label.name.end..value.start).unwrap_or_default();
    let has = |bytes: &[u8]| between.iter().any(|b| bytes.contains(b));
    let is_flag = text[..label.name.start].ends_with(b"-");
    let is_bare = !has(b"=:>\"'`(,") && !is_flag || has(b",") && has(b"\n");
    signs.add_if(is_password && is_bare, Sign::Bare);
    // `hmac("sha256", "data", "secret") == "..."`: what comes out of it.
    let before = &text[label.name.start.saturating_sub(60)..label.name.start];
    let hashes = [&b"hmac"[..], b"sha256", b"sha1", b"digest", b"md5"];
    let is_hashed =
        hashes.iter().any(|hash| before.windows(hash.len()).any(|w| w.eq_ignore_ascii_case(hash)));
    signs.add_if(has(b",)") && is_hashed, Sign::Hashed);
}

/// What stands around it, and what it is there.
pub(super) fn place(signs: &mut Signs, text: &[u8], range: &Range<usize>, is_password: bool) {
    let (value, after) = (&text[range.clone()], &text[range.end..]);
    let quoted = range.start.checked_sub(1).is_some_and(|n| matches!(text[n], b'"' | b'\'' | b'`'));
    // `getToken(...)`, `tokens[...]`, `"VALUE": `: code, or a piece of something longer.
    let is_code = match after {
        [b'<', b'/', ..] => false,
        [b'(' | b'[' | b'{' | b'<' | b':', ..] => true,
        [b'"' | b'\'', rest @ ..] => rest.trim_ascii_start().first() == Some(&b':') && quoted,
        _ => false,
    };
    signs.add_if(is_code || has_code(value) || placeholder::is_alphabet(value), Sign::Code);
    let is_reference =
        matches!(value, [b'$' | b'%' | b'{', b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'{' | b'(', ..])
            || after.first() == Some(&b'$')
            || [&b"process."[..], b"os.", b"env.", b"ENV", b"var.", b"secrets.", b"vars."]
                .iter()
                .any(|word| value.starts_with(word))
            || value.contains(&b'@') && !is_password && (!quoted || value.contains(&b'.'));
    signs.add_if(is_reference, Sign::Reference);
    let is_path = value.starts_with(b"/") && value.len() < 40
        || is_in_path(text, range)
        || value.windows(3).any(|w| w == b"://");
    signs.add_if(is_path, Sign::Path);
    signs.add_if(dummy_values::is_beside_example(text, range), Sign::ExampleBeside);
}

fn has_code(value: &[u8]) -> bool {
    let has = |word: &[u8]| value.windows(word.len()).any(|w| w == word);
    has(b"a-z")
        || has(b"A-Z")
        || has(b"(?")
        || has(b"()")
        || has(b"::")
        || has(b"${")
        || has(b"=>")
        || has(b"->")
        || has(b"&&")
        || has(b"[\"")
        || has(b"']")
        || value.iter().filter(|b| **b == b'|').count() > 1
        || value.starts_with(b"-")
}

/// Three words or more that somebody joined: none is long, and none mixes letters and digits.
fn are_words(value: &[u8]) -> bool {
    let words = assigned_name::parts(value);
    let is_word = |word: &String| {
        let has = |what: fn(&u8) -> bool| word.bytes().any(|b| what(&b));
        let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
        word.len() <= 14
            && (!(has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic))
                || stem.len() > 2
                    && word.len() < stem.len() + 3
                    && stem.bytes().all(|b| b.is_ascii_alphabetic()))
    };
    words.len() >= 3 && words.iter().all(is_word) && words.iter().any(|word| word.len() > 3)
}
