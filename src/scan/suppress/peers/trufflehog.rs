//! trufflehog's results (`--json`), one a line. They have the values; there is no other baseline.

use serde_json::Value;

use super::entries::{Entries, Entry};
use super::fields::{malformed, text};

const NO_VALUE: &str = "it has no value";

pub(super) fn read(results: &[Value], entries: &mut Entries) -> Result<(), String> {
    for (number, result) in results.iter().enumerate() {
        let (Some(raw), Some(_), Some(source)) =
            (text(result, "Raw"), text(result, "DetectorName"), result.get("SourceMetadata"))
        else {
            return Err(malformed(number));
        };
        let both = text(result, "RawV2").unwrap_or_default();
        if raw.is_empty() && both.is_empty() {
            entries.unusable(NO_VALUE, 1);
            continue;
        }
        // A secret of two parts: `Raw` is the first, `RawV2` both.
        let second = both.strip_prefix(raw).unwrap_or_default().trim_start_matches(':');
        let parts = result["SecretParts"].as_object();
        let parts = parts.into_iter().flat_map(|parts| parts.values().filter_map(Value::as_str));
        let mut values = vec![raw, both, second];
        values.extend(parts);
        // `Data` has one key: what kind of source it is.
        let place = source["Data"].as_object().and_then(|data| data.values().next());
        let of = |key: &str| place.and_then(|place| text(place, key));
        entries.values(&values, Entry::at(of("file"), None, of("commit")))?;
    }
    Ok(())
}
