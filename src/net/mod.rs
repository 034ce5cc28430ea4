//! The one way out to the network. Knows requests, answers and what may be repeated; knows no
//! provider and no GitHub. A credential goes only into the header it is meant for, never into a
//! URL's path, a log line or an error.

mod address;
pub mod auth;
mod clock;
mod echo;
pub mod github;
mod host_allowlist;
mod https;
pub mod origin;
mod pages;
mod pieces;
mod problems;
mod resolve;
pub mod retry;
mod scrub;
mod shown;
mod transport;
mod unsigned;

pub use address::Address;
pub use clock::Clock;
pub use echo::{Readings, quoted};
pub use host_allowlist::{AllowlistTransport, host_fits};
pub use https::Https;
pub use origin::Origin;
pub use pages::{Pages, next_link};
pub use transport::{Answer, Request, Transport, TransportError};
pub use unsigned::{Body, Draft};

/// The `User-Agent` of every request. Some providers refuse a request without one
/// (<https://resend.com/docs/api-reference/introduction>).
pub const USER_AGENT: &str = concat!("tokenward/", env!("CARGO_PKG_VERSION"));
