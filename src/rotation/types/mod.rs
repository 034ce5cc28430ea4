//! What a run works with, as plain values: the job, facts about values, steps and their results.

pub(crate) mod carry;
pub(crate) mod due;
pub(crate) mod facts;
pub(crate) mod job;
pub(crate) mod leak;
pub(crate) mod moves;
pub(crate) mod reached;
pub(crate) mod retiring;
pub(crate) mod step;
pub(crate) mod transition;
