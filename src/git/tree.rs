//! Reads a file from a commit, object by object, and hashes each. Links are followed only inside
//! the tree.

use std::path::{Component, Path};

use gix_object::tree::EntryKind;
use gix_object::{Kind, TreeRefIter};

use super::objects::{Objects, Unread};
use super::problems;

/// Larger commits and trees are refused.
const LARGEST_COMMIT: u64 = 1 << 20;
const LARGEST_TREE: u64 = 64 << 20;
/// A link's text is a path.
const LONGEST_LINK: u64 = 4096;
/// How many links one path may follow.
const MOST_LINKS: usize = 16;
/// No path is deeper.
const DEEPEST: usize = 512;

/// The content of the file at `path` (relative to the top) in a commit; `None` if the commit has no
/// such file.
///
/// # Errors
/// If an object on the way is missing, too large or forged, or if a link leaves the tree.
pub fn file(
    objects: &Objects,
    commit: &str,
    path: &Path,
    limit: u64,
) -> Result<Option<Vec<u8>>, Unread> {
    let refuse = |why: &str| Unread::Refused(problems::file_refused(path, commit, why));
    let leads_out = || refuse("a symbolic link in its path leads outside the repository");
    let mut ahead = parts(path).ok_or_else(|| {
        refuse("its path does not start at the root of the repository, or contains `..`")
    })?;
    let mut trees = vec![root(objects, commit)?];
    let mut links = 0;
    while let Some(name) = ahead.pop() {
        match name.as_slice() {
            b"" | b"." => continue,
            b".." => {
                trees.pop();
                if trees.is_empty() {
                    return Err(leads_out());
                }
                continue;
            }
            _ => {}
        }
        let Some(tree) = trees.last() else { return Ok(None) };
        let Some((kind, id)) = entry(objects, tree, &name)? else { return Ok(None) };
        match kind {
            EntryKind::Tree if trees.len() < DEEPEST => trees.push(id),
            EntryKind::Blob | EntryKind::BlobExecutable if ahead.is_empty() => {
                return objects.read(&id, Kind::Blob, limit).map(Some);
            }
            EntryKind::Link => {
                links += 1;
                let target = objects.read(&id, Kind::Blob, LONGEST_LINK)?;
                if links > MOST_LINKS {
                    return Err(refuse(&format!(
                        "its path follows more than {MOST_LINKS} symbolic links"
                    )));
                }
                if target.starts_with(b"/") || target.contains(&b'\\') || target.contains(&b':') {
                    return Err(leads_out());
                }
                ahead.extend(target.split(|byte| *byte == b'/').rev().map(<[u8]>::to_vec));
            }
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// The names in a relative path, the next one last; `None` if it can leave the tree.
fn parts(path: &Path) -> Option<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for part in path.components().rev() {
        match part {
            Component::Normal(name) => names.push(name.to_string_lossy().into_owned().into_bytes()),
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(names)
}

/// The tree of a commit.
fn root(objects: &Objects, commit: &str) -> Result<String, Unread> {
    let text = objects.read(commit, Kind::Commit, LARGEST_COMMIT)?;
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let tree = line.strip_prefix(b"tree ").map(|id| String::from_utf8_lossy(id).into_owned());
    tree.ok_or_else(|| Unread::Refused(problems::commit_without_tree(commit)))
}

/// What a tree has under a name.
fn entry(
    objects: &Objects,
    tree: &str,
    name: &[u8],
) -> Result<Option<(EntryKind, String)>, Unread> {
    let data = objects.read(tree, Kind::Tree, LARGEST_TREE)?;
    for entry in TreeRefIter::from_bytes(&data, objects.kind()) {
        let entry =
            entry.map_err(|error| Unread::Refused(problems::tree_unreadable(tree, &error)))?;
        if entry.filename == name {
            return Ok(Some((entry.mode.kind(), entry.oid.to_string())));
        }
    }
    Ok(None)
}
