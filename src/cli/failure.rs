//! Why a verb could not even begin: mistakes of a config, each with its place, or one problem.

use crate::config::Diagnostic;
use crate::domain::outcome::exit_code;
use crate::domain::{Level, Problem, Remark};
use crate::report::Paint;

use super::surroundings::Surroundings;
use super::typed::Typed;

/// What stopped a verb.
#[derive(Debug)]
pub(super) enum Failure {
    /// Mistakes in a file a person wrote.
    Config(Vec<Diagnostic>),
    /// Anything else.
    Problem(Box<Problem>),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl Failure {
    /// The same without what was typed on the command line and may be a value.
    pub(super) fn without(self, typed: &Typed, around: &Surroundings) -> Self {
        match self {
            Self::Config(diagnostics) => {
                let clean = |diagnostic: Diagnostic| Diagnostic {
                    path: typed.taken_out_of(&diagnostic.path),
                    message: typed.taken_out_of(&diagnostic.message),
                    ..diagnostic
                };
                Self::Config(diagnostics.into_iter().map(clean).collect())
            }
            Self::Problem(problem) => Self::Problem(Box::new(typed.taken_out_of_problem(*problem, around))),
        }
    }

    /// Says it on standard error and gives the exit code.
    pub(super) fn report(&self, around: &Surroundings, colour: bool) -> u8 {
        match self {
            Self::Config(diagnostics) => {
                for diagnostic in diagnostics {
                    around.note(&format!("{}\n", diagnostic.render(colour, around.width).trim_end()));
                }
                exit_code(diagnostics.iter().map(|diagnostic| diagnostic.code.class()))
            }
            Self::Problem(problem) => {
                around.note(&Paint::new(colour).problem(problem, ""));
                exit_code([problem.class()])
            }
        }
    }

    /// What stopped the verb, as problems.
    pub(super) fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Config(diagnostics) => diagnostics.iter().map(problem).collect(),
            Self::Problem(problem) => vec![(**problem).clone()],
        }
    }

    /// What to show beside the code: a mistake of the config stands on its line.
    pub(super) fn remarks(&self) -> Vec<Remark> {
        match self {
            Self::Config(diagnostics) => diagnostics.iter().map(remark).collect(),
            Self::Problem(problem) => vec![Remark::new(Level::Error, format!("tokenward: {}", problem.id), problem.what.clone())],
        }
    }
}

fn problem(diagnostic: &Diagnostic) -> Problem {
    let problem = Problem::new(diagnostic.code, format!("{}:{}: {}", diagnostic.path, diagnostic.line, diagnostic.message));
    diagnostic.hint.iter().fold(problem, |problem, hint| problem.hint(hint.clone()))
}

fn remark(diagnostic: &Diagnostic) -> Remark {
    let place = |number: usize| u64::try_from(number).unwrap_or(1);
    Remark::new(Level::Error, format!("tokenward: {}", diagnostic.code), diagnostic.message.clone()).at(
        diagnostic.path.clone(),
        place(diagnostic.line),
        place(diagnostic.column),
    )
}
