//! What a run would do: every step, its cost, and when the old key is revoked at the earliest.

use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::Serialize;

use super::ids::{ProviderId, TokenName};
use super::problem::Problem;
use super::time::Timestamp;

/// The number of requests, by recipient and whether they change something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Requests {
    /// GitHub, reading.
    pub github_reads: u64,
    /// GitHub, writing.
    pub github_writes: u64,
    /// The provider, reading.
    pub provider_reads: u64,
    /// The provider, changing something.
    pub provider_writes: u64,
}

impl Requests {
    /// Their cost in GitHub's 900 points per minute: 1 per read, 5 per write.
    /// Source: GitHub's "Rate limits for the REST API", secondary limits.
    #[must_use]
    pub fn points(self) -> u64 {
        self.github_reads + 5 * self.github_writes
    }
}

impl Forecast {
    /// Inserts a first step.
    pub fn first(&mut self, step: ForecastStep) {
        self.total += step.requests;
        self.points = self.total.points();
        self.steps.insert(0, step);
    }
}

impl AddAssign for Requests {
    fn add_assign(&mut self, other: Self) {
        self.github_reads += other.github_reads;
        self.github_writes += other.github_writes;
        self.provider_reads += other.provider_reads;
        self.provider_writes += other.provider_writes;
    }
}

/// The kind of a step: what it changes, or that it only reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Reads from GitHub or the provider; changes nothing.
    Look,
    /// Writes a record of the journal.
    Journal,
    /// Asks the provider to issue a key or refresh a token.
    IssueKey,
    /// Asks the provider to disable, revoke or delete a key.
    RevokeKey,
    /// Writes a secret.
    WriteSecret,
    /// Deletes a secret that only the rotation needed.
    RemoveSecret,
    /// Opens, changes or closes an issue.
    UpdateIssue,
    /// Resolves a secret scanning alert.
    ResolveAlert,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ForecastStep {
    /// What kind of step it is.
    pub kind: StepKind,
    /// What, as an imperative: `write SENDGRID_API_KEY in acme/site`.
    pub what: String,
    /// What it costs.
    pub requests: Requests,
}

/// One token's run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Forecast {
    /// Its name.
    pub name: TokenName,
    /// Its provider.
    pub provider: ProviderId,
    /// Its state: `idle`, `pushed`, `grace`, ...
    pub state: String,
    /// Every step, in order.
    pub steps: Vec<ForecastStep>,
    /// All steps together.
    pub total: Requests,
    /// `total` in points of GitHub's budget.
    pub points: u64,
    /// Why the run would stop there.
    pub then: String,
    /// The earliest moment at which the value in use now may be revoked.
    pub revoke_not_before: Option<Timestamp>,
    /// What would stop the run before it changes anything.
    pub problems: Vec<Problem>,
}
