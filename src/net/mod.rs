//! The one way out to the network. Knows requests, answers and what may be repeated; knows no provider and no GitHub.
//! A credential goes only into the header it is meant for, never into a URL's path, a log line or an error.

mod address;
pub mod auth;
mod clock;
mod draft;
mod echo;
mod exchange;
mod fence;
pub mod github;
mod https;
pub mod origin;
mod pages;
mod pieces;
mod resolve;
pub mod retry;
mod scrub;
mod shown;

pub use address::Address;
pub use clock::Clock;
pub use draft::{Body, Draft};
pub use echo::{Readings, quoted};
pub use exchange::{Answer, Failure, Request, Transport};
pub use fence::{Fence, host_fits};
pub use https::Https;
pub use origin::Origin;
pub use pages::{Pages, next_link};

/// How we name ourselves to every server. Some providers refuse a request that does not say
/// (<https://resend.com/docs/api-reference/introduction>).
pub const USER_AGENT: &str = concat!("tokenward/", env!("CARGO_PKG_VERSION"));
