//! How a provider's tokens come and go, as one description: what the rotation decides by, what the
//! reports show. Derived from the provider file, never written down twice.

use super::model::{ClientAuth, Kind, Rotate};
use crate::domain::Span;

/// Names are at most 24 characters long; a provider that says nothing is taken to allow that.
const SHORTEST_NAME_LIMIT: u32 = 64;

/// How the tokens of one kind come and go.
#[derive(Clone, Debug, Default)]
pub struct Abilities {
    /// Where a new value comes from.
    pub source: Source,
    /// How an old one ends.
    pub ends: Ends,
    /// What the credential that issues and revokes has to be.
    pub manager: ManagerNeeds,
    /// Numbers and delays.
    pub limits: Limits,
    /// What a person does to make a new value, one step each.
    pub steps: Vec<String>,
}

/// Where a new value comes from.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// Nowhere that the file knows.
    #[default]
    Unknown,
    /// The provider's API issues it.
    Issued {
        /// Whether the keys are fixed, primary and secondary: regenerated, and shown as often as
        /// one asks.
        fixed: bool,
        /// Whether a key made without scopes may do everything.
        needs_scopes: bool,
    },
    /// It comes of a refresh token.
    Refreshed {
        /// Whether the provider accepts each refresh token once.
        single_use: bool,
        /// Whether a refresh has to show the client that the grant was given to: the manager.
        needs_client: bool,
    },
    /// Only a person makes it.
    Manual,
}

/// How an old value ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends {
    /// Whether a key can be ended by API for good.
    pub revokes: bool,
    /// Whether a key can be ended by API in a way that can be undone.
    pub disables: bool,
    /// Whether it is ended against its whole value, so that the value has to be kept until then.
    pub by_value: bool,
}

/// What the credential that issues and revokes has to be.
#[derive(Clone, Debug, Default)]
pub struct ManagerNeeds {
    /// Whether a token may issue and revoke keys for itself.
    pub self_managed: bool,
    /// What the manager has to be allowed, in the provider's words.
    pub scopes: Vec<String>,
}

/// Numbers and delays, with what is assumed where the file says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// The most keys an account may have.
    pub most_keys: Option<usize>,
    /// The longest name a key may have, in characters.
    pub longest_name: usize,
    /// How long a revoked key may go on working.
    pub revoke_lag: Span,
    /// How long a new key may be missing from the list.
    pub list_lag: Span,
    /// How late the provider tells that a key was used.
    pub use_lag: Span,
    /// How long a new key may be refused.
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

    /// Whether a key made without scopes may do everything.
    #[must_use]
    pub fn needs_scopes(&self) -> bool {
        matches!(self.source, Source::Issued { needs_scopes: true, .. })
    }

    /// Whether new values come of a refresh token.
    #[must_use]
    pub fn refreshes(&self) -> bool {
        matches!(self.source, Source::Refreshed { .. })
    }

    /// Whether the provider accepts each refresh token once.
    #[must_use]
    pub fn is_single_use(&self) -> bool {
        matches!(self.source, Source::Refreshed { single_use: true, .. })
    }

    /// Whether a refresh has to show the client that the grant was given to.
    #[must_use]
    pub fn needs_client(&self) -> bool {
        matches!(self.source, Source::Refreshed { needs_client: true, .. })
    }

    /// Whether only a person makes a new value.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        matches!(self.source, Source::Manual)
    }

    /// Whether a key whose id is known is ended by API, in one way or the other.
    #[must_use]
    pub fn ends_by_api(&self) -> bool {
        self.ends.revokes || self.ends.disables
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
            steps: rotate.manual.iter().flat_map(|manual| manual.steps.iter().cloned()).collect(),
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
