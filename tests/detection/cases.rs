//! Labelled cases out of the tests of other scanners: what has to be found, and what has to be left
//! alone. They are not ours to copy, so they are read where they lie.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::findings::{Found, scan};

/// Names that two sides have for one provider.
const SAME: [(&str, &str); 8] = [
    ("sendinblue", "brevo"),
    ("aws", "amazon-ses"),
    ("1password", "one-password"),
    ("artifactory", "jfrog"),
    ("canadian", "gcnotify"),
    ("weights", "weights-and-biases"),
    ("polymarket", "ethereum"),
    ("gcp", "google"),
];

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/detection/cases.py")
}

/// Why they cannot be read.
pub(crate) fn missing() -> Option<String> {
    if !script().is_file() {
        return Some("no labeled cases in ../shared/detection".to_owned());
    }
    let runs =
        Command::new("python3").arg("--version").output().is_ok_and(|ran| ran.status.success());
    (!runs).then(|| "python3 does not run".to_owned())
}

/// How many there were, and how many of them were found.
#[derive(Default)]
struct Tally {
    leaks: u32,
    found: u32,
    named: u32,
    clean: u32,
    false_alarms: u32,
}

impl Tally {
    fn share(part: u32, whole: u32) -> f64 {
        100.0 * f64::from(part) / f64::from(whole.max(1))
    }

    fn told(&self, domain: &str) -> String {
        format!(
            "{domain}: {} of {} leaks found ({:.1} %), {} of them named ({:.1} %); {} of {} clean rows not silent ({:.1} %)",
            self.found,
            self.leaks,
            Self::share(self.found, self.leaks),
            self.named,
            Self::share(self.named, self.leaks),
            self.false_alarms,
            self.clean,
            Self::share(self.false_alarms, self.clean),
        )
    }
}

/// Reads them, scans them, and holds the figures against those reached before.
pub(crate) fn check() -> Result<(), Failed> {
    let printed = Command::new("python3").arg(script()).output()?;
    let rows = printed
        .stdout
        .split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .map(serde_json::from_slice);
    let rows: Vec<Value> = rows
        .collect::<Result<Vec<Value>, _>>()?
        .into_iter()
        .filter(|row| row["core"] == true)
        .collect();
    let texts: Vec<String> =
        rows.iter().map(|row| row["text"].as_str().unwrap_or_default().to_owned()).collect();
    let found = scan(&texts)?;
    let (mut email, mut general) = (Tally::default(), Tally::default());
    for (index, row) in rows.iter().enumerate() {
        let tally = if row["domain"] == "email" { &mut email } else { &mut general };
        let here = found.get(&index).map(Vec::as_slice).unwrap_or_default();
        if row["expect"] == "leak" {
            let hits: Vec<&Found> =
                here.iter().filter(|found| overlaps(row, &texts[index], found)).collect();
            let provider = row["platform"].as_str().unwrap_or_default();
            tally.leaks += 1;
            tally.found += u32::from(!hits.is_empty());
            tally.named += u32::from(hits.iter().any(|found| is_same(provider, &found.provider)));
        } else {
            tally.clean += 1;
            tally.false_alarms += u32::from(!here.is_empty());
        }
    }
    eprintln!("{}\n{}", email.told("mail"), general.told("general"));
    let (clean, alarms) = (email.clean + general.clean, email.false_alarms + general.false_alarms);
    eprintln!("{alarms} of {clean} clean rows not silent ({:.2} %)", Tally::share(alarms, clean));
    // What was reached when the sum of evidence took the place of vetoes. A change that finds
    // less, or alarms more, fails. The limit of alarms was raised for it, from 2.82 to 4.35 %: values that their name calls a secret, of another form than the provider's.
    let holds = Tally::share(email.found, email.leaks) >= 98.0
        && Tally::share(email.named, email.leaks) >= 91.0
        && Tally::share(general.found, general.leaks) >= 90.8
        && Tally::share(general.named, general.leaks) >= 85.5
        && Tally::share(alarms, clean) <= 4.35
        && email.leaks + general.leaks > 500;
    if holds { Ok(()) } else { Err("the figures are worse than they were".into()) }
}

/// Whether a finding overlaps one of the row's secrets; a row that marks none asks only that
/// something is found.
fn overlaps(row: &Value, text: &str, found: &Found) -> bool {
    let more = row["secrets"].as_array().cloned().unwrap_or_default();
    let secrets = std::iter::once(&row["secret"])
        .chain(&more)
        .filter_map(Value::as_str)
        .filter(|secret| !secret.is_empty());
    let spans: Vec<_> = secrets
        .filter_map(|secret| {
            let start = text[..text.find(secret)?].chars().count();
            Some(start..start + secret.chars().count())
        })
        .collect();
    spans.is_empty()
        || spans.iter().any(|span| span.start < found.range.end && found.range.start < span.end)
}

fn is_same(theirs: &str, ours: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
    let (a, b) = (plain(theirs), plain(ours));
    a.contains(&b)
        || b.contains(&a)
        || SAME.iter().any(|(one, other)| theirs.contains(one) && ours == *other)
}
