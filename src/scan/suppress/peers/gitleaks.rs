//! gitleaks' report (`-f json`), which is its baseline too: a list of findings. Its own fingerprint
//! is a place, so it only counts together with a commit, whose content can never change.

use serde_json::Value;

use super::entries::{Entries, Entry};
use super::fields::{malformed, text};

const REDACTED: &str = "the value is redacted and no commit is named";

pub(super) fn read(findings: &[Value], entries: &mut Entries) -> Result<(), String> {
    for (number, finding) in findings.iter().enumerate() {
        let of = |key: &str| text(finding, key);
        let (Some(secret), Some(file), Some(_), Some(line)) =
            (of("Secret"), of("File"), of("RuleID"), finding["StartLine"].as_u64())
        else {
            return Err(malformed(number));
        };
        let commit = of("Commit").unwrap_or_default();
        if !is_redacted(secret) {
            entries.values(&[secret], Entry::at(Some(file), None, Some(commit)))?;
        } else if commit.is_empty() {
            entries.unusable(REDACTED, 1);
        } else {
            entries.place(commit, Entry::at(Some(file), Some(line), Some(commit)))?;
        }
    }
    Ok(())
}

/// `--redact` writes this word, and `--redact=20` the beginning and three dots.
fn is_redacted(secret: &str) -> bool {
    secret.is_empty() || secret == "REDACTED" || secret.ends_with("...")
}
