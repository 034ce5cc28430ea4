//! YAML text to a tree. Refuses what makes a file mean something other than it seems to: anchors,
//! aliases, merge keys, tags, several documents, the same key twice. Bounded in depth and size;
//! says what is wrong, never what the value is.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use serde_json::Value;

use super::mistake::Diagnostic;
use super::problems;
use super::redact::without_values;
use super::tree::{Entry, Kind, Node, resolve};
use crate::domain::Code;

const DEEPEST: usize = 32;
const MOST_NODES: usize = 100_000;

/// Reading cannot go on; why was already noted.
struct Stop;

/// Reads one document. `None` where it is no YAML, or too much of it; the mistakes say why.
pub(crate) fn parse(text: &str, mistakes: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut builder = Builder {
        parser: Parser::new_from_str(text),
        offsets: Offsets::new(text),
        text,
        nodes: 0,
        mistakes,
    };
    builder.document().ok()
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    offsets: Offsets,
    text: &'a str,
    nodes: usize,
    mistakes: &'a mut Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<Node, Stop> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    let range = self.range(span);
                    return Err(self.stop(problems::second_document(range)));
                }
                Event::Nothing
                | Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd => {}
                _ => root = Some(self.node(event, span, 1)?),
            }
        }
        let end = self.text.len();
        Ok(root.unwrap_or(Node { range: end..end, kind: Kind::Scalar(Value::Null, String::new()) }))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => {
                let at = self.offsets.byte(error.marker().index());
                let range = match self.tab(&error, at) {
                    Some(tab) => tab..tab + 1,
                    None => at..at,
                };
                Err(self.stop(syntax(&error, range)))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// The tab that an error is about, if the parser names the end of the line before it.
    fn tab(&self, error: &ScanError, at: usize) -> Option<usize> {
        let before = self.text.get(..at).filter(|_| error.info().contains("tab"))?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        if line.contains('\t') || self.text.get(at..)?.starts_with('\t') {
            return None;
        }
        Some(at + self.text.get(at..)?.find('\t')?)
    }

    fn stop(&mut self, mistake: Diagnostic) -> Stop {
        self.mistakes.push(mistake);
        Stop
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Stop> {
        let range = self.range(span);
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(self.stop(problems::too_many_values(range, MOST_NODES)));
        }
        if depth > DEEPEST {
            return Err(self.stop(problems::too_deep(range, DEEPEST)));
        }
        let start = range.start;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.features(&range, anchor, tag.is_some());
                let value = if style == ScalarStyle::Plain && tag.is_none() {
                    resolve(&text)
                } else {
                    Value::String(text.to_string())
                };
                Ok(Node {
                    range: self.trimmed(range),
                    kind: Kind::Scalar(value, text.into_owned()),
                })
            }
            Event::Alias(_) => {
                self.feature(range.clone(), "an alias (`*name`)");
                Ok(Node { range, kind: Kind::Broken })
            }
            Event::SequenceStart(anchor, tag) => {
                self.features(&range, anchor, tag.is_some());
                self.list(start, depth)
            }
            Event::MappingStart(anchor, tag) => {
                self.features(&range, anchor, tag.is_some());
                self.map(start, depth)
            }
            // The parser gives no other event where a value stands.
            _ => Ok(Node { range, kind: Kind::Broken }),
        }
    }

    fn list(&mut self, start: usize, depth: usize) -> Result<Node, Stop> {
        let mut items: Vec<Node> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                let end = items
                    .last()
                    .map_or(start, |item| item.range.end)
                    .max(self.range(span).end.min(self.line_end(start)));
                return Ok(Node { range: start..end.max(start), kind: Kind::List(items) });
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn map(&mut self, start: usize, depth: usize) -> Result<Node, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<String, Range<usize>> = HashMap::new();
        let mut is_broken = false;
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                let end = entries
                    .last()
                    .map_or(start, |entry| entry.value.range.end)
                    .max(self.range(span).end.min(self.line_end(start)));
                // `{{ name }}` was meant as text: that it is a mapping is no second mistake.
                let kind =
                    if is_broken && entries.is_empty() { Kind::Broken } else { Kind::Map(entries) };
                return Ok(Node { range: start..end.max(start), kind });
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.next()?;
            let mut value = self.node(event, span, depth + 1)?;
            if value.range.is_empty() {
                // A missing value has no place, so its error is shown at its key.
                value.range = key.range.end..key.range.end;
            }
            if matches!(key.kind, Kind::List(_) | Kind::Map(_)) {
                is_broken = true;
            }
            let Some(name) = self.key(&key) else { continue };
            if let Some(first) = seen.get(&name) {
                self.mistakes.push(problems::key_twice(&name, key.range.clone(), first.clone()));
                continue;
            }
            seen.insert(name.clone(), key.range.clone());
            entries.push(Entry { key: name, key_range: key.range, value });
        }
    }

    /// The text of a key; `None` if it is not one.
    fn key(&mut self, key: &Node) -> Option<String> {
        match &key.kind {
            Kind::Scalar(_, text) if text == "<<" => {
                self.feature(key.range.clone(), "a merge key (`<<`)");
                None
            }
            Kind::Scalar(_, text) => Some(text.clone()),
            Kind::Broken => None,
            Kind::List(_) | Kind::Map(_) => {
                self.mistakes.push(problems::key_not_text(key.range.clone()));
                None
            }
        }
    }

    fn features(&mut self, range: &Range<usize>, anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.feature(range.clone(), "an anchor (`&name`)");
        }
        if tagged {
            self.feature(range.clone(), "a tag (`!name`)");
        }
    }

    fn feature(&mut self, range: Range<usize>, what: &str) {
        self.mistakes.push(problems::feature_unsupported(range, what));
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.offsets.byte(span.start.index());
        start..self.offsets.byte(span.end.index()).max(start)
    }

    /// Without the white space that the parser includes in a scalar.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let text = self.text.get(range.clone()).unwrap_or_default();
        range.start..range.start + text.trim_end().len()
    }

    fn line_end(&self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.find('\n').unwrap_or(rest.len())
    }
}

