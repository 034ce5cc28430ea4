//! The tests of the library and of the commands, as one binary: they share most of their code, and
//! linking it once is quicker than ten times. One suite: `cargo test --test suite faults::`.

mod architecture;
mod attacks;
mod cli;
mod faults;
mod fleet;
#[expect(unreachable_pub, reason = "a crate of its own, for cargo-fuzz")]
#[expect(clippy::unwrap_used, reason = "a runtime that cannot be made is a failed test")]
#[path = "fuzz/src/lib.rs"]
mod fuzz;
mod generated;
mod honest;
mod journal;
mod providers;
mod support;
mod trust;
