//! The result of a command: the only input of reports. Names, counts, dates and problems; never a
//! value.

use schemars::JsonSchema;
use serde::Serialize;

use super::health::Health;
use super::ids::{ProviderId, TokenName};
use super::problem::{Class, Problem};
use super::time::Timestamp;
use super::unseen::Unseen;
use super::verdict::Verdict;

/// One action of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Done {
    /// What, as a sentence fragment in the past tense: `issued key 1f2e… as tw1-…`.
    pub what: String,
    /// When, by GitHub's clock.
    pub at: Option<Timestamp>,
}

/// The result of writing one destination in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// The write of the new value was verified.
    Written,
    /// It already held the value.
    Kept,
    /// The write was refused; it still holds the old value.
    Refused,
    /// It is unknown which value it holds.
    Unclear,
    /// Not tried in this run.
    Waiting,
}

/// How far the value in use got in one destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// A run received the value from it, and GitHub shows no later write.
    Confirmed,
    /// tokenward wrote it, and GitHub shows that write as the last one.
    Delivered,
    /// Somebody else wrote it after tokenward did.
    Drifted,
    /// GitHub shows no such secret.
    Missing,
    /// Not checked, or not written by tokenward yet.
    Unknown,
}

impl Reached {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 5] =
        [Self::Confirmed, Self::Delivered, Self::Drifted, Self::Missing, Self::Unknown];

    /// Its name, the same in every report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Delivered => "delivered",
            Self::Drifted => "drifted",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }
}

/// One destination of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DestinationOutcome {
    /// `NAME in acme/site (production)`.
    pub destination: String,
    /// The result of the write, if this run delivers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// How far the value in use got, if this run checks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<Reached>,
    /// Since when it is confirmed, delivered or drifted; if unknown, when tokenward last wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Problems to report.
    pub problems: Vec<Problem>,
}

/// The rotation that a record of the journal belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Rotation {
    /// The token.
    pub token: TokenName,
    /// The version that the rotation leads to.
    #[serde(rename = "generation")]
    pub version: u32,
}

/// One record of the journal, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct History {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: String,
    /// The rotation; `None` if it concerns no single token.
    pub rotation: Option<Rotation>,
    /// The workflow run that wrote it, as an address.
    pub run: Option<String>,
}

/// What comes next for a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Next {
    /// What, as an infinitive: `revoke key 1f2e…`.
    pub what: String,
    /// Not before.
    pub not_before: Option<Timestamp>,
}

/// One token's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TokenOutcome {
    /// Its name.
    pub name: TokenName,
    /// Its provider.
    pub provider: ProviderId,
    /// Its state: `idle`, `pushed`, `grace`, ...
    pub state: String,
    /// The version that consumers should hold, once there is one.
    #[serde(rename = "generation")]
    pub version: Option<u32>,
    /// When that value was issued or first seen.
    pub since: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When it is due for rotation.
    pub due: Option<Timestamp>,
    /// Why the current rotation was started, if there is one.
    pub why: Option<String>,
    /// The result of the test, if it was tested.
    pub verdict: Option<Verdict>,
    /// What this run did.
    pub done: Vec<Done>,
    /// Its destinations.
    pub destinations: Vec<DestinationOutcome>,
    /// Other repositories that receive the value and have not confirmed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_confirmed_by: Vec<String>,
    /// What comes next.
    pub next: Option<Next>,
    /// Problems to report.
    pub problems: Vec<Problem>,
    /// Checks that were not performed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen>,
}

impl TokenOutcome {
    /// A report with nothing in it yet.
    #[must_use]
    pub fn new(name: TokenName, provider: ProviderId) -> Self {
        Self {
            name,
            provider,
            state: "new".to_owned(),
            version: None,
            since: None,
            expires_at: None,
            due: None,
            why: None,
            verdict: None,
            done: Vec::new(),
            destinations: Vec::new(),
            not_confirmed_by: Vec::new(),
            next: None,
            problems: Vec::new(),
            unseen: Vec::new(),
        }
    }

    /// Its health: the worst of its problems, and never fine if a check was not made.
    #[must_use]
    pub fn health(&self) -> Health {
        let unseen = if self.unseen.is_empty() { Health::Fine } else { Health::NotLookedAt };
        Health::of(self.all_problems()).max(unseen)
    }

    /// Whether somebody has to do something, or to wait for what is not known yet. What only takes
    /// its time needs nobody.
    #[must_use]
    pub fn needs_somebody(&self) -> bool {
        let mut problems = self.all_problems().map(|problem| problem.id);
        !self.unseen.is_empty() || problems.any(|id| !id.needs_nobody())
    }

    /// When its value expires or is due for rotation, whichever comes first.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        self.expires_at.into_iter().chain(self.due).min()
    }

    /// Every problem of the token and its destinations.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(self.destinations.iter().flat_map(|d| &d.problems))
    }
}

/// The exit code of a run: that of the most severe class.
#[must_use]
pub fn exit_code(classes: impl IntoIterator<Item = Class>) -> u8 {
    Class::gravest(classes).map_or(0, Class::exit_code)
}
