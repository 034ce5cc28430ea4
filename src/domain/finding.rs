//! A leaked token, as every report shows it. It never carries the value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{Fingerprint, ProviderId, TokenName};
use super::time::Timestamp;

/// Whether a found token still works, by a test at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Liveness {
    /// It works.
    Live,
    /// It does not.
    Dead,
    /// The provider gave no clear answer.
    Unknown,
    /// Not tested.
    NotAsked,
}

/// How certain a finding is without a test at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Its checksum is correct, or it is a token of the config.
    Certain,
    /// It has the shape of a provider's token, in a place where one would be.
    Likely,
    /// Its checksum is wrong, or only its name and its form suggest a token.
    Doubtful,
}

/// What suppresses a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AllowedBy {
    /// The baseline lists its value.
    Baseline,
    /// A comment `tokenward:allow REASON` follows it.
    Comment,
    /// Its line has a comment `gitleaks:allow`.
    GitleaksComment,
    /// `.gitleaksignore` lists its place.
    GitleaksIgnore,
}

/// Why a suppression does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// The scanned change adds it.
    Added,
    /// The comment gives no reason.
    NoReason,
    /// It is a token of the config, which cannot be suppressed.
    Managed,
    /// The config's `scan.allow-comments` disables comments.
    Policy,
}

/// A suppression of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Allowed {
    /// What suppresses it.
    pub by: AllowedBy,
    /// The reason given.
    pub reason: Option<String>,
    /// Whether the scanned change adds it.
    pub added: bool,
    /// Why it does not count, if it does not.
    pub refused: Option<Refused>,
}

impl Allowed {
    /// A suppression that counts, so far.
    #[must_use]
    pub fn new(by: AllowedBy, reason: Option<String>) -> Self {
        Self { by, reason, added: false, refused: None }
    }

    /// Whether it is a comment, which the author of the line can write.
    #[must_use]
    pub fn is_comment(&self) -> bool {
        matches!(self.by, AllowedBy::Comment | AllowedBy::GitleaksComment)
    }

    /// Whether it can count: our comment without a reason cannot.
    #[must_use]
    pub fn speaks(&self) -> bool {
        self.by != AllowedBy::Comment || self.reason.is_some()
    }
}

/// Which comments count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AllowComments {
    /// Those already on the branch; one that a pull request adds is reported, and counts after the
    /// merge.
    #[default]
    Merged,
    /// Also those that a pull request adds; they are reported.
    Proposed,
    /// None.
    Never,
}

/// A further place of a finding's value, in the same file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FindingPlace {
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// The commit that introduced it, for a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// One token in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// The rule: `sendgrid/api-key`.
    pub rule: String,
    /// Which provider.
    pub provider: ProviderId,
    /// The file, relative to the scanned folder, with `/` between its parts.
    pub path: String,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// How often the file has it, from 1.
    pub count: u64,
    /// The next three of these places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<FindingPlace>,
    /// The commit that introduced it, for a range.
    pub commit: Option<String>,
    /// Who made that commit.
    pub author: Option<String>,
    /// When.
    pub date: Option<Timestamp>,
    /// The fingerprint of the value: the same in every run and on every line.
    pub fingerprint: Fingerprint,
    /// The first 4 characters, then the length.
    pub redacted: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Whether it still works.
    pub live: Liveness,
    /// What it is and how to revoke it, if it is of one of the user's own rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoke: Option<String>,
    /// The token of the config, if it is one.
    pub managed: Option<TokenName>,
    /// The secrets that this token is delivered to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<String>,
    /// What suppresses it. It does not count if `refused` says why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Allowed>,
    /// Why it is not a finding: only for those that `--explain` lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One value in the file of accepted findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BaselineEntry {
    /// The fingerprint of the value, with the file's salt.
    pub fingerprint: Fingerprint,
    /// Its rule.
    pub rule: String,
    /// Where it was first. For people: the same value is accepted in any other place too.
    pub path: String,
    /// Why it was accepted, written by a person.
    pub reason: Option<String>,
}
