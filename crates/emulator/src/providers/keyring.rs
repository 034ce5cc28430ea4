//! Keys of a provider and the two ways they lag: a deleted key works for a while, a list shows
//! changes late. It must not know how any provider words an answer.

use crate::clock::later;
use crate::twin::Seeded;
use jiff::{SignedDuration, Timestamp};

/// A key as a provider keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The provider's id for it.
    pub id: String,
    /// The token itself.
    pub value: String,
    /// The name it was given.
    pub name: String,
    /// What it may do: scopes, or the one permission where a provider has only that.
    pub scopes: Vec<String>,
    /// The domain it is limited to, where a provider has that.
    pub domain_id: Option<String>,
    /// The account it belongs to, where tests set one.
    pub account: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// When its time is over, where it has one.
    pub expires_at: Option<Timestamp>,
    /// When it was deleted; it may still be accepted for a while.
    pub deleted_at: Option<Timestamp>,
    /// Switched off in a way that can be undone.
    pub disabled: bool,
    /// What else its provider shows of it, in the provider's words, where a twin keeps that or a
    /// test set it.
    pub shown: std::collections::BTreeMap<String, serde_json::Value>,
}

impl Key {
    pub(super) fn new(
        id: String,
        value: String,
        name: &str,
        scopes: Vec<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            value,
            name: name.to_owned(),
            scopes,
            domain_id: None,
            account: None,
            created_at: now,
            last_used_at: None,
            expires_at: None,
            deleted_at: None,
            disabled: false,
            shown: std::collections::BTreeMap::new(),
        }
    }

    /// As tests hear of it. What it may do is told by a provider's own file, where its test call
    /// tells.
    pub(super) fn seeded(self) -> Seeded {
        Seeded { value: self.value, id: Some(self.id), scopes: None, owner: self.account }
    }

    /// What a provider shows, with what it shows of this key beside that.
    pub(super) fn dressed(&self, mut described: serde_json::Value) -> serde_json::Value {
        for (name, shown) in &self.shown {
            described[name.as_str()] = shown.clone();
        }
        described
    }

    pub(super) fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }
}

#[derive(Clone, Default)]
pub(super) struct Keyring {
    /// Every key ever made, deleted ones too.
    keys: Vec<Key>,
    pub(super) revoke_lag: SignedDuration,
    pub(super) list_lag: SignedDuration,
    /// Whether new keys show nothing of what was asked for them.
    pub(super) forgets: bool,
    /// Keys made through the API, not by seeding.
    pub(super) created: usize,
}

impl Keyring {
    pub(super) fn add(&mut self, mut key: Key) -> Key {
        if self.forgets {
            key.shown.clear();
        }
        self.keys.push(key.clone());
        key
    }

    fn accepts(&self, key: &Key, now: Timestamp) -> bool {
        let deleted = key.deleted_at.is_some_and(|at| now >= later(at, self.revoke_lag));
        !key.disabled && !deleted && key.expires_at.is_none_or(|at| now < at)
    }

    /// Whether a value is accepted right now, lag included.
    pub(super) fn is_live(&self, value: &str, now: Timestamp) -> bool {
        self.keys.iter().any(|key| key.value == value && self.accepts(key, now))
    }

    /// The key behind an accepted value, marked as used.
    pub(super) fn authenticate(&mut self, value: &str, now: Timestamp) -> Option<Key> {
        let at = self.keys.iter().position(|key| key.value == value && self.accepts(key, now))?;
        self.keys[at].last_used_at = Some(now);
        Some(self.keys[at].clone())
    }

    /// Every key there ever was, oldest first.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Key> {
        self.keys.iter()
    }

    /// Keys that were not deleted, oldest first.
    pub(super) fn live(&self) -> impl DoubleEndedIterator<Item = &Key> {
        self.keys.iter().filter(|key| key.deleted_at.is_none())
    }

    /// Keys as a list shows them, which may be as they were some time ago.
    pub(super) fn listed(&self, now: Timestamp) -> impl DoubleEndedIterator<Item = &Key> {
        let lag = self.list_lag;
        self.keys.iter().filter(move |key| {
            later(key.created_at, lag) <= now
                && key.deleted_at.is_none_or(|at| now < later(at, lag))
        })
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Key> {
        self.keys.iter_mut().find(|key| key.id == id && key.deleted_at.is_none())
    }

    pub(super) fn delete(&mut self, id: &str, now: Timestamp) -> bool {
        self.get_mut(id).map(|key| key.deleted_at = Some(now)).is_some()
    }

    /// Ends a key from now on, whatever the lag.
    pub(super) fn kill(&mut self, value: &str, now: Timestamp) -> bool {
        let lag = self.revoke_lag;
        let key = self.keys.iter_mut().find(|key| key.value == value && key.deleted_at.is_none());
        key.map(|key| key.deleted_at = now.checked_sub(lag).ok()).is_some()
    }

    /// Sets what the provider shows of the key behind a value.
    pub(super) fn dress(&mut self, value: &str, name: &str, shown: serde_json::Value) -> bool {
        let key = self.keys.iter_mut().find(|key| key.value == value);
        key.map(|key| key.shown.insert(name.to_owned(), shown)).is_some()
    }

    pub(super) fn deleted_ids(&self) -> Vec<String> {
        self.keys.iter().filter(|key| key.deleted_at.is_some()).map(|key| key.id.clone()).collect()
    }

    pub(super) fn by_value(&self, value: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.value == value)
    }
}
