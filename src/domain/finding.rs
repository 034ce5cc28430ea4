//! A leaked token, as every report shows it. It never carries the value.

use schemars::JsonSchema;
use serde::Serialize;

use super::ids::{Fingerprint, ProviderId, TokenName};
use super::time::Timestamp;

/// What the platform said when it was asked whether a found token still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Liveness {
    /// It works.
    Live,
    /// It does not.
    Dead,
    /// The platform gave no clear answer.
    Unknown,
    /// Nobody asked.
    NotAsked,
}

/// How sure a finding is, before anybody asks the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It carries a checksum that is right, or is a token of the config.
    Certain,
    /// It has the shape of a platform's token, and stands where one would.
    Likely,
    /// Its checksum is wrong, or only its name and its looks speak for it.
    Doubtful,
}

/// One token in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Which shape: `sendgrid/api-key`.
    pub rule: String,
    /// Which platform.
    pub provider: ProviderId,
    /// The file, relative to where the scan began, `/` between its parts.
    pub path: String,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// The commit that brought it, for a range.
    pub commit: Option<String>,
    /// Who made that commit.
    pub author: Option<String>,
    /// When.
    pub date: Option<Timestamp>,
    /// Names the value: the same in every run and on every line.
    pub fingerprint: Fingerprint,
    /// The first 4 characters, then the length.
    pub redacted: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Whether it still works.
    pub live: Liveness,
    /// The token of the config it is, where it is one.
    pub managed: Option<TokenName>,
}
