//! Registers new secrets before anything can print them, and removes them from all output.

use super::Secret;

/// Gets every secret as soon as it is in memory, masks it in GitHub Actions, and removes it from
/// all output.
pub trait SecretMasker: Send + Sync {
    /// Registers a secret that was made or received.
    fn mask(&self, secret: &Secret);

    /// A text is public, although a value holds it: a key's id.
    fn published(&self, _text: &str) {}

    /// A text without any piece of any value that was taken.
    fn cleaned(&self, text: &str) -> String {
        text.to_owned()
    }

    /// Whether a text holds a piece of what certainly is a value, as it stands.
    fn is_in(&self, _text: &str) -> bool {
        false
    }

    /// Whether a short text repeats a piece of such a value; also as it is read in other ways, each
    /// in lower case and without signs.
    fn is_repeated_by(&self, _text: &str, _readings: &mut dyn Iterator<Item = &str>) -> bool {
        false
    }

    /// Whether a value, or a part of it that is no id, was taken before.
    fn knows(&self, _value: &Secret) -> bool {
        false
    }
}
