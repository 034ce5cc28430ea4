//! The messages of a rotation: one function for each, by topic. They choose words and nothing else.

use crate::domain::{Code, Problem, Repo, TokenName};

pub(super) mod account;
pub(super) mod adoption;
pub(super) mod confirming;
pub(super) mod destinations;
pub(super) mod evidence;
pub(super) mod grants;
pub(super) mod issuing;
pub(super) mod lateness;
pub(super) mod leaks;
pub(super) mod manual;
pub(super) mod received;
pub(super) mod revoking;
pub(super) mod run;

/// The state after a run that changed nothing.
pub(super) const NOTHING_CHANGED: &str = "nothing was changed";
/// The state during a grace period.
pub(super) const BOTH_WORK: &str = "the old and the new value both work";
/// The same, if an old value waits for something that could not be checked.
const BOTH_WORK_UNTIL_KNOWN: &str = "the old and the new value both work; tokenward does not revoke the old one until this is known";
/// The state after a delivery whose old value may not be revoked yet.
const DELIVERED: &str = "every destination holds the new value; the old one may still work";
/// The state if a key was revoked, but its provider may still accept it.
const CONSUMERS_HAVE_NEW: &str = "consumers hold the new value; the old one may still work";
/// The hint if a later run needs no help.
const CONTINUES: &str = "run it again later; if it keeps failing, fix the cause first";
/// The hint if a later run repeats a check.
const CHECKS_AGAIN: &str = "nothing to do: the next run checks again";
/// The hint if a provider contradicts its own documentation.
const ASK_SUPPORT: &str = "if this happens again, contact the provider's support";

/// An error in tokenward itself, which nobody else can cause.
pub(super) fn bug(what: &str) -> Problem {
    Problem::new(Code::Bug, what).hint("report this error, with the command and this text")
}

/// The command that gives a token a new value now.
fn rotate_now(name: &TokenName) -> String {
    format!("`tokenward rotate {name} --force --reason TEXT`")
}

/// The hint if a destination does not hold what tokenward wrote.
fn replace_everywhere(name: &TokenName) -> String {
    format!("to replace it everywhere with a new value, run {}", rotate_now(name))
}

/// The hint if a rotation is stuck.
fn continues(name: &TokenName) -> String {
    format!("run `tokenward rotate {name}`: it continues from there, or reports what stops it")
}

/// A list of repositories.
fn list(repos: &[&Repo]) -> String {
    let names: Vec<String> = repos.iter().map(ToString::to_string).collect();
    names.join(", ")
}
