//! JSON pointers (RFC 6901), with one addition: a step `*` means every element of a list.

use serde_json::Value;

/// Whether this is a pointer: empty, or steps that each begin with `/`.
#[must_use]
pub fn is_valid(pointer: &str) -> bool {
    let escapes = pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    (pointer.is_empty() || pointer.starts_with('/')) && escapes && !pointer.contains("{{")
}

/// The value there.
#[must_use]
pub fn all<'v>(root: &'v Value, pointer: &str) -> Vec<&'v Value> {
    match pointer.split_once("/*") {
        Some((list, rest)) if rest.is_empty() || rest.starts_with('/') => {
            let items = root.pointer(list).and_then(Value::as_array);
            items.into_iter().flatten().flat_map(|item| all(item, rest)).collect()
        }
        _ => root.pointer(pointer).into_iter().collect(),
    }
}

/// The text there, or a number as text. `None` for null, an empty text and anything else.
#[must_use]
pub fn text(root: &Value, pointer: &str) -> Option<String> {
    match root.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// More words than any provider has scopes; a longer list is not plausible.
const MOST_WORDS: usize = 2_000;
/// Longer than any scope.
const LONGEST_WORD: usize = 512;

/// The texts there: of a list, of every element, or the words of one text. `None` (unknown) if they
/// are too many or too long.
#[must_use]
pub fn words(root: &Value, pointer: &str) -> Option<Vec<String>> {
    let found = all(root, pointer);
    if found.is_empty() && !pointer.contains("/*") {
        return None;
    }
    let mut words = Vec::new();
    for value in found {
        match value {
            Value::String(text) => words
                .extend(text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned)),
            Value::Array(items) => {
                words.extend(items.iter().filter_map(|item| item.as_str().map(str::to_owned)))
            }
            _ => return None,
        }
    }
    (words.len() <= MOST_WORDS && words.iter().all(|word| word.len() <= LONGEST_WORD))
        .then_some(words)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_star_means_every_element() {
        let root = json!({"a": [{"n": "x"}, {"n": "y"}, {}], "s": "p q,r", "l": ["m"], "none": []});
        assert_eq!(all(&root, "/a/*/n"), [&json!("x"), &json!("y")]);
        assert_eq!(words(&root, "/a/*/n").unwrap(), ["x", "y"]);
        assert_eq!(words(&root, "/s").unwrap(), ["p", "q", "r"]);
        assert_eq!(words(&root, "/l").unwrap(), ["m"]);
        assert_eq!(words(&root, "/none").unwrap(), [""; 0]);
        assert_eq!(words(&root, "/nowhere"), None);
        assert_eq!(text(&json!({"n": 7}), "/n").as_deref(), Some("7"));
        assert!(is_valid("") && is_valid("/a~1b") && !is_valid("a") && !is_valid("/a~b"));
    }
}
