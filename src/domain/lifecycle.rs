//! What the journal knows of one token: facts only (ids, names, fingerprints, times, stages), never
//! a value. The states are those of the design; which one follows which is `rotation`'s business,
//! not said here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::Repo;
use super::cleanup::PendingCleanup;
use super::ids::{Fingerprint, KeyId, Nonce, ProviderId, Salt, Version};
use super::time::{Span, Timestamp};
use super::wait::Wait;

/// Everything known of one token. It is idle when nothing is `pending` and nothing is `retiring`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenState {
    /// Its provider.
    pub provider: ProviderId,
    /// Keys the fingerprints of this token's values.
    pub salt: Salt,
    /// The key that consumers should use.
    pub current: Option<Key>,
    /// The new key of a rotation in progress.
    pub pending: Option<Pending>,
    /// Keys that must still be revoked. One leaves the list only when it is proven dead.
    pub retiring: Vec<Retiring>,
    /// Until when the provider asked us to request no key.
    pub paused_until: Option<Timestamp>,
    /// Names of keys that may exist although we got no response, newest last.
    pub attempts: Vec<String>,
    /// When each destination received the current value, by the destination's key. Empty for a value
    /// that we did not deliver.
    pub held: BTreeMap<String, Timestamp>,
    /// When a run received the current value, by what proves it: the key of the primary
    /// destination, or `owner/name` in lower case of a repository that confirmed it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub confirmed: BTreeMap<String, Timestamp>,
    /// When the primary destination was last written, as GitHub reported when its value was
    /// adopted. Absent once we delivered a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Timestamp>,
    /// Who may read each organization secret since then: the visibility, and a hash of the selected
    /// repositories.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reach: BTreeMap<String, String>,
    /// The last keys proven dead, newest last; at most [`KEPT_DEAD`].
    pub dead: Vec<Dead>,
    /// The account that the value in use belongs to, as the provider reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What has to be cleaned up after the rotation.
    #[serde(default, skip_serializing_if = "PendingCleanup::is_empty")]
    pub loose_ends: PendingCleanup,
    /// Until when a write of a run that counts as dead may still arrive, with the value which that
    /// run was delivering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_until: Option<Timestamp>,
    /// The run at work on this token. Empty between runs.
    pub lead: Option<Lease>,
    /// When this record was last changed, by GitHub's clock.
    pub changed_at: Timestamp,
}

/// How many dead keys a record remembers.
pub const KEPT_DEAD: usize = 5;
/// How many names of keys without a response a record remembers.
pub const KEPT_ATTEMPTS: usize = 20;

/// Where a key came from, which decides whether we may revoke it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Issued by tokenward.
    Minted,
    /// Found in use, with a known id (version 0).
    Adopted,
    /// Created by a person and passed to `push`.
    Brought,
}

/// One value's key at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Key {
    /// Which value of the token.
    #[serde(rename = "generation")]
    pub version: Version,
    /// The provider's id for it; absent if the provider reports none.
    pub id: Option<KeyId>,
    /// Its name at the provider, if we named it.
    pub name: Option<String>,
    /// The fingerprint of the value.
    pub fingerprint: Fingerprint,
    /// When it was issued, or when we first saw it.
    pub since: Timestamp,
    /// When it expires, if the provider says so.
    pub expires_at: Option<Timestamp>,
    /// Where it came from.
    pub origin: Origin,
    /// How we know its id; absent if no signed record says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_from: Option<IdFrom>,
    /// The state of its refresh token, once that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed: Option<Renewed>,
}

/// How we know the id of a key, which decides whether a key without a name of ours may be
/// revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdFrom {
    /// It is part of a value that a run received.
    Value,
    /// The provider reported the key of a value that a run received.
    Provider,
    /// A person said it.
    Person,
    /// The provider reported it when it issued the key.
    Created,
}

/// The state of a refresh token that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Renewed {
    /// The provider accepts each refresh token once, so it no longer works.
    Spent,
    /// It is the refresh token of the next value as well.
    Carried,
    /// The next value has another one. It is unknown whether the provider still accepts this one; no
    /// secret holds it.
    Replaced,
    /// The provider does not accept it.
    Refused,
}

/// Why a rotation was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Older than `rotate-every`.
    Due,
    /// It expires soon.
    Expiring,
    /// It leaked.
    Leaked,
    /// A person requested it, with a reason.
    Asked(String),
    /// A person created a new value and passed it to `push`.
    Brought,
    /// The journal was lost, and this is the value found in use: it is delivered everywhere again.
    Found,
}

