//! All providers: the built-in ones and a user's own. A file is parsed when it is first used.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use super::model::Spec;
use super::packed::Reader;
use super::problems;
use crate::domain::{Problem, ProviderId};

/// A built-in file, which the build script checked.
struct File {
    id: &'static str,
    json: &'static str,
    /// Parsed once per process.
    spec: OnceLock<Option<Box<Spec>>>,
}

/// Every built-in file, sorted by id.
static BUILT_IN: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut table = Reader::new(include_bytes!(concat!(env!("OUT_DIR"), "/specs.bin")));
    std::iter::from_fn(|| {
        Some(File { id: table.text()?, json: table.text()?, spec: OnceLock::new() })
    })
    .collect()
});

/// All providers.
pub struct Registry {
    entries: BTreeMap<ProviderId, Entry>,
}

enum Entry {
    BuiltIn(&'static File),
    Own(Box<Spec>),
}

impl Entry {
    fn spec(&self) -> Option<&Spec> {
        match self {
            Self::BuiltIn(file) => {
                file.spec.get_or_init(|| serde_json::from_str(file.json).ok()).as_deref()
            }
            Self::Own(spec) => Some(spec),
        }
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Registry {
    /// The built-in providers. This parses nothing.
    #[must_use]
    pub fn built_in() -> Self {
        let entries = BUILT_IN.iter().map(|file| (ProviderId::new(file.id), Entry::BuiltIn(file)));
        Self { entries: entries.collect() }
    }

    /// Adds a user's own provider, already read by [`super::model::check::read`].
    ///
    /// # Errors
    /// `ProviderInvalid` for an id that is taken: a file in a repository must not decide where the
    /// keys of a known provider are sent.
    pub fn add(&mut self, mut spec: Spec) -> Result<(), Problem> {
        let id = ProviderId::new(&*spec.id);
        if self.entries.contains_key(&id) {
            return Err(problems::id_taken(&id));
        }
        spec.own = true;
        self.entries.insert(id, Entry::Own(Box::new(spec)));
        Ok(())
    }

    /// One provider.
    #[must_use]
    pub fn get(&self, id: &ProviderId) -> Option<&Spec> {
        self.entries.get(id)?.spec()
    }

    /// Every id, sorted. Parses nothing.
    pub fn ids(&self) -> impl Iterator<Item = &ProviderId> {
        self.entries.keys()
    }

    /// A user's own providers, by id.
    pub fn own(&self) -> impl Iterator<Item = &Spec> {
        self.entries.values().filter_map(|entry| match entry {
            Entry::BuiltIn { .. } => None,
            Entry::Own(spec) => Some(&**spec),
        })
    }

    /// Every provider, by id.
    pub fn all(&self) -> impl Iterator<Item = &Spec> {
        self.entries.values().filter_map(Entry::spec)
    }
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
