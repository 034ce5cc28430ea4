//! Folders by handle: each is opened by its name in the one before, never through a link.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::Opened;
use super::error::DiskError;

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The identity of a file or folder, independent of its path: its device and inode.
pub(super) type Id = (u64, u64);

/// What is at a path.
pub(super) fn id(path: &Path) -> Option<Id> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// An existing regular file.
pub(super) struct There {
    /// Its permissions.
    pub(super) mode: u16,
    /// Which it is.
    pub(super) id: Id,
}

/// An open folder.
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// A folder whose path was resolved before.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, FOLDER, Mode::empty())?))
    }

    /// A folder in this one; created if it is missing and `make` says so.
    pub(super) fn below(&self, name: &OsStr, make: bool) -> io::Result<Self> {
        if make {
            match rustix::fs::mkdirat(&self.0, name, mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self(rustix::fs::openat(&self.0, name, FOLDER, Mode::empty())?))
    }

    /// Which folder it is.
    pub(super) fn id(&self) -> Option<Id> {
        rustix::fs::fstat(&self.0).ok().map(|stat| id_of(&stat))
    }

    /// Whether something of this name is in it.
    pub(super) fn has(&self, name: &str) -> bool {
        rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// A file in it; `None` if there is none. Anything but a regular file is refused.
    pub(super) fn look(&self, name: &OsStr, whole: &Path) -> Result<Option<There>, DiskError> {
        let stat = match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(DiskError::of(whole, error.into())),
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                let mode = (Mode::from_raw_mode(stat.st_mode).as_raw_mode() & 0o777)
                    .try_into()
                    .unwrap_or(0o600);
                Ok(Some(There { mode, id: id_of(&stat) }))
            }
            FileType::Symlink => Err(DiskError::Link(whole.to_owned())),
            _ => Err(DiskError::NotAFile(whole.to_owned())),
        }
    }

    /// A file that did not exist before.
    pub(super) fn create(&self, name: &OsStr, bits: u16) -> io::Result<File> {
        let how =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.0, name, how, mode(bits))?))
    }

    /// A file in it. A pipe is not waited for.
    pub(super) fn open_file(&self, name: &OsStr, how: Opened) -> io::Result<File> {
        let how = match how {
            Opened::Read => OFlags::RDONLY,
            Opened::Append => OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE,
            Opened::Lock => OFlags::RDWR | OFlags::CREATE,
        };
        let how = how | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.0, name, how, mode(0o666))?))
    }

    /// Renames a file in it over another.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    /// Removes our own file, if it exists.
    pub(super) fn remove(&self, name: &OsStr) {
        let _ = rustix::fs::unlinkat(&self.0, name, AtFlags::empty());
    }

    /// Makes a rename durable.
    pub(super) fn sync(&self) {
        let _ = rustix::fs::fsync(&self.0);
    }
}

#[expect(clippy::useless_conversion, reason = "systems count these in other types")]
fn id_of(stat: &rustix::fs::Stat) -> Id {
    (u64::try_from(stat.st_dev).unwrap_or_default(), u64::try_from(stat.st_ino).unwrap_or_default())
}

/// Sets a file's permissions.
pub(super) fn set_mode(file: &File, bits: u16) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file, mode(bits))?)
}

/// Whether the system refused because of a link. For a folder, some systems say only that it is not
/// one.
pub(super) fn is_link(path: &Path, error: &io::Error) -> bool {
    let code = error.raw_os_error();
    let by_code = [Errno::LOOP, Errno::MLINK].iter().any(|link| code == Some(link.raw_os_error()));
    by_code || (code == Some(Errno::NOTDIR.raw_os_error()) && PathBuf::from(path).is_symlink())
}

/// Permissions as the system has them, which counts them in fewer bits on a Mac.
fn mode(bits: u16) -> Mode {
    Mode::from_raw_mode(bits.into())
}
