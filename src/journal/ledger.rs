//! The journal as a run uses it: every token as it is now, and one way to change one. A change is
//! kept only if the token is still what the change was decided on; another token's change in
//! between is no conflict.

use std::collections::BTreeMap;

use tokio::sync::{Mutex, MutexGuard};

use super::claims;
use super::key::{JournalKey, KEY_NAME};
use super::record::{FORMAT, Record};
use super::store::{AppendError, Store, StoreError, Tip, check_chain};
use crate::domain::lifecycle::{Lease, TokenState};
use crate::domain::{Code, Problem, Timestamp, TokenName, handing_over};

/// After so many records one names every token again, so that reading stays one page.
const FULL_EVERY: usize = 60;
/// How often a change is tried when other tokens' changes come in between.
const ATTEMPTS: u32 = 8;

/// Why a change was not kept.
#[derive(Debug)]
pub enum CommitError {
    /// Another run changed this token: it leads, this run stops.
    Superseded,
    /// This token's rotation is kept apart from that one's, which is under way.
    Staggered(TokenName),
    /// The journal could not be written, or makes no sense.
    Unavailable(Box<Problem>),
}

impl CommitError {
    /// What a person is told.
    #[must_use]
    pub fn into_problem(self, token: &TokenName) -> Problem {
        match self {
            Self::Superseded => Problem::new(
                Code::JournalLost,
                format!("another run changed {token} in the journal first, so this run stopped"),
            )
            .hint("nothing to do: the other run goes on")
            .state("what this run did not journal, it did not do"),
            Self::Staggered(peer) => Problem::new(
                Code::Staggered,
                format!(
                    "{token} was not begun: the rotation of {peer}, of the same group, is under way"
                ),
            )
            .hint("nothing to do: a later run begins it")
            .state("nothing was changed"),
            Self::Unavailable(problem) => *problem,
        }
    }
}

struct Now {
    version: Option<String>,
    sequence: u64,
    since_full: usize,
    mac: Option<String>,
    /// Tells the newest record from any other that could stand at its place.
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
    /// Reads the journal. `by` names this run in what it writes. Without a key the journal is for
    /// reading only: nothing in it is authenticated, so nothing may be changed because of it.
    ///
    /// # Errors
    /// When it cannot be read or makes no sense; with a key, also when it is not signed.
    pub async fn open(
        store: &'a dyn Store,
        by: Lease,
        key: Option<&'a JournalKey>,
    ) -> Result<Self, Problem> {
        let now = load(store, key).await.map_err(StoreError::into_problem)?;
        Ok(Self { store, by, key, now: Mutex::new(now), adoption: Mutex::new(()) })
    }

    /// Whether every record was signed with our key, so that what it says may be acted on.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.key.is_some()
    }

    /// Takes over a journal in which nothing is signed, after a person has looked at it: one full,
    /// signed record that names the one before it. How the ids of keys were learned is not taken
    /// over: a run that holds a value has to see it again.
    ///
    /// # Errors
    /// When there is nothing to take over, or it makes no sense, or the record could not be
    /// written.
    pub async fn take_over(
        store: &dyn Store,
        by: Lease,
        key: &JournalKey,
        at: Timestamp,
    ) -> Result<Vec<String>, Problem> {
        let nothing = |why: &str| {
            Problem::new(Code::NothingSelected, why.to_owned()).state("nothing was changed")
        };
        let tip = store.read().await.map_err(StoreError::into_problem)?;
        let Some(tip) = tip else {
            return Err(nothing("there is no journal to take over: the first `rotate` begins one"));
        };
        if !tip.is_unsigned() {
            check_chain(&tip.records, store.owner().as_ref(), Some(key))
                .map_err(StoreError::into_problem)?;
            return Err(nothing("the journal is signed already"));
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
            event: "an unsigned journal was taken over by a person".to_owned(),
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
            Err(AppendError::Lost) => Err(Problem::new(
                Code::JournalLost,
                "somebody wrote the journal at the same moment",
            )
            .hint("look at it again, and run this again")
            .state("nothing was changed")),
            Err(AppendError::Unavailable(problem)) => Err(*problem),
        }
    }

    /// Whether there was no journal at all.
    pub async fn is_new(&self) -> bool {
        self.now.lock().await.version.is_none()
    }

    /// The right to adopt a value, one token at a time: the next one sees what this one adopted.
    pub async fn adopting(&self) -> MutexGuard<'_, ()> {
        self.adoption.lock().await
    }

    /// Reads the journal again, and gives a token as it is there.
    ///
    /// # Errors
    /// When it cannot be read or makes no sense.
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
    /// names every token.
    pub async fn written(&self) -> Vec<Timestamp> {
        self.now.lock().await.written.clone()
    }

    /// Every token as it is now.
    pub async fn tokens(&self) -> BTreeMap<TokenName, TokenState> {
        self.now.lock().await.tokens.clone()
    }

    /// Replaces `from` (what the decision was made on) by `to`, saying what happened; not while a
    /// rotation of one of `apart` is under way.
    ///
    /// # Errors
    /// When the token is no longer what it was, or the journal cannot be written.
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
            return Err(CommitError::Unavailable(Box::new(not_handed_over())));
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
        // The token is still what it was: others wrote about their tokens, faster than this run
        // each time.
        let problem = Problem::new(Code::JournalLost, format!("the journal was written by others {ATTEMPTS} times while this run tried"))
            .hint("run it again when fewer runs are at work, and give the workflow a `concurrency:` group")
            .state("what is not in the journal was not done");
        Err(CommitError::Unavailable(Box::new(problem)))
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
        // A full record is as long as there are tokens; written once for as many, it costs each no
        // more than its own.
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

/// What a person is told where the journal would have to be written without the key.
fn not_handed_over() -> Problem {
    Problem::new(
        Code::JournalKeyMissing,
        format!("{KEY_NAME} is empty or not set, so nothing can be journalled"),
    )
    .hint(handing_over(KEY_NAME, KEY_NAME))
    .state("what is not in the journal was not done")
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

/// Reads it again. A journal only grows: one that has lost records, or has another in the place of
/// one that was there, was tampered with.
async fn reload(
    store: &dyn Store,
    key: Option<&JournalKey>,
    before: &Now,
) -> Result<Now, StoreError> {
    // All of it gone is a change of every token, which stops this run as any other.
    let Some(tip) = store.read().await? else { return Ok(nothing()) };
    check_chain(&tip.records, store.owner().as_ref(), key)?;
    let newest = tip.records.first().map_or(0, |record| record.sequence);
    if newest < before.sequence {
        let why = format!(
            "it was moved back from record {} to record {newest} while this run was at work",
            before.sequence
        );
        return Err(StoreError::Broken { why });
    }
    let there = tip.records.iter().find(|record| record.sequence == before.sequence);
    if let (Some(there), Some(digest)) = (there, before.digest)
        && there.digest() != digest
    {
        return Err(StoreError::Broken {
            why: format!("another record stands in the place of record {}", before.sequence),
        });
    }
    fold(tip)
}

/// The newest word on each token, back to the newest full record.
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
    Err(StoreError::Broken { why: "no record names every token".to_owned() })
}
