//! The GitHub Actions runner: its data about this run, and the only writer of `::commands::`,
//! outputs and summaries.

mod context;
mod decides;
mod event;
mod files;
#[cfg(test)]
mod protocol_tests;
mod runner;

pub use context::{Actions, Proposal};
pub use decides::{Decides, Facts, Said};
pub use event::event;
pub use files::{LARGEST_SUMMARY, add_summary, set_outputs};
pub use runner::{MOST_REMARKS, Runner, escape_commands};
