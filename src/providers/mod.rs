//! Every provider as one file, and the driver that runs it: test, issue, list, revoke. Knows no destination and no journal.
//! Values pass through as `Secret`s; only `net::auth` puts one into a request.

mod body;
mod capabilities;
mod driver;
mod grant;
mod keys;
mod limit;
mod list;
mod moment;
mod pace;
mod paging;
mod part;
mod person;
mod refusal;
mod registry;
mod render;
pub mod shapes;
mod slots;
pub mod spec;
mod test;
mod verdict;
mod xml;

#[cfg(test)]
mod answers_tests;
#[cfg(test)]
mod breadth_tests;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod readings_tests;
#[cfg(test)]
mod verify_tests;

pub use capabilities::Capabilities;
pub use driver::Driver;
pub use grant::Refreshed;
pub use keys::{Minted, Order, Revoked};
pub use list::{ListedKey, Restricted};
pub use pace::Pace;
pub use refusal::Refusal;
pub use registry::Registry;
pub use spec::Spec;
pub use spec::check::Flaw;
