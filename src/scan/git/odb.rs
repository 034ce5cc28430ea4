//! A repository's object database: where its objects are, and one object at a time. Packs, loose
//! objects, alternates and multi-pack indexes, of either kind of id. Reads only; what it cannot
//! read is an error.

use std::path::{Path, PathBuf};

use gix_hash::Kind;

use super::command::{Git, GitError};
use super::pack::ObjectKind;

/// An object database.
pub(crate) struct Store {
    /// Its own folder of objects first, then those it borrows from.
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) kind: Kind,
    pub(crate) odb: gix_odb::HandleArc,
}

/// The packs of an object database.
#[derive(Default)]
pub(crate) struct Packs {
    /// Their indexes.
    pub(crate) indexes: Vec<PathBuf>,
    /// What cannot be read, as a sentence each.
    pub(crate) lost: Vec<String>,
    /// Whether a server promised objects that were not fetched: the clone is partial.
    pub(crate) promise: bool,
}

impl Store {
    /// Finds the object database of the repository a folder belongs to.
    pub(crate) fn open(git: &Git<'_>) -> Result<Self, GitError> {
        let failed = |cause: String| GitError::Unread("could not open the object database", cause);
        let format = git.read(&["rev-parse", "--show-object-format"])?;
        let kind = match format.trim_ascii() {
            b"sha1" => Kind::Sha1,
            b"sha256" => Kind::Sha256,
            _ => return Err(failed("its ids have an unknown format".to_owned())),
        };
        let folder = git.repository.objects();
        let borrowed = gix_odb::alternate::resolve(folder.clone(), Path::new("/"))
            .map_err(|error| failed(error.to_string()))?;
        let odb = gix_odb::at_opts(&folder, kind, [], gix_odb::store::init::Options::default());
        let odb =
            odb.and_then(gix_odb::Handle::into_arc).map_err(|error| failed(error.to_string()))?;
        let folders = std::iter::once(folder).chain(borrowed).collect();
        Ok(Self { folders, kind, odb })
    }

    /// The indexes of all packs. A pack without one, or an index without its pack, is told of: its
    /// objects would be missed.
    pub(crate) fn packs(&self) -> Result<Packs, std::io::Error> {
        let mut packs = Packs::default();
        for folder in &self.folders {
            let entries = match std::fs::read_dir(folder.join("pack")) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for entry in entries {
                let path = entry?.path();
                let other = |extension: &str| path.with_extension(extension);
                match path.extension().and_then(|extension| extension.to_str()) {
                    Some("pack") if other("idx").exists() => packs.indexes.push(other("idx")),
                    Some("pack") => packs.lost.push(format!("{} has no index", path.display())),
                    Some("idx") if !other("pack").exists() => {
                        packs.lost.push(format!("{} has no pack", path.display()))
                    }
                    Some("promisor") => packs.promise = true,
                    _ => {}
                }
            }
        }
        packs.indexes.sort();
        packs.lost.sort();
        Ok(packs)
    }
}

/// What kind of object it is, as this module calls it.
pub(crate) fn what(kind: gix_object::Kind) -> ObjectKind {
    match kind {
        gix_object::Kind::Blob => ObjectKind::Blob,
        gix_object::Kind::Tree => ObjectKind::Tree,
        gix_object::Kind::Commit => ObjectKind::Commit,
        gix_object::Kind::Tag => ObjectKind::Tag,
    }
}
