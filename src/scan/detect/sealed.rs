//! What is encrypted where it is: a SealedSecret, SOPS, Vault's transit, ansible-vault and the like.
//! Such a value is no leak for any rule. A mark alone silences nothing: everything between it and
//! the value has to be of its format, and a token that stands by itself in a form of its own counts
//! whatever is around it. Reads the whole text, since the mark can be far away.

use std::ops::Range;

use memchr::memmem;

use super::rules::Rules;
use super::runs::Alphabet;
use crate::scan::types::{Match, RuleRef};

/// How far back the beginning of something encrypted is looked for.
const FAR: usize = 64 << 10;
/// The longest value in one line.
const LONG: usize = 16 << 10;
/// A run this long that begins as a sealed value does is one, whatever else is said.
const SEALED: usize = 400;
/// So many characters of base64 beside a match make it a piece of something longer.
const PIECE: usize = 24;
/// The longest line of an encrypted block; all but the last of ansible-vault's have this length.
const LINE: usize = 80;
/// The mark before an encrypted value, and the bracket that closes it.
const BRACKETS: [(&[u8], u8); 4] =
    [(b"ENC[", b']'), (b"ENC(", b')'), (b"EJ[", b']'), (b"DEC::PKCS7[", b']')];
/// Blocks of encrypted text.
const BLOCKS: [&[u8]; 3] =
    [b"-----BEGIN AGE ENCRYPTED FILE", b"-----BEGIN PGP MESSAGE", b"-----BEGIN CMS"];

/// Leaves out what is encrypted.
pub(super) fn retain(rules: &Rules, text: &[u8], found: &mut Vec<Match>) {
    if !found.is_empty() {
        found.retain(|one| !is_sealed(rules, text, one));
    }
}

/// Whether a match is a part of something encrypted.
pub(super) fn is_sealed(rules: &Rules, text: &[u8], one: &Match) -> bool {
    let range = one.range();
    let stands_alone = match one.rule {
        RuleRef::Exact(_) | RuleRef::Managed(_) => true,
        RuleRef::Shape(rule) => !rules.all[rule].is_weak() && !is_piece(text, &range),
        RuleRef::Address | RuleRef::Generic | RuleRef::Custom(_) => false,
    };
    !stands_alone && is_in_sealed(text, &range)
}

/// Whether a match is in the middle of much more base64.
fn is_piece(text: &[u8], range: &Range<usize>) -> bool {
    let is_run = |bytes: &mut dyn Iterator<Item = &u8>| {
        bytes.take(PIECE).take_while(|b| Alphabet::Base64.has(**b)).count() == PIECE
    };
    is_run(&mut text[..range.start].iter().rev()) || is_run(&mut text[range.end..].iter())
}

fn is_in_sealed(text: &[u8], range: &Range<usize>) -> bool {
    let before = &text[range.start.saturating_sub(FAR)..range.start];
    in_brackets(text, range)
        || in_block(before, &text[range.clone()])
        || is_vault(before, &text[range.start..])
        || is_run(text, range)
}

/// `ENC[AES256_GCM,data:...,tag:...]`: one word, closed; PKCS7 is folded at any place.
fn in_brackets(text: &[u8], range: &Range<usize>) -> bool {
    let near = &text[range.start.saturating_sub(LONG)..range.start];
    let after = &text[range.start..text.len().min(range.end + LONG)];
    BRACKETS.iter().any(|(open, close)| {
        let Some(at) = memmem::rfind(near, open) else { return false };
        let inside = &near[at + open.len()..];
        let is_folded = inside.starts_with(b"PKCS7,") || open.starts_with(b"DEC");
        let is_ours = |byte: &u8| {
            Alphabet::Base64.has(*byte)
                || b"=_,:".contains(byte) && !is_folded
                || is_folded && (byte.is_ascii_whitespace() || b"=,".contains(byte))
        };
        let length = after.iter().take_while(|b| is_ours(b)).count();
        inside.iter().all(is_ours) && after.get(length) == Some(close)
    })
}

