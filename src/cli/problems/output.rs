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

/// Every command journals what it does; a report that is missing loses nothing.
pub(in crate::cli) fn with_state_in_journal(problem: Problem) -> Problem {
    problem.state("what was done is in the journal")
}

/// A panic. What it said could quote anything, so it is not in the message.
pub(in crate::cli) fn bug_in(work: &str) -> Problem {
    Problem::new(Code::Bug, format!("a bug in tokenward stopped the work on {work}"))
        .cause("standard error shows where")
        .hint("report it, with the command and that place")
}

/// A panic in a test call of `scan --live`.
pub(in crate::cli) const BUG: &str = "tokenward has a bug";

pub(in crate::cli) fn nested_command() -> Problem {
    Problem::new(Code::Bug, "a command that runs other commands was run by one of them")
}

pub(in crate::cli) fn cut_off() -> Problem {
    Problem::new(Code::Interrupted, "the run was interrupted during a request that did not finish")
        .hint("run it again; it continues from the journal")
        .state("the journal has the state before that request; nothing in use was revoked")
}

/// `guide`: Ctrl-C at the prompt.
pub(in crate::cli) fn interrupted_before_value() -> Problem {
    Problem::new(Code::Interrupted, "interrupted before a value was pasted")
        .state(super::NOTHING_CHANGED)
}

fn no_value(what: &str) -> Problem {
    Problem::new(Code::NothingSelected, what).state(super::NOTHING_CHANGED)
}

/// `guide` without a terminal.
pub(in crate::cli) fn no_terminal(token: &str) -> Problem {
    no_value("there is no terminal, so no value was asked for").hint(format!(
        "follow the steps above; or run this on a terminal; or run `tokenward push {token} --value-from file:PATH`"
    ))
}

/// `guide`: every pasted value was refused.
pub(in crate::cli) fn no_value_accepted() -> Problem {
    no_value("no pasted value was accepted")
}

pub(in crate::cli) fn no_value_pasted() -> Problem {
    no_value("no value was pasted")
}

pub(in crate::cli) fn terminal_unreadable(error: &std::io::Error, token: &str) -> Problem {
    no_value("the terminal could not be read without showing the value")
        .cause(error.to_string())
        .hint(push_from_file(token))
}

pub(in crate::cli) fn value_too_long_to_paste(token: &str) -> Problem {
    no_value("the value is longer than one line of a terminal can be, so its end is missing")
        .hint(push_from_file(token))
}

fn push_from_file(token: &str) -> String {
    format!("run `tokenward push {token} --value-from file:PATH`")
}
