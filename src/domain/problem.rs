//! The structure of every problem: what happened, why, what to do, and what is now true of the
//! tokens.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::code::Code;

/// What a problem does to the exit code. The numbers are promises (docs/commands.md, "Exit codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A defect of tokenward itself.
    Bug,
    /// Usage or configuration.
    Usage,
    /// Nothing was selected to do or test.
    Nothing,
    /// One of our own credentials is dead or lacks access.
    Access,
    /// A provider or GitHub could not be reached: the verdict is unknown.
    Unknown,
    /// A token is expired, expiring, over-age, dead or under-scoped.
    Verdict,
    /// A leak was found.
    Leak,
    /// A rotation needs another run, or a person.
    Unfinished,
    /// Worth knowing, but in time: the run did not fail.
    Notice,
    /// Interrupted; the state is in the journal.
    Interrupted,
}

impl Class {
    const GRAVEST_FIRST: [Self; 10] = [
        Self::Interrupted,
        Self::Bug,
        Self::Usage,
        Self::Access,
        Self::Leak,
        Self::Verdict,
        Self::Unknown,
        Self::Unfinished,
        Self::Nothing,
        Self::Notice,
    ];

    /// The process's exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Bug => 1,
            Self::Usage => 2,
            Self::Nothing => 3,
            Self::Access => 4,
            Self::Unknown => 5,
            Self::Verdict => 10,
            Self::Leak => 11,
            Self::Unfinished => 12,
            Self::Notice => 0,
            Self::Interrupted => 130,
        }
    }

    /// The class of a process that ended with this code; `None` if it did not fail.
    #[must_use]
    pub fn with_exit_code(code: u8) -> Option<Self> {
        Self::GRAVEST_FIRST.into_iter().find(|class| class.exit_code() == code && code != 0)
    }

    /// Its name in outputs and documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::Usage => "usage",
            Self::Nothing => "nothing",
            Self::Access => "access",
            Self::Unknown => "unknown",
            Self::Verdict => "verdict",
            Self::Leak => "leak",
            Self::Unfinished => "unfinished",
            Self::Notice => "notice",
            Self::Interrupted => "interrupted",
        }
    }

    /// The most severe of several: first our own defects, then what stops everything, then
    /// verdicts, then what only needs another run.
    #[must_use]
    pub fn gravest(classes: impl IntoIterator<Item = Self>) -> Option<Self> {
        let classes: Vec<_> = classes.into_iter().collect();
        Self::GRAVEST_FIRST.into_iter().find(|class| classes.contains(class))
    }
}

/// Something a person has to know, and can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Problem {
    /// Its id: the same in code, docs and reports.
    pub id: Code,
    /// What happened, as one sentence fragment in lower case.
    pub what: String,
    /// Why, from the nearest cause outwards.
    pub causes: Vec<String>,
    /// What to type, or where to click.
    pub hint: Option<String>,
    /// What is now true of the tokens.
    pub state: Option<String>,
}

impl Problem {
    /// A problem with its first sentence.
    #[must_use]
    pub fn new(id: Code, what: impl Into<String>) -> Self {
        Self { id, what: what.into(), causes: Vec::new(), hint: None, state: None }
    }

    /// Adds a cause.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Says what to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what is now true of the tokens.
    #[must_use]
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// How it is announced: `error` or `notice`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        if self.class() == Class::Notice { "notice" } else { "error" }
    }

    /// What it does to the exit code.
    #[must_use]
    pub fn class(&self) -> Class {
        self.id.class()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.as_str(), self.id, self.what)?;
        for cause in &self.causes {
            write!(f, "\n  = cause: {cause}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  = hint:  {hint}")?;
        }
        if let Some(state) = &self.state {
            write!(f, "\n  = state: {state}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// The hint for a missing variable: the line of `env:` that the step lacks.
#[must_use]
pub fn handing_over(variable: &str, secret: &str) -> String {
    format!("add `{variable}: ${{{{ secrets.{secret} }}}}` to the `env:` of this step")
}
