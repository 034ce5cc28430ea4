//! Restrictions of a key besides its scopes: an IP allow list, an expiry, a domain. A rotation
//! keeps them, or issues no key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One attribute of a listed key that restricts it. Null, an empty text and an empty list mean no
/// restriction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Restriction {
    /// In an item of the list, a JSON pointer to it.
    pub at: String,
    /// Its name for people: `IP allow list`.
    pub name: String,
    /// The entry of the config's `with` that overrides it; `none` there means no restriction for
    /// the new key.
    pub with: String,
    /// The provider's word for no restriction, if it has one. Sent if there is nothing to carry
    /// over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// How a new key gets it. None: `create` does not accept it, or in another format than the
    /// list's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<Carry>,
}

/// How an attribute of the old key becomes one of the new key. `create` uses it as `{{with.NAME}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Carry {
    /// Unchanged.
    Value,
    /// It is an expiry: the new key gets the old one's lifetime, from its creation. The config can
    /// set a duration.
    Lifetime,
    /// The same, but `create` accepts a number of seconds.
    Seconds,
}

impl Carry {
    /// Whether it is an expiry.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::Lifetime | Self::Seconds)
    }
}

impl Restriction {
    /// Whether the value means no restriction.
    #[must_use]
    pub fn is_open(&self, value: &Value) -> bool {
        is_nothing(value) || value.as_str().is_some_and(|text| self.open.as_deref() == Some(text))
    }
}

/// Whether an attribute is empty.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.values().all(is_nothing),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// Words in the names of restrictions.
const WHOLE: [&str; 9] = ["ip", "ips", "cidr", "cidrs", "until", "role", "roles", "valid", "env"];
/// And the beginnings of longer ones.
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

/// Whether an undeclared attribute sounds like a restriction and is not empty.
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
