//! One change of the journal, as it is stored. Versioned: a binary that meets a newer format
//! changes nothing. A record lists only the tokens it changes; a `full` one lists all, so that
//! reading never goes further back.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::key::JournalKey;
use super::store::StoreError;
use crate::domain::lifecycle::{Lease, TokenState};
use crate::domain::secret::keyed_hash;
use crate::domain::{Timestamp, TokenName, ids};

/// The format this binary writes, and the newest it reads.
pub const FORMAT: u32 = 2;

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
    pub by: Lease,
    /// What happened, for a person.
    pub event: String,
    /// Whether `tokens` lists every token.
    pub full: bool,
    /// Whose journal it is; absent in a file, which belongs to the folder it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Owner>,
    /// The tokens it changes, as they are from now on.
    pub tokens: BTreeMap<TokenName, TokenState>,
    /// The mac of the record before it, if that one has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Names the unsigned record before this one, if a person adopted this journal. Such a record
    /// is full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_over: Option<String>,
    /// HMAC-SHA256 over this record (without this field) under `TOKENWARD_JOURNAL_KEY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
}

/// The repository that a journal belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Owner {
    /// `owner/name`, its name at that time.
    pub repository: String,
    /// GitHub's id of it, which a rename does not change; absent if the writer did not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
}

impl Owner {
    /// Whether both are the same repository: by the id, or by the name if one of them has no id.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (self.id, other.id) {
            (Some(one), Some(other)) => one == other,
            _ => self.repository.eq_ignore_ascii_case(&other.repository),
        }
    }
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// If it has a newer format, or is invalid.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let broken = |error: serde_json::Error| StoreError::Broken {
            why: format!("a record is invalid: {error}"),
        };
        let format = serde_json::from_str::<FormatOnly>(text).map_err(broken)?.format;
        if format > FORMAT {
            return Err(StoreError::Newer { format });
        }
        serde_json::from_str(text).map_err(broken)
    }

    /// The record as one line of JSON.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The mac that this record should have under `key`.
    #[must_use]
    pub fn mac_under(&self, key: &JournalKey) -> String {
        let unsigned = Self { mac: None, ..self.clone() };
        ids::hex(&key.sign(unsigned.to_line().as_bytes()))
    }

    /// The digest of an unsigned record, which the record of its adoption names.
    pub(super) fn name(&self) -> String {
        ids::hex(&self.digest())
    }

    /// Identifies this record.
    pub(super) fn digest(&self) -> [u8; 32] {
        keyed_hash(b"tokenward record 1", self.to_line().as_bytes())
    }
}
