//! Paths that the user's config excludes. Only these globs count: nothing in the scanned tree is
//! obeyed.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Globs as in `.gitignore`: `tests/fixtures/**`, `*.snap`, `/vendor/`, and `!` to include again.
#[derive(Clone, Debug)]
pub struct Ignore(Gitignore);

impl Ignore {
    /// Excludes nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self(Gitignore::empty())
    }

    /// Reads globs.
    ///
    /// # Errors
    /// Which glob is invalid, and why.
    pub fn new<S: AsRef<str>>(globs: &[S]) -> Result<Self, String> {
        let mut builder = GitignoreBuilder::new("");
        for glob in globs.iter().map(AsRef::as_ref) {
            builder.add_line(None, glob).map_err(|error| format!("{glob}: {error}"))?;
        }
        builder.build().map(Self).map_err(|error| error.to_string())
    }

    /// Whether there are no globs at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a file or folder is excluded, by its own path only: its folders are checked on the
    /// way down.
    pub(crate) fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        self.0.matched(path, is_folder).is_ignore()
    }

    /// Whether a file is excluded, by its own path or that of a folder above it.
    pub(crate) fn leaves_out_below(&self, path: &Path) -> bool {
        path.is_relative() && self.0.matched_path_or_any_parents(path, false).is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_those_of_gitignore() {
        let ignore = Ignore::new(&["tests/fixtures/**", "*.snap", "!keep.snap"]).unwrap();
        for (path, out) in [
            ("tests/fixtures/a/b", true),
            ("a/b.snap", true),
            ("keep.snap", false),
            ("src/a.rs", false),
        ] {
            assert_eq!(ignore.leaves_out_below(Path::new(path)), out, "{path}");
        }
        assert!(Ignore::new(&["a[z-a]"]).is_err());
        assert!(!Ignore::nothing().leaves_out_below(Path::new("a")));
    }
}
