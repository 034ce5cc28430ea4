//! SARIF 2.1.0 for code scanning. The level depends on the token (works: error; not tested or
//! unclear: warning; dead: note), so that a leak that a later commit removed does not look fixed.
//! Never with a snippet: the line contains the value.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::command_output::{CommandOutput, Places, describe, level};
use crate::domain::{Code, Finding, Foreign, Level, Liveness, Problem, TokenName};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Characters that are allowed in a relative address stay readable; others are encoded.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b':')
    .add(b'@');
/// GitHub's limit on the number of results per run.
const MOST_RESULTS: usize = 25_000;

/// The log. `command` distinguishes runs of different commands; `docs` is the address of the
/// explanations of ids, or empty.
#[must_use]
pub fn sarif(told: &CommandOutput, places: &Places, command: &str, docs: &str) -> Value {
    let mut rules = Rules { docs, list: Vec::new(), at: BTreeMap::new() };
    let mut seen = BTreeMap::new();
    let mut results = Vec::new();
    for finding in told.findings().iter().take(MOST_RESULTS) {
        results.push(leak(finding, &mut rules, &mut seen));
    }
    for (token, problem) in told.problems() {
        if results.len() < MOST_RESULTS {
            results.push(trouble(token, problem, places, &mut rules));
        }
    }
    let mut driver = json!({
        "name": "tokenward",
        "fullName": format!("tokenward {}", env!("CARGO_PKG_VERSION")),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules.list,
    });
    if let (Some((home, _)), Some(driver)) = (docs.split_once("/blob/"), driver.as_object_mut()) {
        driver.insert("informationUri".to_owned(), json!(home));
    }
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            "automationDetails": {"id": format!("tokenward/{command}/")},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

struct Rules<'a> {
    docs: &'a str,
    list: Vec<Value>,
    at: BTreeMap<String, usize>,
}

impl Rules<'_> {
    /// The number of a rule, which is added the first time.
    fn number(&mut self, id: &str, code: Code, level: &str, short: &str) -> usize {
        if let Some(number) = self.at.get(id) {
            return *number;
        }
        let mut rule = json!({
            "id": id,
            "name": pascal(id),
            "shortDescription": {"text": short},
            "fullDescription": {"text": code.meaning()},
            "help": {"text": code.meaning()},
            "defaultConfiguration": {"level": level},
            "messageStrings": {"default": {"text": "{0}."}},
            "properties": {"tags": ["security", "tokens"], "precision": "very-high"},
        });
        if let Some(rule) = rule.as_object_mut().filter(|_| !self.docs.is_empty()) {
            let address = format!("{}#{}", self.docs, code.id());
            let text = format!("{} See {address}", code.meaning());
            rule.insert("help".to_owned(), json!({"text": text, "markdown": format!("{} [What to do]({address})", code.meaning())}));
            rule.insert("helpUri".to_owned(), json!(address));
        }
        self.list.push(rule);
        let number = self.list.len() - 1;
        self.at.insert(id.to_owned(), number);
        number
    }
}

fn leak(
    finding: &Finding,
    rules: &mut Rules<'_>,
    seen: &mut BTreeMap<(String, String), u32>,
) -> Value {
    let level = match finding.live {
        Liveness::Live => "error",
        Liveness::Unknown | Liveness::NotAsked => "warning",
        Liveness::Dead => "note",
    };
    // The rule's own provider: a finding may be named after another service.
    let of = finding.rule.split('/').next().unwrap_or_default();
    let short = format!("Exposed {of} token.");
    let number = rules.number(&finding.rule, Code::Leak, "error", &short);
    // Two rules can find the same value in one file; each result keeps its fingerprint when lines
    // move.
    let count = seen.entry((finding.path.clone(), finding.fingerprint.to_string())).or_insert(0);
    *count += 1;
    let mut properties = json!({"live": finding.live, "redacted": finding.redacted});
    for (key, value) in [
        ("commit", &finding.commit),
        ("managed", &finding.managed.as_ref().map(ToString::to_string)),
    ] {
        if let (Some(value), Some(properties)) = (value, properties.as_object_mut()) {
            properties.insert(key.to_owned(), json!(value));
        }
    }
    let mut result = result(
        (&finding.rule, number, level),
        &describe(finding),
        location(&finding.path, finding.line, finding.column),
        &format!("{}:{count}", finding.fingerprint),
        properties,
    );
    if let (Some(result), false) = (result.as_object_mut(), finding.also.is_empty()) {
        let also = finding.also.iter();
        let also = also.map(|place| location(&finding.path, place.line, place.column));
        result.insert("relatedLocations".to_owned(), also.collect());
    }
    result
}

fn trouble(
    token: Option<&TokenName>,
    problem: &Problem,
    places: &Places,
    rules: &mut Rules<'_>,
) -> Value {
    let level = match level(problem) {
        Level::Notice => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let number = rules.number(problem.id.id(), problem.id, level, problem.id.meaning());
    let line = token.map_or(1, |token| places.line(token));
    let path = if places.config.is_empty() { ".github/tokenward.yml" } else { &places.config };
    let about = token.map_or_else(String::new, ToString::to_string);
    let text = problem
        .causes
        .iter()
        .fold(format!("{}.", problem.what), |text, cause| format!("{text} {cause}."));
    result(
        (problem.id.id(), number, level),
        &text,
        location(path, line, 1),
        &format!("{}/{about}:1", problem.id),
        json!({"token": about}),
    )
}

fn result(
    (rule, number, level): (&str, usize, &str),
    text: &str,
    location: Value,
    fingerprint: &str,
    properties: Value,
) -> Value {
    let text = Foreign::new(text).sarif();
    json!({
        "ruleId": rule,
        "ruleIndex": number,
        "level": level,
        "message": {"id": "default", "arguments": [text.trim_end_matches('.')], "text": text},
        "locations": [location],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "tokenward/v1": fingerprint},
        "properties": properties,
    })
}

fn location(path: &str, line: u64, column: u64) -> Value {
    let address = utf8_percent_encode(path.trim_start_matches("./").trim_start_matches('/'), PATH)
        .to_string();
    json!({"physicalLocation": {
        "artifactLocation": {"uri": address},
        "region": {"startLine": line.max(1), "startColumn": column.max(1), "endLine": line.max(1)},
    }})
}

/// `sendgrid/api-key` as `SendgridApiKey`.
fn pascal(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}
