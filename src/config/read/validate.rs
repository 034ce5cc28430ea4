//! Checks a tree against the schema of its model, value by value: unknown and missing keys, wrong
//! types, values that are not allowed, texts in the wrong format. `config/checks.rs` compares
//! values with each other.

use std::collections::HashMap;
use std::ops::Range;

use regex_automata::meta::Regex;
use serde_json::Value;

use super::mistake::Diagnostic;
use super::parts::{Parts, is_kind};
use super::problems;
use super::redact::quote;
use super::suggest::{list, nearest};
use super::tree::{Entry, Kind, Node};
use super::words::{a_kind, example_of, flow, what_it_is};
use crate::config::string_types::{is_form, refusal};

/// What was found.
#[derive(Default)]
pub(crate) struct Walked {
    pub(crate) mistakes: Vec<Diagnostic>,
    /// Values of unknown keys: they could be secrets, so they are not shown.
    pub(crate) hidden: Vec<Range<usize>>,
}

/// Checks the whole tree against the schema.
pub(crate) fn walk(schema: &Value, root: &Node) -> Walked {
    let mut walk = Validator { schema, patterns: HashMap::new(), found: Walked::default() };
    let place =
        Place { what: "the file".to_owned(), key: None, range: root.range.start..root.range.start };
    walk.value(schema, root, &place);
    walk.found
}

/// The name of a value, and what to point at if the value itself is missing.
struct Place<'a> {
    what: String,
    key: Option<&'a str>,
    range: Range<usize>,
}

struct Validator<'s> {
    schema: &'s Value,
    patterns: HashMap<&'s str, Option<Regex>>,
    found: Walked,
}

impl<'s> Validator<'s> {
    fn value(&mut self, schema: &'s Value, node: &Node, place: &Place<'_>) {
        if matches!(node.kind, Kind::Broken) {
            return;
        }
        let parts = Parts::of(self.schema, schema, node);
        let text = node.text().filter(|_| !node.is_null());
        if let Some(refused) =
            text.and_then(|text| parts.types.iter().find_map(|name| refusal(name, text)))
        {
            let mistake = Diagnostic::new(
                refused.code,
                self.visible(node, place),
                format!("{}: {}", place.what, refused.message),
            );
            return self.note(Diagnostic { hint: Some(refused.hint), ..mistake });
        }
        if !parts.undecided.is_empty() {
            return self.undecided(&parts, node, place);
        }
        if let Some(kind) = parts.kind().filter(|kind| !is_kind(node, kind)) {
            return self.wrong_type(&parts, kind, node, place);
        }
        match &node.kind {
            Kind::Scalar(value, text) => self.scalar(&parts, value, text, node, place),
            Kind::List(items) => self.list(&parts, items, node, place),
            Kind::Map(entries) => self.map(&parts, entries, place),
            Kind::Broken => {}
        }
    }

    fn scalar(
        &mut self,
        parts: &Parts<'s>,
        value: &Value,
        text: &str,
        node: &Node,
        place: &Place<'_>,
    ) {
        if let Some(allowed) = parts.allowed() {
            if !allowed.contains(&value) {
                self.not_allowed(&allowed, text, node, place);
            }
            return;
        }
        if let Some(number) = value.as_f64() {
            self.number(parts, number, node, place);
        }
        if value.is_string() {
            self.text(parts, text, node, place);
        }
    }

    fn number(&mut self, parts: &Parts<'s>, number: f64, node: &Node, place: &Place<'_>) {
        let (least, most) = (parts.number("minimum"), parts.number("maximum"));
        let limits = [
            least.filter(|least| number < *least).map(|least| format!("at least {least}")),
            most.filter(|most| number > *most).map(|most| format!("at most {most}")),
        ];
        for limit in limits.into_iter().flatten() {
            self.note(problems::out_of_range(node.range.clone(), &place.what, &limit));
        }
    }

    fn text(&mut self, parts: &Parts<'s>, text: &str, node: &Node, place: &Place<'_>) {
        let length = f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
        if parts.number("minLength").is_some_and(|least| length < least) {
            let at = self.visible(node, place);
            let short = problems::wrong_format(at, &place.what, "is too short");
            return self.note(short.hint(self.advice(parts, place)));
        }
        if parts.number("maxLength").is_some_and(|most| length > most) {
            let at = node.range.clone();
            return self.note(problems::wrong_format(at, &place.what, "is too long"));
        }
        // A string type has checked its own pattern, with a better message.
        let Some(pattern) =
            parts.pattern().filter(|_| !parts.types.iter().any(|name| is_form(name)))
        else {
            return;
        };
        // An invalid pattern is an error of the model, which its own tests find, not of the file.
        let compiled = self.patterns.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
        if compiled.as_ref().is_some_and(|compiled| !compiled.is_match(text)) {
            let at = self.visible(node, place);
            let mistake = problems::wrong_format(at, &place.what, "has the wrong format");
            self.note(mistake.hint(self.advice(parts, place)));
        }
    }

