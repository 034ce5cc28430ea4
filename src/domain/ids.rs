//! Names and numbers that identify things. Each is its own type, so that a key id is never passed
//! where a name belongs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::is_hidden;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it is.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

text_id!(
    /// A token's name in the config, such as `sendgrid-transactional`.
    TokenName
);
text_id!(
    /// A provider's id, such as `sendgrid`.
    ProviderId
);
text_id!(
    /// A provider's own id for one key. Not secret.
    KeyId
);

/// Longer than any id that a documented provider gives: the longest are paths of a resource.
const LONGEST_KEY_ID: usize = 512;

impl KeyId {
    /// The id of a key that was just made, as the provider gave it; `None` for what cannot be one.
    /// Ids are journaled, shown and put into addresses, so it is one word of printable ASCII
    /// characters without those that open or close a text of any format.
    #[must_use]
    pub fn given(text: &str) -> Option<Self> {
        text.bytes().all(|byte| byte.is_ascii_graphic()).then(|| Self::named(text)).flatten()
    }

    /// The id of a key that somebody else made. At some providers that is the name which a person
    /// gave it, so it may be several words of any language; it is one line without hidden
    /// characters.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let is_open =
            |c: char| is_hidden(c) || c.is_whitespace() && c != ' ' || "{}\"\\`<>".contains(c);
        let is_id = !text.is_empty() && text.len() <= LONGEST_KEY_ID && text.trim() == text;
        (is_id && !text.contains("::") && !text.contains(is_open)).then(|| Self::new(text))
    }
}

/// Whether a text is what follows the mark in the name of a key that tokenward made: a version and
/// a nonce, `v3-1f2e3d`.
#[must_use]
pub fn is_attempt(text: &str) -> bool {
    let Some((version, nonce)) = text.split_once('-') else { return false };
    let number = version.strip_prefix('v').unwrap_or_default();
    let is_number = (1..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    is_number && nonce.len() == 6 && nonce.bytes().all(|b| b.is_ascii_hexdigit())
}

text_id!(
    /// Six random characters that make each minting attempt's name unlike any other.
    Nonce
);
text_id!(
    /// The first 64 bits of a keyed hash of a value, as 16 hex digits.
    Fingerprint
);
text_id!(
    /// 128 random bits as 32 hex digits, one a token, kept in the journal.
    Salt
);

impl Fingerprint {
    /// Keeps the first 64 bits of an HMAC tag.
    #[must_use]
    pub fn from_tag(tag: &[u8; 32]) -> Self {
        Self(hex(&tag[..8]))
    }
}

impl Salt {
    /// Takes 16 random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(hex(&bytes))
    }

    /// Takes 32 hex digits that the journal kept.
    #[must_use]
    pub fn from_hex(digits: &str) -> Self {
        Self(digits.to_owned())
    }
}

/// Lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Counts the values of one token: 0 is the one found, each minted one is one more.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Version(u32);

impl Version {
    /// The `number`th version.
    #[must_use]
    pub fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}
