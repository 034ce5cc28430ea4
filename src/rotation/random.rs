//! Random bytes from the system.

use super::problems::account::no_random;
use crate::domain::Problem;

/// Random bytes from the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| no_random(&error))?;
    Ok(bytes)
}
