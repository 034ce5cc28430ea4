//! How tokens come and go: by API, by OAuth, or by a person's hand; and the limits and delays to
//! respect.

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
    /// Who makes a new value.
    pub kind: Kind,
    /// Where these requests carry the manager's value, where that differs from what the file says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Whether a token may issue and revoke keys for itself, so that no manager is needed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_managed: bool,
    /// What the manager has to be allowed, in the provider's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manager_needs: Vec<String>,
    /// Whether leaving scopes out would make a key with full access, so that they have to be given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_scopes: bool,
    /// Numbers and delays.
    #[serde(default)]
    pub limits: Limits,
    /// Makes a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<Create>,
    /// Lists keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<List>,
    /// Looks one up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub get: Option<Get>,
    /// Looks up when one was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<LastUsed>,
    /// Refreshes, where the kind is `oauth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OAuth>,
    /// The fixed keys, where the kind is `slots`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<Slots>,
    /// Ends a key in a way that can be undone: the step before revoking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable: Option<Disable>,
    /// Ends a key for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<Revoke>,
    /// What a person does, where the provider has no API for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<Manual>,
}

/// The value of the key that a request ends.
const ENDED: &str = "part.ended";

impl Rotate {
    /// Whether the provider says when a key was last used.
    #[must_use]
    pub fn tells_last_use(&self) -> bool {
        self.last_used.is_some() || self.list.as_ref().is_some_and(|list| list.last_used.is_some())
    }

    /// Whether a key is ended against its whole value, and not against its id alone.
    #[must_use]
    pub fn ends_by_value(&self) -> bool {
        let auth = self.revoke.as_ref().and_then(|revoke| revoke.request.auth.as_ref());
        auth.is_some_and(|auth| {
            auth.texts().iter().any(|(_, text)| variables(text).contains(&ENDED))
        })
    }

    /// Every request of it, with its place in it.
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

/// Who makes a new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The provider, by a call of ours.
    ApiKey,
    /// The provider, for a refresh token.
    Oauth,
    /// The provider, by filling one of its fixed keys anew.
    Slots,
    /// A person.
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

/// Numbers and delays. What is absent is unknown, not unlimited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// How many keys an account may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<u32>,
    /// How long a key's name may be, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<u32>,
    /// How long a revoked key may still be accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_lag: Option<Span>,
    /// How long a new key may be missing from the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_lag: Option<Span>,
    /// How late the provider tells that a key was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_lag: Option<Span>,
    /// How long a new key may not be accepted yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<Span>,
    /// How long a token lives from when it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Span>,
    /// How long a token that nobody uses goes on living.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inactive_after: Option<Span>,
}

/// Makes a key. Sent once, never repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Create {
    /// The request. Its body may use `{{name}}`, `{{scopes}}` (a list), `{{scope}}` (exactly one)
    /// and `{{with.NAME}}`.
    pub request: Call,
    /// The statuses of an answer that holds the new key.
    pub ok: Statuses,
    /// A JSON pointer to the new value.
    pub value: String,
    /// A JSON pointer to the first half of a value that is a pair: what is kept is `FIRST:VALUE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Whether the provider gives keys no names: one whose answer was lost is then nobody's to
    /// find, and a person has to look for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nameless: bool,
    /// A JSON pointer to the new key's id. None: the shape's group `key_id` gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A JSON pointer to the scopes it got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// A JSON pointer to when it was made. None: the answer's own date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// The answers that say that no further key is allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quota: Vec<ResponseMatcher>,
    /// Where a key that may do everything is asked for in another way than one with scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scoped: Option<Scoped>,
}

/// What is sent for a key with scopes, and not for one that may do everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scoped {
    /// The one word that the config gives under `scopes` for a key that may do everything, so that
    /// nobody gets one by saying nothing.
    pub full: String,
    /// The form fields that are added otherwise. They may use `{{scopes|json}}`.
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

/// Ends a key in a way that can be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Disable {
    /// The request; it names `{{id}}`.
    pub request: Call,
    /// The statuses of success.
    #[serde(default = "Statuses::ok")]
    pub ok: Statuses,
}

/// Ends a key for good. Sent once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Revoke {
    /// The request; it names `{{id}}`, or its `auth` carries `{{part.ended}}`, the whole value of
    /// the key to be ended.
    pub request: Call,
    /// The statuses of success, whatever the body.
    pub ok: Statuses,
    /// The answers that say that there is no such key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<ResponseMatcher>,
}

/// What a person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manual {
    /// One step a line, in order.
    pub steps: Vec<String>,
    /// Where to click. May use `{{owner}}` of the verdict, and `{{with.NAME}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// How long old and new value both work, where the provider ends the old one by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Span>,
    /// Whether several values can work side by side until a person ends one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub several: bool,
}
