//! GitHub's secret stores. Handles one destination at a time: reads its metadata, seals a value for
//! it, writes it, and verifies the write. Knows no provider and no state of a rotation.

mod exists;
mod keys;
mod near;
mod path;
mod problems;
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
