//! How tokens are rotated: by API, by OAuth or manually; and the provider's limits and delays.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::auth::Auth;
use super::call::Call;
use super::list::{Get, LastUsed, List};
use super::oauth::OAuth;
use super::slots::Slots;
use super::status::Statuses;
use super::template::variables;
use super::verify::ResponseMatcher;
use crate::domain::Span;

/// Issue, list, revoke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rotate {
    /// How a new value is created.
    pub kind: Kind,
    /// Where these requests carry the manager's value; overrides the file's `auth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Whether a token can issue and revoke keys itself, so that no manager is needed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_managed: bool,
    /// The permissions that the manager needs, in the provider's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manager_needs: Vec<String>,
    /// Whether a key without scopes would have full access, so that scopes are required.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_scopes: bool,
    /// Limits and delays.
    #[serde(default)]
    pub limits: Limits,
    /// Creates a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<Create>,
    /// Lists keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<List>,
    /// Looks up a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get: Option<Get>,
    /// Looks up when a key was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<LastUsed>,
    /// Refreshes a token, if the kind is `oauth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OAuth>,
    /// The fixed keys, if the kind is `slots`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<Slots>,
    /// Disables a key, which can be undone: the step before revoking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable: Option<Disable>,
    /// Revokes a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<Revoke>,
    /// The manual steps, if the provider has no API for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<Manual>,
}

/// The value of the key that a request revokes.
const ENDED: &str = "part.ended";

impl Rotate {
    /// Whether the provider reports when a key was last used.
    #[must_use]
    pub fn tells_last_use(&self) -> bool {
        self.last_used.is_some() || self.list.as_ref().is_some_and(|list| list.last_used.is_some())
    }

    /// Whether a key is revoked by its value instead of its id.
    #[must_use]
    pub fn ends_by_value(&self) -> bool {
        let auth = self.revoke.as_ref().and_then(|revoke| revoke.request.auth.as_ref());
        auth.is_some_and(|auth| {
            auth.texts().iter().any(|(_, text)| variables(text).contains(&ENDED))
        })
    }

    /// All its requests, each with its place.
    #[must_use]
    pub fn calls(&self) -> Vec<(&'static str, &Call)> {
        let steps = [
            ("create.request", self.create.as_ref().map(|create| &create.request)),
            ("list.request", self.list.as_ref().map(|list| &list.request)),
            ("get.request", self.get.as_ref().map(|get| &get.request)),
            ("last-used.request", self.last_used.as_ref().map(|last_used| &last_used.request)),
            ("disable.request", self.disable.as_ref().map(|disable| &disable.request)),
            ("revoke.request", self.revoke.as_ref().map(|revoke| &revoke.request)),
            ("oauth.refresh", self.oauth.as_ref().map(|oauth| &oauth.refresh)),
            ("oauth.revoke", self.oauth.as_ref().and_then(|oauth| oauth.revoke.as_ref())),
            ("slots.show", self.slots.as_ref().map(|slots| &slots.show)),
            ("slots.fill", self.slots.as_ref().map(|slots| &slots.fill)),
        ];
        steps.into_iter().filter_map(|(name, call)| Some((name, call?))).collect()
    }
}

/// How a new value is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// tokenward calls the provider's API.
    ApiKey,
    /// tokenward refreshes an OAuth token.
    Oauth,
    /// tokenward regenerates one of the provider's fixed keys.
    Slots,
    /// A person creates it.
    Manual,
}

impl Kind {
    /// The word in a file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::Oauth => "oauth",
            Self::Slots => "slots",
            Self::Manual => "manual",
        }
    }
}

/// Limits and delays. Absent means unknown, not unlimited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// How many keys an account can have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<u32>,
    /// The longest name of a key, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<u32>,
    /// How long a revoked key can still be accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_lag: Option<Span>,
    /// How long a new key can be missing from the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_lag: Option<Span>,
    /// The delay of the provider's report that a key was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_lag: Option<Span>,
    /// How long a new key can be rejected after it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<Span>,
    /// The lifetime of a token from its creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Span>,
    /// How long an unused token remains valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inactive_after: Option<Span>,
}

/// Creates a key. Sent once, never repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Create {
    /// The request. Its body can use `{{name}}`, `{{scopes}}` (a list), `{{scope}}` (exactly one)
    /// and `{{with.NAME}}`.
    pub request: Call,
    /// The statuses of a response with the new key.
    pub ok: Statuses,
    /// A JSON pointer to the new value.
    pub value: String,
    /// A JSON pointer to the first half of a value that is a pair, stored as `FIRST:VALUE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Whether keys have no names at this provider: if a response is lost, a person must look for
    /// the key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nameless: bool,
    /// A JSON pointer to the new key's id. None: the shape's group `key_id` gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A JSON pointer to the scopes of the new key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// A JSON pointer to when it was created. None: the response's date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// The responses that mean that no more keys are allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quota: Vec<ResponseMatcher>,
    /// For providers where the request for full access differs from that for scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scoped: Option<Scoped>,
}

/// What the request contains for a key with scopes, but not for one with full access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scoped {
    /// The word under the config's `scopes` that requests full access, so that nobody gets it by
    /// omission.
    pub full: String,
    /// The form fields that are added otherwise. They can use `{{scopes|json}}`.
    pub form: BTreeMap<String, String>,
}

impl Create {
    /// The request for a key with scopes.
    #[must_use]
    pub fn narrowed(&self) -> Call {
        let mut request = self.request.clone();
        if let (Some(form), Some(scoped)) = (&mut request.form, &self.scoped) {
            form.extend(scoped.form.clone());
        }
        request
    }

    /// The request for a key with these scopes.
    #[must_use]
    pub fn request_for(&self, scopes: &[String]) -> Call {
        match &self.scoped {
            Some(scoped) if scopes == std::slice::from_ref(&scoped.full) => self.request.clone(),
            _ => self.narrowed(),
        }
    }
}

/// Disables a key, which can be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Disable {
    /// The request; it names `{{id}}`.
    pub request: Call,
    /// The statuses of success.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
}

/// Revokes a key. Sent once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Revoke {
    /// The request; it names `{{id}}`, or its `auth` carries `{{part.ended}}`, the whole value of
    /// the key to revoke.
    pub request: Call,
    /// The statuses of success, whatever the body.
    pub ok: Statuses,
    /// The responses that mean that the key does not exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<ResponseMatcher>,
}

/// Manual steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manual {
    /// The steps to create a new value, in order.
    pub create: Vec<String>,
    /// The step to store it. `{{secret}}` is the secret to put it into.
    pub store: String,
    /// The step to revoke the old value, if a person has to: tokenward asks for it later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<String>,
    /// The page for them. Can use `{{owner}}` of the verdict, and `{{with.NAME}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// How long the old and the new value both work, if the provider revokes the old one itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Span>,
    /// Whether several values can be valid at the same time, until a person revokes one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub several: bool,
}

/// What stands for the secret in `Manual::store`.
pub(crate) const SECRET: &str = "{{secret}}";

impl Manual {
    /// The step to store the new value in a secret.
    pub(crate) fn store_in(&self, secret: &str) -> String {
        self.store.replace(SECRET, secret)
    }

    /// All steps, as read before a rotation.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        let mut steps = self.create.clone();
        steps.push(self.store_in("the secret that tokenward names"));
        steps.extend(self.revoke.as_ref().map(|step| {
            let (first, rest) = step.split_at(step.chars().next().map_or(0, char::len_utf8));
            format!("When tokenward asks for it, {}{rest}", first.to_lowercase())
        }));
        steps
    }
}
