//! Reads the fields of an entry. Messages never quote a value.

use serde_json::Value;

/// A text of an entry that must have it.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// The list at a path, which must be one.
pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> Result<&'v [Value], String> {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.map(Vec::as_slice).ok_or_else(|| {
        format!("`{}` is not a list", pointer.trim_start_matches('/').replace('/', "."))
    })
}

/// Says which entry is not what its scanner writes.
pub(super) fn malformed(number: usize) -> String {
    format!("its entry {} is incomplete", number + 1)
}
