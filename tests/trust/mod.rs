//! Proof that no value gets out and that nothing hostile gets in: the canary suite, which runs
//! every command through everything that can go wrong and searches all that it left behind for the
//! values it was handed; a table of hostile inputs, each with its outcome; the threat model of
//! SECURITY.md, held against the tests it names; and how the tool grows.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

mod canary;
mod children;
mod corpora;
mod growth;
mod hostile_network;
mod inputs;
mod journal;
mod model;
mod needles;
mod reports;
mod supply;
