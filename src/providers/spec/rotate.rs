//! How tokens come and go: by API, by OAuth, or by a person's hand; and the limits and delays to respect.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::auth::Auth;
use super::call::Call;
use super::list::{Get, List};
use super::status::Statuses;
use super::verify::When;
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
    /// What the manager has to be allowed, in the platform's words.
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
    /// Ends a key in a way that can be undone: the step before revoking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable: Option<Disable>,
    /// Ends a key for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<Revoke>,
    /// What a person does, where the platform has no API for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<Manual>,
}

impl Rotate {
    /// Whether the platform says when a key was last used.
    #[must_use]
    pub fn tells_last_use(&self) -> bool {
        let in_list = self.list.as_ref().and_then(|list| list.last_used.as_ref());
        let in_get = self.get.as_ref().and_then(|get| get.last_used.as_ref());
        in_list.or(in_get).is_some()
    }
}

/// Who makes a new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The platform, by a call of ours.
    ApiKey,
    /// The platform, for a refresh token.
    Oauth,
    /// A person.
    Manual,
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
    /// How long a new key may not be accepted yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<Span>,
}

/// Makes a key. Sent once, never repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Create {
    /// The request. Its body may use `{{name}}`, `{{scopes}}` (a list), `{{scope}}` (exactly one) and `{{with.NAME}}`.
    pub request: Call,
    /// The statuses of an answer that holds the new key.
    pub ok: Statuses,
    /// A JSON pointer to the new value.
    pub value: String,
    /// A JSON pointer to the first half of a value that is a pair: what is kept is `FIRST:VALUE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
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
    pub quota: Vec<When>,
    /// Where a key that may do everything is asked for in another way than one with scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scoped: Option<Scoped>,
}

/// What is sent for a key with scopes, and not for one that may do everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scoped {
    /// The one word that the config gives under `scopes` for a key that may do everything, so that nobody gets one by saying nothing.
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
    /// The request; it names `{{id}}`.
    pub request: Call,
    /// The statuses of success, whatever the body.
    pub ok: Statuses,
    /// The answers that say that there is no such key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<When>,
}

/// What a person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manual {
    /// One step a line, in order.
    pub steps: Vec<String>,
    /// Where to click. May use `{{owner}}` of the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// How long old and new value both work, where the platform ends the old one by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Span>,
    /// Whether several values can work side by side until a person ends one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub several: bool,
}
