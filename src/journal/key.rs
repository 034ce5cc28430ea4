//! The key that signs the journal. The journal is public, so a key that can be guessed can be tried offline: only 32 random bytes or more
//! are taken, written as hex digits or base64.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::domain::{Code, Problem, Secret, ids};

/// The variable that holds the key, and the name of the secret it is kept in.
pub const KEY_NAME: &str = "TOKENWARD_JOURNAL_KEY";
/// So many random bytes at least.
const SHORTEST: usize = 32;
/// 32 random bytes have about 30 different values, and about 30 different steps from one to the next. Fewer than this is no accident.
const LEAST_DIFFERENT: usize = 18;

/// A signing key that was found to be strong enough.
pub struct JournalKey(Secret);

impl JournalKey {
    /// Takes a key as it was handed over.
    ///
    /// # Errors
    /// [`Code::JournalKeyWeak`] if it is not at least 32 random bytes, as hex digits or base64.
    pub fn parse(key: Secret) -> Result<Self, Problem> {
        match weakness(key.expose()) {
            None => Ok(Self(key)),
            Some(why) => Err(Problem::new(Code::JournalKeyWeak, format!("{KEY_NAME} cannot be used: {why}"))
                .cause("the journal is public, so a key that is not random can be guessed on somebody else's machine")
                .hint("make one with `openssl rand -hex 32` and put it into the secret; a journal that the old key signed has to begin again (docs/journal.md)")
                .state("nothing was changed")),
        }
    }

    /// Makes a new key.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn fresh() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new([0; SHORTEST]);
        getrandom::fill(&mut *bytes)
            .map_err(|error| Problem::new(Code::Bug, "the system gives no random bytes").cause(error.to_string()))?;
        Ok(Self(Secret::new(ids::hex(&*bytes))))
    }

    /// The key, to be masked and sealed.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.0
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 32] {
        self.0.sign(message)
    }
}

/// Why a text is no key; it is never repeated.
fn weakness(text: &str) -> Option<&'static str> {
    let Some(bytes) = decoded(text) else { return Some("it is neither hex digits nor base64") };
    if bytes.len() < SHORTEST {
        return Some("it has less than 32 bytes");
    }
    let different: BTreeSet<u8> = bytes.iter().copied().collect();
    let steps: BTreeSet<u8> = bytes.windows(2).filter_map(|pair| Some(pair.last()?.wrapping_sub(*pair.first()?))).collect();
    let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    if different.len() < LEAST_DIFFERENT || steps.len() < LEAST_DIFFERENT || is_text || is_words(text) {
        return Some("it is not random");
    }
    None
}

/// Words written together are base64 as well. Random base64 has all kinds of letters; hex digits are judged by their bytes.
fn is_words(text: &str) -> bool {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let kinds: [fn(&u8) -> bool; 3] = [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit];
    !is_hex && kinds.iter().any(|kind| !text.bytes().any(|byte| kind(&byte)))
}

fn decoded(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let digits: Vec<u8> =
            text.bytes().filter_map(|digit| char::from(digit).to_digit(16)).filter_map(|digit| u8::try_from(digit).ok()).collect();
        return Some(Zeroizing::new(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()));
    }
    let bare = text.trim_end_matches('=');
    STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare)).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        JournalKey::parse(Secret::new(text.to_owned())).is_err()
    }

    #[test]
    fn a_key_of_ours_and_those_of_the_usual_tools_are_taken() {
        for _ in 0..2_000 {
            assert!(weakness(JournalKey::fresh().unwrap().0.expose()).is_none());
        }
        let mut bytes = [0; 48];
        getrandom::fill(&mut bytes).unwrap();
        // 200 random bytes always hold every kind of letter; 32 do in all but a few of a thousand cases.
        assert!(weakness(&ids::hex(&bytes).to_uppercase()).is_none());
        let all: Vec<u8> = (0..200_u8).map(|number| number.wrapping_mul(89) ^ (number >> 3) ^ bytes[usize::from(number) % 48]).collect();
        assert!(!refused(&base64::engine::general_purpose::STANDARD.encode(&all)));
        assert!(!refused(&URL_SAFE_NO_PAD.encode(&all)));
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
            STANDARD_NO_PAD.encode("a passphrase, forty letters long or so!!"),
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
