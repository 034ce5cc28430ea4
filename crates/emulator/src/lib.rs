//! GitHub and email providers as tokenward's tests and `tokenward demo` need them: in process or on
//! loopback. It really opens sealed boxes, keeps a virtual clock, records every request and fails
//! on request. It must not share code with tokenward, so that a mistake made there is not repeated
//! here.
//!
//! To add a provider: one file in `providers/`, and one row in `providers/mod.rs`.

mod clock;
mod control;
mod emulator;
mod fault;
mod github;
mod http;
mod inject;
mod providers;
mod random;
mod record;
mod serve;
mod service;
mod twin;
mod world;

pub use control::Control;
pub use emulator::Emulator;
pub use fault::{Dropped, Fault, FaultKind, FaultMatch};
pub use github::{Credential, CredentialKind, GitHub, Issue, SecretPlace, TextKind, Visibility};
pub use providers::*;
pub use record::Recorded;
pub use serve::Served;
pub use twin::{Seeded, TwinOf};
