//! A YAML document as a tree that knows where each of its parts stands. No anchors, no tags: what
//! is written is what there is. One parser for everything: what is checked here is exactly what is
//! deserialized.

use std::fmt;
use std::ops::Range;

use serde_json::{Map, Number, Value};

use super::diagnostic::RenderedDiagnostic;
use super::excerpt;
use super::mistake::Diagnostic;
use super::renamed::OldName;
use super::source::Source;
use crate::domain::Code;

/// A file that was read: its content, and where each part of it stands, for checks that only its
/// module can make.
pub struct Tree {
    pub(crate) source: Source,
    pub(crate) hidden: Vec<Range<usize>>,
    pub(crate) root: Node,
    /// Old names of keys that the file uses.
    pub(crate) old_names: Vec<OldName>,
}

/// One value.
pub(crate) struct Node {
    pub(crate) range: Range<usize>,
    pub(crate) kind: Kind,
}

/// What a value is.
pub(crate) enum Kind {
    /// What it means, and the text it was written as (without quotes).
    Scalar(Value, String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// A mistake that was already reported.
    Broken,
}

/// A key and its value.
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_range: Range<usize>,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn entries(&self) -> &[Entry] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    pub(crate) fn items(&self) -> &[Self] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The text of a scalar, whatever it means.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Kind::Scalar(_, text) = &self.kind { Some(text) } else { None }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Value::Null, _))
    }

    /// As the deserializer takes it.
    pub(crate) fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value, _) => value.clone(),
            Kind::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Kind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_value()))
                    .collect::<Map<_, _>>(),
            ),
            Kind::Broken => Value::Null,
        }
    }
}

impl Tree {
    /// A mistake only the caller's own rules know of, shown like any other. `path` leads to the
    /// value it is about: keys, and positions in lists as decimal numbers. Where a part of the path
    /// is not in the file, the last part that is there is shown. The texts are shown as they are:
    /// quote no values in them.
    #[must_use]
    pub fn diagnostic(
        &self,
        code: Code,
        path: &[&str],
        message: impl Into<String>,
        hint: Option<String>,
    ) -> RenderedDiagnostic {
        let mut mistake = Diagnostic::new(code, self.range(path), message);
        mistake.hint = hint;
        excerpt::diagnostic(&self.source, &self.hidden, mistake)
    }

    /// One line for each old name of a key that the file uses.
    #[must_use]
    pub fn old_names(&self) -> Vec<String> {
        let line = |OldName { at, old, new }: &OldName| {
            format!(
                "{}:{}: `{old}` is now called `{new}`; this version still reads the old name",
                self.source.path,
                self.source.line(*at)
            )
        };
        self.old_names.iter().map(line).collect()
    }

    /// The keys of the mapping at `path`, in the order they are written.
    #[must_use]
    pub fn keys(&self, path: &[&str]) -> Vec<&str> {
        let node = path.iter().try_fold(&self.root, |node, part| match &node.kind {
            Kind::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => node.get(part),
        });
        node.map(|node| node.entries().iter().map(|entry| entry.key.as_str()).collect())
            .unwrap_or_default()
    }

    fn range(&self, path: &[&str]) -> Range<usize> {
        let (mut node, mut range) = (&self.root, 0..0);
        for part in path {
            let found = match &node.kind {
                Kind::List(items) => part
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index))
                    .map(|item| (item, item.range.clone())),
                _ => node.entry(part).map(|entry| (&entry.value, entry.key_range.clone())),
            };
            let Some((next, place)) = found else { return range };
            // A scalar is shown itself, a mapping or a list by the key it belongs to.
            range = if matches!(next.kind, Kind::Scalar(..)) && !next.range.is_empty() {
                next.range.clone()
            } else {
                place
            };
            node = next;
        }
        range
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({})", self.source.path)
    }
}

/// What an unquoted scalar means in YAML 1.2: `yes` and `on` are text, `0o17` is a number.
pub(crate) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(Number::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(Number::from);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let first = digits.strip_prefix('.').unwrap_or(digits).bytes().next()?;
    // Rust's own reader knows words such as `inf`, which YAML writes otherwise.
    if !first.is_ascii_digit()
        || !digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
    {
        return None;
    }
    let whole = text.strip_prefix('+').unwrap_or(text);
    let whole_number =
        whole.parse::<u64>().map(Number::from).or_else(|_| whole.parse::<i64>().map(Number::from));
    whole_number.ok().or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unquoted_scalars_mean_what_yaml_1_2_says() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("true", json!(true)),
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("12", json!(12)),
            ("-3", json!(-3)),
            ("+3", json!(3)),
            ("1.5", json!(1.5)),
            ("1e3", json!(1000.0)),
            (".5", json!(0.5)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("30d", json!("30d")),
            ("1.2.3", json!("1.2.3")),
            ("inf", json!("inf")),
            ("-", json!("-")),
            ("1e999", json!("1e999")),
            ("2026-11-24", json!("2026-11-24")),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
    }
}
