//! Where values go. Sees one destination at a time: looks at it, seals a value for it, writes it,
//! and sees that it arrived. Knows no provider and no state of a rotation.

mod exists;
mod keys;
mod near;
mod path;
mod readers;
mod seal;
mod secrets;
mod writable;

pub use exists::{Asked, Found, Which};
pub use keys::PublicKey;
pub use readers::Readers;
pub use secrets::{
    Arrival, Creation, LARGEST_VALUE, PutError, Reach, Secrets, Snapshot, reach_after,
};
