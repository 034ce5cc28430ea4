//! The key that signs the journal. The journal is public, so a weak key could be guessed offline:
//! only 32 random bytes are accepted, in the one format that this file and `openssl rand -hex 32`
//! produce.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::problems;
use crate::domain::secret::keyed_hash;
use crate::domain::{Problem, Secret, ids};

/// The variable with the key, and the name of the secret that stores it.
pub const KEY_NAME: &str = "TOKENWARD_JOURNAL_KEY";
/// The length of the key.
const BYTES: usize = 32;
/// 32 random bytes have about 30 different values, and about 30 different differences between
/// neighbors. Fewer than this is not chance.
const LEAST_DIFFERENT: usize = 18;
/// Of 64 random hex digits about 24 are letters. A number of 64 decimal digits is not chance.
const LEAST_OF_A_KIND: usize = 6;
/// The first digits of well-known constants: pi, e, the roots of 2, 3 and 5, and hashes of the
/// empty input.
const KNOWN: [&str; 9] = [
    "243f6a8885a308d3",
    "3243f6a8885a308d",
    "b7e151628aed2a6a",
    "2b7e151628aed2a6",
    "6a09e667f3bcc908",
    "bb67ae8584caa73b",
    "9e3779b97f4a7c15",
    "e3b0c44298fc1c14",
    "a7ffc6f8bf1ed766",
];

/// A signing key that passed the checks: as text, and as the bytes that sign.
pub struct JournalKey {
    text: Secret,
    bytes: Zeroizing<Vec<u8>>,
}

impl JournalKey {
    /// Reads a key from its variable's value.
    ///
    /// # Errors
    /// [`crate::domain::Code::JournalKeyWeak`] if it is not 32 random bytes as 64 hex digits in
    /// lower case.
    pub fn parse(key: Secret) -> Result<Self, Problem> {
        match decoded(key.expose())
            .and_then(|bytes| weakness(key.expose(), &bytes).map_or(Ok(bytes), Err))
        {
            Ok(bytes) => Ok(Self { text: key, bytes }),
            Err(why) => Err(problems::key_weak(why)),
        }
    }

    /// Makes a new key.
    ///
    /// # Errors
    /// If the system's random number generator fails.
    pub fn fresh() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new(vec![0; BYTES]);
        getrandom::fill(&mut bytes).map_err(|error| problems::no_random_bytes(&error))?;
        Ok(Self { text: Secret::new(ids::hex(&bytes)), bytes })
    }

    /// The key, to be masked and sealed.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.text
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 32] {
        keyed_hash(&self.bytes, message)
    }
}

/// The bytes of a key in its one format.
fn decoded(text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    if text.len() != 2 * BYTES
        || !text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    {
        return Err("it is not 64 lowercase hex digits");
    }
    let value = |digit: &u8| if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 };
    Ok(Zeroizing::new(
        text.as_bytes()
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | value(digit)))
            .collect(),
    ))
}

/// Why nobody's random source gave these bytes. That a source was random cannot be seen: a hash of
/// a passphrase looks like it.
fn weakness(text: &str, bytes: &[u8]) -> Option<&'static str> {
    let different: BTreeSet<u8> = bytes.iter().copied().collect();
    let steps: BTreeSet<u8> = bytes
        .windows(2)
        .filter_map(|pair| Some(pair.last()?.wrapping_sub(*pair.first()?)))
        .collect();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let is_of_one_kind = letters.min(text.len() - letters) < LEAST_OF_A_KIND;
    let is_known = KNOWN.iter().any(|known| text.contains(known));
    let is_regular = different.len() < LEAST_DIFFERENT || steps.len() < LEAST_DIFFERENT;
    (is_regular || is_of_one_kind || is_text || is_known).then_some("it is not random")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        JournalKey::parse(Secret::new(text.to_owned())).is_err()
    }

    #[test]
    fn a_key_of_ours_is_taken() {
        for _ in 0..2_000 {
            assert!(!refused(JournalKey::fresh().unwrap().text.expose()));
        }
    }

    #[test]
    fn what_can_be_guessed_is_refused_and_not_repeated() {
        let (zeros, counted) = ("0".repeat(64), (0..32_u8).collect::<Vec<_>>());
        let sentence = "CorrectHorseBatteryStapleCorrectHorseBatteryStaple".to_owned();
        for weak in [
            "x".to_owned(),
            String::new(),
            zeros,
            "0123456789abcdef".repeat(4),
            "deadbeef".repeat(8),
            ids::hex(&counted),
            ids::hex(b"a passphrase, forty letters long or so!!"),
            "3141592653589793238462643383279502884197169399375105820974944592".to_owned(),
            JournalKey::fresh().unwrap().text.expose().to_uppercase(),
            JournalKey::fresh().unwrap().text.expose()[1..].to_owned(),
            [
                "243f6a88", "85a308d3", "13198a2e", "03707344", "a4093822", "299f31d0", "082efa98",
                "ec4e6c89",
            ]
            .concat(),
            "a".repeat(43),
            sentence.clone(),
            "a key for signing that is long enough and has spaces".to_owned(),
            ids::hex(&[7; 31]),
        ] {
            assert!(refused(&weak), "{weak}");
        }
        let said = format!("{:?}", JournalKey::parse(Secret::new(sentence.clone())).err().unwrap());
        assert!(!said.contains(&sentence[..8]), "{said}");
    }
}
