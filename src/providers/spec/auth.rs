//! Where a request carries the value, as a provider file says it. Never a path: paths get logged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The places a value is put in; at least one. Texts may use `{{token}}` (the whole value) and `{{part.NAME}}`
/// (a named group of its shape, for values that are pairs such as `id:secret`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Auth {
    /// `Authorization: Bearer` and this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer: Option<String>,
    /// `Authorization: Basic` of these two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic: Option<Basic>,
    /// A header of the platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Named>,
    /// A query parameter. Never logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Named>,
    /// A field of the JSON or form body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Named>,
}

/// The two halves of HTTP Basic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Basic {
    /// Before the colon.
    pub user: String,
    /// After it.
    pub password: String,
}

/// A name and what it carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Named {
    /// The header, the parameter or the field.
    pub name: String,
    /// What it carries.
    pub value: String,
}

impl Auth {
    /// Every text of it, with the key it stands under.
    #[must_use]
    pub fn texts(&self) -> Vec<(&'static str, &str)> {
        let mut texts = Vec::new();
        texts.extend(self.bearer.as_deref().map(|text| ("bearer", text)));
        texts
            .extend(self.basic.iter().flat_map(|basic| [("basic.user", basic.user.as_str()), ("basic.password", basic.password.as_str())]));
        texts.extend(self.header.as_ref().map(|named| ("header.value", named.value.as_str())));
        texts.extend(self.query.as_ref().map(|named| ("query.value", named.value.as_str())));
        texts.extend(self.body.as_ref().map(|named| ("body.value", named.value.as_str())));
        texts
    }
}
