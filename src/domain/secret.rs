//! A token's value. Debug, Display and Serialize never show it, and it is wiped on drop.
//! ARCHITECTURE.md, "Restricted APIs", lists the files that may call [`Secret::expose`];
//! `tests/architecture` checks that.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use super::ids::{Fingerprint, Salt};

/// The value of a token, or of one of our own credentials. Cloning copies it into memory that is
/// wiped as well.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value. The string is moved, not copied.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(SecretString::from(value))
    }

    /// The value itself. Every call is a place where it could leak.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The value's length in bytes, which is safe to show.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.expose_secret().len()
    }

    /// Whether there is no value at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is one plain word or name, as settings are and secrets are not.
    #[must_use]
    pub fn is_plain_word(&self) -> bool {
        super::prose::is_prose(self.0.expose_secret())
            && !self.0.expose_secret().contains(|c: char| c.is_ascii_digit())
    }

    /// Whether the value is in a text, beginning at a place.
    #[must_use]
    pub fn is_at(&self, text: &[u8], at: usize) -> bool {
        text.get(at..).is_some_and(|rest| rest.starts_with(self.0.expose_secret().as_bytes()))
    }

    /// Whether it is the other value.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }

    /// Whether it is a part of the other value, and not all of it: from 16 characters on, which is
    /// no chance.
    #[must_use]
    pub fn is_part_of(&self, other: &Self) -> bool {
        self.len() >= 16
            && !self.is(other)
            && other.0.expose_secret().contains(self.0.expose_secret())
    }

    /// Whether one of two values is within the other, in any case: from 16 characters on, which is
    /// no chance.
    #[must_use]
    pub fn shares_with(&self, other: &Self) -> bool {
        let lower =
            |secret: &Self| SecretString::from(secret.0.expose_secret().to_ascii_lowercase());
        let (one, other) = (lower(self), lower(other));
        let (one, other) = (one.expose_secret(), other.expose_secret());
        one.len().min(other.len()) >= 16 && (one.contains(other) || other.contains(one))
    }

    /// Whether it is a path or an address: a setting, whatever its name is.
    #[must_use]
    pub fn is_place(&self) -> bool {
        let value = self.0.expose_secret();
        value.starts_with(['/', '.', '~']) || value.contains("://")
    }

    /// Its last eight bytes, for a search; none if the value is so short that they would be half of
    /// it.
    #[must_use]
    pub fn ending(&self) -> Option<&[u8; 8]> {
        let value = self.0.expose_secret().as_bytes();
        value.last_chunk().filter(|ending: &&[u8; 8]| value.len() >= 2 * ending.len())
    }

    /// This value without white space and byte order marks at its ends, which a paste or a file
    /// brings along.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        Self::new(
            self.0
                .expose_secret()
                .trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
                .to_owned(),
        )
    }

    /// This value, a separator and another value, as one.
    #[must_use]
    pub fn joined(&self, separator: char, other: &Self) -> Self {
        Self::new(format!("{}{separator}{}", self.0.expose_secret(), other.0.expose_secret()))
    }

    /// Several values as one, a line each.
    #[must_use]
    pub fn of_lines(values: &[&Self]) -> Self {
        // As large as it will be: growing would leave copies behind that nobody wipes.
        let mut text = String::with_capacity(values.iter().map(|value| value.len() + 1).sum());
        for value in values {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(value.0.expose_secret());
        }
        Self::new(text)
    }

    /// The values of its lines.
    #[must_use]
    pub fn lines(&self) -> Vec<Self> {
        self.0
            .expose_secret()
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| Self::new(line.to_owned()))
            .collect()
    }

    /// HMAC-SHA256 of `message` under this value.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        keyed_hash(self.0.expose_secret().as_bytes(), message)
    }

    /// First 64 bits of HMAC-SHA256(salt, value): identifies the value without storing it.
    #[must_use]
    pub fn fingerprint(&self, salt: &Salt) -> Fingerprint {
        Fingerprint::from_tag(&keyed_hash(
            salt.as_str().as_bytes(),
            self.0.expose_secret().as_bytes(),
        ))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// HMAC-SHA256 of `message` under `key`.
#[must_use]
pub fn keyed_hash(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length, so the error branch cannot be reached; an all-zero tag would
    // never match anything.
    Hmac::<Sha256>::new_from_slice(key).map_or([0; 32], |mut mac| {
        mac.update(message);
        mac.finalize().into_bytes().into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_value() {
        let secret = Secret::new("a-value-nobody-may-see".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(***)");
    }

    /// What drops it wipes it: holds when it compiles.
    #[test]
    fn the_memory_of_a_value_is_of_the_kind_that_is_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let Secret(memory) = &Secret::new("x".to_owned());
        is_wiped(memory);
    }

    #[test]
    fn several_values_are_kept_as_lines_of_one() {
        let values = ["one", "two"].map(|text| Secret::new(text.to_owned()));
        let lines = Secret::of_lines(&values.each_ref()).lines();
        assert_eq!(lines.iter().map(Secret::expose).collect::<Vec<_>>(), ["one", "two"]);
    }

    #[test]
    fn fingerprints_differ_by_salt_and_by_value() {
        let salt = Salt::from_hex("00112233445566778899aabbccddeeff");
        let other = Salt::from_hex("ffeeddccbbaa99887766554433221100");
        let value = Secret::new("one".to_owned());
        assert_eq!(value.fingerprint(&salt), Secret::new("one".to_owned()).fingerprint(&salt));
        assert_ne!(value.fingerprint(&salt), value.fingerprint(&other));
        assert_ne!(value.fingerprint(&salt), Secret::new("two".to_owned()).fingerprint(&salt));
    }
}
