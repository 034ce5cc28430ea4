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
    /// The provider that made it.
    pub provider: ProviderId,
    /// Keys the fingerprints of this token's values.
    pub salt: Salt,
    /// The key that consumers are meant to hold.
    pub current: Option<Key>,
    /// The key on its way to them.
    pub pending: Option<Pending>,
    /// Keys that must still be revoked. One leaves the list only when it is proven dead.
    pub retiring: Vec<Retiring>,
    /// Until when the provider asked not to be asked for a key again.
    pub paused_until: Option<Timestamp>,
    /// Names under which a key may have been made without our learning of it, newest last.
    pub attempts: Vec<String>,
    /// When each destination took the current value, by its key. Empty for a value we did not
    /// deliver.
    pub held: BTreeMap<String, Timestamp>,
    /// When a run was handed the current value, by what shows it: the key of the primary
    /// destination, or `owner/name` in lower case of a repository that left a mark.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub confirmed: BTreeMap<String, Timestamp>,
    /// When the primary destination was last written, as GitHub told when the value in it was
    /// adopted. Absent once we delivered one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Timestamp>,
    /// Who may read each organization secret since then: the visibility, and a hash of the selected
    /// repositories.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reach: BTreeMap<String, String>,
    /// The last keys proven dead, newest last; at most [`KEPT_DEAD`].
    pub dead: Vec<Dead>,
    /// Whose account the value in use belongs to, in the provider's words, where it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What has to be tidied up when all is over.
    #[serde(default, skip_serializing_if = "PendingCleanup::is_empty")]
    pub loose_ends: PendingCleanup,
    /// Until when a write of a run that was taken for dead may still arrive. It carries what that
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
/// How many unresolved minting names a record remembers.
pub const KEPT_ATTEMPTS: usize = 20;

/// Where a key came from, which decides whether it may ever be revoked by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Made by tokenward.
    Minted,
    /// Found in use, with a certain id (version 0).
    Adopted,
    /// Made by a person and given to `push`.
    Brought,
}

/// One value's key at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Key {
    /// Which value of the token.
    #[serde(rename = "generation")]
    pub version: Version,
    /// The provider's id for it; absent where the provider tells none.
    pub id: Option<KeyId>,
    /// Its name at the provider, for the keys we named.
    pub name: Option<String>,
    /// Names the value.
    pub fingerprint: Fingerprint,
    /// When it was made, or when we first saw it.
    pub since: Timestamp,
    /// When the provider ends it, where it says.
    pub expires_at: Option<Timestamp>,
    /// Where it came from.
    pub origin: Origin,
    /// How its id was learned; absent where no signed record says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_from: Option<IdFrom>,
    /// What became of its refresh token, once that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed: Option<Renewed>,
}

/// How the id of a key was learned, which decides whether a key that does not bear a name of ours
/// may be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdFrom {
    /// It was read from a value that a run held.
    Value,
    /// The provider told which of its keys a value that a run held belongs to.
    Provider,
    /// A person said it.
    Person,
    /// The provider said it when it made the key.
    Created,
}

/// What became of a refresh token that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Renewed {
    /// The provider takes each refresh token once, so it is of no use any more.
    Spent,
    /// It is the refresh token of the next value as well.
    Carried,
    /// The next value has another one. Whether the provider still takes it is not known; no secret
    /// holds it.
    Replaced,
    /// The provider does not take it.
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
    /// A person made a new value and gave it to `push`.
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

/// The key on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pending {
    /// Which value of the token it will be.
    #[serde(rename = "generation")]
    pub version: Version,
    /// Makes this attempt's name unlike any other's.
    pub nonce: Nonce,
    /// Its name at the provider.
    pub name: String,
    /// Why it was begun.
    pub why: Why,
    /// When it was begun.
    pub since: Timestamp,
    /// How far it is.
    pub stage: Stage,
    /// How the id was learned, where we did not make the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_from: Option<IdFrom>,
    /// Every destination, by its key. Written with the fence; empty before.
    pub pushes: BTreeMap<String, Push>,
}

