//! Random bytes from the system.

use crate::domain::Problem;
use crate::rotation::problems::account::no_random;

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| no_random(&error))?;
    Ok(bytes)
}
