//! The repository: where it is, what its objects say, and how commits are fetched. Never discovers
//! a bare repository, never runs a program that a repository's config names, never talks to an
//! address that it names, and believes no object it has not hashed.

mod command;
mod credential;
mod fetch;
mod objects;
mod remote;
mod repository;
mod tree;

pub use command::{asked, reader};
pub use fetch::{Depth, Failed};
pub use objects::{Objects, Unread};
pub use remote::Remote;
pub use repository::Repository;
pub use tree::file;

/// Whether a commit is another one, or one of those before it.
#[must_use]
pub fn is_before(repository: &Repository, id: &str, other: &str) -> bool {
    is_id(id)
        && is_id(other)
        && reader(repository, &["merge-base", "--is-ancestor", id, other])
            .output()
            .is_ok_and(|out| out.status.success())
}

/// Whether this is an object id, and so nothing git could take for an option.
#[must_use]
pub fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A path as git has it, as a path of this system.
#[cfg(unix)]
#[must_use]
pub fn on_disk(path: &[u8]) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::path::PathBuf::from(std::ffi::OsStr::from_bytes(path))
}

/// A path as git has it, as a path of this system.
#[cfg(not(unix))]
#[must_use]
pub fn on_disk(path: &[u8]) -> std::path::PathBuf {
    std::path::PathBuf::from(String::from_utf8_lossy(path).into_owned())
}
