//! The commands as people use them, run whole against the emulator: what they say, what they do,
//! and their exit codes.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

mod action;
mod binary;
mod check;
mod completion;
mod enterprise;
mod grace;
mod hook;
mod hosted;
mod hostile;
#[cfg(unix)]
mod interrupted;
mod kinds;
mod leaked;
mod live;
mod lives;
mod logs;
mod manual_lifecycle;
mod manual_rotation;
mod monitoring;
mod oauth;
mod own_provider;
mod own_rules;
mod preflight;
mod push;
mod revoke;
mod revoke_first;
mod rotate;
mod scan_journal;
mod secrecy;
mod setup;
mod snapshots;
mod stagger;
mod status_page;
mod suppressions;
mod usage;
