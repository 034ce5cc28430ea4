//! Finds what stands at keys where people paste values (`value:`, `manager:`), so that it is never
//! shown. Works without a tree as well: a file that is no YAML may hold a value all the same.

use std::ops::Range;

use super::Rules;
use super::tree::{Kind, Node};

/// Values at such keys, anywhere in the tree.
pub(crate) fn in_tree(node: &Node, rules: &Rules<'_>, hidden: &mut Vec<Range<usize>>) {
    for item in node.items() {
        in_tree(item, rules, hidden);
    }
    for entry in node.entries() {
        let is_safe = matches!(&entry.value.kind, Kind::Scalar(_, text) if (rules.is_safe)(text));
        if rules.secret_keys.contains(&entry.key.as_str()) && !is_safe {
            hidden.push(entry.value.range.clone());
        } else {
            in_tree(&entry.value, rules, hidden);
        }
    }
}

/// What follows such a key on its line, where there is no tree. Lines indented deeper below it
/// belong to the value as well.
pub(crate) fn in_text(text: &str, rules: &Rules<'_>) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let mut start = 0;
    let mut deeper_than: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let indent = body.len() - body.trim_start().len();
        if deeper_than.is_some_and(|key| indent > key && !body.is_empty()) {
            hidden.push(start + indent..start + body.len());
        } else if !body.is_empty() {
            deeper_than = None;
        }
        if let Some((at, rest)) = after_key(body, rules.secret_keys) {
            deeper_than = Some(indent);
            if !(rules.is_safe)(rest.trim().trim_matches(['"', '\''])) {
                hidden.push(start + at..start + body.len());
            }
        }
        start += line.len();
    }
    hidden.retain(|range| range.start < range.end);
    hidden
}

fn after_key<'l>(line: &'l str, keys: &[&str]) -> Option<(usize, &'l str)> {
    let (at, _) = line.match_indices(':').find(|(at, _)| {
        let before = line.get(..*at).unwrap_or_default().trim_end().trim_end_matches(['"', '\'']);
        keys.iter().any(|key| {
            before.strip_suffix(key).is_some_and(|rest| {
                !rest.ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_')
            })
        })
    })?;
    let rest = line.get(at + 1..)?;
    let blanks = rest.len() - rest.trim_start().len();
    Some((at + 1 + blanks, rest.trim_start()))
}
