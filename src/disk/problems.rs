//! The problems of writing a file, one constructor per reason.

use super::error::DiskError;
use crate::domain::{Code, Problem};

impl DiskError {
    /// As a message: `what` could not be written.
    #[must_use]
    pub fn to_problem(&self, what: &str) -> Problem {
        match self {
            Self::System(..) => not_written(Code::OutputFailed, what, self),
            Self::NotAFile(_) => refused(
                what,
                self,
                "name a file, or omit the option to get the report on standard output",
            ),
            Self::Link(_) => refused(what, self, "delete the link, or name another file"),
            Self::Outside(_) => {
                refused(what, self, "name a file in `${{ runner.temp }}` or in the workspace")
            }
            Self::Reserved(_) => refused(
                what,
                self,
                "name another file; in GitHub Actions, use one in `${{ runner.temp }}` whose name \
                 does not begin with a dot",
            ),
            Self::NotOurs(_) => {
                refused(what, self, "name a file that does not exist, or delete this one first")
            }
        }
    }
}

fn not_written(code: Code, what: &str, error: &DiskError) -> Problem {
    Problem::new(code, format!("could not write {what}")).cause(error.to_string())
}

fn refused(what: &str, error: &DiskError, hint: &str) -> Problem {
    not_written(Code::OutputRefused, what, error).hint(hint)
}
