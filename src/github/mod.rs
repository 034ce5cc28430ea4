//! GitHub Actions as the place we run in: what the runner tells us, and the only writer of `::commands::`.

mod context;
mod runner;

pub use context::Actions;
pub use runner::Runner;
