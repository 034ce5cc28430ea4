//! The checks of `doctor`, one line each: fine, wrong and what to do, or skipped.

use std::fmt::{Display, Write as _};

use schemars::JsonSchema;
use serde::Serialize;

use super::json::Summary;
use super::paint::Paint;
use crate::domain::text::count;
use crate::domain::{Class, Problem};

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// As it should be.
    Fine,
    /// Something is missing or wrong.
    Wrong,
    /// Not checked.
    Skipped,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// What.
    pub what: String,
    /// The result.
    pub health: Look,
    /// What is wrong with it.
    pub problem: Option<Problem>,
}

impl Check {
    /// As it should be.
    #[must_use]
    pub fn fine(what: impl Display) -> Self {
        Self { what: what.to_string(), health: Look::Fine, problem: None }
    }

    /// Missing or wrong; or skipped, if a service could not be reached.
    #[must_use]
    pub fn wrong(what: impl Display, problem: Problem) -> Self {
        let health = if problem.class() == Class::Unknown { Look::Skipped } else { Look::Wrong };
        Self { what: what.to_string(), health, problem: Some(problem) }
    }

    /// Not checked.
    #[must_use]
    pub fn skipped(what: impl Display) -> Self {
        Self { what: what.to_string(), health: Look::Skipped, problem: None }
    }

    /// Not checked, although a rotation needs it.
    #[must_use]
    pub fn unseen(what: impl Display, problem: Problem) -> Self {
        Self { what: what.to_string(), health: Look::Skipped, problem: Some(problem) }
    }
}

/// `doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DoctorReport {
    /// `tokenward.doctor/1`.
    pub schema: String,
    /// All checks.
    pub checks: Vec<Check>,
    /// The counts.
    pub summary: Summary,
}

/// For people.
#[must_use]
pub fn checks(checks: &[Check], paint: Paint) -> String {
    let mut text = String::new();
    let mut before = None;
    for check in checks {
        let word = match check.health {
            Look::Fine => paint.good("ok     "),
            Look::Wrong => paint.bad("wrong  "),
            Look::Skipped => paint.faint("skipped"),
        };
        let _ = writeln!(text, "{word}  {}", check.what);
        if let Some(problem) = &check.problem {
            text.push_str(&paint.problem_after(before, problem, "  "));
            before = Some(problem);
        }
    }
    let how_many = |health| checks.iter().filter(|check| check.health == health).count();
    let line = match (how_many(Look::Wrong), how_many(Look::Skipped)) {
        (0, 0) => paint.good("no problems found"),
        // What was not looked at is neither fine nor wrong.
        (0, unseen) => format!(
            "no problems found in what was checked; {} not checked",
            count(unseen, "thing was", "things were")
        ),
        (wrong, _) => paint.bad(&format!("{} found", count(wrong, "problem", "problems"))),
    };
    let _ = writeln!(text, "{line}");
    text
}
