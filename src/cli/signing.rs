//! The key that signs the journal, as a command gets it: handed over, made by the first run, or
//! missing. Without it nothing is journalled and nothing changed. A key that is there is never
//! overwritten.

use super::session::Session;
use super::value;
use crate::config::JournalConfig;
use crate::destinations::{Creation, Secrets};
use crate::domain::address::Store as SecretStore;
use crate::domain::{Code, Destination, Place, Problem, SecretName, handing_over};
use crate::journal::{JournalKey, KEY_NAME, Store, StoreError};

/// What a command does without the key. The first run of a repository can make it.
#[derive(Clone, Copy)]
pub(super) enum KeyNeed {
    /// It stops.
    Required,
    /// It reads the journal, which is not verified.
    Optional,
    /// It makes the key, or stops.
    RequiredOrMade,
    /// It makes the key, or reads the journal, which is not verified.
    OptionalOrMade,
}

/// What a run has to sign with.
pub(super) enum Signing {
    /// It was handed the key.
    Handed(JournalKey),
    /// It has just made the key and sealed it: it may sign what it takes over, and do nothing else.
    Made(JournalKey, Destination),
    /// It has none: it may read and report.
    Missing(Problem),
}

impl Signing {
    pub(super) fn key(&self) -> Option<&JournalKey> {
        match self {
            Self::Handed(key) | Self::Made(key, _) => Some(key),
            Self::Missing(_) => None,
        }
    }

    /// What people are told of a key that this run made.
    pub(super) fn note(&self) -> String {
        let Self::Made(_, slot) = self else { return String::new() };
        format!(
            "note: {slot} was made, and signs the journal from now on; {}\n",
            handing_over(KEY_NAME, KEY_NAME)
        )
    }
}

impl Session<'_> {
    /// The key that this run was handed.
    pub(super) fn journal_key(&self) -> Result<Option<JournalKey>, Problem> {
        let Some(key) = self.env.secret("TOKENWARD_JOURNAL_KEY") else { return Ok(None) };
        // What has the length of a key is one, and may be a weak one.
        match value::unfit(self.env, KEY_NAME, &key).filter(|_| key.len() != 64) {
            Some(flaw) => Err(flaw.hint(format!(
                "put the key itself into {KEY_NAME}, with nothing around it; if it is lost, make one with `openssl rand -hex 32` and begin the journal again (docs/journal.md)"
            ))),
            None => JournalKey::parse(key).map(Some),
        }
    }

    /// The key that this run was handed, for commands that change something and are not the first.
    pub(super) fn needed_key(&self) -> Result<JournalKey, Problem> {
        self.journal_key()?.ok_or_else(|| self.empty_key())
    }

    /// Whether this run was handed the key, if the command needs it. Sends nothing.
    ///
    /// # Errors
    /// When it was not, or what it was handed is no key.
    pub(super) fn check_key(&self, need: KeyNeed) -> Result<(), Problem> {
        match (self.journal_key()?, need) {
            (None, KeyNeed::Required) => Err(self.empty_key()),
            _ => Ok(()),
        }
    }

    /// What this run has to sign with.
    ///
    /// # Errors
    /// When it has no key, and the command stops without it.
    pub(super) async fn signing(
        &self,
        need: KeyNeed,
        secrets: &Secrets<'_>,
        store: &dyn Store,
    ) -> Result<Signing, Problem> {
        let signing = match (self.journal_key()?, need) {
            (Some(key), _) => Signing::Handed(key),
            (None, KeyNeed::Required | KeyNeed::Optional) => Signing::Missing(self.empty_key()),
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

    /// The key, made if there is neither a key nor a journal yet.
    async fn made_key(&self, secrets: &Secrets<'_>, store: &dyn Store) -> Result<Signing, Problem> {
        let slot = match self.key_to_be_made(secrets, store).await? {
            Ok(slot) => slot,
            Err(problem) => return Ok(Signing::Missing(problem)),
        };
        let key = JournalKey::fresh()?;
        self.masker.mask(key.secret());
        Ok(match secrets.create(&slot, key.secret()).await? {
            Creation::Made => Signing::Made(key, slot),
            Creation::There => Signing::Missing(self.not_handed(format!("{slot} exists, and this run was not handed it"))),
            Creation::Unclear(problem) => Signing::Missing(
                problem
                    .cause(format!("{slot} exists now, and whether it holds the key that this run made is not known"))
                    .hint(handing_over(KEY_NAME, KEY_NAME))
                    .state("nothing was journalled; the next run is handed what the secret holds, and begins the journal"),
            ),
        })
    }

    /// Where the first run would put a key, or why it makes none.
    pub(super) async fn key_to_be_made(
        &self,
        secrets: &Secrets<'_>,
        store: &dyn Store,
    ) -> Result<Result<Destination, Problem>, Problem> {
        let slot = self.key_slot()?;
        if matches!(self.config.journal, JournalConfig::File(_)) && self.actions.is_none() {
            return Ok(Err(self
                .empty_key()
                .cause("a journal in a file is signed with a key from the environment")
                .hint("make one once with `openssl rand -hex 32`, keep it, and set the variable in each run")));
        }
        let there = secrets.look(&slot).await?.updated_at.is_some();
        if there {
            return Ok(Err(
                self.not_handed(format!("{slot} exists, and this run was not handed it"))
            ));
        }
        let journal = store.read().await.map_err(StoreError::into_problem)?;
        if journal.is_none() {
            return Ok(Ok(slot));
        }
        let place = match &slot.place {
            Place::Environment { repo, environment } => {
                format!("--repo {repo} --env {environment:?}")
            }
            place => format!("--repo {place}"),
        };
        let problem = self.not_handed(format!("there is a journal, and {slot} does not exist"));
        Ok(Err(problem.cause("a key that was lost cannot be made again, and a journal without one is not believed").hint(format!(
            "make one: `openssl rand -hex 32 | gh secret set {KEY_NAME} {place}`; {}; then run `tokenward adopt --unsigned-journal` once, or remove the journal, and the next run begins again",
            handing_over(KEY_NAME, KEY_NAME)
        ))))
    }

    /// The environment in which all tokens have their primary destination; else the repository,
    /// whose secrets every job is handed.
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
        let secret = SecretName::parse(KEY_NAME).map_err(|why| Problem::new(Code::Bug, why))?;
        Ok(Destination { place, secret, part: None, create: false })
    }

    fn empty_key(&self) -> Problem {
        self.not_handed(format!("{KEY_NAME} is empty or not set, so the journal cannot be signed"))
    }

    fn not_handed(&self, what: String) -> Problem {
        Problem::new(Code::JournalKeyMissing, what)
            .cause("without the key the journal can be read, and not believed: everybody who may write the ref could have written it")
            .hint(handing_over(KEY_NAME, KEY_NAME))
            .state("nothing was changed")
    }
}
