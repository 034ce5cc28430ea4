//! Tests of the room as a whole: what is found, where it is said to be, and that no value ever gets out.

mod event;
mod leaks;
mod matching;
mod range;
pub(super) mod support;
mod tree;
