//! The problems of reading a repository, one constructor per message.

use std::fmt::Display;
use std::path::Path;

use gix_hash::ObjectId;
use gix_object::Kind;

use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};

/// What repairs a damaged clone.
const CLONE_AGAIN: &str = "check out the repository again, into an empty folder";

/// The object database cannot be opened.
pub(super) fn objects_unreadable(error: &dyn Display) -> Problem {
    Problem::new(Code::CheckoutUnclear, "could not open the repository's object database")
        .cause(error.to_string())
}

/// A text that should be an object id is not one.
pub(super) fn not_an_object_id(text: &str) -> Problem {
    Problem::new(Code::CheckoutUnclear, format!("`{}` is not a git object id", sanitize(text)))
}

/// The object database cannot decode an object.
pub(super) fn object_unreadable(kind: Kind, id: &str, error: &dyn Display) -> Problem {
    Problem::new(Code::ObjectForged, format!("could not read {kind} {id}"))
        .cause(error.to_string())
        .hint(CLONE_AGAIN)
}

/// An object is larger than any that tokenward needs.
pub(super) fn object_too_large(kind: Kind, id: &str, limit: u64) -> Problem {
    Problem::new(Code::ConfigUnreadable, format!("{kind} {id} exceeds the limit of {limit} bytes"))
}

/// The content of an object has another id.
pub(super) fn object_forged(id: &str, hashed: ObjectId) -> Problem {
    Problem::new(Code::ObjectForged, format!("the content of object {id} does not match its id"))
        .cause(format!("the content has the id {hashed}"))
        .hint(CLONE_AGAIN)
}

/// An object is, say, a tree instead of a commit.
pub(super) fn object_of_wrong_kind(id: &str, found: Kind, expected: Kind) -> Problem {
    Problem::new(Code::CheckoutUnclear, format!("object {id} is a {found}, not a {expected}"))
}

/// A variable of the runner does not name a server or a repository that commits can be fetched
/// from.
pub(super) fn remote_unusable(variable: &str, text: &str) -> Problem {
    Problem::new(
        Code::CheckoutUnclear,
        format!("cannot fetch from the address in `{variable}`: {}", sanitize(text)),
    )
    .hint(format!("leave `{variable}` as GitHub's runner sets it"))
}

/// A `.git` entry does not lead to a repository.
pub(super) fn not_a_repository(entry: &Path, why: &str) -> Problem {
    Problem::new(
        Code::CheckoutUnclear,
        format!("{} is not a valid git repository", sanitize(&entry.display().to_string())),
    )
    .cause(sanitize(why))
}

/// The path to a file is unsafe, or a link on the way is.
pub(super) fn file_refused(path: &Path, commit: &str, why: &str) -> Problem {
    Problem::new(
        Code::PathOutside,
        format!("refused to read {}", sanitize(&path.display().to_string())),
    )
    .cause(format!("in commit {commit}, {why}"))
    .hint("replace it with a regular file")
}

/// A commit object names no tree.
pub(super) fn commit_without_tree(commit: &str) -> Problem {
    Problem::new(Code::CheckoutUnclear, format!("commit {commit} has no tree"))
}

/// A tree object cannot be decoded.
pub(super) fn tree_unreadable(tree: &str, error: &dyn Display) -> Problem {
    Problem::new(Code::CheckoutUnclear, format!("could not read tree {tree}"))
        .cause(error.to_string())
}
