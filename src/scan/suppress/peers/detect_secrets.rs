//! detect-secrets' `.secrets.baseline`: SHA-1 of each value, by the file that it is in.

use serde_json::Value;

use super::entries::{Entries, Entry};
use super::fields::text;
use super::hashes::from_hex;

const HEADER: &str = "it is of the first line of a private key, and not of the key";

pub(super) fn read(baseline: &Value, entries: &mut Entries) -> Result<(), String> {
    let Some(files) = baseline["results"].as_object() else {
        return Err("`results` is not a map of files".to_owned());
    };
    for (number, (file, secrets)) in files.iter().enumerate() {
        let wrong = || format!("an entry of file {} is incomplete", number + 1);
        for secret in secrets.as_array().ok_or_else(wrong)? {
            let (kind, hash) = (text(secret, "type"), text(secret, "hashed_secret"));
            let hash = hash.and_then(|hash| from_hex(hash, 20));
            let (Some(kind), Some(hash)) = (kind, hash) else { return Err(wrong()) };
            if kind == "Private Key" {
                entries.unusable(HEADER, 1);
                continue;
            }
            entries.hashes(vec![hash], Entry::at(Some(file), None, None))?;
        }
    }
    Ok(())
}
