//! tokenward looks after platform API tokens for their whole life in CI.
//!
//! The rooms, in dependency order (`tests/architecture.rs` holds the table):
//! `domain` (words) <- `config`, `net`, `journal` <- `providers`, `destinations`, `github` <- `rotation`, `scan` <- `report` <- `cli`.

pub mod cli;
pub mod config;
pub mod destinations;
pub mod domain;
pub mod github;
pub mod journal;
pub mod net;
pub mod providers;
pub mod report;
pub mod rotation;
pub mod scan;
