//! Locks that a panic elsewhere never takes away: one token's bug must not silence the others.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The lock, also after somebody panicked while holding it. What it guards must be whole at any
/// moment.
pub fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
