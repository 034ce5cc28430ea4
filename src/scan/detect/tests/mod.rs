//! Tests of detection as a whole: what is found in a text, and where.

mod boundaries;
mod deltas;
mod matching;
mod work;
