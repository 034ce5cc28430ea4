//! A provider's rate limits: what its documentation allows, which is kept beforehand, and the
//! headers that say when one is used up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Span;

/// Rate limits. What is absent is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RateLimit {
    /// How many requests are allowed in which period. tokenward stays within all of these limits,
    /// for all tokens of the provider together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// How many requests may be in progress at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u32>,
    /// The header that says how many requests are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<String>,
    /// The header that says when there will be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<String>,
    /// What that header counts.
    #[serde(default, skip_serializing_if = "ResetIs::is_seconds")]
    pub reset_is: ResetIs,
}

/// A number of requests in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Window {
    /// How many.
    pub requests: u32,
    /// The period.
    pub per: Span,
}

/// What a reset header counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResetIs {
    /// Seconds since 1970.
    Epoch,
    /// Seconds from now.
    #[default]
    SecondsLeft,
}

impl ResetIs {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
    fn is_seconds(&self) -> bool {
        *self == Self::SecondsLeft
    }
}