impl Why {
    /// The reason, for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Due => "due".to_owned(),
            Self::Expiring => "the old value expires soon".to_owned(),
            Self::Leaked => "the old value leaked".to_owned(),
            Self::Asked(reason) => format!("requested: {reason}"),
            Self::Brought => "a person supplied the value".to_owned(),
            Self::Found => "the journal was lost, and this value was found in use".to_owned(),
        }
    }
}

/// The new key of a rotation in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pending {
    /// Which version of the token it will be.
    #[serde(rename = "generation")]
    pub version: Version,
    /// Makes the name of this attempt unique.
    pub nonce: Nonce,
    /// Its name at the provider.
    pub name: String,
    /// Why the rotation was started.
    pub why: Why,
    /// When it was started.
    pub since: Timestamp,
    /// Its progress.
    pub stage: Stage,
    /// How we know the id, if we did not issue the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_from: Option<IdFrom>,
    /// Every destination, by its key. Written with the fence; empty before.
    pub pushes: BTreeMap<String, Push>,
}

/// The progress of a new key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "stage")]
pub enum Stage {
    /// About to be issued, or issued without a response.
    Intent,
    /// An access token is about to be refreshed, or was refreshed without a response. This record
    /// is the fence of the primary destination alone.
    Refreshing,
    /// Issued; not delivered anywhere.
    Minted {
        /// The provider's id.
        id: KeyId,
        /// The fingerprint of the value.
        fingerprint: Fingerprint,
    },
    /// About to be deleted; it was not delivered anywhere.
    Aborting {
        /// The provider's id, if it is known; otherwise the key is found by its name.
        id: Option<KeyId>,
    },
    /// Tested. From this record on, any destination may hold it: this is the fence.
    Pushing {
        /// The provider's id; absent for a key that a person created.
        id: Option<KeyId>,
        /// The fingerprint of the value.
        fingerprint: Fingerprint,
        /// When it expires, if the provider says so.
        expires_at: Option<Timestamp>,
    },
    /// Every destination holds it; no run has proven yet that it received it.
    Pushed {
        /// The provider's id; absent for a key that a person created.
        id: Option<KeyId>,
        /// The fingerprint of the value.
        fingerprint: Fingerprint,
        /// When it expires, if the provider says so.
        expires_at: Option<Timestamp>,
        /// When the last destination received it.
        pushed_at: Timestamp,
    },
}

/// One destination of a pending key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Push {
    /// When the secret was last written before we wrote it; absent if it did not exist.
    pub before: Option<Timestamp>,
    /// Who may read it after our write, for an organization secret: the visibility, and a hash of
    /// the selected repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<String>,
    /// What is known of our write.
    pub written: Written,
}

/// What is known of one write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "is")]
pub enum Written {
    /// Not written as far as the journal knows: a run that died may have written it, because results
    /// are journaled once, after the last write.
    Todo,
    /// Sent, but it is unknown whether it was written.
    Unclear,
    /// Refused: the destination certainly still has its old value.
    Refused,
    /// Written, and verified.
    Done {
        /// When GitHub says it was written.
        at: Timestamp,
    },
}

/// A key that must be revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retiring {
    /// The key.
    pub key: Key,
    /// Not before this moment. Absent until a later version is proven in use.
    pub not_before: Option<Timestamp>,
    /// Whether it leaked: then it is revoked as soon as every destination holds a later value,
    /// without waiting for the proof.
    pub leaked: bool,
    /// The progress of its revocation.
    pub stage: Ending,
}

/// The progress of a revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "stage")]
pub enum Ending {
    /// Waits for its grace period.
    Waiting,
    /// A person was asked to revoke it, because there is no API for it.
    Asked {
        /// When.
        at: Timestamp,
    },
    /// About to be deleted, or deleted without a response.
    Revoking {
        /// Since when.
        since: Timestamp,
    },
    /// It is disabled, which can be undone, and will be deleted.
    Disabled {
        /// When.
        at: Timestamp,
    },
    /// The provider said that it is deleted; not verified yet.
    Revoked {
        /// When.
        at: Timestamp,
    },
}

/// A key proven dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dead {
    /// Which value of the token.
    #[serde(rename = "generation")]
    pub version: Version,
    /// The provider's id for it.
    pub id: Option<KeyId>,
    /// The fingerprint of its value.
    pub fingerprint: Fingerprint,
    /// When we verified that it is dead.
    pub at: Timestamp,
}

/// The run at work on a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lease {
    /// Random, one for each process.
    pub instance: Nonce,
    /// The workflow run, in Actions.
    pub run: Option<Run>,
    /// When it last wrote, by GitHub's clock.
    pub at: Timestamp,
}

