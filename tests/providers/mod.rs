//! One behavior suite over every provider there is: what each file declares is tried against its
//! twin, without a word about any provider. A new provider is covered by having a file and a twin.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot set itself up has failed"
)]

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
