//! The journal as a run uses it: the current state of every token, and one way to change it. A
//! change is accepted only if the token still has the state that the decision was based on; a
//! change of another token in between is no conflict.

use std::collections::BTreeMap;

use tokio::sync::{Mutex, MutexGuard};

use super::key::JournalKey;
use super::record::{FORMAT, Record};
use super::store::{AppendError, Store, StoreError, Tip, check_chain};
use super::{claims, problems};
use crate::domain::lifecycle::{Lease, TokenState};
use crate::domain::{Problem, Timestamp, TokenName};

/// After this many records one lists every token again, so that reading takes one page.
const FULL_EVERY: usize = 60;
/// How often a change is tried if changes of other tokens come in between.
const ATTEMPTS: u32 = 8;

/// Why a change was not accepted.
#[derive(Debug)]
pub enum CommitError {
    /// Another run changed this token: that run has the lease, and this one stops.
    Superseded,
    /// A token of the same group is being rotated, and the two must not overlap.
    Staggered(TokenName),
    /// The journal could not be written, or is inconsistent.
    Unavailable(Box<Problem>),
}

impl CommitError {
    /// The problem to report.
    #[must_use]
    pub fn into_problem(self, token: &TokenName) -> Problem {
        match self {
            Self::Superseded => problems::superseded(token),
            Self::Staggered(peer) => problems::staggered(token, &peer),
            Self::Unavailable(problem) => *problem,
        }
    }
}

struct Now {
    version: Option<String>,
    sequence: u64,
    since_full: usize,
    mac: Option<String>,
    /// Identifies the newest record, should another one replace it.
    digest: Option<[u8; 32]>,
    tokens: BTreeMap<TokenName, TokenState>,
    /// When the last records were written.
    written: Vec<Timestamp>,
}

/// The journal, open.
pub struct Ledger<'a> {
    store: &'a dyn Store,
    by: Lease,
    key: Option<&'a JournalKey>,
    now: Mutex<Now>,
    adoption: Mutex<()>,
}

impl<'a> Ledger<'a> {
    /// Reads the journal. `by` identifies this run in the records that it writes. Without a key the
    /// journal is read-only: nothing in it is authenticated, so nothing may be changed because of
    /// it.
    ///
    /// # Errors
    /// If it cannot be read or is inconsistent; with a key, also if it is not signed.
    pub async fn open(
        store: &'a dyn Store,
        by: Lease,
        key: Option<&'a JournalKey>,
    ) -> Result<Self, Problem> {
        let now = load(store, key).await.map_err(StoreError::into_problem)?;
        Ok(Self { store, by, key, now: Mutex::new(now), adoption: Mutex::new(()) })
    }

