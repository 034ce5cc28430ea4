//! A schema taken apart for one value: references followed, the branch of a choice that the value
//! means picked. Picks by what the value looks like, never by trying every branch, so that no file
//! can make it slow.

use serde_json::{Map, Value};

use super::tree::{Kind, Node};

type Object = Map<String, Value>;

/// Longer chains of references than this are loops.
const LONGEST_CHAIN: usize = 32;

/// Everything the schema says of one value.
#[derive(Default)]
pub(crate) struct Parts<'s> {
    objects: Vec<&'s Object>,
    /// The names of the types on the way, such as `Span`.
    pub(crate) types: Vec<&'s str>,
    /// Where a choice could not be made: the branches there are.
    pub(crate) undecided: Vec<Self>,
    /// Keys of the branches that were not picked.
    pub(crate) elsewhere: Vec<&'s str>,
}

impl<'s> Parts<'s> {
    pub(crate) fn of(root: &'s Value, schema: &'s Value, node: &Node) -> Self {
        let mut parts = Self::default();
        parts.add(root, schema, Some(node), 0);
        parts
    }

    fn add(&mut self, root: &'s Value, schema: &'s Value, node: Option<&Node>, hops: usize) {
        let Some(object) = schema.as_object().filter(|_| hops < LONGEST_CHAIN) else { return };
        self.objects.push(object);
        if let Some(name) = object
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|path| path.strip_prefix("#/$defs/"))
        {
            self.types.push(name);
            if let Some(target) = root.pointer("/$defs").and_then(|defs| defs.get(name)) {
                self.add(root, target, node, hops + 1);
            }
        }
        for part in object.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.add(root, part, node, hops + 1);
        }
        let Some(node) = node else { return };
        for keyword in ["oneOf", "anyOf"] {
            if let Some(options) = object.get(keyword).and_then(Value::as_array) {
                self.choose(root, options, node, hops);
            }
        }
    }

    fn choose(&mut self, root: &'s Value, options: &'s [Value], node: &Node, hops: usize) {
        let branches: Vec<Self> =
            options.iter().map(|option| Self::branch(root, option, node, hops)).collect();
        let best = branches
            .iter()
            .map(|branch| branch.fit(node))
            .enumerate()
            .max_by_key(|(index, fit)| (*fit, usize::MAX - index));
        match best {
            Some((index, fit)) if fit >= 0 => {
                let others = branches.iter().enumerate().filter(|(other, _)| *other != index);
                self.elsewhere.extend(others.flat_map(|(_, branch)| branch.properties()));
                if let Some(branch) = branches.into_iter().nth(index) {
                    self.elsewhere.extend(branch.elsewhere);
                    self.objects.extend(branch.objects);
                    self.types.extend(branch.types);
                    self.undecided.extend(branch.undecided);
                }
            }
            _ => self.undecided.extend(branches),
        }
    }

    fn branch(root: &'s Value, option: &'s Value, node: &Node, hops: usize) -> Self {
        let mut branch = Self::default();
        branch.add(root, option, Some(node), hops + 1);
        branch
    }

    /// How well a value fits; below zero where it cannot be what is meant.
    fn fit(&self, node: &Node) -> i64 {
        if self.kind().is_some_and(|kind| !is_kind(node, kind)) {
            return -100;
        }
        if !self.undecided.is_empty() {
            return -50;
        }
        if let Some(allowed) = self.allowed() {
            return match &node.kind {
                Kind::Scalar(value, _) if allowed.contains(&value) => 100,
                _ => -20,
            };
        }
        let mut fit = 0;
        for entry in node.entries() {
            match self.property(&entry.key) {
                Some(Some(property)) => {
                    fit += if is_other_constant(property, &entry.value) {
                        -40
                    } else {
                        4 + 20 * i64::from(property.get("const").is_some())
                    }
                }
                Some(None) => {}
                None => fit -= 2,
            }
        }
        let missing = self.required().filter(|key| node.entry(key).is_none()).count();
        fit -= 3 * i64::try_from(missing).unwrap_or(0);
        // A mapping that has none of the keys can still be meant: then it is the keys that are
        // reported.
        if self.kind() == Some("object")
            && self.properties().next().is_some()
            && !node
                .entries()
                .iter()
                .any(|entry| matches!(self.property(&entry.key), Some(Some(_))))
        {
            return -10;
        }
        fit.max(0)
    }

    fn keyword(&self, name: &str) -> Option<&'s Value> {
        self.objects.iter().find_map(|object| object.get(name))
    }

    /// The JSON type it has to be of.
    pub(crate) fn kind(&self) -> Option<&'s str> {
        match self.keyword("type") {
            Some(Value::String(kind)) => Some(kind),
            _ => None,
        }
    }

    /// The only values it may have.
    pub(crate) fn allowed(&self) -> Option<Vec<&'s Value>> {
        if let Some(constant) = self.keyword("const") {
            return Some(vec![constant]);
        }
        self.keyword("enum").and_then(Value::as_array).map(|values| values.iter().collect())
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.keyword(name).and_then(Value::as_f64)
    }

    pub(crate) fn pattern(&self) -> Option<&'s str> {
        self.keyword("pattern").and_then(Value::as_str)
    }

    pub(crate) fn description(&self) -> Option<&'s str> {
        self.objects
            .iter()
            .rev()
            .find_map(|object| object.get("description"))
            .and_then(Value::as_str)
    }

    /// The first example of what to write.
    pub(crate) fn example(&self) -> Option<&'s Value> {
        self.keyword("examples").and_then(Value::as_array).and_then(|examples| examples.first())
    }

    pub(crate) fn items(&self) -> Option<&'s Value> {
        self.keyword("items")
    }

    pub(crate) fn key_schema(&self) -> Option<&'s Value> {
        self.keyword("propertyNames")
    }

    pub(crate) fn properties(&self) -> impl Iterator<Item = &'s str> + '_ {
        self.objects
            .iter()
            .filter_map(|object| object.get("properties"))
            .filter_map(Value::as_object)
            .flat_map(|map| map.keys().map(String::as_str))
    }

    pub(crate) fn required(&self) -> impl Iterator<Item = &'s str> + '_ {
        self.objects
            .iter()
            .filter_map(|object| object.get("required"))
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_str)
    }

    /// What a key's value has to be: `None` for an unknown key, `Some(None)` for one that may hold
    /// anything.
    pub(crate) fn property(&self, key: &str) -> Option<Option<&'s Value>> {
        if let Some(schema) = self
            .objects
            .iter()
            .find_map(|object| object.get("properties").and_then(|map| map.get(key)))
        {
            return Some(Some(schema));
        }
        if let Some(patterns) = self.keyword("patternProperties").and_then(Value::as_object) {
            // One pattern only: that is what schemars makes of a map whose keys have a form.
            return patterns.values().next().map(Some);
        }
        match self.keyword("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(schema) => Some(Some(schema)),
            None => Some(None),
        }
    }
}

fn is_other_constant(property: &Value, node: &Node) -> bool {
    property
        .get("const")
        .is_some_and(|constant| !matches!(&node.kind, Kind::Scalar(value, _) if value == constant))
}

/// Whether a value is of a JSON type.
pub(crate) fn is_kind(node: &Node, kind: &str) -> bool {
    match &node.kind {
        Kind::Broken => true,
        Kind::List(_) => kind == "array",
        Kind::Map(_) => kind == "object",
        Kind::Scalar(value, _) => match value {
            Value::Null => kind == "null",
            Value::Bool(_) => kind == "boolean",
            Value::Number(number) => kind == "number" || (kind == "integer" && !number.is_f64()),
            _ => kind == "string",
        },
    }
}
