//! One place secrets are kept: its key pair, the opened values, and every value it ever held.
//! It keeps rules about names and sizes, not HTTP.

use super::seal::KeyPair;
use crate::clock::whole_second;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// GitHub's limit on a secret.
const MAX_BYTES: usize = 48 * 1024;

#[derive(Clone)]
pub(super) struct Secret {
    pub(super) value: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

#[derive(Clone)]
pub(super) struct Store {
    pub(super) key: KeyPair,
    pub(super) secrets: BTreeMap<String, Secret>,
    history: BTreeMap<String, Vec<String>>,
}

impl Default for Store {
    fn default() -> Self {
        Self { key: KeyPair::generate(), secrets: BTreeMap::new(), history: BTreeMap::new() }
    }
}

impl Store {
    pub(super) fn rotate_key(&mut self) {
        self.key = KeyPair::generate();
    }

    pub(super) fn get(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(&name.to_uppercase())
    }

    /// Stores a value; true when the secret is new.
    pub(super) fn set(&mut self, name: &str, value: String, now: Timestamp) -> bool {
        let name = name.to_uppercase();
        let now = whole_second(now);
        self.history.entry(name.clone()).or_default().push(value.clone());
        let known = self.secrets.get(&name).map(|secret| secret.created_at);
        self.secrets
            .insert(name, Secret { value, created_at: known.unwrap_or(now), updated_at: now });
        known.is_none()
    }

    /// Marks a secret as changed without changing its value.
    pub(super) fn touch(&mut self, name: &str, now: Timestamp) {
        if let Some(secret) = self.secrets.get_mut(&name.to_uppercase()) {
            secret.updated_at = whole_second(now);
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> bool {
        self.secrets.remove(&name.to_uppercase()).is_some()
    }

    pub(super) fn history(&self, name: &str) -> Vec<String> {
        self.history.get(&name.to_uppercase()).cloned().unwrap_or_default()
    }

    /// Opens a sealed value, or says in GitHub's words why not.
    pub(super) fn open(&self, sealed: &str, key_id: &str) -> Result<String, &'static str> {
        if key_id != self.key.id {
            return Err("Bad request - key_id does not match the current public key");
        }
        let opened = self.key.open(sealed).ok_or("improperly encrypted secret")?;
        if opened.len() > MAX_BYTES {
            return Err("Secret value exceeds the maximum size of 48 KB");
        }
        String::from_utf8(opened).map_err(|_| "improperly encrypted secret")
    }
}

/// What is wrong with a secret's name, if anything.
pub(super) fn name_fault(name: &str) -> Option<&'static str> {
    let upper = name.to_uppercase();
    if upper.starts_with("GITHUB_") {
        return Some("Secret names must not start with GITHUB_.");
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Some("Secret names must not start with a number.");
    }
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Some(
            "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed.",
        );
    }
    None
}
