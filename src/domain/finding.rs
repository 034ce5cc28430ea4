//! A leaked token, as every report shows it. It never carries the value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{Fingerprint, ProviderId, TokenName};
use super::time::Timestamp;

/// What the provider said when it was asked whether a found token still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Liveness {
    /// It works.
    Live,
    /// It does not.
    Dead,
    /// The provider gave no clear answer.
    Unknown,
    /// Nobody asked.
    NotAsked,
}

/// How sure a finding is, before anybody asks the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It carries a checksum that is right, or is a token of the config.
    Certain,
    /// It has the shape of a provider's token, and stands where one would.
    Likely,
    /// Its checksum is wrong, or only its name and its looks speak for it.
    Doubtful,
}

/// What speaks for letting a finding be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AllowedBy {
    /// The baseline names its value.
    Baseline,
    /// `tokenward:allow REASON` stands behind it.
    Comment,
    /// `gitleaks:allow` stands on its line.
    GitleaksComment,
    /// `.gitleaksignore` names its place.
    GitleaksIgnore,
}

/// Why that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// It is added by the very change that is looked at.
    Added,
    /// The comment gives no reason.
    NoReason,
    /// It is a token of the config: nothing makes that one harmless.
    Managed,
    /// The config's `scan.allow-comments` says that no comment counts.
    Policy,
}

/// Somebody's word that a finding is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Allowed {
    /// Whose word.
    pub by: AllowedBy,
    /// The reason given.
    pub reason: Option<String>,
    /// Whether the change that is looked at adds it.
    pub added: bool,
    /// Why it does not count, where it does not.
    pub refused: Option<Refused>,
}

impl Allowed {
    /// A word that counts, so far.
    #[must_use]
    pub fn new(by: AllowedBy, reason: Option<String>) -> Self {
        Self { by, reason, added: false, refused: None }
    }

    /// Whether it is a comment's, so that whoever writes the line can give it.
    #[must_use]
    pub fn is_comment(&self) -> bool {
        matches!(self.by, AllowedBy::Comment | AllowedBy::GitleaksComment)
    }

    /// Whether it says anything: a comment of ours without a reason does not.
    #[must_use]
    pub fn speaks(&self) -> bool {
        self.by != AllowedBy::Comment || self.reason.is_some()
    }
}

/// Which comments count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AllowComments {
    /// Those that stand on the branch already; one that a pull request adds is told, and counts
    /// once it is merged.
    #[default]
    Merged,
    /// Those that a pull request adds, as well; they are told.
    Proposed,
    /// None.
    Never,
}

/// One token in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// Which shape: `sendgrid/api-key`.
    pub rule: String,
    /// Which provider.
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
    /// The secrets that this token is delivered to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<String>,
    /// Who says that it is no leak. It counts for nothing where `refused` says why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Allowed>,
    /// Why it is no finding after all: only among those that `--explain` lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One value in the file of accepted findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BaselineEntry {
    /// Names the value, under the file's salt.
    pub fingerprint: Fingerprint,
    /// Which shape it has.
    pub rule: String,
    /// Where it stood first. For people: another place of the same value is accepted as well.
    pub path: String,
    /// Why it was accepted; for a person to write.
    pub reason: Option<String>,
}
