//! How a token or a whole report stands: one value, which every report, page, annotation and output
//! goes by. Exit codes go by the same problems, each by its class.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::code::Code;
use super::problem::{Class, Problem};

/// How something stands. Of several, the gravest counts: what failed before what nobody looked at,
/// and that before what needs attention.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// Looked at, and as it should be.
    #[default]
    Fine,
    /// It works, as far as was looked; something is to be done, or not proven yet.
    Attention,
    /// Nobody looked, or no clear answer came.
    NotLookedAt,
    /// It does not work, leaked, or could not be done.
    Failed,
}

impl Health {
    /// The gravest of what these problems say; fine where there is none.
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

    /// For people: `not looked at`.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Attention => "needs attention",
            Self::NotLookedAt => "not looked at",
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
    /// How that stands of which a message with this id tells.
    #[must_use]
    pub fn health(self) -> Health {
        match (self, self.class()) {
            // Whoever uses it fails already.
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