    fn list(&mut self, parts: &Parts<'s>, items: &[Node], node: &Node, place: &Place<'_>) {
        let count = f64::from(u32::try_from(items.len()).unwrap_or(u32::MAX));
        if parts.number("minItems").is_some_and(|least| count < least) {
            let at = self.visible(node, place);
            let mistake = problems::wrong_format(at, &place.what, "has too few items");
            self.note(mistake.hint(self.advice(parts, place)));
        }
        if let Some(most) = parts.number("maxItems").filter(|most| count > *most) {
            let at = self.visible(node, place);
            let mistake = problems::wrong_format(at, &place.what, "has too many items");
            self.note(mistake.hint(format!("write at most {most}")));
        }
        let Some(schema) = parts.items() else { return };
        for item in items {
            let what = place
                .key
                .map_or_else(|| "an item".to_owned(), |key| format!("an item of {}", quote(key)));
            self.value(schema, item, &Place { what, key: None, range: first_of(item) });
        }
    }

    fn map(&mut self, parts: &Parts<'s>, entries: &[Entry], place: &Place<'_>) {
        let absent: Vec<&str> = parts
            .properties()
            .filter(|key| !entries.iter().any(|entry| entry.key == *key))
            .collect();
        let mut meant = Vec::new();
        for entry in entries {
            if let Some(refused) = parts.key_schema().and_then(|schema| {
                Parts::of(self.schema, schema, &entry.value)
                    .types
                    .into_iter()
                    .find_map(|name| refusal(name, &entry.key))
            }) {
                let mistake =
                    Diagnostic::new(refused.code, entry.key_range.clone(), refused.message);
                self.note(Diagnostic { hint: Some(refused.hint), ..mistake });
            }
            match parts.property(&entry.key) {
                Some(Some(schema)) => {
                    let place = Place {
                        what: quote(&entry.key),
                        key: Some(&entry.key),
                        range: entry.key_range.clone(),
                    };
                    self.value(schema, &entry.value, &place);
                }
                Some(None) => {}
                None => {
                    let near = nearest(&entry.key, absent.iter().copied());
                    meant.extend(near);
                    self.unknown_key(parts, entry, near);
                }
            }
        }
        let missing: Vec<&str> =
            parts.required().filter(|key| absent.contains(key) && !meant.contains(key)).collect();
        for key in missing {
            let property = parts.property(key).flatten();
            let example = property
                .and_then(|schema| example_of(self.schema, schema))
                .unwrap_or_else(|| "…".to_owned());
            self.note(problems::key_missing(place.range.clone(), key, &example));
        }
    }

    fn unknown_key(&mut self, parts: &Parts<'s>, entry: &Entry, near: Option<&str>) {
        self.found.hidden.push(entry.value.range.clone());
        let known: Vec<&str> = parts.properties().collect();
        if parts.elsewhere.contains(&entry.key.as_str()) {
            return self.note(problems::key_excluded(entry.key_range.clone(), &entry.key, &known));
        }
        self.note(problems::unknown_key(entry.key_range.clone(), &entry.key, near, &known));
    }

    fn wrong_type(&mut self, parts: &Parts<'s>, kind: &str, node: &Node, place: &Place<'_>) {
        let range = self.visible(node, place);
        if node.is_null() {
            let mistake = problems::no_value(range, &place.what);
            return self.note(mistake.hint(self.advice(parts, place)));
        }
        let hint = match (kind, node.text()) {
            ("string", Some(text)) => match quote(text) {
                shown if shown.contains('…') => "put it in quotes".to_owned(),
                shown => format!("put it in quotes: '{}'", shown.trim_matches('`')),
            },
            ("array", Some(text)) => match (place.key, quote(text)) {
                (Some(key), shown) if !shown.contains('…') => {
                    format!("write a list: `{key}: [{}]`", shown.trim_matches('`'))
                }
                _ => "write a list: `[…]`".to_owned(),
            },
            ("boolean", Some(text))
                if ["yes", "on", "y"].contains(&text.to_lowercase().as_str()) =>
            {
                "write `true`".to_owned()
            }
            ("boolean", Some(text))
                if ["no", "off", "n"].contains(&text.to_lowercase().as_str()) =>
            {
                "write `false`".to_owned()
            }
            ("object", _) if parts.properties().next().is_some() => its_keys(parts.properties()),
            _ => self.advice(parts, place),
        };
        let mistake = problems::wrong_type(range, &place.what, a_kind(kind), what_it_is(node));
        self.note(mistake.hint(hint));
    }

