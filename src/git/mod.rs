//! The repository: where it is, its objects, and how commits are fetched. Never uses a bare
//! repository, never runs a program or contacts an address that the repository's config names, and
//! trusts no object that it has not hashed.

mod command;
mod credential;
mod fetch;
mod objects;
mod problems;
mod remote;
mod repository;
mod tree;

pub use command::{asked, reader};
pub use fetch::{Depth, Failed};
pub use objects::{Objects, Unread};
pub use remote::Remote;
pub use repository::Repository;
pub use tree::file;

/// Whether commit `id` is `other` or one of its ancestors.
#[must_use]
pub fn is_before(repository: &Repository, id: &str, other: &str) -> bool {
    is_id(id)
        && is_id(other)
        && reader(repository, &["merge-base", "--is-ancestor", id, other])
            .output()
            .is_ok_and(|out| out.status.success())
}

/// Whether this is an object id, so that git cannot read it as an option.
#[must_use]
pub fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Converts git's bytes of a path to a path of this system.
#[cfg(unix)]
#[must_use]
pub fn on_disk(path: &[u8]) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::path::PathBuf::from(std::ffi::OsStr::from_bytes(path))
}

/// Converts git's bytes of a path to a path of this system.
#[cfg(not(unix))]
#[must_use]
pub fn on_disk(path: &[u8]) -> std::path::PathBuf {
    std::path::PathBuf::from(String::from_utf8_lossy(path).into_owned())
}
