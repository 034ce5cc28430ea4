//! Parses git's objects: the entries of a tree, and the lines of a commit or a tag.

use gix_hash::{Kind, ObjectId};

/// One entry of a tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// Whether it is a tree itself.
    pub(crate) is_tree: bool,
    /// Whether it is a submodule's commit, which is in no clone of this repository.
    pub(crate) is_module: bool,
    pub(crate) name: &'a [u8],
    pub(crate) id: &'a gix_hash::oid,
}

/// The first entry, where it can be read, and its length.
pub(crate) fn entry(tree: &[u8], kind: Kind) -> Option<(Entry<'_>, usize)> {
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
pub(crate) const MESSAGE: &str = "<commit message>";
/// And in a tag's.
pub(crate) const TAG: &str = "<tag message>";
/// And in the lines before either: names, addresses, signatures.
pub(crate) const HEADER: &str = "<commit header>";

/// What a commit or a tag says about itself: a head of lines, an empty line, a message.
pub(crate) struct CommitText<'a> {
    pub(crate) tree: Option<ObjectId>,
    pub(crate) parents: Vec<ObjectId>,
    /// `Name <mail> second zone`.
    pub(crate) by: &'a [u8],
    /// The head's lines that people and programs wrote: without the ids of other objects, which
    /// stand first.
    pub(crate) head: &'a [u8],
    pub(crate) message: &'a [u8],
}

impl<'a> CommitText<'a> {
    /// Reads a commit or a tag. Lines that make no sense are passed by; the message is whatever
    /// stands after the first empty line.
    pub(crate) fn read(text: &'a [u8]) -> Self {
        let mut read = Self { tree: None, parents: Vec::new(), by: b"", head: b"", message: b"" };
        let (mut rest, mut head) = (text, None);
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (line, from) = (&rest[..end], text.len() - rest.len());
            if head.is_none() && !is_about_objects(line) {
                head = Some(from);
            }
            rest = rest.get(end + 1..).unwrap_or_default();
            if line.is_empty() {
                read.message = rest;
                read.head = text.get(head.unwrap_or(from)..from).unwrap_or_default();
                return read;
            }
            let id = |hex: &[u8]| ObjectId::from_hex(hex).ok();
            match line {
                [b't', b'r', b'e', b'e', b' ', hex @ ..] => read.tree = id(hex),
                [b'p', b'a', b'r', b'e', b'n', b't', b' ', hex @ ..] => {
                    read.parents.extend(id(hex))
                }
                [b'a', b'u', b't', b'h', b'o', b'r', b' ', by @ ..]
                | [b't', b'a', b'g', b'g', b'e', b'r', b' ', by @ ..] => read.by = by,
                _ => {}
            }
        }
        read.head = head.and_then(|head| text.get(head..)).unwrap_or_default();
        read
    }
}

/// Whether a line of a head names nothing but an object.
pub(crate) fn is_about_objects(line: &[u8]) -> bool {
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
        let (mut entries, mut rest) = (Vec::new(), &tree[..]);
        while let Some((entry, length)) = entry(rest, Kind::Sha1) {
            entries.push((entry.is_tree, entry.name));
            rest = &rest[length..];
        }
        assert_eq!(entries, [(false, &b"a b"[..]), (true, b"sub"), (true, b"odd")]);
        let hex = "0123456789".repeat(4);
        let commit = format!(
            "tree {hex}\nparent {hex}\nauthor A <a@b> 1 +0000\ngpgsig x\n y\n\nsubject\n\nbody"
        );
        let read = CommitText::read(commit.as_bytes());
        assert_eq!(
            (read.parents.len(), read.by, read.message),
            (1, &b"A <a@b> 1 +0000"[..], &b"subject\n\nbody"[..])
        );
        assert_eq!(read.tree, Some(read.parents[0]));
    }
}
