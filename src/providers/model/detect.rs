//! Providers whose tokens tokenward only recognizes: it finds them where they do not belong, and
//! neither tests nor rotates them. A file holds many, each with where its facts come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TokenKind;
use super::check::{SpecError, kinds};

/// One file of `src/providers/detect`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Detect {
    /// The providers.
    pub providers: Vec<Recognised>,
}

/// A provider whose tokens are recognized.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recognised {
    /// The id that findings name.
    pub id: String,
    /// The name that people know.
    pub name: String,
    /// Where a person reads what such a token is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
    /// Its kinds of token.
    pub tokens: Vec<TokenKind>,
}

impl Detect {
    /// Every flaw of the file.
    #[must_use]
    pub fn check(&self) -> Vec<SpecError> {
        self.providers
            .iter()
            .flat_map(|provider| {
                kinds(&format!("providers.{}.", provider.id), &provider.id, &provider.tokens)
            })
            .collect()
    }
}
