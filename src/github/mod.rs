//! GitHub Actions as the place we run in: what the runner tells us, and the only writer of `::commands::`.

mod context;
mod event;
mod runner;

pub use context::Actions;
pub use event::event;
pub use runner::Runner;
