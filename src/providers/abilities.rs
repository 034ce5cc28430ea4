//! How a provider's tokens are rotated, as one description for the rotation and the reports.
//! Derived from the provider file.

use super::model::{ClientAuth, Kind, Manual, Rotate};
use crate::domain::Span;

/// Names have at most 24 characters; a provider without a documented limit is assumed to allow
/// that.
const SHORTEST_NAME_LIMIT: u32 = 64;

/// How the tokens of one kind are rotated.
#[derive(Clone, Debug, Default)]
pub struct Abilities {
    /// Where a new value comes from.
    pub source: Source,
    /// How an old one is revoked.
    pub ends: Ends,
    /// What the credential that issues and revokes keys needs.
    pub manager: ManagerNeeds,
    /// Limits and delays.
    pub limits: Limits,
    /// The manual steps for a new value.
    pub manual: Option<Manual>,
}

/// Where a new value comes from.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// Not described in the file.
    #[default]
    Unknown,
    /// The provider's API issues it.
    Issued {
        /// Whether the keys are fixed, primary and secondary: regenerated, and readable at any
        /// time.
        fixed: bool,
        /// Whether a key without scopes has full access.
        needs_scopes: bool,
    },
    /// From a refresh token.
    Refreshed {
        /// Whether the provider accepts each refresh token once.
        single_use: bool,
        /// Whether a refresh needs the client that the grant was given to: the manager.
        needs_client: bool,
    },
    /// A person creates it.
    Manual,
}

/// How an old value is revoked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends {
    /// Whether a key can be revoked by API.
    pub revokes: bool,
    /// Whether a key can be disabled by API, which can be undone.
    pub disables: bool,
    /// Whether it is revoked by its value, which must be kept until then.
    pub by_value: bool,
}

/// What the credential that issues and revokes keys needs.
#[derive(Clone, Debug, Default)]
pub struct ManagerNeeds {
    /// Whether a token can issue and revoke keys itself.
    pub self_managed: bool,
    /// The permissions that the manager needs, in the provider's words.
    pub scopes: Vec<String>,
}

/// Limits and delays, with assumptions if the file does not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// How many keys an account can have.
    pub most_keys: Option<usize>,
    /// The longest name of a key, in characters.
    pub longest_name: usize,
    /// How long a revoked key can still work.
    pub revoke_lag: Span,
    /// How long a new key can be missing from the list.
    pub list_lag: Span,
    /// The delay of the provider's report that a key was used.
    pub use_lag: Span,
    /// How long a new key can be rejected.
    pub settle: Span,
}

impl Abilities {
    /// Whether keys are issued, listed and revoked by API.
    #[must_use]
    pub fn issues(&self) -> bool {
        matches!(self.source, Source::Issued { .. })
    }

    /// Whether its keys are fixed, primary and secondary.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        matches!(self.source, Source::Issued { fixed: true, .. })
    }

    /// Whether a key without scopes has full access.
    #[must_use]
    pub fn needs_scopes(&self) -> bool {
        matches!(self.source, Source::Issued { needs_scopes: true, .. })
    }

    /// Whether new values come from a refresh token.
    #[must_use]
    pub fn refreshes(&self) -> bool {
        matches!(self.source, Source::Refreshed { .. })
    }

    /// Whether the provider accepts each refresh token once.
    #[must_use]
    pub fn is_single_use(&self) -> bool {
        matches!(self.source, Source::Refreshed { single_use: true, .. })
    }

    /// Whether a refresh needs the client that the grant was given to.
    #[must_use]
    pub fn needs_client(&self) -> bool {
        matches!(self.source, Source::Refreshed { needs_client: true, .. })
    }

    /// Whether only a person can create a new value.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        matches!(self.source, Source::Manual)
    }

    /// Whether a key with a known id can be revoked by API, in any way.
    #[must_use]
    pub fn ends_by_api(&self) -> bool {
        self.ends.revokes || self.ends.disables
    }

    /// Whether only a person can revoke an old value of it. An API that names keys by their id
    /// needs a manager.
    #[must_use]
    pub fn is_ended_by_person(&self, has_manager: bool) -> bool {
        let by_api = self.ends_by_api() && (has_manager || self.manager.self_managed);
        self.is_manual() && !by_api && !self.ends.by_value
    }
}

impl From<&Rotate> for Abilities {
    fn from(rotate: &Rotate) -> Self {
        let limits = &rotate.limits;
        Self {
            source: source(rotate),
            ends: Ends {
                revokes: rotate.revoke.is_some() || rotate.slots.is_some(),
                disables: rotate.disable.is_some(),
                by_value: rotate.ends_by_value(),
            },
            manager: ManagerNeeds {
                self_managed: rotate.self_managed,
                scopes: rotate.manager_needs.clone(),
            },
            limits: Limits {
                most_keys: limits.keys.and_then(|keys| usize::try_from(keys).ok()),
                longest_name: usize::try_from(limits.name.unwrap_or(SHORTEST_NAME_LIMIT))
                    .unwrap_or(usize::MAX),
                revoke_lag: limits.revoke_lag.unwrap_or_default(),
                list_lag: limits.list_lag.unwrap_or_default(),
                use_lag: limits.use_lag.unwrap_or_default(),
                settle: limits.settle.unwrap_or_default(),
            },
            manual: rotate.manual.clone(),
        }
    }
}

fn source(rotate: &Rotate) -> Source {
    let needs_scopes = rotate.needs_scopes;
    match rotate.kind {
        Kind::Slots => Source::Issued { fixed: true, needs_scopes },
        Kind::ApiKey if rotate.create.is_some() => Source::Issued { fixed: false, needs_scopes },
        Kind::ApiKey => Source::Unknown,
        Kind::Oauth => {
            let oauth = rotate.oauth.as_ref();
            Source::Refreshed {
                single_use: oauth.is_some_and(|oauth| oauth.single_use),
                needs_client: oauth.is_some_and(|oauth| oauth.client != ClientAuth::None),
            }
        }
        Kind::Manual => Source::Manual,
    }
}
