//! kingfisher's baseline (YAML, both versions) and its JSON report. A fingerprint is XXH3 of the
//! value, its origin and its offsets; a report has the value as well.

use serde_json::Value;

use super::entries::{Entries, Entry};
use super::fields::{list, malformed, text};

const OTHER: &str = "its fingerprint is of another algorithm";
const NO_NUMBER: &str = "its fingerprint is not a number of 64 bits";
const CONTENT: &str = "it accepts a file or a content, not a value";

/// Whether a file is a baseline, of version 1 or 2.
pub(super) fn is_baseline(file: &Value) -> bool {
    file.get("ExactFindings").is_some()
        || file.get("fingerprint_algorithm").is_some() && file.get("repositories").is_some()
}

pub(super) fn baseline(file: &Value, entries: &mut Entries) -> Result<(), String> {
    if file.get("ExactFindings").is_some() {
        for (number, found) in list(file, "/ExactFindings/matches")?.iter().enumerate() {
            let Some(path) = text(found, "filepath") else { return Err(malformed(number)) };
            // The path starts with the folder that was scanned.
            let entry = Entry::at(Some(path), found["linenum"].as_u64(), None).starting_above();
            fingerprint(found.get("fingerprint"), entry, number, entries)?;
        }
        for other in ["/FilePaths/matches", "/FileContent/matches"] {
            let count = file.pointer(other).and_then(Value::as_array).map_or(0, Vec::len);
            entries.unusable(CONTENT, count);
        }
        return Ok(());
    }
    let is_known = text(file, "fingerprint_algorithm") == Some("kingfisher-v1");
    for repository in list(file, "/repositories")? {
        for (number, found) in list(repository, "/findings")?.iter().enumerate() {
            let Some(path) = text(found, "path") else { return Err(malformed(number)) };
            if is_known {
                let entry = Entry::at(Some(path), found["line"].as_u64(), None);
                fingerprint(found.get("fingerprint"), entry, number, entries)?;
            } else {
                entries.unusable(OTHER, 1);
            }
        }
    }
    Ok(())
}

/// A report, or the findings alone, one a line. A summary can follow, which has only a number.
pub(super) fn report(values: &[Value], entries: &mut Entries) -> Result<(), String> {
    for value in values {
        match value.get("findings") {
            Some(Value::Array(findings)) => {
                for (number, found) in findings.iter().enumerate() {
                    finding(found, number, entries)?;
                }
            }
            Some(Value::Number(_)) => {}
            _ => finding(value, 0, entries)?,
        }
    }
    Ok(())
}

fn finding(found: &Value, number: usize, entries: &mut Entries) -> Result<(), String> {
    let found = &found["finding"];
    let (Some(value), Some(path)) = (text(found, "snippet"), text(found, "path")) else {
        return Err(malformed(number));
    };
    if value.is_empty() || value.starts_with("[REDACTED") {
        let entry = Entry::at(Some(path), found["line"].as_u64(), None);
        fingerprint(found.get("fingerprint"), entry, number, entries)
    } else {
        entries.values(&[value], Entry::at(Some(path), None, None))
    }
}

fn fingerprint(
    read: Option<&Value>,
    entry: Entry,
    number: usize,
    entries: &mut Entries,
) -> Result<(), String> {
    let text = match read {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(malformed(number)),
    };
    let forms = forms(&text);
    if forms.is_empty() {
        entries.unusable(NO_NUMBER, 1);
        return Ok(());
    }
    entries.hashes(forms.into_iter().map(|form| form.to_le_bytes().to_vec()).collect(), entry)
}

/// What a written fingerprint can mean, as kingfisher itself reads it: a decimal number, or the 16
/// hex digits of former versions.
fn forms(text: &str) -> Vec<u64> {
    let hex = |text: &str| u64::from_str_radix(text, 16).ok();
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return hex(digits).filter(|_| plain(digits)).into_iter().collect();
    }
    let decimal = text.parse().ok().filter(|_| plain(text));
    let old = (text.len() == 16 && plain(text)).then(|| hex(text)).flatten();
    decimal.into_iter().chain(old).collect()
}
