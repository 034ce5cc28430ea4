//! The result of a step: the record to write, and what to report after that. Steps never write the
//! journal themselves.

use crate::domain::Problem;
use crate::domain::lifecycle::TokenState;

/// One record of the journal, before it is written.
#[derive(Debug)]
pub(crate) struct Record {
    /// The token's next state.
    pub(crate) to: TokenState,
    /// What happened, for people.
    pub(crate) event: String,
    /// Whether this run continues with the token, and so keeps its lease.
    pub(crate) keeps_lease: bool,
}

/// The result of a step.
#[derive(Debug, Default)]
#[must_use = "a transition that is not applied is lost"]
pub(crate) struct Transition {
    /// The record to write.
    pub(crate) record: Option<Record>,
    /// What this run did, reported once the record is written.
    pub(crate) done: Option<String>,
    /// Why the run ends after that.
    pub(crate) stop: Option<Problem>,
}

impl Transition {
    /// Nothing is journaled.
    pub(crate) fn stay() -> Self {
        Self::default()
    }

    /// Journals `to`; this run continues with the token.
    pub(crate) fn keep(to: TokenState, event: impl Into<String>) -> Self {
        Self::new(to, event.into(), true)
    }

    /// Journals `to`, and leaves the token to the next run.
    pub(crate) fn leave(to: TokenState, event: impl Into<String>) -> Self {
        Self::new(to, event.into(), false)
    }

    fn new(to: TokenState, event: String, keeps_lease: bool) -> Self {
        Self { record: Some(Record { to, event, keeps_lease }), ..Self::default() }
    }

    /// Reports this once the record is written.
    pub(crate) fn done(self, what: impl Into<String>) -> Self {
        Self { done: Some(what.into()), ..self }
    }

    /// Ends the run with this problem once the record is written.
    pub(crate) fn stop(self, problem: Problem) -> Self {
        Self { stop: Some(problem), ..self }
    }
}
