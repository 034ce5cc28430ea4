//! What a test comes to: nothing, or why it failed, as text for a person.

use std::fmt::Display;

/// A test, or a part of one.
pub(crate) type Outcome<T> = Result<T, String>;

/// Says what was being done when something failed.
pub(crate) trait While<T> {
    fn while_(self, doing: &str) -> Outcome<T>;
}

impl<T, E: Display> While<T> for Result<T, E> {
    fn while_(self, doing: &str) -> Outcome<T> {
        self.map_err(|error| format!("{doing}: {error}"))
    }
}

/// Fails with `why` unless something is so.
pub(crate) fn ensure(is_so: bool, why: impl FnOnce() -> String) -> Outcome<()> {
    if is_so { Ok(()) } else { Err(why()) }
}
