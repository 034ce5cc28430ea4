//! External state to clean up after a rotation: an issue, helper
//! secrets, alerts. Facts only, as the journal keeps them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{Fingerprint, Version};
use super::time::Timestamp;

/// What has to be cleaned up for one token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PendingCleanup {
    /// The issue in which a person is asked to do something: from just before it is opened until it
    /// is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<Ask>,
    /// The secret that a person put the new value into, from the moment the value was taken until
    /// the secret is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Taken>,
    /// The values kept in the helper secret for old ones: until each is seen dead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Fingerprint>,
    /// Values that leaked, until each is seen dead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leaks: Vec<Leak>,
    /// A new value that a person asked for, until there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
}

/// A person requested a new value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wish {
    /// Why, in the words of the person.
    pub reason: String,
    /// When.
    pub since: Timestamp,
}

/// A person was asked to do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ask {
    /// The issue's number; absent while it is not known whether it was opened.
    pub number: Option<u64>,
    /// Since when.
    pub since: Timestamp,
    /// The value whose leak it is about; absent for a routine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaked: Option<Version>,
    /// Issues that this one replaces, until they are closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<u64>,
    /// When a comment last reminded people of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Timestamp>,
}

/// A value was taken out of the secret that a person put it into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Taken {
    /// Names the value.
    pub fingerprint: Fingerprint,
    /// Names what was in the secret, where that is not the value itself: a grant that was
    /// refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Fingerprint>,
    /// When the secret had been written last; it is removed only where it was not written again.
    pub written: Option<Timestamp>,
}

/// A value that leaked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Leak {
    /// Names the value.
    pub fingerprint: Fingerprint,
    /// The secret scanning alert about it, in the primary repository: to be resolved
    /// when the value is dead.
    pub alert: Option<u64>,
}

impl PendingCleanup {
    /// Whether this value leaked.
    #[must_use]
    pub fn has_leaked(&self, fingerprint: &Fingerprint) -> bool {
        self.leaks.iter().any(|leak| leak.fingerprint == *fingerprint)
    }

    /// Whether there is nothing to clean up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
