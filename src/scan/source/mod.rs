//! The sources of text: files, streams, archives, commits, whole histories. Reads them, has them
//! searched and adds each finding's place.

pub(crate) mod added;
pub(crate) mod archive;
pub(crate) mod content;
pub(crate) mod event;
pub(crate) mod history;
pub(crate) mod lfs;
pub(crate) mod moved;
pub(crate) mod objects;
pub(crate) mod partial;
pub(crate) mod places;
pub(crate) mod problems;
pub(crate) mod range;
pub(crate) mod sparse_file;
pub(crate) mod staged;
pub(crate) mod stream;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod worktree;
