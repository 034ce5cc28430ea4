//! Tests of the room as a whole: what is found, where it is said to be, and that no value ever gets out.

mod deltas;
mod edges;
mod event;
mod history;
mod hostile;
mod leaks;
mod managed;
mod matching;
mod noise;
mod places;
pub(super) mod range;
mod staged;
pub(super) mod support;
mod tree;
mod work;
