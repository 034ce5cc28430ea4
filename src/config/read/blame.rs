//! Finds the value that a model refuses: serde says why, and not where. Asked only when a file was
//! refused: the file is read again some twenty times a level, however long its lists are.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The keys and positions that lead to the value because of which `T` refuses a file with these
/// words: the deepest one without which the words are others, or none are said. A model reads its
/// parts in order, so a part that is refused is told of before one that is missing.
pub(super) fn path_of<T: DeserializeOwned>(mut file: Value, words: &str) -> Vec<String> {
    let mut path = Vec::new();
    while let Some(part) = blamed::<T>(&mut file, &path, words) {
        path.push(part);
    }
    path
}

/// The part of what stands at `path` that is refused, halved until one is left.
fn blamed<T: DeserializeOwned>(file: &mut Value, path: &[String], words: &str) -> Option<String> {
    let parts = parts(at(file, path));
    let mut left = parts.as_slice();
    while let [_, _, ..] = left {
        let (first, second) = left.split_at(left.len() / 2);
        left = if is_to_blame::<T>(file, path, first, words) { first } else { second };
    }
    left.first().filter(|_| is_to_blame::<T>(file, path, left, words)).cloned()
}

fn is_to_blame<T: DeserializeOwned>(
    file: &Value,
    path: &[String],
    parts: &[String],
    words: &str,
) -> bool {
    let mut without = file.clone();
    match at(&mut without, path) {
        Some(Value::Object(map)) => {
            let gone: HashSet<&str> = parts.iter().map(String::as_str).collect();
            map.retain(|key, _| !gone.contains(key.as_str()));
        }
        Some(Value::Array(items)) => {
            // Parts of a list follow each other.
            let place = |part: Option<&String>| part.and_then(|part| part.parse::<usize>().ok());
            let (Some(from), Some(to)) = (place(parts.first()), place(parts.last())) else {
                return false;
            };
            drop(items.drain(from..=to.min(items.len().saturating_sub(1))));
        }
        _ => return false,
    }
    T::deserialize(&without).err().is_none_or(|error| error.to_string() != words)
}

fn at<'v>(file: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(file, |value, part| match value {
        Value::Object(map) => map.get_mut(part),
        Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The keys of a map, the positions of a list.
fn parts(value: Option<&mut Value>) -> Vec<String> {
    match value {
        Some(Value::Object(map)) => map.keys().cloned().collect(),
        Some(Value::Array(items)) => (0..items.len()).map(|index| index.to_string()).collect(),
        _ => Vec::new(),
    }
}
