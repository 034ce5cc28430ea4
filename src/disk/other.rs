//! Folders by path, where the system has no handles to walk by: each is looked at before it is
//! used, and may be no link.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::Opened;
use super::error::DiskError;

/// What a file or folder is: its path with everything resolved.
pub(super) type Id = PathBuf;

/// What is at a path.
pub(super) fn id(path: &Path) -> Option<Id> {
    fs::canonicalize(path).ok()
}

/// A regular file that is there already.
pub(super) struct There {
    /// Nothing of permissions.
    pub(super) mode: u16,
    /// Which it is.
    pub(super) id: Id,
}

/// A folder that is no link.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A folder whose path was resolved before.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if fs::symlink_metadata(path)?.is_dir() {
            Ok(Self(path.to_owned()))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// A folder in this one; made where there is none and `make` says so.
    pub(super) fn below(&self, name: &OsStr, make: bool) -> io::Result<Self> {
        let path = self.0.join(name);
        if make && fs::symlink_metadata(&path).is_err() {
            fs::create_dir(&path)?;
        }
        Self::open(&path)
    }

    /// Which folder it is.
    pub(super) fn id(&self) -> Option<Id> {
        id(&self.0)
    }

    /// Whether something of this name is in it.
    pub(super) fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.0.join(name)).is_ok()
    }

    /// A file in it; `None` where there is none. Anything but a regular file is refused.
    pub(super) fn look(&self, name: &OsStr, whole: &Path) -> Result<Option<There>, DiskError> {
        match fs::symlink_metadata(self.0.join(name)) {
            Ok(found) if found.is_symlink() => Err(DiskError::Link(whole.to_owned())),
            Ok(found) if found.is_file() => {
                Ok(Some(There { mode: 0, id: id(whole).unwrap_or_else(|| whole.to_owned()) }))
            }
            Ok(_) => Err(DiskError::NotAFile(whole.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DiskError::of(whole, error)),
        }
    }

    /// A file that did not exist before.
    pub(super) fn create(&self, name: &OsStr, _: u16) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.0.join(name))
    }

    /// A file in it.
    pub(super) fn open_file(&self, name: &OsStr, how: Opened) -> io::Result<File> {
        let mut options = OpenOptions::new();
        match how {
            Opened::Read => options.read(true),
            Opened::Append => options.append(true).create(true),
            Opened::Lock => options.read(true).write(true).create(true).truncate(false),
        };
        options.open(self.0.join(name))
    }

    /// Puts a file of it in another's place.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Removes a file of ours, where it is there.
    pub(super) fn remove(&self, name: &OsStr) {
        let _ = fs::remove_file(self.0.join(name));
    }

    /// The system does it by itself.
    pub(super) fn sync(&self) {}
}

/// There are none to set.
pub(super) fn set_mode(_: &File, _: u16) -> io::Result<()> {
    Ok(())
}

/// Whether a link was in the way.
pub(super) fn is_link(path: &Path, error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotADirectory && path.is_symlink()
}