    /// A choice of which no branch matches the value.
    fn undecided(&mut self, parts: &Parts<'s>, node: &Node, place: &Place<'_>) {
        let branches = &parts.undecided;
        let words: Vec<&Value> = branches.iter().filter_map(Parts::allowed).flatten().collect();
        let keys: Vec<&str> = branches.iter().flat_map(Parts::properties).collect();
        match &node.kind {
            Kind::Scalar(value, text) if !value.is_null() && !words.is_empty() => {
                self.not_allowed(&words, text, node, place)
            }
            Kind::Map(entries) if !keys.is_empty() => {
                for entry in entries {
                    self.found.hidden.push(entry.value.range.clone());
                    let near = nearest(&entry.key, keys.iter().copied());
                    let at = entry.key_range.clone();
                    self.note(problems::unknown_key(at, &entry.key, near, &keys));
                }
                if entries.is_empty() {
                    let at = self.visible(node, place);
                    self.note(problems::mapping_empty(at, &place.what, &keys));
                }
            }
            _ if node.is_null() => {
                let mistake = problems::no_value(self.visible(node, place), &place.what);
                self.note(mistake.hint(self.advice(parts, place)));
            }
            _ => {
                let hint = if keys.is_empty() { self.advice(parts, place) } else { its_keys(keys) };
                let at = self.visible(node, place);
                let mistake = problems::not_allowed(at, &place.what, what_it_is(node));
                self.note(mistake.hint(hint));
            }
        }
    }

    fn not_allowed(&mut self, allowed: &[&Value], text: &str, node: &Node, place: &Place<'_>) {
        let words: Vec<String> = allowed
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        let near = nearest(text, words.iter().map(String::as_str));
        let hint = near.map_or_else(
            || format!("write {}", list(words.iter().map(String::as_str))),
            |near| format!("did you mean `{near}`?"),
        );
        let at = self.visible(node, place);
        self.note(problems::not_allowed(at, &place.what, &quote(text)).hint(hint));
    }

    /// What to write, from the model's descriptions and examples.
    fn advice(&self, parts: &Parts<'_>, place: &Place<'_>) -> String {
        let only = parts
            .allowed()
            .filter(|allowed| allowed.len() == 1)
            .and_then(|allowed| allowed.first().copied());
        let required: Vec<String> = parts
            .required()
            .map(|key| {
                format!(
                    "`{key}: {}`",
                    parts
                        .property(key)
                        .flatten()
                        .and_then(|schema| example_of(self.schema, schema))
                        .unwrap_or_else(|| "…".to_owned())
                )
            })
            .collect();
        if !required.is_empty() {
            return format!("it must contain {}", required.join(", "));
        }
        match (parts.example().or(only), parts.description(), place.key) {
            (Some(example), _, Some(key)) => {
                format!(
                    "write {}`{key}: {}`",
                    if only.is_some() { "" } else { "a value such as " },
                    flow(example)
                )
            }
            (Some(example), _, None) => format!("write a value such as `{}`", flow(example)),
            (None, Some(description), _) => format!("expected: {description}"),
            (None, None, _) if place.key.is_some() => "write a value, or remove the key".to_owned(),
            _ => "write a value".to_owned(),
        }
    }

    fn visible(&self, node: &Node, place: &Place<'_>) -> Range<usize> {
        match &node.kind {
            Kind::Scalar(..) if !node.range.is_empty() => node.range.clone(),
            _ => place.range.clone(),
        }
    }

    fn note(&mut self, mistake: Diagnostic) {
        self.found.mistakes.push(mistake);
    }
}

fn its_keys<'k>(keys: impl IntoIterator<Item = &'k str>) -> String {
    format!("write a mapping; possible keys: {}", list(keys))
}

/// What to point at for an item of a list.
fn first_of(item: &Node) -> Range<usize> {
    item.entries().first().map_or_else(|| item.range.clone(), |entry| entry.key_range.clone())
}
