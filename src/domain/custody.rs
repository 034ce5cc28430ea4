//! Who must hear of a value the moment it exists, so that nothing printed later can show it.

use super::Secret;

/// Told of every value as soon as it is in memory: in GitHub Actions it masks it, elsewhere it does nothing.
pub trait Custody: Send + Sync {
    /// A value was made, or handed to us.
    fn took(&self, secret: &Secret);
}

/// Does nothing: outside GitHub Actions there is nobody to tell.
pub struct Nobody;

impl Custody for Nobody {
    fn took(&self, _: &Secret) {}
}
