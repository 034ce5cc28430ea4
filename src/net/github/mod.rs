//! GitHub's REST API: octocrab over our own transport, what GitHub's responses mean, and how fast
//! we may write. Knows no secret store and no journal; those build on it.

mod client;
mod dates;
mod error;
mod pace;
mod place;
mod problems;
mod refusal;
mod service;

pub use client::{Counts, GitHub, Paged, Reply};
pub use dates::Jump;
pub use error::GitHubError;
pub use pace::Use;
pub use place::{Api, server};
pub use refusal::Cause;
