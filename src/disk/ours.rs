//! Recognizes our own reports by their first bytes: a report may replace only these. Later content
//! of a file can come from anybody (an event's payload quotes its author), its beginning cannot.

use std::io::{self, Read};

/// The beginning of each report format, without white space.
const OPENINGS: [&str; 7] = [
    r#"{"schema":"tokenward."#,
    r#"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"automationDetails":{"id":"tokenward/"#,
    r#"<?xmlversion="1.0"encoding="UTF-8"?><testsuites><testsuitename="tokenward"#,
    r#"<!doctypehtml><htmllang="en"><head><metacharset="utf-8"><metaname="generator"content="tokenward">"#,
    r#"{"include":[{"job":1,"tokens":""#,
    r#"{"include":[]}"#,
    "#reportoftokenward",
];
/// Begins like a report, but decides what a scan suppresses.
const BASELINE: &str = r#"{"schema":"tokenward.baseline"#;
/// Enough bytes for every beginning, including white space.
const ENOUGH: u64 = 1_024;

/// Whether a file begins like one of our reports, or is empty, so that nothing is lost.
pub(super) fn is_report(file: impl Read) -> io::Result<bool> {
    let mut bytes = Vec::new();
    file.take(ENOUGH).read_to_end(&mut bytes)?;
    let text: String = String::from_utf8_lossy(&bytes).split_whitespace().collect();
    Ok(bytes.is_empty()
        || (OPENINGS.iter().any(|opening| text.starts_with(opening))
            && !text.starts_with(BASELINE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_later_in_a_file_makes_no_report_of_it() {
        let is = |text: &str| is_report(text.as_bytes()).unwrap();
        assert!(
            is("")
                && is("{\n  \"schema\": \"tokenward.scan/1\",\n")
                && is("# report of tokenward scan\n")
        );
        for other in [
            "{\n  \"action\": \"opened\", \"schema\": \"tokenward.scan/1\"}",
            "[{\"schema\": \"tokenward.scan/1\"}]",
            "{\"schema\": \"tokenward.baseline/1\"}",
            "x# report of tokenward scan",
            "\n",
            "{\"include\": []",
            "version: 1\ntokens: {}\n",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
