//! Which repository, which commit and which config decide: never what a pull request brings.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a stage that cannot be set is a failed test")]

mod asked;
mod bare;
mod branches;
mod comments;
mod encoded;
mod fetching;
mod forged;
mod glued;
mod links;
mod moved;
mod packed;
mod paths;
mod ranges;
pub(crate) mod stage;
