//! ggshield's `.gitguardian.yaml`: the ignored matches, which are values or SHA-256 of a secret with
//! the names of its parts. They hold in any file.

use serde_json::Value;

use super::entries::{Entries, Entry};
use super::fields::malformed;
use super::hashes::from_hex;

const NOT_TEXT: &str = "the match is not a text";
const PATHS: &str = "it ignores a path, which `scan.ignore` does here";
const DETECTORS: &str = "it ignores a detector, which tokenward does not have";

/// Whether a file has a section of ggshield's for secrets.
pub(super) fn is_config(config: &Value) -> bool {
    config.get("secret").is_some_and(Value::is_object)
        || ["matches-ignore", "matches_ignore"].iter().any(|key| config.get(key).is_some())
}

pub(super) fn read(config: &Value, entries: &mut Entries) -> Result<(), String> {
    let secret = &config["secret"];
    for (section, key) in [
        (secret, "ignored_matches"),
        (secret, "ignored-matches"),
        (config, "matches-ignore"),
        (config, "matches_ignore"),
    ] {
        for (number, ignored) in items(section, key)?.iter().enumerate() {
            accept(ignored, number, entries)?;
        }
    }
    for (section, key, why) in [
        (secret, "ignored_paths", PATHS),
        (secret, "ignored-paths", PATHS),
        (config, "paths-ignore", PATHS),
        (config, "paths_ignore", PATHS),
        (secret, "ignored_detectors", DETECTORS),
        (secret, "ignored-detectors", DETECTORS),
        (config, "banlisted-detectors", DETECTORS),
        (config, "banlisted_detectors", DETECTORS),
    ] {
        entries.unusable(why, items(section, key)?.len());
    }
    Ok(())
}

fn items<'v>(section: &'v Value, key: &str) -> Result<&'v [Value], String> {
    match section.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(format!("`{key}` is not a list")),
    }
}

fn accept(ignored: &Value, number: usize, entries: &mut Entries) -> Result<(), String> {
    let matched = match ignored {
        Value::Object(named) => named.get("match").ok_or_else(|| malformed(number))?,
        other => other,
    };
    let Some(matched) = matched.as_str() else {
        entries.unusable(NOT_TEXT, 1);
        return Ok(());
    };
    match from_hex(&matched.to_ascii_lowercase(), 32) {
        // A value can have the form of a hash, too.
        Some(hash) => entries.either(matched, hash),
        None => entries.values(&[matched], Entry::default()),
    }
}
