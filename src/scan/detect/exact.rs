//! Values that the run itself holds: found anywhere, whatever they look like and whatever is around
//! them. The prefilter searches for the last bytes of each, so they cost nothing; the rest is
//! compared with the `Secret` itself.

use std::ops::Range;

use super::assigned_name::{Kind, kind};
use crate::domain::{ProviderId, Secret, TokenName};
use crate::scan::types::{MANAGED, VARIABLE};

/// A value that is known to the letter.
#[derive(Clone, Debug)]
pub struct Exact {
    /// Whose value it is, if it is that of a token of the config.
    pub token: Option<TokenName>,
    /// The provider that issues it.
    pub provider: ProviderId,
    /// The value.
    pub value: Secret,
}

impl Exact {
    /// A value that a variable holds.
    #[must_use]
    pub fn of_variable(value: Secret) -> Self {
        Self { token: None, provider: ProviderId::new("environment"), value }
    }

    pub(crate) fn rule(&self) -> &'static str {
        if self.token.is_some() { MANAGED } else { VARIABLE }
    }

    /// Where the value stands, if its last bytes end at a place.
    pub(super) fn ending_at(&self, text: &[u8], end: usize) -> Option<Range<usize>> {
        let start = end.checked_sub(self.value.len())?;
        self.value.is_at(text, start).then_some(start..end)
    }

    /// Whether these bytes are the value.
    pub(crate) fn is(&self, bytes: &[u8]) -> bool {
        bytes.len() == self.value.len() && self.value.is_at(bytes, 0)
    }
}

/// Whether a name says that what it names is a secret.
#[must_use]
pub fn says_secret(name: &str) -> bool {
    kind(name.as_bytes()) == Kind::Secret
}