/// Converts the parser's character offsets to bytes.
struct Offsets {
    /// Empty if every character is one byte.
    bytes: Vec<usize>,
    end: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| at).collect()
        };
        Self { bytes, end: text.len() }
    }

    fn byte(&self, index: usize) -> usize {
        if self.bytes.is_empty() {
            index.min(self.end)
        } else {
            self.bytes.get(index).copied().unwrap_or(self.end)
        }
    }
}

fn syntax(error: &ScanError, range: Range<usize>) -> Diagnostic {
    let info = error.info();
    let hint = if info.contains("tab") {
        "indent with spaces: YAML does not allow tabs there"
    } else if info.contains("mapping values are not allowed") || info.contains("':'") {
        "put a value that contains `: ` in quotes, or check the indentation of this line and the one above"
    } else if info.contains("quoted scalar") {
        "close the quote, or write the value in 'single quotes'"
    } else if info.contains("anchor") || info.contains("alias") {
        "anchors and aliases are not supported in this file; put text that starts with `*` or `&` in quotes"
    } else if info.contains("flow") || info.contains("bracket") {
        "close the `[` or `{`, or add the missing comma"
    } else {
        "check the indentation and the quotes of this line and the one above"
    };
    let code = if info.contains("anchor") || info.contains("alias") {
        Code::ConfigYamlFeature
    } else {
        Code::ConfigUnreadable
    };
    problems::not_yaml(code, range, &without_values(info), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_scalar(node: &Node, found: &mut Vec<(Range<usize>, String)>) {
        match &node.kind {
            Kind::Scalar(_, text) => found.push((node.range.clone(), text.clone())),
            Kind::List(items) => items.iter().for_each(|item| every_scalar(item, found)),
            Kind::Map(entries) => {
                for entry in entries {
                    found.push((entry.key_range.clone(), entry.key.clone()));
                    every_scalar(&entry.value, found);
                }
            }
            Kind::Broken => {}
        }
    }

    #[test]
    fn every_part_knows_where_it_stands() {
        let text = "a: b\r\nlist:\r\n  - één  # note\r\n  - {x: y, z: [1, 2]}\r\nlast: word\r\n";
        let mut mistakes = Vec::new();
        let root = parse(text, &mut mistakes).expect("YAML");
        let mut found = Vec::new();
        every_scalar(&root, &mut found);
        assert_eq!(found.len(), 11);
        for (range, word) in found {
            assert_eq!(&text[range], word);
        }
        assert!(mistakes.is_empty());
    }

    #[test]
    fn a_tab_is_reported_on_its_own_line() {
        for indent in ["\t", " \t", "  \t", "    \t", "\t\t"] {
            let text =
                format!("version: 1\ntokens:\n  a:\n    provider: b\n{indent}value: c\nd: e\n");
            let mut mistakes = Vec::new();
            assert!(parse(&text, &mut mistakes).is_none(), "{indent:?}");
            let before = &text[..mistakes[0].start()];
            assert_eq!(before.matches('\n').count(), 4, "{indent:?}: {before}");
        }
    }

    #[test]
    fn a_bomb_of_aliases_is_never_expanded() {
        let mut text = "a0: &a0 [x]\n".to_owned();
        for level in 1..20 {
            text.push_str(&format!(
                "a{level}: &a{level} [{}]\n",
                vec![format!("*a{}", level - 1); 9].join(", ")
            ));
        }
        let mut mistakes = Vec::new();
        parse(&text, &mut mistakes);
        assert!(mistakes.iter().all(|mistake| mistake.code == Code::ConfigYamlFeature));
    }
}
