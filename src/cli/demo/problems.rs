//! Messages of `demo`.

use std::io;

use crate::domain::{Code, Problem};

pub(super) fn sandbox_failed(error: &io::Error) -> Problem {
    Problem::new(Code::Bug, "the sandbox could not be set up")
        .cause(error.to_string())
        .state("nothing outside the temporary folder was changed")
}

pub(super) fn repository_failed(error: &io::Error) -> Problem {
    Problem::new(Code::Bug, "the demo's repository could not be created").cause(error.to_string())
}

/// The sandbox contradicts what the demo said.
pub(super) fn untrue(claims: Vec<String>) -> Problem {
    let problem = Problem::new(Code::Bug, "the sandbox contradicts what the demo said");
    claims.into_iter().fold(problem, Problem::cause).hint("report it")
}
