//! XML responses as the JSON tree that pointers refer to: an element is an object of its children,
//! or its text; its attributes are dropped. Children named `member` (AWS's lists) make their parent
//! a list; of other children of the same name, several make a list.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

use crate::net::Answer;

/// Deeper than any response of a provider.
const DEEPEST: usize = 32;

/// The tree of an XML response, whatever its content type; `None` for anything else, such as a web
/// page. A document type is refused, so nothing in it can be expanded.
pub(super) fn tree(answer: &Answer) -> Option<Value> {
    let text = std::str::from_utf8(&answer.body).ok()?;
    if !text.trim_start().starts_with('<') {
        return None;
    }
    let document = Document::parse(text).ok()?;
    let root = document.root_element();
    if root.tag_name().name().eq_ignore_ascii_case("html") {
        return None;
    }
    Some(Value::Object(Map::from_iter([(root.tag_name().name().to_owned(), element(root, 0)?)])))
}

fn element(node: Node<'_, '_>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let children: Vec<_> = node.children().filter(Node::is_element).collect();
    if children.is_empty() {
        return Some(Value::String(node.text().unwrap_or_default().trim().to_owned()));
    }
    if children.iter().all(|child| child.tag_name().name() == "member") {
        return children
            .into_iter()
            .map(|child| element(child, depth + 1))
            .collect::<Option<_>>()
            .map(Value::Array);
    }
    let mut fields = Map::new();
    for child in children {
        let value = element(child, depth + 1)?;
        match fields.get_mut(child.tag_name().name()) {
            None => drop(fields.insert(child.tag_name().name().to_owned(), value)),
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Some(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};
    use serde_json::json;
    use zeroize::Zeroizing;

    use super::*;

    fn read(kind: &'static str, text: &str) -> Option<Value> {
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        tree(&Answer { status: 200, headers, body: Zeroizing::new(text.as_bytes().to_vec()) })
    }

    #[test]
    fn a_list_of_members_is_a_list_also_of_one() {
        let list = |members: &str| {
            format!("<R xmlns=\"https://x.example/\"><L>{members}</L><Is>false</Is></R>")
        };
        let one = "<member><Id>a</Id></member>";
        assert_eq!(
            read("text/xml", &list(one)),
            Some(json!({"R": {"L": [{"Id": "a"}], "Is": "false"}}))
        );
        assert_eq!(read("text/xml", &list("")), Some(json!({"R": {"L": "", "Is": "false"}})));
        assert_eq!(
            read("application/xml", "<R><a>1</a><a>2</a></R>"),
            Some(json!({"R": {"a": ["1", "2"]}}))
        );
    }

    #[test]
    fn what_is_no_plain_xml_is_not_read() {
        assert_eq!(read("text/html", "<html><p>x</p></html>"), None);
        assert_eq!(read("application/xhtml+xml", "<html><p>x</p></html>"), None);
        assert_eq!(read("text/html", "<HTML><p>x</p></HTML>"), None);
        assert_eq!(read("text/plain", "plain"), None);
        assert_eq!(read("text/xml", "<R><a>1</a>"), None);
        assert_eq!(read("text/xml", "<!DOCTYPE R [<!ENTITY e \"x\">]><R>&e;</R>"), None);
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        assert_eq!(read("text/xml", &deep), None);
    }
}
