//! One HTTP status or several, as a provider file writes them: `201`, `[200, 204]`.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A set of HTTP statuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Statuses(pub Vec<u16>);

impl Statuses {
    /// Plain 200, where a file says nothing else.
    #[must_use]
    pub fn ok() -> Self {
        Self(vec![200])
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, status: u16) -> bool {
        self.0.contains(&status)
    }
}

struct OneOrMore;

impl<'de> Visitor<'de> for OneOrMore {
    type Value = Statuses;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an HTTP status such as 201, or a list of them")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Statuses, E> {
        u16::try_from(number)
            .map(|status| Statuses(vec![status]))
            .map_err(|_| E::custom("too large for an HTTP status"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Statuses, E> {
        Err(E::custom("an HTTP status is not negative"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Statuses, A::Error> {
        let mut statuses = Vec::new();
        while let Some(status) = items.next_element()? {
            statuses.push(status);
        }
        Ok(Statuses(statuses))
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMore)
    }
}

impl JsonSchema for Statuses {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Statuses".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = serde_json::json!({"type": "integer", "minimum": 200, "maximum": 599});
        json_schema!({
            "oneOf": [one, {"type": "array", "items": one, "minItems": 1}],
            "description": "one HTTP status, or a list of them"
        })
    }
}
