//! The result of testing a token. Only the provider's response decides; without one it is
//! `Unknown`.

use schemars::JsonSchema;
use serde::Serialize;

use super::time::Timestamp;

/// What a provider tells about a live token. `None` means that the provider does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Facts {
    /// The token's permissions, in the provider's words, sorted.
    pub scopes: Option<Vec<String>>,
    /// The account that it belongs to.
    pub owner: Option<String>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// What the provider tells about every token but this response lacked or had in an unknown
    /// format: `scopes`, `expires-at`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<&'static str>,
}

impl Facts {
    /// What the provider should have told and is still unknown.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        let is_known = |what: &str| {
            if what == "scopes" { self.scopes.is_some() } else { self.expires_at.is_some() }
        };
        self.unread.iter().copied().filter(move |what| !is_known(what))
    }
}

/// The result of testing one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "is")]
pub enum Verdict {
    /// It works.
    Live(Facts),
    /// It works, but lacks a permission for the test call.
    Limited(Facts),
    /// It has expired.
    Expired,
    /// It was revoked.
    Revoked,
    /// The provider does not know it.
    Invalid,
    /// The provider's rate limit is exhausted.
    RateLimited {
        /// When the next request is allowed, if known.
        until: Option<Timestamp>,
    },
    /// No conclusive response.
    Unknown {
        /// Why not, for a person.
        why: String,
    },
}

impl Verdict {
    /// Whether the provider said that it accepts the value.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        matches!(self, Self::Live(_) | Self::Limited(_))
    }

    /// Whether the provider said that it does not accept the value. No response is not that.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self, Self::Expired | Self::Revoked | Self::Invalid)
    }

    /// What the provider told about a live token.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        match self {
            Self::Live(facts) | Self::Limited(facts) => Some(facts),
            _ => None,
        }
    }

    /// One word, the same in every report.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Live(_) => "live",
            Self::Limited(_) => "limited",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Invalid => "invalid",
            Self::RateLimited { .. } => "rate-limited",
            Self::Unknown { .. } => "unknown",
        }
    }
}
