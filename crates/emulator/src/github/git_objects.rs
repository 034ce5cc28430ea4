//! Git objects, named as git names them: SHA-1 over type, length and content.
//! It must not know about refs or HTTP.

use sha1::{Digest, Sha1};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) mode: String,
    pub(super) sha: String,
}

/// Who made a commit and when, in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) message: String,
    pub(super) tree: String,
    pub(super) parents: Vec<String>,
    pub(super) author: Person,
    pub(super) committer: Person,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Object {
    Blob(Vec<u8>),
    Tree(Vec<Entry>),
    Commit(Commit),
}

impl Object {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Blob(_) => "blob",
            Self::Tree(_) => "tree",
            Self::Commit(_) => "commit",
        }
    }

    fn content(&self) -> Vec<u8> {
        match self {
            Self::Blob(bytes) => bytes.clone(),
            Self::Tree(entries) => tree_content(entries),
            Self::Commit(commit) => commit_content(commit),
        }
    }

    pub(super) fn sha(&self) -> String {
        let content = self.content();
        let mut hash = Sha1::new();
        hash.update(format!("{} {}\0", self.kind(), content.len()));
        hash.update(&content);
        to_hex(&hash.finalize())
    }
}

fn tree_content(entries: &[Entry]) -> Vec<u8> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    // Git sorts folders as though their names ended in a slash.
    sorted
        .sort_by_key(|e| if e.mode == "040000" { format!("{}/", e.path) } else { e.path.clone() });
    let mut content = Vec::new();
    for entry in sorted {
        content.extend(format!("{} {}\0", entry.mode.trim_start_matches('0'), entry.path).bytes());
        content.extend(from_hex(&entry.sha));
    }
    content
}

fn commit_content(commit: &Commit) -> Vec<u8> {
    let mut text = format!("tree {}\n", commit.tree);
    for parent in &commit.parents {
        text += &format!("parent {parent}\n");
    }
    let line = |p: &Person| format!("{} <{}> {} +0000\n", p.name, p.email, p.at);
    text += &format!(
        "author {}committer {}\n{}",
        line(&commit.author),
        line(&commit.committer),
        commit.message
    );
    text.into_bytes()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _written = write!(hex, "{byte:02x}");
        hex
    })
}

fn from_hex(hex: &str) -> Vec<u8> {
    let pair = |at: usize| hex.get(at..at + 2).and_then(|p| u8::from_str_radix(p, 16).ok());
    (0..hex.len()).step_by(2).filter_map(pair).collect()
}

/// The objects of one repository, by id. Objects never change, so copies of the map share them.
#[derive(Clone, Default)]
pub(super) struct Objects {
    by_sha: BTreeMap<String, Arc<Object>>,
}

impl Objects {
    pub(super) fn add(&mut self, object: Object) -> String {
        let sha = object.sha();
        self.by_sha.insert(sha.clone(), Arc::new(object));
        sha
    }

    pub(super) fn get(&self, sha: &str) -> Option<&Object> {
        self.by_sha.get(sha).map(AsRef::as_ref)
    }

    pub(super) fn commit(&self, sha: &str) -> Option<&Commit> {
        match self.get(sha)? {
            Object::Commit(commit) => Some(commit),
            _ => None,
        }
    }

    pub(super) fn tree(&self, sha: &str) -> Option<&[Entry]> {
        match self.get(sha)? {
            Object::Tree(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether `ancestor` can be reached from `sha`.
    pub(super) fn descends_from(&self, sha: &str, ancestor: &str) -> bool {
        let mut waiting = vec![sha.to_owned()];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(sha) = waiting.pop() {
            if sha == ancestor {
                return true;
            }
            if let Some(commit) = self.commit(&sha)
                && seen.insert(sha)
            {
                waiting.extend(commit.parents.iter().cloned());
            }
        }
        false
    }

    /// A commit and its first parents, newest first.
    pub(super) fn first_parents(&self, sha: &str) -> Vec<(String, &Commit)> {
        let mut line = Vec::new();
        let mut next = Some(sha.to_owned());
        while let Some(sha) = next {
            let Some(commit) = self.commit(&sha) else {
                break;
            };
            next = commit.parents.first().cloned();
            line.push((sha, commit));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_git_names_them() {
        assert_eq!(Object::Blob(Vec::new()).sha(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(
            Object::Blob(b"hello\n".to_vec()).sha(),
            "ce013625030ba8dba906f756967f9e9ca394464a"
        );
        assert_eq!(Object::Tree(Vec::new()).sha(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }
}
