//! Checks that were not made: why, and how to have them made. Each is reported once for all tokens
//! that it is missing for.

use schemars::JsonSchema;
use serde::Serialize;

use super::ids::TokenName;
use super::outcome::TokenOutcome;
use super::problem::Problem;
use super::problems;
use super::text::count;

/// A check that needs something that a run may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// The journal: ages, leaks, rotations in progress.
    Journal,
    /// Whether tokenward wrote the journal's records.
    Signature,
    /// The secrets: whether somebody changed or deleted one.
    Secrets,
}

impl Sight {
    fn in_words(self) -> &'static str {
        match self {
            Self::Journal => "age, leaks and rotations in progress",
            Self::Signature => "whether the journal was written by tokenward",
            Self::Secrets => "whether somebody changed a secret",
        }
    }
}

/// A check of a token that was not performed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Unseen {
    /// The check.
    pub what: Sight,
    /// Why not, as one sentence fragment in lower case.
    pub why: String,
    /// How to have it performed.
    pub hint: String,
}

/// One problem for each missing check, with the tokens that it is missing for, except the one that
/// was `told_already`.
#[must_use]
pub fn told(tokens: &[TokenOutcome], told_already: Option<Sight>) -> Vec<Problem> {
    /// The most names that are listed; beyond that, only their number.
    const NAMED: usize = 5;
    let mut kinds: Vec<&Unseen> = tokens
        .iter()
        .flat_map(|token| &token.unseen)
        .filter(|unseen| Some(unseen.what) != told_already)
        .collect();
    kinds.sort();
    kinds.dedup();
    let of = |kind: &Unseen| {
        let names: Vec<&str> = tokens
            .iter()
            .filter(|token| token.unseen.contains(kind))
            .map(|token| TokenName::as_str(&token.name))
            .collect();
        let whose = if names.len() > NAMED {
            count(names.len(), "token", "tokens")
        } else {
            names.join(", ")
        };
        problems::not_checked(kind.what.in_words(), &whose, &kind.why, &kind.hint)
    };
    kinds.into_iter().map(of).collect()
}
