//! How types and examples of a schema are said to people.

use serde_json::Value;

use super::tree::{Kind, Node};

/// A JSON type with its article.
pub(crate) fn a_kind(kind: &str) -> &'static str {
    match kind {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a mapping (keys and values)",
        _ => "something else",
    }
}

/// What a value is, never what it says.
pub(crate) fn what_it_is(node: &Node) -> &'static str {
    match &node.kind {
        Kind::List(_) => "a list",
        Kind::Map(_) => "a mapping",
        Kind::Broken => "unreadable",
        Kind::Scalar(Value::Null, _) => "empty",
        Kind::Scalar(Value::Bool(_), _) => "`true` or `false`",
        Kind::Scalar(Value::Number(number), _) if number.is_f64() => "a number",
        Kind::Scalar(Value::Number(_), _) => "a whole number",
        Kind::Scalar(..) => "text",
    }
}

/// The example a schema or its type gives, as it would be written.
pub(crate) fn example_of(root: &Value, schema: &Value) -> Option<String> {
    let named = || {
        schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|path| path.strip_prefix('#'))
            .and_then(|path| root.pointer(path))
    };
    let example =
        |schema: &Value| schema.pointer("/examples/0").or_else(|| schema.get("const")).map(flow);
    example(schema).or_else(|| named().and_then(example)).or_else(|| {
        match schema.get("type").and_then(Value::as_str) {
            Some("array") => Some("[…]".to_owned()),
            Some("object") => Some("{…}".to_owned()),
            _ => None,
        }
    })
}

/// A value in YAML's one-line form.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            format!(
                "{{{}}}",
                map.iter()
                    .map(|(key, value)| format!("{key}: {}", flow(value)))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        other => other.to_string(),
    }
}
