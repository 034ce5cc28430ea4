//! Tells by its content who wrote a baseline. Messages never quote the file: it may hold values.

use serde_json::{Deserializer, Value};

use super::entries::Entries;
use super::scanner::Scanner;
use super::{detect_secrets, ggshield, gitleaks, kingfisher, trufflehog};

/// What of a file is read at most, in whole JSON values: a line of trufflehog is one.
const MOST_VALUES: usize = 100_000;
/// How deep brackets can be nested in YAML, in texts as well.
const DEEPEST: usize = 100;

/// The entries of a file, and whose they are; `None` if it is ours.
pub(super) fn read(text: &str, key: &str) -> Result<Option<(Scanner, Entries)>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut entries = Entries::new(key);
    let by = match text.trim_start().bytes().next() {
        None => return Err("it is empty".to_owned()),
        Some(b'[' | b'{') => of_json(&json(text)?, &mut entries)?,
        Some(_) => Some(of_yaml(&yaml(text)?, &mut entries)?),
    };
    Ok(by.map(|by| (by, entries)))
}

fn of_json(values: &[Value], entries: &mut Entries) -> Result<Option<Scanner>, String> {
    let Some(first) = values.first() else { return Err(unknown()) };
    let has = |key: &str| first.get(key).is_some();
    let by = if has("schema") {
        return Ok(None);
    } else if let Value::Array(findings) = first {
        one(values)?;
        gitleaks::read(findings, entries)?;
        Scanner::Gitleaks
    } else if has("SourceMetadata") {
        trufflehog::read(values, entries)?;
        Scanner::TruffleHog
    } else if has("results") && has("version") {
        one(values)?;
        detect_secrets::read(first, entries)?;
        Scanner::DetectSecrets
    } else if has("rule") && has("finding") || has("findings") && has("metadata") {
        kingfisher::report(values, entries)?;
        Scanner::Kingfisher
    } else {
        return Err(unknown());
    };
    Ok(Some(by))
}

fn of_yaml(value: &Value, entries: &mut Entries) -> Result<Scanner, String> {
    if kingfisher::is_baseline(value) {
        kingfisher::baseline(value, entries)?;
        Ok(Scanner::Kingfisher)
    } else if ggshield::is_config(value) {
        ggshield::read(value, entries)?;
        Ok(Scanner::Ggshield)
    } else {
        Err(unknown())
    }
}

fn unknown() -> String {
    "it is not a baseline of tokenward, gitleaks, trufflehog, kingfisher, detect-secrets or ggshield"
        .to_owned()
}

fn one(values: &[Value]) -> Result<(), String> {
    if values.len() == 1 { Ok(()) } else { Err("something follows its end".to_owned()) }
}

/// The values of a JSON text, one after the other.
fn json(text: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    for value in Deserializer::from_str(text).into_iter() {
        let value = value.map_err(|error| {
            let what = if error.is_eof() { "it ends too early" } else { "it is not valid JSON" };
            format!("{what}, at line {} column {}", error.line(), error.column())
        })?;
        if values.len() >= MOST_VALUES {
            return Err(format!("it has more than {MOST_VALUES} entries"));
        }
        values.push(value);
    }
    Ok(values)
}

fn yaml(text: &str) -> Result<Value, String> {
    // The parser's time grows with the square of the depth.
    let depth = |open: usize, byte: u8| match byte {
        b'[' | b'{' => open + 1,
        b']' | b'}' => open.saturating_sub(1),
        _ => open,
    };
    let mut open = 0;
    for byte in text.bytes() {
        open = depth(open, byte);
        if open > DEEPEST {
            return Err("its lists are nested too deeply".to_owned());
        }
    }
    serde_yaml::from_str(text).map_err(|error| match error.location() {
        Some(at) => format!("it is not valid YAML, at line {} column {}", at.line(), at.column()),
        None => "it is not valid YAML".to_owned(),
    })
}
