//! The health of a token or a whole report: one value for all reports, pages, annotations and
//! outputs. Exit codes are derived from the same problems, by their class.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::code::Code;
use super::problem::{Class, Problem};

/// The health of something. Of several, the worst counts, in the order: failed, not checked, needs
/// attention.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// Checked, and as it should be.
    #[default]
    Fine,
    /// It works as far as was checked, but needs an action or a proof.
    Attention,
    /// Not checked, or the result is unclear.
    NotLookedAt,
    /// It does not work, leaked, or could not be done.
    Failed,
}

impl Health {
    /// The worst health of these problems; fine if there is none.
    pub fn of<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> Self {
        problems.into_iter().map(|problem| problem.id.health()).max().unwrap_or_default()
    }

    /// Its name, as outputs and JSON have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Attention => "attention",
            Self::NotLookedAt => "not-looked-at",
            Self::Failed => "failed",
        }
    }

    /// For people: `not checked`.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Attention => "needs attention",
            Self::NotLookedAt => "not checked",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_words())
    }
}

impl Code {
    /// Whether it only takes its time: the next runs, or the provider, do what is left to do.
    #[must_use]
    pub fn needs_nobody(self) -> bool {
        matches!(self, Self::RevokeSettling | Self::RotationUnderWay | Self::TokenDue)
    }

    /// The health of what a message with this id is about.
    #[must_use]
    pub fn health(self) -> Health {
        match (self, self.class()) {
            // Its consumers already fail.
            (Self::TokenDead | Self::TokenExpired | Self::CurrentDead, _) => Health::Failed,
            (_, Class::Notice | Class::Verdict | Class::Unfinished) => Health::Attention,
            (_, Class::Unknown | Class::Nothing) => Health::NotLookedAt,
            (_, Class::Leak | Class::Usage | Class::Access | Class::Bug | Class::Interrupted) => {
                Health::Failed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_is_fine_and_the_gravest_of_several_counts() {
        assert!(Code::ALL.iter().all(|code| code.health() != Health::Fine));
        let of = |codes: &[Code]| {
            Health::of(&codes.iter().map(|code| Problem::new(*code, "")).collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), Health::Fine);
        assert_eq!(of(&[Code::TokenExpiring]), Health::Attention);
        assert_eq!(of(&[Code::TokenExpiring, Code::NotTested]), Health::NotLookedAt);
        assert_eq!(of(&[Code::TokenExpiring, Code::NotTested, Code::TokenLeaked]), Health::Failed);
    }
}
