//! Messages about the run itself: a report that was not written, a bug, an interruption.

use std::fmt::Display;

use crate::domain::{Code, Problem};

/// `what` is the report, the job's summary, the outputs or the like.
pub(in crate::cli) fn not_written(what: &str, why: impl Display) -> Problem {
    Problem::new(Code::OutputFailed, format!("{what} could not be written")).cause(why.to_string())
}

pub(in crate::cli) fn manual_page_failed(why: impl Display) -> Problem {
    Problem::new(Code::OutputFailed, "the manual page could not be generated")
        .cause(why.to_string())
}

pub(in crate::cli) fn no_completions(shell: &clap_complete::Shell) -> Problem {
    Problem::new(Code::OutputFailed, format!("tokenward has no completion script for {shell}"))
}

/// Every command journals what it does; a report that is missing loses nothing.
pub(in crate::cli) fn with_state_in_journal(problem: Problem) -> Problem {
    problem.state("what was done is in the journal")
}

/// A panic. What it said could quote anything, so it is not in the message.
pub(in crate::cli) fn bug_in(work: &str) -> Problem {
    Problem::new(Code::Bug, format!("a bug in tokenward stopped the work on {work}"))
        .cause("standard error shows where")
        .hint("report it, and include the command and that location")
}

/// A panic in a test call of `scan --live`.
pub(in crate::cli) const BUG: &str = "tokenward has a bug";

pub(in crate::cli) fn nested_command() -> Problem {
    Problem::new(Code::Bug, "a command that runs other commands was run by one of them")
}

/// `is_free` says whether the run gave up its leases.
pub(in crate::cli) fn cut_off(is_free: bool) -> Problem {
    let hint = if is_free {
        "run it again; it continues from the journal"
    } else {
        "run it again (outside GitHub Actions, wait at least 15 minutes first); it continues from the journal"
    };
    Problem::new(Code::Interrupted, "the run was interrupted during a request that did not finish")
        .hint(hint)
        .state("the journal records every step that was completed; a delivery that was cut off is repeated as a whole; no value in use was revoked, unless `--revoke-first` asked for it")
}
