//! Resolves a path to a folder without links and the names below it. `..` is resolved first,
//! lexically.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::error::DiskError;
use super::{Disk, Kind};

/// The location of a file.
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
    pub(super) fn name(&self) -> Result<&OsStr, DiskError> {
        self.below
            .last()
            .map(OsString::as_os_str)
            .ok_or_else(|| DiskError::NotAFile(self.whole.clone()))
    }

    pub(super) fn folders(&self) -> &[OsString] {
        self.below.split_last().map_or(&[], |(_, folders)| folders)
    }
}

/// The folder with its links resolved, or unchanged if that fails.
pub(super) fn canonical(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

impl Disk {
    pub(super) fn spot(&self, path: &Path, bounded: bool, kind: Kind) -> Result<Spot, DiskError> {
        let (start, names) = spelled(&self.base.join(path));
        let (at, left) = self.followed(start, &names)?;
        let root = self
            .roots
            .iter()
            .filter(|root| at.starts_with(root))
            .min_by_key(|root| root.as_os_str().len());
        let (anchor, mut below) = match root {
            Some(root) => (
                root.clone(),
                at.strip_prefix(root)
                    .unwrap_or(Path::new(""))
                    .iter()
                    .map(OsStr::to_owned)
                    .collect(),
            ),
            None => (at, Vec::new()),
        };
        below.extend_from_slice(left);
        let whole = below.iter().fold(anchor.clone(), |whole, name| whole.join(name));
        if bounded && root.is_none() {
            return Err(DiskError::Outside(whole));
        }
        let outside: Vec<OsString> =
            if root.is_none() { anchor.iter().map(OsStr::to_owned).collect() } else { Vec::new() };
        let is_reserved =
            |name: &OsString| if bounded { is_of_git_or_runner(name) } else { is_git(name) };
        if kind != Kind::Hook && outside.iter().chain(&below).any(is_reserved) {
            return Err(DiskError::Reserved(whole));
        }
        // If the runner's folder is inside the workspace, its own name is the runner's choice.
        let named = self
            .roots
            .iter()
            .filter_map(|root| whole.strip_prefix(root).ok())
            .min_by_key(|names| names.as_os_str().len());
        if kind.is_report() && named.is_some_and(|named| named.iter().any(instructs)) {
            return Err(DiskError::Reserved(whole));
        }
        Ok(Spot { anchor, below, whole })
    }

    /// Where the first names lead, and the names after them. Links outside the roots belong to the
    /// machine, and are followed: `/tmp` is one on macOS, and a workspace can be behind one.
    fn followed<'n>(
        &self,
        start: PathBuf,
        names: &'n [OsString],
    ) -> Result<(PathBuf, &'n [OsString]), DiskError> {
        let (mut at, mut left) = (start, names);
        while let [name, rest @ ..] = left
            && !rest.is_empty()
            && !self.roots.iter().any(|root| at.starts_with(root))
        {
            match at.join(name).canonicalize() {
                Ok(next) => at = next,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                Err(error) => return Err(DiskError::of(&at.join(name), error)),
            }
            left = rest;
        }
        Ok((at, left))
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

/// A name as a file system may read it: ignoring case, trailing characters that it drops, and
/// letters that it ignores.
fn folded(name: &OsStr) -> String {
    let ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let text: String = name.to_string_lossy().chars().filter(|c| !ignored(c)).collect();
    text.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']).to_lowercase()
}

/// Whether git or the runner reads files from a folder of this name.
pub(super) fn is_of_git_or_runner(name: &OsStr) -> bool {
    is_git(name) || is_the_runner_s(name)
}

/// Whether a file system may read this name as `.git`.
fn is_git(name: &OsStr) -> bool {
    let name = folded(name);
    name == ".git"
        || name
            .strip_prefix("git~")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the runner reads files from a folder of this name: `_runner_file_commands`,
/// `_github_home`, `_github_workflow`.
fn is_the_runner_s(name: &OsStr) -> bool {
    let name = folded(name);
    name.starts_with("_runner_") || name.starts_with("_github_")
}

/// Whether programs read instructions from a file of this name, so that no report may be there:
/// names that begin with a dot (or short names of such on Windows), and the file that makes a
/// folder a GitHub action.
fn instructs(name: &OsStr) -> bool {
    let name = folded(name);
    let is_short = name
        .split_once('~')
        .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()));
    name.starts_with('.') || is_short || name == "action.yml" || name == "action.yaml"
}
