//! tokenward looks after provider API tokens for their whole life in CI.
//!
//! The modules, in dependency order (ARCHITECTURE.md has the table, `tests/architecture` checks
//! it): `domain` (words) <- `disk`, `config`, `net`, `git`, `github`, `scan`, `report` <-
//! `journal`, `providers`, `destinations` <- `rotation` <- `cli`.

pub mod cli;
pub mod config;
pub mod destinations;
pub mod disk;
pub mod domain;
pub mod git;
pub mod github;
pub mod journal;
pub mod net;
pub mod providers;
pub mod report;
pub mod rotation;
pub mod scan;
