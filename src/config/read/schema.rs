//! The JSON Schema of a serde model, put into the form that editors and the checker share.
//! `schema/` keeps it, `tokenward schema` prints it, and files are held against it; a test holds it
//! equal to the model.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The schema of a file's model. An optional key is one that may be absent; an empty value is
/// always a mistake, so `null` is taken out wherever schemars added it for an `Option`.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut value = std::mem::take(&mut schema).to_value();
    without_null(&mut value);
    Schema::try_from(value).unwrap_or_default()
}

/// The text of a schema as files are held against it.
pub(super) fn for_checks(text: &str) -> Value {
    let mut schema = serde_json::from_str(text).unwrap_or_default();
    without_null(&mut schema);
    schema
}

fn without_null(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(map) => {
            if map.get("default") == Some(&Value::Null) {
                map.remove("default");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(options)) = map.get_mut("anyOf") {
                options.retain(|option| option.get("type").is_none_or(|kind| kind != "null"));
                if let [only] = options.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    if let Value::Object(only) = only {
                        // What the key says of itself goes before what its type says in general.
                        for (name, part) in only {
                            map.entry(name).or_insert(part);
                        }
                    }
                }
            }
            map.values_mut().for_each(without_null);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Model {
        #[serde(default)]
        number: Option<u8>,
        #[serde(default)]
        span: Option<crate::domain::Span>,
    }

    #[test]
    fn optional_keys_may_be_absent_but_not_empty() {
        let schema = schema_of::<Model>().to_value();
        assert_eq!(schema["properties"]["number"]["type"], "integer");
        assert_eq!(schema["properties"]["span"]["$ref"], "#/$defs/Span");
        assert!(!schema.to_string().contains("null"), "{schema}");
    }
}
