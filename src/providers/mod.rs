//! Providers, one file each, and the driver that executes it: test, issue, list, revoke. Knows no
//! destination and no journal. Values pass through as `Secret`s; only `net::auth` puts one into a
//! request.

mod abilities;
mod body;
mod capabilities;
mod console_link;
mod derived;
mod driver;
mod error;
mod grant;
mod keys;
mod list;
pub mod model;
mod pace;
mod packed;
mod paging;
mod problems;
mod registry;
mod render;
mod retry_after;
pub mod shapes;
mod slots;
mod timestamps;
mod verdict;
mod verify;
mod xml;

#[cfg(test)]
mod answers_tests;
#[cfg(test)]
mod examples_tests;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod spec_coverage;
#[cfg(test)]
mod verify_tests;

pub use abilities::{Abilities, Source};
pub use capabilities::Capabilities;
pub use driver::Driver;
pub use error::ProviderError;
pub use grant::Refreshed;
pub use keys::{Minted, Order, Revoked};
pub use list::{ListedKey, Restricted};
pub use model::Spec;
pub use model::check::SpecError;
pub use pace::Pace;
pub use registry::Registry;
