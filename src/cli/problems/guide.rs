//! Messages of `guide`.

use std::io;

use super::NOTHING_CHANGED;
use crate::domain::{Code, Problem};

/// Ctrl-C at the prompt.
pub(in crate::cli) fn interrupted_before_value() -> Problem {
    Problem::new(Code::Interrupted, "interrupted before a value was pasted").state(NOTHING_CHANGED)
}

fn no_value(what: &str) -> Problem {
    Problem::new(Code::NothingSelected, what).state(NOTHING_CHANGED)
}

pub(in crate::cli) fn no_terminal(token: &str) -> Problem {
    no_value("this is not a terminal, so no value was read").hint(format!(
        "follow the steps above; or run this on a terminal; or run `tokenward push {token} --value-from file:PATH`"
    ))
}

/// Every pasted value was refused.
pub(in crate::cli) fn no_value_accepted() -> Problem {
    no_value("no pasted value was accepted")
}

pub(in crate::cli) fn no_value_pasted() -> Problem {
    no_value("no value was pasted")
}

pub(in crate::cli) fn terminal_unreadable(error: &io::Error, token: &str) -> Problem {
    no_value("the terminal could not be read without showing the value")
        .cause(error.to_string())
        .hint(push_from_file(token))
}

pub(in crate::cli) fn value_too_long_to_paste(token: &str) -> Problem {
    no_value("the value exceeds the terminal's limit for one line, so its end is missing")
        .hint(push_from_file(token))
}

fn push_from_file(token: &str) -> String {
    format!("run `tokenward push {token} --value-from file:PATH`")
}