/// How far a pending key is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "stage")]
pub enum Stage {
    /// About to be made, or made without our knowing.
    Intent,
    /// An access token is about to be refreshed, or was without our knowing: this record is the
    /// fence of the primary destination alone.
    Refreshing,
    /// Made; delivered nowhere.
    Minted {
        /// The provider's id.
        id: KeyId,
        /// Names the value.
        fingerprint: Fingerprint,
    },
    /// Being deleted again; it was delivered nowhere.
    Aborting {
        /// The provider's id, where it is known; the name finds it otherwise.
        id: Option<KeyId>,
    },
    /// Tested, and from here on possibly in any destination: this record is the fence.
    Pushing {
        /// The provider's id; absent for a key a person made.
        id: Option<KeyId>,
        /// Names the value.
        fingerprint: Fingerprint,
        /// When the provider ends it, where it says.
        expires_at: Option<Timestamp>,
    },
    /// In every destination; no run has been handed it yet.
    Pushed {
        /// The provider's id; absent for a key a person made.
        id: Option<KeyId>,
        /// Names the value.
        fingerprint: Fingerprint,
        /// When the provider ends it, where it says.
        expires_at: Option<Timestamp>,
        /// When the last destination had it.
        pushed_at: Timestamp,
    },
}

/// One destination of a pending key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Push {
    /// When the secret was last changed before we touched it; absent if it did not exist.
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
    /// Not tried, or tried by a run that could not tell.
    Todo,
    /// Tried, and whether it was done is not known.
    Unclear,
    /// Refused for certain: the destination holds what it held.
    Refused,
    /// Done and seen to be done.
    Done {
        /// When GitHub says it was written.
        at: Timestamp,
    },
}

/// A key that must be revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retiring {
    /// Which.
    pub key: Key,
    /// Not before this moment. Absent until a later version is proven in use.
    pub not_before: Option<Timestamp>,
    /// Whether it leaked: then it is revoked as soon as every destination holds a later value,
    /// without waiting for the proof.
    pub leaked: bool,
    /// How far its end is.
    pub stage: Ending,
}

/// How far a key's end is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "stage")]
pub enum Ending {
    /// In its grace.
    Waiting,
    /// A person was asked to end it: no call of ours can.
    Asked {
        /// When.
        at: Timestamp,
    },
    /// About to be deleted, or deleted without our knowing.
    Revoking {
        /// Since when.
        since: Timestamp,
    },
    /// It was disabled, which can be undone; what is left is to delete it.
    Disabled {
        /// When.
        at: Timestamp,
    },
    /// The provider said that it is deleted; not yet seen dead.
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
    /// Names the value it had.
    pub fingerprint: Fingerprint,
    /// When it was seen dead.
    pub at: Timestamp,
}

/// The run at work on a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lease {
    /// Random, one a process.
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
    /// A token nothing is known of yet.
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

    /// Until when the provider is left alone, where it asked for that and the pause still counts:
    /// at most for an hour from when the record was written. A pause from a record that is dated in
    /// the future is no pause.
    #[must_use]
    pub fn pause(&self, now: Timestamp) -> Option<Timestamp> {
        /// By how much two answers of one clock may disagree.
        const SKEW: Span = Span::seconds(300);
        let end = self.paused_until?.min(Wait::LONGEST.after(self.changed_at));
        (now < end && self.changed_at <= SKEW.after(now)).then_some(end)
    }

    /// Whether a rotation of it is under way: from before a key is made until every older one is
    /// dead.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        self.pending.is_some() || !self.retiring.is_empty()
    }

    /// Whether this key is being ended, or was: also the one in use, where it was revoked first.
    #[must_use]
    pub fn is_ending(&self, key: &Key) -> bool {
        let same = |version: Version, fingerprint: &Fingerprint| {
            version == key.version && *fingerprint == key.fingerprint
        };
        self.retiring.iter().any(|retiring| same(retiring.key.version, &retiring.key.fingerprint))
            || self.dead.iter().any(|dead| same(dead.version, &dead.fingerprint))
    }

    /// When the primary destination was last written before its value was adopted, where tokenward
    /// has not delivered one since. Where GitHub did not tell: when the value was first seen.
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
