//! Proof that nothing hostile gets in: a table of hostile inputs, each with its outcome and its exit code.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

#[path = "../support/mod.rs"]
mod support;

mod inputs;
