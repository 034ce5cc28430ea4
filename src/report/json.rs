//! Reports for programs: one object each, whose form is a promise. A change of form is a new number in `schema`.

use schemars::JsonSchema;
use serde::Serialize;

use super::platforms::PlatformRow;
use crate::domain::forecast::Forecast;
use crate::domain::outcome::TokenOutcome;
use crate::domain::{Finding, Problem};

/// The counts of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// How many things the report is about.
    pub total: usize,
    /// How many of them have a problem.
    pub with_problems: usize,
    /// The exit code of the run.
    pub exit_code: u8,
}

/// `rotate`, `check`, `status`, `push`, `adopt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TokensReport {
    /// `tokenward.<verb>/1`.
    pub schema: String,
    /// Every token.
    pub tokens: Vec<TokenOutcome>,
    /// What concerns no single token.
    pub problems: Vec<Problem>,
    /// The counts.
    pub summary: Summary,
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
    /// Every finding.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub problems: Vec<Problem>,
    /// The counts.
    pub summary: Summary,
}

/// `providers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlatformsReport {
    /// `tokenward.providers/1`.
    pub schema: String,
    /// Every platform.
    pub providers: Vec<PlatformRow>,
    /// The counts.
    pub summary: Summary,
}
