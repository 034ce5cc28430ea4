//! Time and size from outside are bounded, and a panic ends one token's work only.
//! What a test needs of a hostile server stands in `bounds/`; each file is one kind.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

mod addresses;
mod clocks;
mod lists;
mod panics;
mod sizes;
mod waits;
mod wire;
