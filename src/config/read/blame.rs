//! Finds the value that a model refuses: serde says why, and not where. Asked only when a file was refused, since it reads the file again and
//! again.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The keys and positions that lead to the value because of which `T` refuses a file with these words: the deepest one without which the
/// words are others, or none are said.
pub(super) fn path_of<T: DeserializeOwned>(mut file: Value, words: &str) -> Vec<String> {
    let mut path = Vec::new();
    while let Some(part) = parts(at(&mut file, &path)).into_iter().find(|part| is_to_blame::<T>(&file, &path, part, words)) {
        path.push(part);
    }
    path
}

fn is_to_blame<T: DeserializeOwned>(file: &Value, path: &[String], part: &str, words: &str) -> bool {
    let mut without = file.clone();
    match at(&mut without, path) {
        Some(Value::Object(map)) => drop(map.remove(part)),
        Some(Value::Array(items)) => drop(part.parse().map(|index: usize| items.remove(index))),
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
