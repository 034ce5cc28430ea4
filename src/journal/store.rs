//! What a journal's store has to do: give the newest records, and take one more only if nobody was
//! faster.

use futures::future::BoxFuture;

use super::key::{JournalKey, KEY_NAME};
use super::record::{Owner, Record};
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, Timestamp};

/// The journal's end as it was read.
#[derive(Clone, Debug)]
pub struct Tip {
    /// Names this end; an append succeeds only while the journal still ends here.
    pub version: String,
    /// The newest records, newest first, back to a `full` one and the one before it, to which its
    /// link is checked.
    pub records: Vec<Record>,
    /// When records before those were written, as far as they were read with them.
    pub before: Vec<Timestamp>,
    /// Whether one of those was signed.
    pub signed_before: bool,
}

impl Tip {
    /// Whether nothing that was read was ever signed.
    pub(super) fn is_unsigned(&self) -> bool {
        !self.signed_before && self.records.iter().all(|record| record.mac.is_none())
    }
}

/// Why the journal could not be read.
#[derive(Debug)]
pub enum StoreError {
    /// It makes no sense.
    Broken {
        /// How.
        why: String,
    },
    /// No record of it is signed with the key at hand.
    OtherKey,
    /// It is another repository's.
    Foreign {
        /// Whose it says it is.
        of: String,
        /// Who reads it.
        here: String,
    },
    /// Nothing in it is signed, and the key is there.
    Unsigned {
        /// What it claims, a line each.
        claims: Vec<String>,
    },
    /// A newer tokenward wrote it.
    Newer {
        /// Its format.
        format: u32,
    },
    /// It could not be reached.
    Unavailable(Box<Problem>),
}

impl StoreError {
    /// The same, with the commit that the record is in.
    #[must_use]
    pub(super) fn in_commit(self, sha: &str) -> Self {
        match self {
            Self::Broken { why } => {
                Self::Broken { why: format!("commit {}: {why}", sanitize(sha)) }
            }
            other => other,
        }
    }

    /// What a person is told.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Broken { why } => Problem::new(Code::JournalBroken, "the journal does not make sense")
                .cause(why)
                .hint("look at the record that is named (`git log` of the ref); if it was edited by hand, take that back, and move the ref to the last commit that is right")
                .state("nothing was changed: no key is made or revoked on a journal that cannot be trusted"),
            Self::OtherKey => Problem::new(Code::JournalBroken, format!("no record of the journal is signed with the key in {KEY_NAME}"))
                .cause("this step receives another key than the one that signed them, or somebody wrote the whole journal")
                .hint(format!("hand over the secret {KEY_NAME} of the rotating repository as it is; do not move or remove the ref for this"))
                .state("nothing was changed: no key is made or revoked on a journal that cannot be trusted"),
            Self::Foreign { of, here } => Problem::new(Code::JournalForeign, format!("the journal in {here} is that of {}", sanitize(&of)))
                .cause("a mirror or an import takes this ref along; or somebody put another repository's journal here")
                .hint("remove the ref (docs/journal.md, \"The key\"); the next run takes over the values it is handed, and revokes nothing")
                .state("nothing was changed: the keys it speaks of are looked after elsewhere"),
            Self::Unsigned { claims } => {
                let problem = Problem::new(Code::JournalUnsigned, format!("the journal is not signed, and {KEY_NAME} is set"));
                let problem =
                    problem.cause("everybody with `contents: write` can have written it: if it was signed before, somebody replaced it");
                let problem = claims.into_iter().map(|claim| format!("it claims: {claim}")).fold(problem, Problem::cause);
                problem
                    .hint("compare this with the keys that the provider lists; if it is right, run `tokenward adopt --unsigned-journal` once; if not, remove the ref, and the next run begins again")
                    .state("nothing was changed: no key is made or revoked on a journal that is not signed")
            }
            Self::Newer { format } => {
                Problem::new(Code::JournalNewer, format!("the journal is of format {format}, this binary reads up to {}", super::FORMAT))
                    .hint("update tokenward in this workflow")
                    .state("nothing was changed")
            }
            Self::Unavailable(problem) => *problem,
        }
    }
}

/// Why a record was not added.
#[derive(Debug)]
pub enum AppendError {
    /// Somebody else added one first.
    Lost,
    /// It could not be written, or nobody knows whether it was.
    Unavailable(Box<Problem>),
}

/// What is known of whether a record could be added, without adding one.
#[derive(Debug, Default)]
pub struct Writable {
    /// What shows that it could.
    pub how: Option<String>,
    /// What was not looked at.
    pub unseen: Option<String>,
}

/// A store of records.
pub trait Store: Send + Sync {
    /// Where it is, for a person.
    fn place(&self) -> String;
    /// Whose journal it keeps; `None` if the store does not record an owner.
    fn owner(&self) -> Option<Owner> {
        None
    }
    /// Reads the newest records; `None` where there is no journal yet.
    fn read(&self) -> BoxFuture<'_, Result<Option<Tip>, StoreError>>;
    /// Whether a record could be added. Nothing that anybody sees is changed to find out.
    fn writable(&self) -> BoxFuture<'_, Result<Writable, Problem>>;
    /// Adds a record after `parent`; `None` begins the journal. Gives the new end's name.
    fn append<'a>(
        &'a self,
        parent: Option<&'a str>,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<String, AppendError>>;
}

/// Checks that the records follow each other, are those of `owner`, and under a key that each was
/// signed with it. What a person had taken over need not be signed: the record that takes it over
/// holds every token.
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
                why: format!("record {} is not signed with {KEY_NAME}", forged.sequence),
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
                "record {} is signed and does not say whose journal it is",
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
