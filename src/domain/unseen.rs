//! What nobody looked at, of tokens that are otherwise fine: why, and how to have it looked at.
//! Told once for all tokens it is true of.

use schemars::JsonSchema;
use serde::Serialize;

use super::code::Code;
use super::ids::TokenName;
use super::outcome::TokenOutcome;
use super::problem::Problem;
use super::text::count;

/// What can be looked at only with something that a run may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// The journal: ages, leaks, rotations under way.
    Journal,
    /// Whether the journal's records are tokenward's.
    Signature,
    /// The secrets: whether somebody wrote or deleted one.
    Secrets,
}

impl Sight {
    fn in_words(self) -> &'static str {
        match self {
            Self::Journal => "age, leaks and rotations under way",
            Self::Signature => "whether the journal was written by tokenward",
            Self::Secrets => "whether somebody changed a secret",
        }
    }
}

/// Something of a token that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Unseen {
    /// What.
    pub what: Sight,
    /// Why not, as one sentence fragment in lower case.
    pub why: String,
    /// How to have it looked at.
    pub hint: String,
}

/// One problem for each thing that was not looked at, with the tokens it is true of; but for what
/// is `told_already`.
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
        Problem::new(
            Code::NotLookedAt,
            format!("not looked at: {} ({whose})", kind.what.in_words()),
        )
        .cause(kind.why.clone())
        .hint(kind.hint.clone())
    };
    kinds.into_iter().map(of).collect()
}
