//! The providers there are: those compiled in, and a user's own. A file is parsed when it is first
//! asked for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::model::Spec;
use crate::domain::{Code, Problem, ProviderId};

/// Id and canonical JSON of every built-in file, by id. The build script has checked each.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/specs.rs"));

/// Each of them, parsed once in a process.
static PARSED: [OnceLock<Option<Box<Spec>>>; BUILT_IN.len()] =
    [const { OnceLock::new() }; BUILT_IN.len()];

/// The providers there are.
pub struct Registry {
    entries: BTreeMap<ProviderId, Entry>,
}

enum Entry {
    BuiltIn { json: &'static str, spec: &'static OnceLock<Option<Box<Spec>>> },
    Own(Box<Spec>),
}

impl Entry {
    fn spec(&self) -> Option<&Spec> {
        match self {
            Self::BuiltIn { json, spec } => {
                spec.get_or_init(|| serde_json::from_str(json).ok()).as_deref()
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
    /// The built-in providers. Nothing is parsed yet.
    #[must_use]
    pub fn built_in() -> Self {
        let entries = BUILT_IN
            .iter()
            .zip(&PARSED)
            .map(|((id, json), spec)| (ProviderId::new(*id), Entry::BuiltIn { json, spec }));
        Self { entries: entries.collect() }
    }

    /// Adds a user's own provider, already read by [`super::model::check::read`].
    ///
    /// # Errors
    /// [`Code::ProviderInvalid`] for an id that is taken: a file in a repository may not say where
    /// the keys of a known provider go.
    pub fn add(&mut self, mut spec: Spec) -> Result<(), Problem> {
        let id = ProviderId::new(&*spec.id);
        if self.entries.contains_key(&id) {
            return Err(Problem::new(Code::ProviderInvalid, format!("there is a provider `{id}` already"))
                .cause("a file of your own cannot replace it, since its tokens would go where that file says")
                .hint("give your file another `id`"));
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
