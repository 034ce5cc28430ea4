//! The generic rule, for unknown providers: a name that suggests a secret, an assignment, and a
//! value that looks random. Uses a model of text, not entropy; words, code and references do not
//! match.

use std::ops::Range;

use super::assigned_name::{self, Kind};
use super::filter::is_in_path;
use super::randomness::randomness;
use super::rules::Rules;
use super::{address, dummy_values, placeholder};
use crate::domain::Confidence;
use crate::scan::types::{Evidence, RejectReason};

/// Words that make a name worth reading, in lower case. What they begin or end is judged by
/// `label`.
pub(super) const WORDS: &[&[u8]] = &[
    b"token",
    b"secret",
    b"passw",
    b"apikey",
    b"api_key",
    b"api-key",
    b"_key",
    b"-key",
    b"authkey",
    b"accesskey",
    b"privatekey",
    b"credential",
    b"bearer",
    b"authoriz",
    b"passphrase",
    b"api key",
    b"_pass",
    b"licensekey",
    b"private",
    b"keytoken",
    b"_srt",
    b"_pwd",
    b"_auth",
];

/// The shortest value that can look random at all.
const SHORTEST: usize = 16;
pub(crate) const LONGEST: usize = 1024;
/// Names, signs and openers between a word and its value.
const GAP: usize = 64;

/// A value that something near the word at `at` calls a secret. Reads forward from the word; `None`
/// where there is no assignment.
pub(super) fn value_behind(text: &[u8], at: usize, length: usize) -> Option<Range<usize>> {
    let mut end = at + length;
    while text.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        end += 1;
        if end - at > 80 {
            return None;
        }
    }
    let start = opening(text, end)?;
    let stop = value_end(text, start)?;
    (stop - start >= SHORTEST).then_some(start..stop)
}

/// Where a value starts behind the name that ends at `end`.
fn opening(text: &[u8], end: usize) -> Option<usize> {
    let limit = (end + GAP).min(text.len());
    let closed = skip(text, end, limit, b"\"'`])\\");
    let spaced = skip(text, closed, limit, b" \t");
    let mut at = annotation(text, spaced, limit).unwrap_or(spaced);
    let signs = skip(text, at, limit, b"=:>|?+.~<-,");
    let bare = signs == at;
    // `name.VALUE` and `name + VALUE` are no assignments.
    if !bare && !text[at..signs].iter().any(|b| b"=:>|,-".contains(b)) {
        return None;
    }
    if bare && !(spaced > closed || text.get(closed) == Some(&b'(')) {
        return None;
    }
    // A comma separates a name from its value only in a call: `set("TOKEN", "...")`.
    if text.get(at) == Some(&b',') && closed == end {
        return None;
    }
    at = skip(text, signs, limit, b" \t");
    if !bare && matches!(text.get(at), Some(b'\n' | b'\r')) {
        at = skip(text, at, limit, b" \t\r\n");
    }
    let opened = skip(text, at, limit, b"\"'`([@\\");
    // `b"..."`, `r'...'`
    let prefixed = match text.get(opened..opened + 2) {
        Some([b'b' | b'r' | b'f' | b'u', b'"' | b'\'']) => opened + 2,
        _ => opened,
    };
    Some(scheme(text, prefixed))
}

/// Behind a type between the name and the sign: `token string = `, `KEY: &str = `.
fn annotation(text: &[u8], at: usize, limit: usize) -> Option<usize> {
    let from = skip(text, at, limit, b":& \t");
    let word = text
        .get(from..limit)?
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'\'' | b'_'))
        .count();
    let types: [&[u8]; 8] =
        [b"string", b"str", b"String", b"'static", b"char", b"text", b"varchar", b"NSString"];
    if !types.contains(&text.get(from..from + word)?) {
        return None;
    }
    let behind = skip(text, from + word, limit, b" *?");
    if text.get(behind..behind + 3) == Some(b"str") {
        return Some(skip(text, behind + 3, limit, b" "));
    }
    Some(behind)
}

/// Behind `Bearer `, `Basic ` and their like.
fn scheme(text: &[u8], at: usize) -> usize {
    let word = text[at..]
        .iter()
        .take(20)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .count();
    let known: [&[u8]; 7] = [b"bearer", b"basic", b"token", b"apikey", b"api-key", b"key", b"ssws"];
    if text.get(at + word) == Some(&b' ')
        && known.iter().any(|known| text[at..at + word].eq_ignore_ascii_case(known))
    {
        at + word + 1
    } else {
        at
    }
}

fn skip(text: &[u8], from: usize, limit: usize, bytes: &[u8]) -> usize {
    from + text
        .get(from..limit)
        .unwrap_or_default()
        .iter()
        .take_while(|b| bytes.contains(b))
        .count()
}

/// Where a value ends that starts here: at the first byte that none has.
fn value_end(text: &[u8], start: usize) -> Option<usize> {
    let run = text[start..]
        .iter()
        .take(LONGEST + 1)
        .take_while(|b| b.is_ascii_alphanumeric() || b"_-+/=.~!|%^*@?".contains(b))
        .count();
    if run > LONGEST {
        return None;
    }
    let mut end = start + run;
    // The end of a sentence, a line of YAML or a query is not the value's.
    while end > start
        && matches!(text[end - 1], b'.' | b':' | b'!' | b'?' | b'|' | b'*' | b'~' | b'^')
    {
        end -= 1;
    }
    Some(end)
}

