//! One request in a provider file. The meaning of its response is defined elsewhere.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::auth::Auth;

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or asks with a body.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

/// One request. An entry of `query`, `headers`, `json`, `form` or `multipart` that uses a
/// `{{with.NAME}}` which the config does not set is omitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path, from `/`. Can use `{{id}}`, `{{with.NAME}}` and `{{part.NAME}}` of a public part,
    /// which are percent-encoded; never the value.
    pub path: String,
    /// Scheme and host, if they differ from the region's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Query parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// Headers in addition to those of the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Where this request carries the value; overrides the file's `auth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// A JSON body. A text that is exactly `{{scopes}}` becomes a list, `{{with.NAME|number}}` a
    /// number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// A form body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<BTreeMap<String, String>>,
    /// A form body as `multipart/form-data`, for providers that accept no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<BTreeMap<String, String>>,
    /// Whether it changes nothing although its method is not GET, so that it can be repeated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeatable: bool,
}

impl Call {
    /// All its templates, each with its key; not those of `auth`.
    #[must_use]
    pub fn texts(&self) -> Vec<(String, &str)> {
        let mut texts = vec![("path".to_owned(), self.path.as_str())];
        texts.extend(self.base.as_deref().map(|base| ("base".to_owned(), base)));
        texts
            .extend(self.query.iter().map(|(name, text)| (format!("query.{name}"), text.as_str())));
        texts.extend(
            self.headers.iter().map(|(name, text)| (format!("headers.{name}"), text.as_str())),
        );
        texts.extend(
            self.form.iter().flatten().map(|(name, text)| (format!("form.{name}"), text.as_str())),
        );
        texts.extend(
            self.multipart
                .iter()
                .flatten()
                .map(|(name, text)| (format!("multipart.{name}"), text.as_str())),
        );
        if let Some(json) = &self.json {
            json_texts(json, "json", &mut texts);
        }
        texts
    }

    /// Whether it can be repeated.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.method == Method::Get || self.repeatable
    }
}

fn json_texts<'a>(value: &'a Value, place: &str, texts: &mut Vec<(String, &'a str)>) {
    match value {
        Value::String(text) => texts.push((place.to_owned(), text)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| json_texts(item, &format!("{place}[{index}]"), texts)),
        Value::Object(entries) => entries
            .iter()
            .for_each(|(key, entry)| json_texts(entry, &format!("{place}.{key}"), texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
