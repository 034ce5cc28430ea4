//! The key that signs the journal: received, made by the first run, or missing. Without it a run
//! writes no record and changes nothing. An existing key is never overwritten.

use super::problems::{journal, values};
use super::session::Session;
use super::value;
use crate::config::{JournalConfig, TokenConfig};
use crate::destinations::{Creation, Secrets};
use crate::domain::address::Store as SecretStore;
use crate::domain::{Destination, Place, Problem, SecretName};
use crate::journal::{JournalKey, KEY_NAME, Store, StoreError};

/// What a command does without the key. The first run in a repository can make it.
#[derive(Clone, Copy)]
pub(super) enum KeyNeed {
    /// It stops.
    Required,
    /// It reads the journal without verifying it.
    Optional,
    /// It makes the key, or stops.
    RequiredOrMade,
    /// It makes the key, or reads the journal without verifying it.
    OptionalOrMade,
}

/// The key that a run signs with.
pub(super) enum Signing {
    /// It received the key.
    Handed(JournalKey),
    /// It has just made the key and sealed it: it signs the tokens it adopts, and does nothing
    /// else.
    Made(JournalKey, Destination),
    /// It has none: it can only read and report.
    Missing(Problem),
}

impl Signing {
    pub(super) fn key(&self) -> Option<&JournalKey> {
        match self {
            Self::Handed(key) | Self::Made(key, _) => Some(key),
            Self::Missing(_) => None,
        }
    }

    /// The note about a key that this run made.
    pub(super) fn note(&self) -> String {
        match self {
            Self::Made(_, slot) => journal::key_made(slot),
            Self::Handed(_) | Self::Missing(_) => String::new(),
        }
    }
}

impl Session<'_> {
    /// The key that this run received.
    pub(super) fn journal_key(&self) -> Result<Option<JournalKey>, Problem> {
        let Some(key) = self.env.secret("TOKENWARD_JOURNAL_KEY") else { return Ok(None) };
        // Anything with the length of a key is parsed as one; it can still be too weak.
        match value::unfit(self.env, KEY_NAME, &key).filter(|_| key.len() != 64) {
            Some(flaw) => Err(values::not_the_journal_key(flaw)),
            None => JournalKey::parse(key).map(Some),
        }
    }

    /// The key that this run received, for commands that change something and cannot make it.
    pub(super) fn needed_key(&self) -> Result<JournalKey, Problem> {
        self.journal_key()?.ok_or_else(|| self.no_key())
    }

    /// Checks that this run has the key, to deliver a value that a person made. Sends no request.
    ///
    /// # Errors
    /// When it did not receive the key, or what it received is not one.
    pub(super) fn key_to_deliver(&self, token: &TokenConfig) -> Result<(), Problem> {
        if self.journal_key()?.is_some() {
            return Ok(());
        }
        if self.actions.is_some() || self.keeps_file() {
            return Err(self.no_key());
        }
        let abilities = self.driver(token)?.abilities();
        let takes_next = abilities.is_manual() || abilities.refreshes();
        Err(journal::key_stays_at_github(token, takes_next))
    }

    /// That this run did not receive the key, and what to do here.
    fn no_key(&self) -> Problem {
        match &self.actions {
            Some(_) => journal::key_empty(),
            None if self.keeps_file() => journal::key_of_file_journal(),
            None => journal::key_elsewhere(journal::key_empty()),
        }
    }

    /// The same, if the secret for the key exists.
    fn not_received(&self, slot: &Destination) -> Problem {
        let problem = journal::key_not_received(slot);
        if self.actions.is_some() { problem } else { journal::key_elsewhere(problem) }
    }

    fn keeps_file(&self) -> bool {
        matches!(self.config.journal, JournalConfig::File(_))
    }

    /// The key that this run signs with.
    ///
    /// # Errors
    /// When it has none, and the command needs one.
    pub(super) async fn signing(
        &self,
        need: KeyNeed,
        secrets: &Secrets<'_>,
        store: &dyn Store,
    ) -> Result<Signing, Problem> {
        let signing = match (self.journal_key()?, need) {
            (Some(key), _) => Signing::Handed(key),
            (None, KeyNeed::Required | KeyNeed::Optional) => Signing::Missing(self.no_key()),
            (None, KeyNeed::RequiredOrMade | KeyNeed::OptionalOrMade) => {
                self.made_key(secrets, store).await?
            }
        };
        match (signing, need) {
            (Signing::Missing(problem), KeyNeed::Required | KeyNeed::RequiredOrMade) => {
                Err(problem)
            }
            (signing, _) => Ok(signing),
        }
    }

    /// Makes the key, if there is neither a key nor a journal yet.
    async fn made_key(&self, secrets: &Secrets<'_>, store: &dyn Store) -> Result<Signing, Problem> {
        let slot = match self.key_to_be_made(secrets, store).await? {
            Ok(slot) => slot,
            Err(problem) => return Ok(Signing::Missing(problem)),
        };
        let key = JournalKey::fresh()?;
        self.masker.mask(key.secret());
        Ok(match secrets.create(&slot, key.secret()).await? {
            Creation::Made => Signing::Made(key, slot),
            Creation::There => Signing::Missing(self.not_received(&slot)),
            Creation::Unclear(problem) => {
                Signing::Missing(journal::key_write_unclear(problem, &slot))
            }
        })
    }

    /// Where the first run would put the key, or why it makes none.
    pub(super) async fn key_to_be_made(
        &self,
        secrets: &Secrets<'_>,
        store: &dyn Store,
    ) -> Result<Result<Destination, Problem>, Problem> {
        let slot = self.key_slot()?;
        if self.keeps_file() && self.actions.is_none() {
            return Ok(Err(journal::key_of_file_journal()));
        }
        let there = secrets.look(&slot).await?.updated_at.is_some();
        if there {
            return Ok(Err(self.not_received(&slot)));
        }
        match store.read().await.map_err(StoreError::into_problem)? {
            None => Ok(Ok(slot)),
            Some(_) => Ok(Err(journal::key_lost(&slot))),
        }
    }

    /// The secret for the key: in the environment in which all tokens have their primary
    /// destination; otherwise in the repository, whose secrets every job can receive.
    pub(super) fn key_slot(&self) -> Result<Destination, Problem> {
        let repo = self.primary()?;
        let mut places = self
            .config
            .tokens
            .iter()
            .filter_map(|token| token.primary().map(|primary| &primary.place));
        let place = match places.next() {
            Some(first @ Place::Environment { repo: own, .. })
                if *own == repo && places.all(|place| place == first) =>
            {
                first.clone()
            }
            _ => Place::Repository { repo, store: SecretStore::Actions },
        };
        let secret = SecretName::parse(KEY_NAME).map_err(journal::bad_key_name)?;
        Ok(Destination { place, secret, part: None, create: false })
    }
}
