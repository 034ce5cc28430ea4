//! GitHub's REST API: octocrab over our own transport, with what GitHub's answers mean and how fast
//! it may be written to. Knows no secret store and no journal; those build on it.

mod client;
mod dates;
mod error;
mod pace;
mod place;
mod refusal;
mod service;

pub use client::{Counts, GitHub, Paged, Reply};
pub use dates::Jump;
pub use error::GitHubError;
pub use pace::Use;
pub use place::{Api, server};
pub use refusal::Cause;
