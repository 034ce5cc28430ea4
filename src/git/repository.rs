//! Which repository a folder belongs to. Only a `.git` entry makes a repository: a folder with
//! `HEAD`, `objects` and `refs` is content, even if git's own discovery accepts it.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{is_id, on_disk, problems};
use crate::domain::Problem;

/// A `.git` file is one short line.
const LONGEST_LINK: u64 = 8192;

/// One repository with its work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    work_tree: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
}

impl Repository {
    /// The repository whose work tree begins at this folder; `None` if the folder has no `.git`
    /// entry.
    ///
    /// # Errors
    /// If the entry does not lead to a repository.
    pub fn at(top: &Path) -> Result<Option<Self>, Problem> {
        let entry = top.join(".git");
        let Ok(found) = fs::metadata(&entry) else {
            return match fs::symlink_metadata(&entry) {
                Ok(_) => Err(problems::not_a_repository(&entry, "it is a broken link")),
                Err(_) => Ok(None),
            };
        };
        let git_dir = if found.is_dir() { entry.clone() } else { linked(top, &entry)? };
        if !git_dir.join("HEAD").is_file() {
            return Err(problems::not_a_repository(&entry, "it has no `HEAD`"));
        }
        let common_dir = match small(&git_dir.join("commondir")) {
            Some(line) => git_dir.join(on_disk(line.trim_ascii_end())),
            None => git_dir.clone(),
        };
        // Without links and `..`, so that it can be compared and used from any folder.
        let real = |path: PathBuf| {
            fs::canonicalize(&path)
                .map_err(|error| problems::not_a_repository(&path, &error.to_string()))
        };
        Ok(Some(Self {
            work_tree: top.to_owned(),
            git_dir: real(git_dir)?,
            common_dir: real(common_dir)?,
        }))
    }

    /// The nearest repository above a folder: the one that a person works in.
    ///
    /// # Errors
    /// If a `.git` entry on the way does not lead to a repository.
    pub fn above(folder: &Path) -> Result<Option<Self>, Problem> {
        for top in folder.ancestors() {
            // An empty folder `.git` is none; git passes it by as well.
            let is_empty = top.join(".git").is_dir() && !top.join(".git/HEAD").exists();
            if !is_empty && let Some(found) = Self::at(top)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The first repository on the way down from a workspace to a folder in it. One further down (a
    /// submodule, or something that looks like a repository) is content of the first.
    ///
    /// # Errors
    /// If the folder lies outside of the workspace, or a `.git` entry on the way leads to no
    /// repository.
    pub fn below(workspace: &Path, folder: &Path) -> Result<Option<Self>, Problem> {
        let real = |path: &Path| {
            fs::canonicalize(path)
                .map_err(|error| problems::not_a_repository(path, &error.to_string()))
        };
        let (workspace, folder) = (real(workspace)?, real(folder)?);
        let inside = folder.strip_prefix(&workspace).map_err(|_| {
            problems::not_a_repository(&folder, "it is outside this run's workspace")
        })?;
        let mut top = workspace.clone();
        let mut parts = inside.components();
        loop {
            if let Some(found) = Self::at(&top)? {
                return Ok(Some(found));
            }
            match parts.next() {
                Some(part) => top.push(part),
                None => return Ok(None),
            }
        }
    }

    /// The folder its work tree begins at.
    #[must_use]
    pub fn work_tree(&self) -> &Path {
        &self.work_tree
    }

    /// The folder of its own `HEAD` and index.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The folder that it shares with its linked work trees: objects, refs, config.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The folder of its objects.
    #[must_use]
    pub fn objects(&self) -> PathBuf {
        self.common_dir.join("objects")
    }

    /// Whether older commits were not fetched.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        fs::metadata(self.shallow()).is_ok_and(|file| file.len() > 0)
    }

    /// Whether objects were promised to be fetched later: packs of such a clone say so.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        let packs = fs::read_dir(self.objects().join("pack")).into_iter().flatten().flatten();
        packs
            .map(|pack| pack.path())
            .any(|pack| pack.extension().is_some_and(|extension| extension == "promisor"))
    }

    /// The file that says where a shallow clone ends.
    pub(super) fn shallow(&self) -> PathBuf {
        self.common_dir.join("shallow")
    }

    /// The commit that is checked out, as far as plain files say; `None` if they do not.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        let line = |path: &Path| Some(String::from_utf8(small(path)?).ok()?.trim().to_owned());
        let head = line(&self.git_dir.join("HEAD"))?;
        let Some(name) = head.strip_prefix("ref:").map(str::trim) else {
            return Some(head).filter(|id| is_id(id));
        };
        if !name.starts_with("refs/") || name.split('/').any(|part| matches!(part, "" | "." | ".."))
        {
            return None;
        }
        if let Some(id) = line(&self.common_dir.join(name)).filter(|id| is_id(id)) {
            return Some(id);
        }
        let packed = fs::read_to_string(self.common_dir.join("packed-refs")).ok()?;
        let id = packed.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix(' '))?;
        is_id(id).then(|| id.to_owned())
    }
}

