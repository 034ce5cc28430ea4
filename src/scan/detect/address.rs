//! Finds passwords in addresses: `scheme://user:password@host`. Parsed by hand, since addresses are
//! everywhere and few contain one.

use std::borrow::Cow;
use std::ops::Range;

use super::context_words::AFTER;
use super::evidence::Sign;
use super::randomness::randomness;
use super::{placeholder, signs_of};
use crate::domain::Confidence;
use crate::scan::types::{Evidence, RejectReason, Signs};

/// What stands in every address.
pub(super) const SIGN: &[u8] = b"://";
/// Flags that take a user and a password.
pub(super) const FLAGS: [&[u8]; 4] = [b"--user ", b"--user=", b"-u ", b"--proxy-user "];
/// How far from a flag the address may be that it is for.
const NEAR: usize = 110;
/// The longest name of a user behind a flag; in an address it may be twice as long.
const USER: usize = 90;
/// The longest user and password together.
pub(crate) const LONGEST: usize = 300;

/// Where the password of the address is whose `://` stands at `at`.
pub(crate) fn password(
    text: &[u8],
    at: usize,
) -> Option<(Range<usize>, Result<Evidence, RejectReason>)> {
    if !text[..at].last().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let start = at + SIGN.len();
    let inside = text.get(start..text.len().min(start + LONGEST))?;
    let end = inside
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || b"_.~%!&*()+,;=:-$".contains(b)))?;
    if inside[end] != b'@' {
        return None;
    }
    let colon = inside[..end].iter().take(2 * USER).position(|b| *b == b':')?;
    let range = start + colon + 1..start + end;
    let host = text[range.end + 1..]
        .iter()
        .take(AFTER)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        .count();
    let host = &text[range.end + 1..range.end + 1 + host];
    Some((range.clone(), judged(&text[range], host)))
}

/// The scheme of the address whose `://` stands at `at`.
pub(super) fn scheme(text: &[u8], at: usize) -> &[u8] {
    let word = text[..at].iter().rev().take(24).take_while(|b| b.is_ascii_alphanumeric()).count();
    &text[at - word..at]
}

/// Where the password of `--user NAME:PASSWORD` stands, behind a flag that ends at `end`; the
/// address it is for is on the same line.
pub(super) fn credential(
    text: &[u8],
    end: usize,
) -> Option<(Range<usize>, Result<Evidence, RejectReason>)> {
    let open = end
        + text
            .get(end..)?
            .iter()
            .take(3)
            .take_while(|b| matches!(b, b' ' | b'=' | b'"' | b'\''))
            .count();
    let word = text[open..]
        .iter()
        .take(LONGEST)
        .take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'`'))
        .count();
    let colon = text[open..open + word].iter().take(USER).position(|b| *b == b':')?;
    let range = open + colon + 1..open + word;
    let line = |b: &u8| *b != b'\n';
    let from =
        end - text[end.saturating_sub(NEAR)..end].iter().rev().take_while(|b| line(b)).count();
    let until = range.end + text[range.end..].iter().take(AFTER).take_while(|b| line(b)).count();
    let sign = text[from..until].windows(SIGN.len()).position(|w| w == SIGN)? + from;
    let host = &text[sign + SIGN.len()..until];
    let host = &host[..host
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        .count()];
    (colon > 0).then(|| (range.clone(), judged(&text[range], host)))
}

fn judged(value: &[u8], host: &[u8]) -> Result<Evidence, RejectReason> {
    let plain = is_password(value);
    if plain.is_ok() && !is_reserved(host) {
        return plain;
    }
    // The host says something about the place, and little about the value.
    let value = &*unescaped(value);
    if value.len() < 6
        || placeholder::is_placeholder(value)
        || value.iter().any(|b| b"$(%".contains(b)) && value.len() < 8
    {
        return Err(RejectReason::Placeholder);
    }
    let mut signs = Signs::default();
    signs.add(Sign::SecretName);
    signs.add(Sign::PasswordName);
    signs_of::value(&mut signs, value, true);
    let is_reference = matches!(value, [b'$' | b'%', b'{' | b'(' | b'A'..=b'Z' | b'a'..=b'z', ..])
        || value.ends_with(b")");
    signs.add_if(is_reference, Sign::Reference);
    if signs.is_enough() {
        Ok(Evidence::of(Confidence::Doubtful))
    } else {
        Err(RejectReason::Weak(signs))
    }
}

/// Whether this may be somebody's password, and no word that stands for one.
pub(super) fn is_password(value: &[u8]) -> Result<Evidence, RejectReason> {
    let value = &*unescaped(value);
    let counts = |what: fn(&u8) -> bool| value.iter().filter(|b| what(b)).count();
    if value.len() < 6
        || placeholder::is_placeholder(value)
        || value.contains(&b'$')
        || value.contains(&b'(')
    {
        return Err(RejectReason::Placeholder);
    }
    let (digits, letters) = (counts(u8::is_ascii_digit), counts(u8::is_ascii_alphabetic));
    let plain = value.eq_ignore_ascii_case(b"password")
        || value.eq_ignore_ascii_case(b"passw0rd")
        || value.to_ascii_lowercase().starts_with(b"pass");
    if plain
        || letters == 0
        || digits < 2 && !(value.len() >= 10 && randomness(value) > 0.4)
        || randomness(value) < -0.6
    {
        return Err(RejectReason::NotRandom);
    }
    Ok(Evidence::of(Confidence::Likely))
}

/// `%3A` and its like stand for one character.
fn unescaped(value: &[u8]) -> Cow<'_, [u8]> {
    percent_encoding::percent_decode(value).into()
}

/// Hosts that are no hosts: RFC 2606, RFC 6761, and this machine.
fn is_reserved(host: &[u8]) -> bool {
    let host = host.to_ascii_lowercase();
    let ends: [&[u8]; 8] = [
        b"example.com",
        b"example.org",
        b"example.net",
        b".example",
        b".test",
        b".invalid",
        b"localhost",
        b".local",
    ];
    host.is_empty()
        || ends.iter().any(|end| host.ends_with(end))
        || host.starts_with(b"127.")
        || [&b"host"[..], b"example", b"hostname", b"server", b"proxy", b"test"].contains(&&*host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::support::random;

    fn found(text: &str) -> bool {
        let at = text.find("://").unwrap();
        password(text.as_bytes(), at).is_some_and(|(_, judged)| judged.is_ok())
    }

    #[test]
    fn a_password_in_an_address_is_found() {
        let value = random(3, b"abcdefghijklmnopqrstuvwxyz0123456789", 16);
        for text in [
            format!("postgres://app:{value}@db.acme.io/x"),
            format!("https://:{value}@git.acme.io"),
            format!("redis://u:{value}@10.0.0.1:6379"),
        ] {
            assert!(found(&text), "{text}");
        }
    }

    #[test]
    fn stand_ins_ports_and_reserved_hosts_are_silent() {
        let value = random(3, b"abcdefghijklmnopqrstuvwxyz0123456789", 16);
        for text in [
            "https://user:password@db.acme.io",
            "https://acme.io:8080/path@x",
            "postgres://app:${PASSWORD}@db",
            "https://user:secret@db.acme.io",
            "https://u:password1@example.com",
            "https://u:guest@localhost:80",
        ] {
            assert!(!found(text), "{text}");
        }
        // The host says something about the place, and little about a random value.
        assert!(found(&format!("https://u:{value}@example.com")));
        assert!(found(&format!("https://u:{value}@localhost:80")));
    }
}