/// A workflow run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Run {
    /// `owner/name` of its repository.
    pub repository: String,
    /// `GITHUB_RUN_ID`.
    pub id: u64,
    /// `GITHUB_RUN_ATTEMPT`.
    pub attempt: u32,
}

impl Pending {
    /// The fingerprint of its value, once there is one.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&Fingerprint> {
        match &self.stage {
            Stage::Minted { fingerprint, .. }
            | Stage::Pushing { fingerprint, .. }
            | Stage::Pushed { fingerprint, .. } => Some(fingerprint),
            Stage::Intent | Stage::Refreshing | Stage::Aborting { .. } => None,
        }
    }

    /// Whether it may already be in a destination.
    #[must_use]
    pub fn is_past_the_fence(&self) -> bool {
        matches!(self.stage, Stage::Refreshing | Stage::Pushing { .. } | Stage::Pushed { .. })
    }
}

impl TokenState {
    /// A token about which nothing is known yet.
    #[must_use]
    pub fn new(provider: ProviderId, salt: Salt, now: Timestamp) -> Self {
        Self {
            provider,
            salt,
            current: None,
            pending: None,
            retiring: Vec::new(),
            paused_until: None,
            attempts: Vec::new(),
            held: BTreeMap::new(),
            confirmed: BTreeMap::new(),
            found: None,
            reach: BTreeMap::new(),
            dead: Vec::new(),
            owner: None,
            loose_ends: PendingCleanup::default(),
            late_until: None,
            lead: None,
            changed_at: now,
        }
    }

    /// The highest version there has been.
    #[must_use]
    pub fn newest(&self) -> Version {
        let keys =
            self.current.iter().chain(self.retiring.iter().map(|r| &r.key)).map(|key| key.version);
        let dead = self.dead.iter().map(|dead| dead.version);
        keys.chain(dead).chain(self.pending.iter().map(|p| p.version)).max().unwrap_or_default()
    }

    /// Until when no key is requested because the provider asked for a pause: at most one hour after
    /// the record was written. A pause in a record from the future does not count.
    #[must_use]
    pub fn pause(&self, now: Timestamp) -> Option<Timestamp> {
        /// By how much two readings of one clock may differ.
        const SKEW: Span = Span::seconds(300);
        let end = self.paused_until?.min(Wait::LONGEST.after(self.changed_at));
        (now < end && self.changed_at <= SKEW.after(now)).then_some(end)
    }

    /// Whether a rotation is in progress: from before a key is issued until every older one is
    /// dead.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        self.pending.is_some() || !self.retiring.is_empty()
    }

    /// Whether this key is being revoked, or was: also the one in use, if it was revoked first.
    #[must_use]
    pub fn is_ending(&self, key: &Key) -> bool {
        let same = |version: Version, fingerprint: &Fingerprint| {
            version == key.version && *fingerprint == key.fingerprint
        };
        self.retiring.iter().any(|retiring| same(retiring.key.version, &retiring.key.fingerprint))
            || self.dead.iter().any(|dead| same(dead.version, &dead.fingerprint))
    }

    /// When the primary destination was last written before its value was adopted, if tokenward has
    /// not delivered one since. If GitHub did not say: when the value was first seen.
    #[must_use]
    pub fn adopted_at(&self) -> Option<Timestamp> {
        self.current
            .as_ref()
            .filter(|key| key.origin == Origin::Adopted)
            .map(|key| self.found.unwrap_or(key.since))
    }

    /// When a run of this repository was handed the current value, where that is known from a mark.
    #[must_use]
    pub fn confirmed_by(&self, repo: &Repo) -> Option<Timestamp> {
        self.confirmed.get(&repo.to_string().to_lowercase()).copied()
    }

    /// Whether the value in use leaked.
    #[must_use]
    pub fn has_leaked(&self) -> bool {
        self.current.as_ref().is_some_and(|key| self.loose_ends.has_leaked(&key.fingerprint))
    }

    /// One word for where it stands, the same in every report.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match (&self.pending, self.retiring.first()) {
            (Some(pending), _) => match pending.stage {
                Stage::Intent => "intent",
                Stage::Refreshing => "refreshing",
                Stage::Minted { .. } => "minted",
                Stage::Aborting { .. } => "aborting",
                Stage::Pushing { .. } => "pushing",
                Stage::Pushed { .. } => "pushed",
            },
            (None, Some(retiring)) => match retiring.stage {
                Ending::Waiting => "grace",
                Ending::Asked { .. }
                | Ending::Revoking { .. }
                | Ending::Disabled { .. }
                | Ending::Revoked { .. } => "revoking",
            },
            (None, None) if self.current.is_some() => "idle",
            (None, None) => "new",
        }
    }
}
