//! Why a command did not start: the errors of a config, each with its line, or one problem.

use crate::config::RenderedDiagnostic;
use crate::domain::outcome::exit_code;
use crate::domain::{Level, Problem, Remark};
use crate::report::Paint;

use super::env::Env;
use super::problems;
use super::typed::Typed;

/// What stopped a command.
#[derive(Debug)]
pub(super) enum CliError {
    /// Errors in a file that a person wrote.
    Config(Vec<RenderedDiagnostic>),
    /// Anything else.
    Problem(Box<Problem>),
}

impl From<Problem> for CliError {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl CliError {
    /// The same, without what was typed on the command line and could be a value.
    pub(super) fn without(self, typed: &Typed, env: &Env) -> Self {
        match self {
            Self::Config(diagnostics) => {
                let clean = |diagnostic: RenderedDiagnostic| RenderedDiagnostic {
                    path: typed.taken_out_of(&diagnostic.path),
                    message: typed.taken_out_of(&diagnostic.message),
                    ..diagnostic
                };
                Self::Config(diagnostics.into_iter().map(clean).collect())
            }
            Self::Problem(problem) => {
                Self::Problem(Box::new(typed.taken_out_of_problem(*problem, env)))
            }
        }
    }

    /// Writes it to standard error and returns the exit code.
    pub(super) fn report(&self, env: &Env, colour: bool) -> u8 {
        match self {
            Self::Config(diagnostics) => {
                for diagnostic in diagnostics {
                    env.note(&format!("{}\n", diagnostic.render(colour, env.width).trim_end()));
                }
                exit_code(diagnostics.iter().map(|diagnostic| diagnostic.code.class()))
            }
            Self::Problem(problem) => {
                env.note(&Paint::new(colour).problem(problem, ""));
                exit_code([problem.class()])
            }
        }
    }

    /// What stopped the command, as problems.
    pub(super) fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Config(diagnostics) => {
                diagnostics.iter().map(problems::config::of_diagnostic).collect()
            }
            Self::Problem(problem) => vec![(**problem).clone()],
        }
    }

    /// The annotations: an error of the config is shown on its line.
    pub(super) fn remarks(&self) -> Vec<Remark> {
        match self {
            Self::Config(diagnostics) => diagnostics.iter().map(remark).collect(),
            Self::Problem(problem) => vec![Remark::new(
                Level::Error,
                format!("tokenward: {}", problem.id),
                problem.what.clone(),
            )],
        }
    }
}

fn remark(diagnostic: &RenderedDiagnostic) -> Remark {
    let place = |number: usize| u64::try_from(number).unwrap_or(1);
    Remark::new(Level::Error, format!("tokenward: {}", diagnostic.code), diagnostic.message.clone())
        .at(diagnostic.path.clone(), place(diagnostic.line), place(diagnostic.column))
}
