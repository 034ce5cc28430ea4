//! The files that a step writes for its runner: outputs and the job's summary. Only appends, since
//! an earlier part of the step may have written there. Never writes `GITHUB_ENV`, `GITHUB_PATH` or
//! a value. Source: actions/runner, `FileCommandManager.cs`, which discards a summary over 1 MiB.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::disk::Disk;
use crate::domain::ids::hex;

/// The runner's limit for one step's summary.
pub const LARGEST_SUMMARY: usize = 1 << 20;

/// Sets outputs of the step, each with an unpredictable delimiter.
///
/// # Errors
/// If the file cannot be written, or there are no random bytes for the delimiter.
pub fn set_outputs(disk: &Disk, file: &Path, outputs: &BTreeMap<&str, String>) -> io::Result<()> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    append(disk, file, &outputs_text(outputs, &format!("tokenward_{}", hex(&bytes)))?)
}

/// The text to write, with a given delimiter.
pub(super) fn outputs_text(
    outputs: &BTreeMap<&str, String>,
    delimiter: &str,
) -> io::Result<String> {
    let mut text = String::new();
    for (name, value) in outputs {
        if name.contains(delimiter) || value.contains(delimiter) {
            return Err(io::Error::other("an output contains the delimiter"));
        }
        for line in [&format!("{name}<<{delimiter}"), value, delimiter] {
            text.push_str(line);
            text.push('\n');
        }
    }
    Ok(text)
}

/// Adds to the job's summary. The caller shortens a text that exceeds the limit; here it is
/// refused, so that nothing is lost silently.
///
/// # Errors
/// If the file cannot be written, or would exceed the limit.
pub fn add_summary(disk: &Disk, file: &Path, text: &str) -> io::Result<()> {
    let there =
        file.metadata().map_or(0, |metadata| usize::try_from(metadata.len()).unwrap_or(usize::MAX));
    if there.saturating_add(text.len()) > LARGEST_SUMMARY {
        return Err(io::Error::other(
            "the step's summary would exceed 1 MiB, and the runner would discard it",
        ));
    }
    append(disk, file, text)
}

fn append(disk: &Disk, file: &Path, text: &str) -> io::Result<()> {
    disk.append(file, text).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_holds_the_delimiter_is_refused() {
        assert!(outputs_text(&BTreeMap::from([("a", "x\nEND\nb=1".to_owned())]), "END").is_err());
    }

    #[test]
    fn what_was_written_before_stays() {
        let file = std::env::temp_dir().join(format!("tokenward-outputs-{}", std::process::id()));
        std::fs::write(&file, "before=1\n").unwrap();
        let disk = Disk::of_run(&std::env::temp_dir(), &[], &[]);
        set_outputs(&disk, &file, &BTreeMap::from([("leaked", "1".to_owned())])).unwrap();
        set_outputs(&disk, &file, &BTreeMap::from([("leaked", "1".to_owned())])).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert!(text.starts_with("before=1\nleaked<<tokenward_"), "{text}");
        let delimiters: Vec<&str> =
            text.lines().filter(|line| line.starts_with("tokenward_")).collect();
        assert!(delimiters.len() == 2 && delimiters[0] != delimiters[1], "{delimiters:?}");
    }
}
