//! What restricts a key beside its scopes: an IP allow list, an expiry, a domain. A rotation keeps
//! it, or makes no key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One attribute of a listed key that restricts it. Null, an empty text and an empty list restrict
/// nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Restriction {
    /// In an item of the list, a JSON pointer to it.
    pub at: String,
    /// What people call it: `IP allow list`.
    pub name: String,
    /// The entry of `with` that says it in the config, where the config decides; `none` there means
    /// that the new key goes without.
    pub with: String,
    /// The value that restricts nothing, where the provider has a word for that. It is sent where
    /// there is nothing to carry over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// How a new key gets it. None: `create` does not take it, or takes it in another form than the
    /// list tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<Carry>,
}

/// How an attribute of the old key becomes one of the new key. `create` uses it as `{{with.NAME}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Carry {
    /// As it is told.
    Value,
    /// It is a moment: the new key lives as long as the old one was to, from when it is made. The
    /// config may say a duration.
    Lifetime,
    /// The same, and `create` takes it as a number of seconds.
    Seconds,
}

impl Carry {
    /// Whether it is about a moment.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::Lifetime | Self::Seconds)
    }
}

impl Restriction {
    /// Whether what stands there restricts nothing.
    #[must_use]
    pub fn is_open(&self, value: &Value) -> bool {
        is_nothing(value) || value.as_str().is_some_and(|text| self.open.as_deref() == Some(text))
    }
}

/// Whether an attribute says nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.values().all(is_nothing),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// Words by which providers name what a key is restricted by.
const WHOLE: [&str; 9] = ["ip", "ips", "cidr", "cidrs", "until", "role", "roles", "valid", "env"];
/// And how longer ones begin.
const BEGINNINGS: [&str; 16] = [
    "access",
    "address",
    "allow",
    "block",
    "deny",
    "domain",
    "endpoint",
    "environment",
    "expir",
    "limit",
    "origin",
    "permission",
    "polic",
    "referr",
    "restrict",
    "scope",
];

/// Whether an attribute that no file declares sounds like a restriction, and says something.
#[must_use]
pub fn sounds_like_one(name: &str, value: &Value) -> bool {
    let is_one = |word: &str| {
        WHOLE.contains(&word)
            || BEGINNINGS.iter().any(|beginning| word.starts_with(beginning))
            || word.starts_with("whitelist")
    };
    !is_nothing(value) && words(name).iter().any(|word| is_one(word))
}

/// The words of a name, in lower case: those of `RestrictAccessToIPRange` are `restrict`, `access`,
/// `to`, `ip`, `range`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let is_lower = |at: usize| letters.get(at).is_some_and(|letter| letter.is_lowercase());
        let rises = letter.is_uppercase()
            && before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        // The last capital of several belongs to the next word; `IPs` is one word.
        let turns = letter.is_uppercase()
            && before.is_some_and(|before| before.is_uppercase())
            && is_lower(at + 1)
            && is_lower(at + 2);
        if !letter.is_alphanumeric() || rises || turns {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_sounds_like_a_restriction_and_says_something_is_taken_for_one() {
        for name in [
            "RestrictAccessToIPRange",
            "ip_allowlist",
            "expires_at",
            "ExpiresOn",
            "allowedOrigins",
            "IPs",
            "valid_ips",
            "scopes",
            "validUntil",
        ] {
            assert!(sounds_like_one(name, &json!(["x"])), "{name}: {:?}", words(name));
            for nothing in
                [json!(null), json!([]), json!(""), json!({}), json!(false), json!({"id": null})]
            {
                assert!(!sounds_like_one(name, &nothing), "{name}: {nothing}");
            }
        }
        for name in [
            "description",
            "name",
            "created_by",
            "updated_at",
            "id",
            "recipients",
            "is_disabled",
            "colour",
        ] {
            assert!(!sounds_like_one(name, &json!("x")), "{name}");
        }
    }
}
