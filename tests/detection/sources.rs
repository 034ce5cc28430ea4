//! No labeled case is known by heart: no text of one, and no value, occurs in the repository.

use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use libtest_mimic::Failed;

use crate::cases::rows;

/// What is shorter occurs by chance.
const LEAST: usize = 16;
/// Text without digits is words; so long a piece of it does not occur by chance.
const LEAST_WORDS: usize = 40;

pub(crate) fn check() -> Result<(), Failed> {
    let mut values: Vec<String> = Vec::new();
    for row in rows()? {
        let secrets = row["secret"].as_array().into_iter().flatten().chain([&row["secret"]]);
        for value in secrets.chain([&row["text"]]).filter_map(|value| value.as_str()) {
            let value = value.trim();
            if is_distinctive(value) {
                values.push(value.to_owned());
            }
        }
    }
    if values.len() < 1_000 {
        return Err("there are too few values to look for".into());
    }
    let search = AhoCorasick::new(&values)?;
    let mut paths = Vec::new();
    files(Path::new(env!("CARGO_MANIFEST_DIR")), &mut paths)?;
    let mut places = Vec::new();
    for path in &paths {
        let text = std::fs::read(path)?;
        places.extend(
            search.find_iter(&text).map(|found| format!("{}:{}", path.display(), found.start())),
        );
    }
    eprintln!(
        "{} values of labeled cases, {} files: {} places",
        values.len(),
        paths.len(),
        places.len()
    );
    if places.is_empty() { Ok(()) } else { Err(places.join("\n").into()) }
}

/// Whether it would not occur by chance: it is long, it is not typed out as `1234567890abcdef` is,
/// and it is no common phrase.
fn is_distinctive(value: &str) -> bool {
    let follows = |pair: &[u8]| {
        let (one, next) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        one == next || one + 1 == next || matches!((one, next), (b'9', b'0'))
    };
    let breaks = value.as_bytes().windows(2).filter(|pair| !follows(pair)).count();
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    value.len() >= LEAST && breaks >= 6 && (digits >= 3 || value.len() >= LEAST_WORDS)
}

/// The files of the repository, without what is built.
fn files(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && !path.is_symlink() {
            if name != "target" && name != ".git" {
                files(&path, paths)?;
            }
        } else if path.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}
