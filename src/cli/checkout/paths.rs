//! Compares paths that somebody typed with the root of the repository, after resolving links on
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

/// The part of a path below `top`. Links are resolved down to the top, but not below it: a link
/// there could be part of a proposed change, and must not redirect to another file.
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
