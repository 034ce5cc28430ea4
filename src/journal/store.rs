//! The interface of a journal's store: read the newest records, and append one if no other run was
//! faster.

use futures::future::BoxFuture;

use super::key::{JournalKey, KEY_NAME};
use super::problems;
use super::record::{Owner, Record};
use crate::domain::text::sanitize;
use crate::domain::{Problem, Timestamp};

/// The journal's end as it was read.
#[derive(Clone, Debug)]
pub struct Tip {
    /// The name of this end; an append succeeds only while the journal still ends here.
    pub version: String,
    /// The newest records, newest first, back to a `full` one and the one before it, which it links
    /// to.
    pub records: Vec<Record>,
    /// When older records were written, as far as they were read along with these.
    pub before: Vec<Timestamp>,
    /// Whether one of those was signed.
    pub signed_before: bool,
}

impl Tip {
    /// Whether none of the records that were read is signed.
    pub(super) fn is_unsigned(&self) -> bool {
        !self.signed_before && self.records.iter().all(|record| record.mac.is_none())
    }
}

/// Why the journal could not be read.
#[derive(Debug)]
pub enum StoreError {
    /// It is inconsistent.
    Broken {
        /// How.
        why: String,
    },
    /// No record is signed with our key.
    OtherKey,
    /// It belongs to another repository.
    Foreign {
        /// The repository that it names.
        of: String,
        /// The repository that reads it.
        here: String,
    },
    /// Nothing in it is signed, although there is a key.
    Unsigned {
        /// What it claims, one line for each token.
        claims: Vec<String>,
    },
    /// A newer tokenward wrote it.
    Newer {
        /// Its format.
        format: u32,
    },
    /// It could not be read.
    Unavailable(Box<Problem>),
}

impl StoreError {
    /// Adds the commit that the record is in.
    #[must_use]
    pub(super) fn in_commit(self, sha: &str) -> Self {
        match self {
            Self::Broken { why } => {
                Self::Broken { why: format!("commit {}: {why}", sanitize(sha)) }
            }
            other => other,
        }
    }

    /// The problem to report.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Broken { why } => problems::broken(why),
            Self::OtherKey => problems::other_key(),
            Self::Foreign { of, here } => problems::foreign(&of, &here),
            Self::Unsigned { claims } => problems::unsigned(claims),
            Self::Newer { format } => problems::newer(format),
            Self::Unavailable(problem) => *problem,
        }
    }
}

/// Why a record was not added.
#[derive(Debug)]
pub enum AppendError {
    /// Another run added one first.
    Lost,
    /// It could not be written, or it is unknown whether it was.
    Unavailable(Box<Problem>),
}

/// Whether a record could be added, as far as that is known without adding one.
#[derive(Debug, Default)]
pub struct Writable {
    /// What shows that it could.
    pub how: Option<String>,
    /// What could not be checked.
    pub unseen: Option<String>,
}

/// A store of records.
pub trait Store: Send + Sync {
    /// Where it is, for a person.
    fn place(&self) -> String;
    /// The owner of its journal; `None` if the store does not record one.
    fn owner(&self) -> Option<Owner> {
        None
    }
    /// Reads the newest records; `None` if there is no journal yet.
    fn read(&self) -> BoxFuture<'_, Result<Option<Tip>, StoreError>>;
    /// Whether a record could be added. Finding out changes nothing visible.
    fn writable(&self) -> BoxFuture<'_, Result<Writable, Problem>>;
    /// Adds a record after `parent`; `None` starts the journal. Returns the new end's name.
    fn append<'a>(
        &'a self,
        parent: Option<&'a str>,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<String, AppendError>>;
}

/// Checks that the records follow each other, belong to `owner`, and, if there is a key, are signed
/// with it. Records before an adoption need not be signed: the record of the adoption has every
/// token.
pub(super) fn check_chain(
    records: &[Record],
    owner: Option<&Owner>,
    key: Option<&JournalKey>,
) -> Result<(), StoreError> {
    for pair in records.windows(2) {
        if let [newer, older] = pair
            && !follows(newer, older)
        {
            return Err(StoreError::Broken {
                why: format!("record {} does not follow record {}", newer.sequence, older.sequence),
            });
        }
    }
    if let Some(key) = key {
        let signed = records
            .iter()
            .position(|record| record.takes_over.is_some())
            .map_or(records.len(), |position| position + 1);
        let mut signed = records.iter().take(signed);
        let is_ours =
            |record: &&Record| record.mac.as_deref() == Some(record.mac_under(key).as_str());
        if let Some(forged) = signed.find(|record| !is_ours(record)) {
            if records.len() > 1
                && records.iter().all(|record| record.mac.is_some() && !is_ours(&record))
            {
                return Err(StoreError::OtherKey);
            }
            return Err(StoreError::Broken {
                why: format!(
                    "record {} is not signed with the key in `{KEY_NAME}`",
                    forged.sequence
                ),
            });
        }
    }
    let (Some(here), Some(newest)) = (owner, records.first()) else { return Ok(()) };
    match &newest.of {
        Some(of) if !of.is(here) => {
            Err(StoreError::Foreign { of: of.repository.clone(), here: here.repository.clone() })
        }
        None if key.is_some() => Err(StoreError::Broken {
            why: format!(
                "record {} is signed but does not name the repository that the journal belongs to",
                newest.sequence
            ),
        }),
        _ => Ok(()),
    }
}

fn follows(newer: &Record, older: &Record) -> bool {
    let linked = match &newer.takes_over {
        Some(name) => {
            newer.full
                && newer.mac.is_some()
                && newer.after.is_none()
                && older.mac.is_none()
                && *name == older.name()
        }
        None => newer.after == older.mac,
    };
    linked && older.sequence.checked_add(1) == Some(newer.sequence)
}
