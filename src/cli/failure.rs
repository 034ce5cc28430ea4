//! Why a verb could not even begin: mistakes of a config, each with its place, or one problem.

use crate::config::Diagnostic;
use crate::domain::Problem;
use crate::domain::outcome::exit_code;
use crate::report::Paint;

use super::surroundings::Surroundings;

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
}
