//! The generic rule, for unknown providers: a name that suggests a secret, an assignment, and a
//! value that looks random. Uses a model of text, not entropy; words, code and references do not
//! match.

use std::ops::Range;

use super::evidence::Sign;
use super::rules::Rules;
use super::{address, assigned_name, dummy_values, pairs, placeholder, public, signs_of};
use crate::domain::Confidence;
use crate::scan::types::{Evidence, RejectReason, Signs};

/// Words that make a name worth reading, in lower case. What they begin or end is judged by
/// `label`.
pub(super) const WORDS: &[(&[u8], &[u8])] = &[
    (b"token", b""),
    (b"secret", b""),
    (b"passw", b""),
    (b"apikey", b""),
    (b"api_key", b""),
    (b"api-key", b""),
    (b"credential", b""),
    (b"bearer", b""),
    (b"authoriz", b""),
    (b"passphrase", b""),
    (b"api key", b""),
    (b"private", b""),
    (b"_srt", b""),
    (b"key", SIGNS),
    (b"access", SIGNS),
    (b"pass", SIGNS),
    (b"pwd", SIGNS),
    (b"auth", SIGNS),
    (b"_pat", SIGNS),
    (b"pw=", b""),
    (b"pw:", b""),
    (b"identified by", b""),
];
/// What follows a word that stands in many others, where it ends the name of a value.
const SIGNS: &[u8] = b"=:\"'`])<>, _-\\0123456789";

/// The shortest value that can look random at all, and the shortest password.
const SHORTEST: usize = 12;
const SHORTEST_PASSWORD: usize = 8;
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
    let Some(start) = opening(text, end) else { return glued(text, at + length, end) };
    let is_password = assigned_name::is_password(&text[at.saturating_sub(16)..end]);
    let stop = value_end(text, start, is_password)?;
    let least = if is_password { SHORTEST_PASSWORD } else { SHORTEST };
    (stop - start >= least).then_some(start..stop)
}

/// A value that a dash joins to its name: `acme-secrettoken-VALUE`.
fn glued(text: &[u8], word: usize, end: usize) -> Option<Range<usize>> {
    let letters = text[word..end].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let start = word + letters + 1;
    let value = text.get(start..end)?;
    let is_joined = text[start - 1] == b'-' && value.len() >= SHORTEST + 4;
    (is_joined && value.iter().any(u8::is_ascii_digit)).then_some(start..end)
}

/// Where a value starts behind the name that ends at `end`.
fn opening(text: &[u8], end: usize) -> Option<usize> {
    let limit = (end + GAP).min(text.len());
    if let Some(beside) = pairs::value(text, end) {
        return Some(opened(text, beside, (beside + GAP).min(text.len())));
    }
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
    Some(opened(text, at, limit))
}

/// Behind quotes, brackets and schemes that open a value.
fn opened(text: &[u8], at: usize, limit: usize) -> usize {
    let opened = skip(text, at, limit, b"\"'`([@\\");
    // `b"..."`, `r'...'`
    let prefixed = match text.get(opened..opened + 2) {
        Some([b'b' | b'r' | b'f' | b'u', b'"' | b'\'']) => opened + 2,
        _ => opened,
    };
    scheme(text, prefixed)
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

/// Where a value ends that starts here: at the quote that it began with, or at the first byte that
/// none has.
fn value_end(text: &[u8], start: usize, is_password: bool) -> Option<usize> {
    if let Some(end) = quoted_end(text, start) {
        return Some(end);
    }
    let marks: &[u8] = if is_password { b"_-+/=.~!|%^*@?#$" } else { b"_-+/=.~!|%^*@?" };
    let run = text[start..]
        .iter()
        .take(LONGEST + 1)
        .take_while(|b| b.is_ascii_alphanumeric() || marks.contains(b))
        .count();
    if run > LONGEST {
        return None;
    }
    let mut end = start + run;
    // `ID:SECRET` is one value.
    if text.get(end) == Some(&b':') && run >= 8 {
        let more = text[end + 1..].iter().take(LONGEST).take_while(|b| b.is_ascii_alphanumeric());
        end += Some(more.count()).filter(|more| *more >= 8).map_or(0, |more| more + 1);
    }
    // The end of a sentence, a line of YAML or a query is not the value's.
    while end > start
        && matches!(text[end - 1], b'.' | b':' | b'!' | b'?' | b'|' | b'*' | b'~' | b'^')
    {
        end -= 1;
    }
    Some(end)
}

/// Where a value in quotes ends; `None` without quotes, or with something in them that no value
/// has.
fn quoted_end(text: &[u8], start: usize) -> Option<usize> {
    let quote = *text[..start].last().filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let inside = text.get(start..text.len().min(start + LONGEST))?;
    let length = inside.iter().position(|b| *b == quote || !b.is_ascii_graphic())?;
    let length = length - usize::from(length > 0 && inside[length - 1] == b'\\');
    let ends = matches!(inside[length], b'\\') || inside[length] == quote;
    (ends && !inside[..length].contains(&b'\\')).then_some(start + length)
}

/// Judges a value that was found behind a name.
pub(super) fn judged(
    rules: &Rules,
    text: &[u8],
    range: &Range<usize>,
) -> Result<Evidence, RejectReason> {
    let value = &text[range.clone()];
    let label = assigned_name::of(text, range.start).ok_or(RejectReason::NotCalledSecret)?;
    if placeholder::is_placeholder(value) {
        return Err(RejectReason::Placeholder);
    }
    if public::is_public(text, range) {
        return Err(RejectReason::Public);
    }
    let case = Evidence::of(Confidence::Doubtful);
    let name = &text[label.name.clone()];
    if let Some(said) = dummy_values::basic(text, name, range) {
        address::is_password(&said.ok_or(RejectReason::NotRandom)?)?;
        return Ok(case);
    }
    let mut signs = Signs::default();
    let is_password = signs_of::name(&mut signs, text, &label);
    signs.add_if(label.is_introduced, Sign::Scheme);
    signs_of::value(&mut signs, value, is_password);
    signs_of::between(&mut signs, text, &label, range, is_password);
    signs_of::place(&mut signs, text, range, is_password);
    if !signs.is_enough() {
        return Err(RejectReason::Weak(signs));
    }
    let services = rules.services();
    let own = services.in_name(name).or_else(|| services.beside(text, label.name.clone()));
    let provider = own.and_then(|own| services.id(own.number));
    signs.add_if(rules.opens_as_known(value, provider), Sign::Malformed);
    if !signs.is_enough() {
        return Err(RejectReason::Weak(signs));
    }
    let near =
        || services.before(text, label.name.start).or_else(|| services.behind(text, range.end));
    Ok(Evidence { service: own.or_else(near).map(|service| service.number), ..case })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::support::random;

    fn found(text: &str) -> Option<String> {
        let at = WORDS
            .iter()
            .filter_map(|(word, _)| {
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
