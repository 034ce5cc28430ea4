//! What a test call says about a token. Only the provider's own words decide; what nobody could ask
//! is `Unknown`.

use schemars::JsonSchema;
use serde::Serialize;

use super::time::Timestamp;

/// What a provider tells about a token that lives. `None` means the provider does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Facts {
    /// What the token may do, in the provider's words, sorted.
    pub scopes: Option<Vec<String>>,
    /// Whose account it belongs to.
    pub owner: Option<String>,
    /// When the provider ends it.
    pub expires_at: Option<Timestamp>,
    /// What the provider tells of every token, and its answer did not hold in a form that can be
    /// read: `scopes`, `expires-at`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<&'static str>,
}

impl Facts {
    /// What the provider should have told, and nothing that was read tells.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        let is_known = |what: &str| {
            if what == "scopes" { self.scopes.is_some() } else { self.expires_at.is_some() }
        };
        self.unread.iter().copied().filter(move |what| !is_known(what))
    }
}

/// A provider's answer about one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "is")]
pub enum Verdict {
    /// It works.
    Live(Facts),
    /// It lives, and was refused for want of a scope.
    Limited(Facts),
    /// It lived once; its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
    /// The provider does not know it.
    Invalid,
    /// The provider would not look now.
    RateLimited {
        /// When it may be asked again, where it says.
        until: Option<Timestamp>,
    },
    /// No answer that says anything about the token.
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

    /// Whether the provider said that it does not accept the value any more. Silence is not that.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self, Self::Expired | Self::Revoked | Self::Invalid)
    }

    /// What the provider told of a living token.
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
