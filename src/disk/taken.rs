//! The runner's own files: those that its variables name, and their folders, identified by inode
//! and not by path. Anything written there is an instruction to a later step.

use std::path::{Path, PathBuf};

use super::folder::{Id, id};
use super::place::canonical;

/// What a run must not overwrite, nor write beside.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    files: Vec<Id>,
    folders: Vec<Id>,
}

impl Taken {
    /// From these files and folders. A folder that contains a whole root does not count as the
    /// runner's own.
    pub(super) fn of(paths: &[&Path], roots: &[PathBuf]) -> Self {
        let mut taken = Self::default();
        for path in paths {
            let path = canonical(path);
            let folder = if path.is_dir() { Some(path.as_path()) } else { path.parent() };
            taken.files.extend(id(&path).filter(|_| !path.is_dir()));
            let own = folder.filter(|folder| !roots.iter().any(|root| root.starts_with(folder)));
            taken.folders.extend(own.and_then(id));
        }
        taken
    }

    pub(super) fn has_file(&self, id: &Id) -> bool {
        self.files.contains(id)
    }

    pub(super) fn has_folder(&self, id: &Id) -> bool {
        self.folders.contains(id)
    }
}