/// Judges a value that was found behind a name.
pub(super) fn judged(
    rules: &Rules,
    text: &[u8],
    range: &Range<usize>,
) -> Result<Evidence, RejectReason> {
    let value = &text[range.clone()];
    let label = assigned_name::of(text, range.start).ok_or(RejectReason::NotCalledSecret)?;
    match label.kind {
        Kind::Secret => {}
        Kind::Identifier => return Err(RejectReason::Identifier),
        Kind::Other => return Err(RejectReason::NotCalledSecret),
    }
    if placeholder::is_placeholder(value) {
        return Err(RejectReason::Placeholder);
    }
    // `getToken(...)`, `tokens[...]`, `key${...}`: code, or a piece of something longer.
    if matches!(text.get(range.end), Some(b'(' | b'[' | b'$' | b'{' | b'<' | b':'))
        || value.starts_with(b"/") && value.len() < 40
        || value.contains(&b'@')
    {
        return Err(RejectReason::NotRandom);
    }
    if is_in_path(text, range) || value.windows(3).any(|w| w == b"://") {
        return Err(RejectReason::InPath);
    }
    let case = Evidence::of(Confidence::Doubtful);
    match dummy_values::basic(text, range) {
        Some(None) => return Err(RejectReason::NotRandom),
        Some(Some(password)) => {
            address::is_password(&password)?;
        }
        None if !looks_random(value)
            || dummy_values::is_typed(value)
            || dummy_values::says_words(value) =>
        {
            return Err(RejectReason::NotRandom);
        }
        None => {}
    }
    if dummy_values::is_nonce(text, range) {
        return Err(RejectReason::Identifier);
    }
    if dummy_values::is_made_up(text, range) {
        return Err(RejectReason::MadeUp);
    }
    if dummy_values::is_too_short(rules, &text[label.name], value.len()) {
        return Err(RejectReason::TooShort);
    }
    Ok(case)
}

/// Whether a value is nothing a person wrote.
pub(super) fn looks_random(value: &[u8]) -> bool {
    let count = |what: fn(&u8) -> bool| value.iter().filter(|b| what(b)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let (upper, marks) = (count(u8::is_ascii_uppercase), value.len() - digits - letters);
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    if hex {
        // Hex of another length is a number, a piece, or a token with a letter missing.
        return matches!(value.len(), 24 | 32 | 40 | 48 | 56 | 60 | 64 | 72 | 80 | 96 | 128)
            && digits > 1
            && letters > 1;
    }
    if letters < 4 || marks * 4 > value.len() {
        return false;
    }
    // Without a digit, only a mix of cases is random; and pieces that are words make the whole a
    // name.
    if digits == 0 && (upper < 3 || upper + 3 > letters || value.len() < 20) {
        return false;
    }
    let score = randomness(value);
    let longest = value
        .split(|b| !b.is_ascii_alphanumeric())
        .max_by_key(|piece| piece.len())
        .unwrap_or_default();
    let piece = randomness(longest);
    let enough = if value.len() < 20 { 0.75 } else { 0.5 };
    longest.len() >= 8
        && score >= enough
        && piece >= enough
        && score * f32::from(u16::try_from(value.len()).unwrap_or(u16::MAX)) >= 12.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::support::random;

    fn found(text: &str) -> Option<String> {
        let at = WORDS
            .iter()
            .filter_map(|word| {
                text.to_ascii_lowercase()
                    .find(std::str::from_utf8(word).unwrap())
                    .map(|at| (at, word.len()))
            })
            .min()?;
        let range = value_behind(text.as_bytes(), at.0, at.1)?;
        let rules = Rules::new(&[], false).unwrap();
        judged(&rules, text.as_bytes(), &range).ok().map(|_| text[range].to_owned())
    }

    #[test]
    fn a_random_value_that_is_called_a_secret_is_found() {
        let value = random(5, b"abcdefghijklmnopqrstuvwxyz0123456789", 24);
        for text in [
            format!("ACME_TOKEN={value}"),
            format!("acmeToken := `{value}`"),
            format!("acme_token ::= \"{value}\""),
            format!("var acmeToken string = \"{value}\""),
            format!("System.setProperty(\"ACME_TOKEN\", \"{value}\")"),
            format!("  \"acmeToken\" => \"{value}\""),
            format!("$acmeToken .= \"{value}\";"),
            format!("<acmeToken>\n    {value}\n</acmeToken>"),
            format!("-H 'Authorization: Bearer {value}'"),
            format!("acme_secret: {value}\n"),
            format!("os.environ['ACME_TOKEN'] = '{value}'"),
            format!("password = {value}"),
        ] {
            assert_eq!(found(&text).as_deref(), Some(&*value), "{text}");
        }
    }

    #[test]
    fn words_code_and_references_are_silent() {
        for text in [
            "token = request.headers.authorization",
            "api_key: ${{ secrets.SOME_LONG_SECRET_NAME }}",
            "secret_name = \"nexus-production-database-credentials\"",
            "apiKey = getTheKeyFromTheEnvironment()",
            "token_url='https://example.com/login/oauth/access_token'",
            "public_key = \"9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit\"",
            "password: correcthorsebatterystaple",
            "TokenFile=\"RTL_INST_CODE.cer\"",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
