//! What tests ask of every provider's twin: a credential that lives, dies, expires or may do less,
//! without knowing the provider. Kinds are the ids under `tokens` of the provider's provider file;
//! nothing else of that file is known here.

use crate::{Emulator, Service};
use jiff::Timestamp;
use serde_json::Value;

/// A credential made for a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// The value, as the config's variable would hold it.
    pub value: String,
    /// The provider's id for its key, where it has one.
    pub id: Option<String>,
    /// What it may do, in the provider's words and sorted, where its test call tells.
    pub scopes: Option<Vec<String>>,
    /// Whose account it is, where its test call tells.
    pub owner: Option<String>,
}

impl Seeded {
    /// A value of which nothing else is told.
    #[must_use]
    pub fn of(value: impl Into<String>) -> Self {
        Self { value: value.into(), id: None, scopes: None, owner: None }
    }
}

/// A provider that can be played with. Every provider's world implements it and hands itself out in
/// `World::twin`.
pub(crate) trait Twin {
    /// What a config has to say under `with` to use what is seeded here (an account, a domain, an
    /// agent), key by key.
    fn with(&self, _kind: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Scopes that a new key of this kind can be given, where its provider wants some said.
    fn scopes(&self, _kind: &str) -> &'static [&'static str] {
        &[]
    }

    /// A credential of this kind that lives and may do everything a test call asks; `None` for a
    /// kind that is not played.
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded>;

    /// One that lives and lacks what the first test call asks for; `None` where the provider knows
    /// no such thing.
    fn seed_narrow(&mut self, _kind: &str, _now: Timestamp) -> Option<Seeded> {
        None
    }

    /// What may issue, list and revoke credentials of this kind; for OAuth the client, as
    /// `ID:SECRET`. `None` where there is no such thing.
    fn seed_manager(&mut self, _kind: &str, _now: Timestamp) -> Option<Seeded> {
        None
    }

    /// Ends a credential as a person would in the web page: from now on it is refused, whatever the
    /// provider's lag. False: unknown value.
    fn kill(&mut self, value: &str, now: Timestamp) -> bool;

    /// Lets a credential's time be over; false where its provider knows no expiry.
    fn expire(&mut self, _value: &str, _now: Timestamp) -> bool {
        false
    }

    /// Whether the provider accepts it now. Of a pair (`ID:SECRET`, `REFRESH;ACCESS`) the whole is
    /// given.
    fn is_live(&self, value: &str, now: Timestamp) -> bool;

    /// Somebody uses it; false where the provider does not accept it, or does not keep when a value
    /// was used.
    fn used(&mut self, _value: &str, _now: Timestamp) -> bool {
        false
    }

    /// Lets the list of keys show this of the key behind a value, under this name; false where the
    /// provider keeps nothing of the kind.
    fn dress(&mut self, _value: &str, _name: &str, _shown: Value) -> bool {
        false
    }

    /// From now on, new keys are made without what was asked for them beside name and scopes.
    fn forget(&mut self) {}

    /// What the list of keys shows of the key behind a value beside what every key has, by its
    /// name.
    fn shown(&self, _value: &str, _name: &str) -> Option<Value> {
        None
    }
}

/// One provider's twin from outside.
#[derive(Clone)]
pub struct TwinOf {
    emulator: Emulator,
    service: Service,
}

impl Emulator {
    /// The twin of a provider file, by the file's id; `None` where nobody has written one.
    #[must_use]
    pub fn twin(&self, provider: &str) -> Option<TwinOf> {
        let service = Service::of_provider(provider)?;
        let is_twin = self.lock().worlds.get(service).twin().is_some();
        is_twin.then(|| TwinOf { emulator: self.clone(), service })
    }
}

impl TwinOf {
    fn ask<T: Default>(&self, act: impl FnOnce(&mut dyn Twin, Timestamp) -> T) -> T {
        let mut state = self.emulator.lock();
        let now = state.clock.now();
        state.worlds.get(self.service).twin().map(|twin| act(twin, now)).unwrap_or_default()
    }

    /// The service it is.
    #[must_use]
    pub fn service(&self) -> Service {
        self.service
    }

    /// What a config has to say under `with`.
    #[must_use]
    pub fn with(&self, kind: &str) -> Vec<(&'static str, String)> {
        self.ask(|twin, _| twin.with(kind))
    }

    /// Scopes that a new key can be given.
    #[must_use]
    pub fn scopes(&self, kind: &str) -> Vec<String> {
        self.ask(|twin, _| twin.scopes(kind).iter().map(|scope| (*scope).to_owned()).collect())
    }

    /// A credential that lives.
    #[must_use]
    pub fn seed(&self, kind: &str) -> Option<Seeded> {
        self.ask(|twin, now| twin.seed(kind, now))
    }

    /// A credential that lives and may do less.
    #[must_use]
    pub fn seed_narrow(&self, kind: &str) -> Option<Seeded> {
        self.ask(|twin, now| twin.seed_narrow(kind, now))
    }

    /// A credential that manages those of this kind.
    #[must_use]
    pub fn seed_manager(&self, kind: &str) -> Option<Seeded> {
        self.ask(|twin, now| twin.seed_manager(kind, now))
    }

    /// Ends a credential at once.
    pub fn kill(&self, value: &str) -> bool {
        self.ask(|twin, now| twin.kill(value, now))
    }

    /// Lets a credential's time be over.
    pub fn expire(&self, value: &str) -> bool {
        self.ask(|twin, now| twin.expire(value, now))
    }

    /// Lets somebody use a value.
    pub fn used(&self, value: &str) -> bool {
        self.ask(|twin, now| twin.used(value, now))
    }

    /// Lets the list of keys show this of the key behind a value, under this name.
    pub fn dress(&self, value: &str, name: &str, shown: Value) -> bool {
        self.ask(|twin, _| twin.dress(value, name, shown))
    }

    /// From now on, new keys are made without what was asked for them beside name and scopes.
    pub fn forget(&self) {
        self.ask(|twin, _| twin.forget());
    }

    /// What the list of keys shows of the key behind a value beside what every key has, by its
    /// name.
    #[must_use]
    pub fn shown(&self, value: &str, name: &str) -> Option<Value> {
        self.ask(|twin, _| twin.shown(value, name))
    }

    /// Whether the provider accepts it now.
    #[must_use]
    pub fn is_live(&self, value: &str) -> bool {
        self.ask(|twin, now| twin.is_live(value, now))
    }
}