/// A block, of which every line up to the value is base64 or a header.
fn in_block(before: &[u8], value: &[u8]) -> bool {
    let Some(at) = memmem::rfind(before, b"-----BEGIN ") else { return false };
    let mut lines = before[at..].split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let is_block = lines.next().is_some_and(|line| BLOCKS.iter().any(|it| line.starts_with(it)));
    let is_header = |line: &[u8]| {
        [&b"Version: "[..], b"Comment: ", b"Hash: "].iter().any(|name| line.starts_with(name))
    };
    let is_body = |line: &[u8]| {
        line.len() <= LINE && line.iter().all(|b| Alphabet::Base64.has(*b) || *b == b'=')
    };
    is_block && lines.all(|line| is_header(line) || is_body(line)) && is_body(value)
}

/// `$ANSIBLE_VAULT;1.1;AES256`, and then nothing but hex, in lines of equal length.
fn is_vault(before: &[u8], rest: &[u8]) -> bool {
    let Some(at) = memmem::rfind(before, b"$ANSIBLE_VAULT;") else { return false };
    let mut lines: Vec<&[u8]> =
        before[at..].split(|b| *b == b'\n').skip(1).map(<[u8]>::trim_ascii).collect();
    let own = lines.pop().unwrap_or_default();
    let is_hex = |line: &[u8]| line.iter().all(u8::is_ascii_hexdigit);
    let end = rest.iter().take_while(|b| **b != b'\n').count();
    lines.iter().all(|line| line.len() == LINE && is_hex(line))
        && is_hex(own)
        && is_hex(rest[..end].trim_ascii())
}

/// Whether the run of letters that this is in is what a tool wrote that encrypts.
fn is_run(text: &[u8], range: &Range<usize>) -> bool {
    let back = text[range.start.saturating_sub(LONG)..range.start].iter().rev();
    let start = range.start - back.take_while(|b| Alphabet::Base64.has(**b)).count();
    let before = &text[start.saturating_sub(16)..start];
    let run = &text[start..];
    if before.ends_with(b"{cipher}") || run.starts_with(b"AQICAH") {
        return true;
    }
    let digits = before.strip_suffix(b":").unwrap_or_default();
    let version = digits.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    if version > 0 && digits[..digits.len() - version].ends_with(b"vault:v") {
        return true;
    }
    // A SealedSecret's value begins with the length of a key of 512 bytes.
    let is_like = matches!(run, [b'A', b'g', b'A'..=b'D', ..]);
    let length = || run.iter().take(SEALED).take_while(|b| Alphabet::Base64.has(**b)).count();
    is_like
        && (length() == SEALED
            || memmem::find(text, b"SealedSecret").is_some()
            || memmem::find(text, b"encryptedData").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::support::random;

    #[test]
    fn what_is_encrypted_is_told_from_what_is_not() {
        let value = random(4, b"abcdefghijklmnopqrstuvwxyz0123456789", 40);
        let is = |text: &str| {
            let at = text.find(&value).unwrap();
            is_in_sealed(text.as_bytes(), &(at..at + value.len()))
        };
        for text in [
            format!("kind: SealedSecret\nspec:\n  encryptedData:\n    TOKEN: AgB{value}"),
            format!("TOKEN: ENC[AES256_GCM,data:{value},iv:x,tag:y,type:str]"),
            format!("TOKEN: vault:v12:{value}"),
            format!("password: '{{cipher}}{value}'"),
        ] {
            assert!(is(&text), "{text}");
        }
        let (vault, hex) = ("!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  ", "61".repeat(20));
        let at = vault.len();
        assert!(is_in_sealed(format!("{vault}{hex}").as_bytes(), &(at..at + hex.len())));
        for text in [
            format!("TOKEN: AgB{value}"),
            format!("a: ENC[x]\nTOKEN: {value}"),
            format!("$ANSIBLE_VAULT;1.1;AES256\n6162\nTOKEN: {value}"),
            format!("# ENC[\nTOKEN: {value}"),
            format!("# ENC[\nTOKEN: {value}\n# ]"),
            format!("# ENC[PKCS7,\nTOKEN: {value}\n# ]"),
            format!("# ENC[TOKEN={value}"),
            format!("-----BEGIN PGP MESSAGE-----\n\nTOKEN: {value}"),
        ] {
            assert!(!is(&text), "{text}");
        }
    }
}