/// Where the `.git` file of a linked work tree or a submodule leads.
fn linked(top: &Path, entry: &Path) -> Result<PathBuf, Problem> {
    let text =
        small(entry).ok_or_else(|| problems::not_a_repository(entry, "it cannot be read"))?;
    let path = text
        .strip_prefix(b"gitdir:")
        .ok_or_else(|| problems::not_a_repository(entry, "it does not begin with `gitdir:`"))?;
    Ok(top.join(on_disk(path.trim_ascii())))
}

/// A short regular file.
fn small(path: &Path) -> Option<Vec<u8>> {
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    let mut text = Vec::new();
    let file = is_file.then(|| fs::File::open(path).ok()).flatten()?;
    file.take(LONGEST_LINK).read_to_end(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir()
            .join(format!("tokenward-repository-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::canonicalize(folder).unwrap()
    }

    fn furnish(git_dir: &Path) {
        fs::create_dir_all(git_dir.join("objects")).unwrap();
        fs::create_dir_all(git_dir.join("refs")).unwrap();
        fs::write(git_dir.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    }

    #[test]
    fn a_bare_repository_on_the_way_is_content() {
        let top = folder("bare");
        furnish(&top.join(".git"));
        furnish(&top.join("service"));
        fs::create_dir_all(top.join("service/deep")).unwrap();
        for from in ["", "service", "service/deep"] {
            assert_eq!(Repository::above(&top.join(from)).unwrap().unwrap().work_tree(), top);
            assert_eq!(Repository::below(&top, &top.join(from)).unwrap().unwrap().work_tree(), top);
        }
        assert_eq!(Repository::at(&top.join("service")).unwrap(), None);
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn on_the_way_down_the_first_counts_and_outside_nothing_does() {
        let top = folder("down");
        furnish(&top.join("checkout/.git"));
        furnish(&top.join("checkout/module/.git"));
        let found = Repository::below(&top, &top.join("checkout/module")).unwrap().unwrap();
        assert_eq!(found.work_tree(), top.join("checkout"));
        assert!(Repository::below(&top.join("checkout"), &top).is_err());
        assert_eq!(Repository::below(&top, &top).unwrap(), None);
        // A person in a submodule works in the submodule.
        assert_eq!(
            Repository::above(&top.join("checkout/module")).unwrap().unwrap().work_tree(),
            top.join("checkout/module")
        );
        fs::remove_dir_all(&top).unwrap();
    }

    #[test]
    fn what_is_checked_out_is_read_from_plain_files() {
        let top = folder("head");
        furnish(&top.join(".git"));
        let repository = Repository::at(&top).unwrap().unwrap();
        assert_eq!(repository.head(), None);
        let (loose, packed) = ("a".repeat(40), "b".repeat(40));
        fs::write(
            top.join(".git/packed-refs"),
            format!("# pack-refs\n{loose} refs/heads/not-main\n{packed} refs/heads/main\n"),
        )
        .unwrap();
        assert_eq!(repository.head(), Some(packed));
        fs::create_dir_all(top.join(".git/refs/heads")).unwrap();
        fs::write(top.join(".git/refs/heads/main"), format!("{loose}\n")).unwrap();
        assert_eq!(repository.head(), Some(loose.clone()));
        fs::write(top.join(".git/HEAD"), format!("{loose}\n")).unwrap();
        assert_eq!(repository.head(), Some(loose));
        fs::write(top.join(".git/HEAD"), "ref: refs/../../etc/passwd\n").unwrap();
        assert_eq!(repository.head(), None);
        fs::remove_dir_all(&top).unwrap();
    }
}
