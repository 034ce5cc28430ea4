//! Paths that somebody typed, compared with the top of the repository after links were resolved on
//! both sides.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// A path without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// What of a path lies below `top`. Links are resolved down to the top and not below it: what lies
/// there may have been proposed, and must not say which other file is meant.
pub(super) fn below(top: &Path, path: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(top).ok()?;
    let mut prefix = PathBuf::new();
    let mut parts = path.components();
    while let Some(part) = parts.next() {
        prefix.push(part);
        if fs::canonicalize(&prefix).is_ok_and(|prefix| prefix == real) {
            let inside = parts.as_path();
            return (!inside.as_os_str().is_empty()).then(|| inside.to_owned());
        }
    }
    None
}
