//! One change of the journal, as it is kept. Versioned: a binary that meets a newer format touches nothing.
//! A record names only the tokens it changes; a `full` one names all, so that reading never goes further back.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::store::StoreFailure;
use crate::domain::lifecycle::{Lead, TokenState};
use crate::domain::{Secret, Timestamp, TokenName, ids};

/// The format this binary writes, and the newest it reads.
pub const FORMAT: u32 = 1;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Record {
    /// The format's number.
    pub format: u32,
    /// Counts the records, from 1.
    pub sequence: u64,
    /// When it was written, by GitHub's clock.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: Lead,
    /// What happened, for a person.
    pub event: String,
    /// Whether `tokens` names every token there is.
    pub full: bool,
    /// The tokens it changes, as they are from now on.
    pub tokens: BTreeMap<TokenName, TokenState>,
    /// The mac of the record before it, where that one has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// HMAC-SHA256 over this record (without this field), where `TOKENWARD_JOURNAL_KEY` is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// When it is of a newer format, or makes no sense.
    pub fn parse(text: &str) -> Result<Self, StoreFailure> {
        let broken = |error: serde_json::Error| StoreFailure::Broken { why: format!("a record cannot be read: {error}") };
        let format = serde_json::from_str::<FormatOnly>(text).map_err(broken)?.format;
        if format > FORMAT {
            return Err(StoreFailure::Newer { format });
        }
        serde_json::from_str(text).map_err(broken)
    }

    /// The record as one line of JSON.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The mac this record should carry under `key`.
    #[must_use]
    pub fn mac_under(&self, key: &Secret) -> String {
        let unsigned = Self { mac: None, ..self.clone() };
        ids::hex(&key.sign(unsigned.to_line().as_bytes()))
    }
}
