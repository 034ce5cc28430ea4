//! How the emulator behaves, one file a subject. One test binary, so that it links once.

mod faults;
mod github_access;
mod github_journal;
mod github_secrets;
mod issuers;
mod providers;
mod serving;
mod support;
