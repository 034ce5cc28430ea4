//! What is encrypted where it stands: a SealedSecret, SOPS, Vault's transit, ansible-vault and
//! their like. Such a value is no leak for any rule. Reads the whole text, since the sign may stand
//! far away.

use std::ops::Range;

use memchr::memmem;

use super::runs::Alphabet;
use crate::scan::types::Match;

/// How far back the beginning of something encrypted is looked for.
const FAR: usize = 64 << 10;
/// The longest value in one line.
const LONG: usize = 16 << 10;
/// A run this long that begins as a sealed value does is one, whatever else is said.
const SEALED: usize = 400;
/// What stands before an encrypted value, up to the bracket that closes it.
const BRACKETS: [(&[u8], u8); 4] =
    [(b"ENC[", b']'), (b"ENC(", b')'), (b"EJ[", b']'), (b"DEC::PKCS7[", b']')];
/// Blocks of text of which all is encrypted.
const BLOCKS: [&[u8]; 3] =
    [b"-----BEGIN AGE ENCRYPTED FILE", b"-----BEGIN PGP MESSAGE", b"-----BEGIN CMS"];

/// Leaves out what is encrypted.
pub(super) fn retain(text: &[u8], found: &mut Vec<Match>) {
    if !found.is_empty() {
        found.retain(|one| !is_sealed(text, &one.range()));
    }
}

/// Whether what stands here is a part of something encrypted.
pub(super) fn is_sealed(text: &[u8], range: &Range<usize>) -> bool {
    let before = &text[range.start.saturating_sub(FAR)..range.start];
    in_brackets(before) || in_block(before) || is_vault(before) || is_run(text, range)
}

fn in_brackets(before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(LONG)..];
    BRACKETS.iter().any(|(open, close)| {
        memmem::rfind(near, open).is_some_and(|at| !near[at + open.len()..].contains(close))
    })
}

fn in_block(before: &[u8]) -> bool {
    let Some(at) = memmem::rfind(before, b"-----BEGIN ") else { return false };
    BLOCKS.iter().any(|block| before[at..].starts_with(block))
        && memmem::find(&before[at..], b"-----END ").is_none()
}

/// `$ANSIBLE_VAULT;1.1;AES256`, and then nothing but hex.
fn is_vault(before: &[u8]) -> bool {
    let Some(at) = memmem::rfind(before, b"$ANSIBLE_VAULT;") else { return false };
    let mut lines = before[at..].splitn(2, |b| *b == b'\n');
    let (_, rest) = (lines.next(), lines.next().unwrap_or_default());
    rest.iter().all(|b| b.is_ascii_hexdigit() || b.is_ascii_whitespace())
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
            is_sealed(text.as_bytes(), &(at..at + value.len()))
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
        assert!(is_sealed(format!("{vault}{hex}").as_bytes(), &(at..at + hex.len())));
        for text in [
            format!("TOKEN: AgB{value}"),
            format!("a: ENC[x]\nTOKEN: {value}"),
            format!("$ANSIBLE_VAULT;1.1;AES256\n6162\nTOKEN: {value}"),
        ] {
            assert!(!is(&text), "{text}");
        }
    }
}
