//! Runs `tokenward scan` over a folder of texts, and says what it found in which of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// One finding.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) rule: String,
    pub(crate) provider: String,
    /// In characters of the text.
    pub(crate) range: Range<usize>,
}

/// Findings by the text's number.
pub(crate) fn scan(texts: &[String]) -> Result<BTreeMap<usize, Vec<Found>>, String> {
    let folder = Folder::new().map_err(|error| error.to_string())?;
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(folder.0.join(index.to_string()), text)
            .map_err(|error| error.to_string())?;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    let ran = command
        .args(["scan", "--format", "json", "."])
        .current_dir(&folder.0)
        .env_clear()
        .output()
        .map_err(|e| e.to_string())?;
    let said: Value = serde_json::from_slice(&ran.stdout)
        .map_err(|_| String::from_utf8_lossy(&ran.stderr).into_owned())?;
    let mut all: BTreeMap<usize, Vec<Found>> = BTreeMap::new();
    for finding in said["findings"].as_array().ok_or("the report has no findings")? {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| {
            finding[key].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(1)
        };
        let index: usize =
            text("path").parse().map_err(|_| "a finding stands at no text".to_owned())?;
        let before = texts[index]
            .split('\n')
            .take(number("line") - 1)
            .map(|line| line.chars().count() + 1)
            .sum::<usize>();
        let start = before + number("column") - 1;
        let found = Found {
            rule: text("rule"),
            provider: text("provider"),
            range: start..start + length(&text("redacted")),
        };
        all.entry(index).or_default().push(found);
    }
    Ok(all)
}

/// `abcd… (69 characters)`.
fn length(redacted: &str) -> usize {
    redacted
        .rsplit_once('(')
        .and_then(|(_, said)| said.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| redacted.chars().count())
}

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "tokenward-detection-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
