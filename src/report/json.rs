//! Reports for programs: one JSON object each. Its format is a promise: a change needs a new number
//! in `schema`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::page::PageLinks;
use super::providers::ProviderRow;
use crate::domain::forecast::Forecast;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{BaselineEntry, Finding, Health, History, Problem, Timestamp, TokenName};

/// The counts of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// The number of items in the report.
    pub total: usize,
    /// How many of them have a problem.
    pub with_problems: usize,
    /// The exit code of the run.
    pub exit_code: u8,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// Its health.
    pub health: Health,
    /// The details.
    #[serde(flatten)]
    pub outcome: TokenOutcome,
}

impl Row {
    /// A token with its health.
    #[must_use]
    pub fn of(outcome: TokenOutcome) -> Self {
        Self { health: outcome.health(), outcome }
    }
}

/// `rotate`, `check`, `status`, `push`, `adopt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TokensReport {
    /// `tokenward.<command>/1`.
    pub schema: String,
    /// What the page of several repositories needs.
    #[serde(flatten)]
    pub details: StatusDetails,
    /// Every token.
    pub tokens: Vec<Row>,
    /// Problems that concern no single token.
    pub problems: Vec<Problem>,
    /// The counts.
    pub summary: Summary,
}

/// What only `status` reports: with it, the page job of another repository can show the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StatusDetails {
    /// The repository, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// When the tokens were checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<Timestamp>,
    /// The report is about some tokens of the config only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Where the names of each token lead.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<TokenName, PageLinks>,
    /// The newest records of the journal, newest first; absent if it was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<History>>,
    /// The reports of other repositories (`--with`); the summary counts their tokens too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<TokensReport>,
}

/// `plan`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlanReport {
    /// `tokenward.plan/1`.
    pub schema: String,
    /// Every token.
    pub tokens: Vec<Forecast>,
    /// The counts.
    pub summary: Summary,
}

/// `scan`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ScanReport {
    /// `tokenward.scan/1`.
    pub schema: String,
    /// Every finding that counts.
    pub findings: Vec<Finding>,
    /// Suppressed findings.
    pub accepted: Vec<Finding>,
    /// Baseline entries that no longer match, if everything was scanned.
    pub stale: Vec<BaselineEntry>,
    /// Rejected candidates, with `--explain`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Finding>,
    /// How many files, blobs and messages were scanned. Zero is not a clean result: there was
    /// nothing to scan.
    pub files: u64,
    /// How many files, folders and findings the config's globs excluded.
    pub ignored: u64,
    /// What could not be scanned.
    pub problems: Vec<Problem>,
    /// The counts.
    pub summary: Summary,
}

/// `providers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ProvidersReport {
    /// `tokenward.providers/1`.
    pub schema: String,
    /// Every provider.
    pub providers: Vec<ProviderRow>,
    /// The counts.
    pub summary: Summary,
}
