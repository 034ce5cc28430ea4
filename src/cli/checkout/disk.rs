//! A person's own files. Only ordinary files are read, of bounded size, and a link of the
//! repository leads nowhere but into it.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::shown;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};

/// Where files on disk may be read from.
pub(super) struct Disk<'a> {
    /// What relative paths start from, and do not leave.
    pub(super) top: &'a Path,
    /// Git's own folder: it may hold credentials.
    pub(super) git_dir: Option<&'a Path>,
}

impl Disk<'_> {
    /// The first `limit + 1` bytes of a file; `None` if there is none.
    pub(super) fn read(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Problem> {
        let whole = self.top.join(path);
        let unreadable = |error: std::io::Error| {
            Problem::new(Code::ConfigUnreadable, format!("{} cannot be read", shown(path)))
                .cause(sanitize(&error.to_string()))
        };
        let refuse = |why: &str| {
            Problem::new(Code::PathOutside, format!("{} is not used", shown(path)))
                .cause(why.to_owned())
                .hint("put an ordinary file there")
        };
        let real = match fs::canonicalize(&whole) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return match fs::symlink_metadata(&whole) {
                    Ok(_) => Err(refuse("it is a link that leads nowhere")),
                    Err(_) => Ok(None),
                };
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        if !path.is_absolute() {
            let top = fs::canonicalize(self.top).map_err(unreadable)?;
            let inside = real
                .strip_prefix(&top)
                .map_err(|_| refuse("a link on the way leads out of the repository"))?;
            let is_git_s =
                inside.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git"));
            if is_git_s || self.git_dir.is_some_and(|git_dir| real.starts_with(git_dir)) {
                return Err(refuse("a link on the way leads into git's own folder"));
            }
        }
        if real.is_dir() {
            return Err(unreadable(std::io::Error::other("it is a folder")));
        }
        // Looked at before it is opened, since opening alone can wait for ever or start something;
        // and again after.
        if !is_ordinary(&real, &fs::metadata(&real).map_err(unreadable)?) {
            return Err(refuse("it is not an ordinary file"));
        }
        let file = open(&real).map_err(unreadable)?;
        let found = file.metadata().map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
        // A file that says it is shorter than it is belongs to a kernel.
        let is_made_up = u64::try_from(bytes.len()).is_ok_and(|read| read > found.len());
        if is_made_up || !is_ordinary(&real, &found) {
            return Err(refuse("it is not an ordinary file"));
        }
        Ok(Some(bytes))
    }
}

/// No folder, device or pipe, and nothing that a kernel makes up as it is read.
fn is_ordinary(real: &Path, found: &fs::Metadata) -> bool {
    found.is_file() && !["/proc", "/sys", "/dev"].iter().any(|folder| real.starts_with(folder))
}

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;

    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or_default())
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).open(path)
}
