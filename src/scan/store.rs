//! A repository's object database: where its objects are, and one object at a time. Packs, loose
//! objects, alternates and multi-pack indexes, of either kind of id. Reads only; what it cannot
//! read is an error.

use std::path::{Path, PathBuf};

use gix_hash::{Kind, ObjectId};

use super::git::Git;
use super::model::Options;
use super::pack::ObjectKind;
use super::redact::incomplete;
use crate::domain::Problem;

/// An object database.
pub(super) struct Store {
    /// Its own folder of objects first, then those it borrows from.
    pub(super) folders: Vec<PathBuf>,
    pub(super) kind: Kind,
    pub(super) odb: gix_odb::HandleArc,
}

/// The packs of an object database.
#[derive(Default)]
pub(super) struct Packs {
    /// Their indexes.
    pub(super) indexes: Vec<PathBuf>,
    /// What cannot be read, as a sentence each.
    pub(super) lost: Vec<String>,
    /// Whether a server promised objects that were not fetched: the clone is partial.
    pub(super) promise: bool,
}

impl Store {
    /// Finds the object database of the repository a folder belongs to.
    pub(super) fn open(git: &Git<'_>, options: &Options<'_>) -> Result<Self, Problem> {
        let failed = |cause: String| {
            incomplete("the object database could not be opened".to_owned(), cause.into(), options)
        };
        let format = git.read(&["rev-parse", "--show-object-format"])?;
        let kind = match format.trim_ascii() {
            b"sha1" => Kind::Sha1,
            b"sha256" => Kind::Sha256,
            _ => return Err(failed("its ids are of an unknown kind".to_owned())),
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
    pub(super) fn packs(&self) -> Result<Packs, std::io::Error> {
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
pub(super) fn what(kind: gix_object::Kind) -> ObjectKind {
    match kind {
        gix_object::Kind::Blob => ObjectKind::Blob,
        gix_object::Kind::Tree => ObjectKind::Tree,
        gix_object::Kind::Commit => ObjectKind::Commit,
        gix_object::Kind::Tag => ObjectKind::Tag,
    }
}

/// One entry of a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    /// Whether it is a tree itself.
    pub(super) is_tree: bool,
    /// Whether it is a submodule's commit, which is in no clone of this repository.
    pub(super) is_module: bool,
    pub(super) name: &'a [u8],
    pub(super) id: &'a gix_hash::oid,
}

/// The first entry, where it can be read, and its length.
pub(super) fn entry(tree: &[u8], kind: Kind) -> Option<(Entry<'_>, usize)> {
    let space = tree.iter().position(|byte| *byte == b' ')?;
    let end = space + tree[space..].iter().position(|byte| *byte == 0)?;
    let length = end + 1 + kind.len_in_bytes();
    let id = gix_hash::oid::try_from_bytes(tree.get(end + 1..length)?).ok()?;
    // As git reads it: octal digits, of which those count that say what kind of entry it is.
    let mode = tree[..space]
        .iter()
        .fold(0_u32, |mode, digit| (mode << 3).wrapping_add(u32::from(digit.wrapping_sub(b'0'))));
    let kind_of = mode & 0o170_000;
    let (is_tree, is_module) = (kind_of == 0o40_000, kind_of == 0o160_000);
    Some((Entry { is_tree, is_module, name: &tree[space + 1..end], id }, length))
}

/// Where a hit in a commit's message stands.
pub(super) const MESSAGE: &str = "<commit message>";
/// And in a tag's.
pub(super) const TAG: &str = "<tag message>";
/// And in the lines before either: names, addresses, signatures.
pub(super) const HEADER: &str = "<commit header>";

/// What a commit or a tag says about itself: a head of lines, an empty line, a message.
pub(super) struct Told<'a> {
    pub(super) tree: Option<ObjectId>,
    pub(super) parents: Vec<ObjectId>,
    /// `Name <mail> second zone`.
    pub(super) by: &'a [u8],
    /// The head's lines that people and programs wrote: without the ids of other objects, which
    /// stand first.
    pub(super) head: &'a [u8],
    pub(super) message: &'a [u8],
}

/// Reads a commit or a tag. Lines that make no sense are passed by; the message is whatever stands
/// after the first empty line.
pub(super) fn told(text: &[u8]) -> Told<'_> {
    let mut told = Told { tree: None, parents: Vec::new(), by: b"", head: b"", message: b"" };
    let (mut rest, mut head) = (text, None);
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let (line, from) = (&rest[..end], text.len() - rest.len());
        if head.is_none() && !is_about_objects(line) {
            head = Some(from);
        }
        rest = rest.get(end + 1..).unwrap_or_default();
        if line.is_empty() {
            told.message = rest;
            told.head = text.get(head.unwrap_or(from)..from).unwrap_or_default();
            return told;
        }
        let id = |hex: &[u8]| ObjectId::from_hex(hex).ok();
        match line {
            [b't', b'r', b'e', b'e', b' ', hex @ ..] => told.tree = id(hex),
            [b'p', b'a', b'r', b'e', b'n', b't', b' ', hex @ ..] => told.parents.extend(id(hex)),
            [b'a', b'u', b't', b'h', b'o', b'r', b' ', by @ ..]
            | [b't', b'a', b'g', b'g', b'e', b'r', b' ', by @ ..] => told.by = by,
            _ => {}
        }
    }
    told.head = head.and_then(|head| text.get(head..)).unwrap_or_default();
    told
}

/// Whether a line of a head names nothing but an object.
pub(super) fn is_about_objects(line: &[u8]) -> bool {
    [b"tree ".as_slice(), b"parent ", b"object ", b"type "]
        .iter()
        .any(|name| line.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_and_commits_are_read_as_far_as_they_make_sense() {
        let id = [7; 20];
        let tree = [
            b"100644 a b\0".as_slice(),
            &id,
            b"40000 sub\0",
            &id,
            b"040755 odd\0",
            &id,
            b"100644 cut\0",
            &id[..9],
        ]
        .concat();
        let (mut read, mut rest) = (Vec::new(), &tree[..]);
        while let Some((entry, length)) = entry(rest, Kind::Sha1) {
            read.push((entry.is_tree, entry.name));
            rest = &rest[length..];
        }
        assert_eq!(read, [(false, &b"a b"[..]), (true, b"sub"), (true, b"odd")]);
        let hex = "0123456789".repeat(4);
        let commit = format!(
            "tree {hex}\nparent {hex}\nauthor A <a@b> 1 +0000\ngpgsig x\n y\n\nsubject\n\nbody"
        );
        let told = told(commit.as_bytes());
        assert_eq!(
            (told.parents.len(), told.by, told.message),
            (1, &b"A <a@b> 1 +0000"[..], &b"subject\n\nbody"[..])
        );
        assert_eq!(told.tree, Some(told.parents[0]));
    }
}
