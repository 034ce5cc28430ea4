//! From a path that somebody named to a folder without links and the names below it. `..` is resolved first, by its spelling.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::failure::Failure;
use super::{Disk, Kind};

/// Where a file is to be.
#[derive(Debug)]
pub(super) struct Spot {
    /// A folder that exists, without a link in its path.
    pub(super) anchor: PathBuf,
    /// The names below it, the file's own last. None of them may be a link.
    below: Vec<OsString>,
    /// The whole path.
    pub(super) whole: PathBuf,
}

impl Spot {
    pub(super) fn name(&self) -> Result<&OsStr, Failure> {
        self.below.last().map(OsString::as_os_str).ok_or_else(|| Failure::NotAFile(self.whole.clone()))
    }

    pub(super) fn folders(&self) -> &[OsString] {
        self.below.split_last().map_or(&[], |(_, folders)| folders)
    }
}

/// The folder with its links resolved, or as it is where that cannot be done.
pub(super) fn canonical(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

impl Disk {
    pub(super) fn spot(&self, path: &Path, bounded: bool, kind: Kind) -> Result<Spot, Failure> {
        let (start, names) = spelled(&self.base.join(path));
        let mut at = start;
        let mut left = names.iter();
        // Outside of the roots links are the machine's own, and are followed: `/tmp` is one on a Mac, and a workspace may be reached by one.
        while !self.roots.iter().any(|root| at.starts_with(root)) && left.len() > 1 {
            let Some(name) = left.clone().next() else { break };
            match at.join(name).canonicalize() {
                Ok(next) => at = next,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                Err(error) => return Err(Failure::of(&at.join(name), error)),
            }
            left.next();
        }
        let root = self.roots.iter().filter(|root| at.starts_with(root)).min_by_key(|root| root.as_os_str().len());
        let (anchor, mut below) = match root {
            Some(root) => (root.clone(), at.strip_prefix(root).unwrap_or(Path::new("")).iter().map(OsStr::to_owned).collect()),
            None => (at, Vec::new()),
        };
        below.extend(left.cloned());
        let whole = below.iter().fold(anchor.clone(), |whole, name| whole.join(name));
        if bounded && root.is_none() {
            return Err(Failure::Outside(whole));
        }
        let outside: Vec<OsString> = if root.is_none() { anchor.iter().map(OsStr::to_owned).collect() } else { Vec::new() };
        let is_reserved = |name: &OsString| is_git(name) || (bounded && name == "_runner_file_commands");
        if kind != Kind::Hook && outside.iter().chain(&below).any(is_reserved) {
            return Err(Failure::Reserved(whole));
        }
        Ok(Spot { anchor, below, whole })
    }
}

/// The start of a path, and its names without `.` and `..`.
fn spelled(path: &Path) -> (PathBuf, Vec<OsString>) {
    let (mut start, mut names) = (PathBuf::new(), Vec::new());
    for component in path.components() {
        match component {
            Component::Prefix(_) | Component::RootDir => start.push(component),
            Component::CurDir => {}
            Component::ParentDir => {
                names.pop();
            }
            Component::Normal(name) => names.push(name.to_owned()),
        }
    }
    (start, names)
}

/// Whether a file system may take this name for `.git`: without regard to case, to what it drops at the end, and to letters it ignores.
fn is_git(name: &OsStr) -> bool {
    let ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let text: String = name.to_string_lossy().chars().filter(|c| !ignored(c)).collect();
    let text = text.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']).to_ascii_lowercase();
    text == ".git" || text.strip_prefix("git~").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}
