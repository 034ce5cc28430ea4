//! One behavior suite over every provider there is: what each file declares is tried against its
//! twin, without a word about any provider. A new provider is covered by having a file and a twin.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../faults/journal.rs"]
#[expect(dead_code, reason = "each test target uses a part of it")]
mod journal;

mod answers;
mod bench;
mod files;
mod fixed_keys;
mod fleet;
mod lives;
mod processes;
mod stage;
mod table;
mod unused;