    /// Whether every record is signed with our key, so that the run may act on it.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.key.is_some()
    }

    /// Adopts a journal in which nothing is signed, after a person has reviewed it: appends one
    /// full, signed record that names the one before it. The evidence for the ids of keys is
    /// dropped: a run that holds a value must find its id again.
    ///
    /// # Errors
    /// If there is nothing to adopt, the journal is inconsistent, or the record could not be
    /// written.
    pub async fn take_over(
        store: &dyn Store,
        by: Lease,
        key: &JournalKey,
        at: Timestamp,
    ) -> Result<Vec<String>, Problem> {
        let tip = store.read().await.map_err(StoreError::into_problem)?;
        let Some(tip) = tip else { return Err(problems::no_journal_to_adopt()) };
        if !tip.is_unsigned() {
            check_chain(&tip.records, store.owner().as_ref(), Some(key))
                .map_err(StoreError::into_problem)?;
            return Err(problems::already_signed());
        }
        check_chain(&tip.records, store.owner().as_ref(), None)
            .map_err(StoreError::into_problem)?;
        let before = tip.records.first().map(Record::name);
        let now = fold(tip).map_err(StoreError::into_problem)?;
        let said = claims::of(&now.tokens);
        let mut record = Record {
            format: FORMAT,
            sequence: now.sequence.saturating_add(1),
            at,
            by: Lease { at, ..by },
            event: "a person adopted the unsigned journal".to_owned(),
            full: true,
            of: store.owner(),
            tokens: claims::without_evidence(now.tokens),
            after: None,
            takes_over: before,
            mac: None,
        };
        record.mac = Some(record.mac_under(key));
        match store.append(now.version.as_deref(), &record).await {
            Ok(_) => Ok(said),
            Err(AppendError::Lost) => Err(problems::adoption_lost()),
            Err(AppendError::Unavailable(problem)) => Err(*problem),
        }
    }

    /// Whether there is no journal yet.
    pub async fn is_new(&self) -> bool {
        self.now.lock().await.version.is_none()
    }

    /// The right to adopt a value, one token at a time: the next one sees what this one adopted.
    pub async fn adopting(&self) -> MutexGuard<'_, ()> {
        self.adoption.lock().await
    }

    /// Reads the journal again, and returns a token's state.
    ///
    /// # Errors
    /// If it cannot be read or is inconsistent.
    pub async fn look_again(&self, name: &TokenName) -> Result<Option<TokenState>, Problem> {
        let mut now = self.now.lock().await;
        *now = reload(self.store, self.key, &now).await.map_err(StoreError::into_problem)?;
        Ok(now.tokens.get(name).cloned())
    }

    /// A token as it is now.
    pub async fn token(&self, name: &TokenName) -> Option<TokenState> {
        self.now.lock().await.tokens.get(name).cloned()
    }

    /// When the last records were written, as far back as was read: at least to the newest that
    /// lists every token.
    pub async fn written(&self) -> Vec<Timestamp> {
        self.now.lock().await.written.clone()
    }

    /// Every token as it is now.
    pub async fn tokens(&self) -> BTreeMap<TokenName, TokenState> {
        self.now.lock().await.tokens.clone()
    }

    /// Replaces `from`, the state that the decision was based on, by `to`, and records what
    /// happened; not while a token of `apart` is being rotated.
    ///
    /// # Errors
    /// If the token no longer has the state `from`, or the journal cannot be written.
    pub async fn commit(
        &self,
        name: &TokenName,
        from: Option<&TokenState>,
        to: TokenState,
        event: &str,
        at: Timestamp,
        apart: &[TokenName],
    ) -> Result<(), CommitError> {
        let Some(key) = self.key else {
            return Err(CommitError::Unavailable(Box::new(problems::key_missing())));
        };
        let mut now = self.now.lock().await;
        for _ in 0..ATTEMPTS {
            if now.tokens.get(name) != from {
                return Err(CommitError::Superseded);
            }
            if let Some(peer) =
                apart.iter().find(|peer| now.tokens.get(peer).is_some_and(TokenState::is_in_flight))
            {
                return Err(CommitError::Staggered(peer.clone()));
            }
            let record = self.record(&now, name, &to, event, at, key);
            match self.store.append(now.version.as_deref(), &record).await {
                Ok(version) => {
                    now.version = Some(version);
                    now.sequence = record.sequence;
                    now.digest = Some(record.digest());
                    now.since_full = if record.full { 0 } else { now.since_full + 1 };
                    now.mac = record.mac;
                    now.tokens.insert(name.clone(), to);
                    return Ok(());
                }
                Err(AppendError::Lost) => {
                    *now = reload(self.store, self.key, &now).await.map_err(|failure| {
                        CommitError::Unavailable(Box::new(failure.into_problem()))
                    })?;
                }
                Err(AppendError::Unavailable(problem)) => {
                    return Err(CommitError::Unavailable(problem));
                }
            }
        }
        // The token is unchanged: other runs wrote about their tokens, faster each time.
        Err(CommitError::Unavailable(Box::new(problems::contended(ATTEMPTS))))
    }

    fn record(
        &self,
        now: &Now,
        name: &TokenName,
        to: &TokenState,
        event: &str,
        at: Timestamp,
        key: &JournalKey,
    ) -> Record {
        // A full record grows with the number of tokens, so it is written only once for at least as
        // many records.
        let full = now.version.is_none() || now.since_full + 1 >= FULL_EVERY.max(now.tokens.len());
        let mut tokens = if full { now.tokens.clone() } else { BTreeMap::new() };
        tokens.insert(name.clone(), to.clone());
        let by = Lease { at, ..self.by.clone() };
        let mut record = Record {
            format: FORMAT,
            sequence: now.sequence.saturating_add(1),
            at,
            by,
            event: format!("{name}: {event}"),
            full,
            of: self.store.owner(),
            tokens,
            after: now.mac.clone(),
            takes_over: None,
            mac: None,
        };
        record.mac = Some(record.mac_under(key));
        record
    }
}

async fn load(store: &dyn Store, key: Option<&JournalKey>) -> Result<Now, StoreError> {
    let Some(tip) = store.read().await? else { return Ok(nothing()) };
    let unsigned = key.is_some() && !tip.records.is_empty() && tip.is_unsigned();
    check_chain(&tip.records, store.owner().as_ref(), key.filter(|_| !unsigned))?;
    let now = fold(tip)?;
    if unsigned { Err(StoreError::Unsigned { claims: claims::of(&now.tokens) }) } else { Ok(now) }
}

fn nothing() -> Now {
    Now {
        version: None,
        sequence: 0,
        since_full: 0,
        mac: None,
        digest: None,
        tokens: BTreeMap::new(),
        written: Vec::new(),
    }
}

/// Reads it again. A journal only grows: if records were lost or replaced, somebody tampered with
/// it.
async fn reload(
    store: &dyn Store,
    key: Option<&JournalKey>,
    before: &Now,
) -> Result<Now, StoreError> {
    // A deleted journal is a change of every token, which stops this run as any other would.
    let Some(tip) = store.read().await? else { return Ok(nothing()) };
    check_chain(&tip.records, store.owner().as_ref(), key)?;
    let newest = tip.records.first().map_or(0, |record| record.sequence);
    if newest < before.sequence {
        let why = format!(
            "it was moved back from record {} to record {newest} during this run",
            before.sequence
        );
        return Err(StoreError::Broken { why });
    }
    let there = tip.records.iter().find(|record| record.sequence == before.sequence);
    if let (Some(there), Some(digest)) = (there, before.digest)
        && there.digest() != digest
    {
        return Err(StoreError::Broken {
            why: format!("record {} was replaced during this run", before.sequence),
        });
    }
    fold(tip)
}

/// The newest state of each token, back to the newest full record.
fn fold(tip: Tip) -> Result<Now, StoreError> {
    let Some(newest) = tip.records.first() else {
        return Err(StoreError::Broken { why: "it has no record".to_owned() });
    };
    let (sequence, mac, digest) = (newest.sequence, newest.mac.clone(), Some(newest.digest()));
    let written = tip.records.iter().map(|record| record.at).chain(tip.before).collect();
    let mut tokens = BTreeMap::new();
    for (since_full, record) in tip.records.into_iter().enumerate() {
        for (name, state) in record.tokens {
            tokens.entry(name).or_insert(state);
        }
        if record.full {
            return Ok(Now {
                version: Some(tip.version),
                sequence,
                since_full,
                mac,
                digest,
                tokens,
                written,
            });
        }
    }
    Err(StoreError::Broken { why: "no record lists every token".to_owned() })
}
