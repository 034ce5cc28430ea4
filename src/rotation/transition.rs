//! The result of a step: the record to write, and what to report after that. Steps never write the
//! journal themselves.

use crate::domain::Problem;
use crate::domain::lifecycle::TokenState;

/// One record of the journal, before it is written.
#[derive(Debug)]
pub(super) struct Record {
    /// The token's next state.
    pub(super) to: TokenState,
    /// What happened, for people.
    pub(super) event: String,
    /// Whether this run continues with the token, and so keeps its lease.
    pub(super) keeps_lease: bool,
}

/// The result of a step.
#[derive(Debug, Default)]
#[must_use = "a transition that is not applied is lost"]
pub(super) struct Transition {
    /// The record to write.
    pub(super) record: Option<Record>,
    /// What this run did, reported once the record is written.
    pub(super) done: Option<String>,
    /// Why the run ends after that.
    pub(super) stop: Option<Problem>,
}

impl Transition {
    /// Nothing is journaled.
    pub(super) fn stay() -> Self {
        Self::default()
    }

    /// Journals `to`; this run continues with the token.
    pub(super) fn keep(to: TokenState, event: impl Into<String>) -> Self {
        Self::new(to, event.into(), true)
    }

    /// Journals `to`, and leaves the token to the next run.
    pub(super) fn leave(to: TokenState, event: impl Into<String>) -> Self {
        Self::new(to, event.into(), false)
    }

    fn new(to: TokenState, event: String, keeps_lease: bool) -> Self {
        Self { record: Some(Record { to, event, keeps_lease }), ..Self::default() }
    }

    /// Reports this once the record is written.
    pub(super) fn done(self, what: impl Into<String>) -> Self {
        Self { done: Some(what.into()), ..self }
    }

    /// Ends the run with this problem once the record is written.
    pub(super) fn stop(self, problem: Problem) -> Self {
        Self { stop: Some(problem), ..self }
    }
}
