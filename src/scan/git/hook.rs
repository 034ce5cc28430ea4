//! Which tool manages the hooks of a repository, and where the pre-commit hook is. Only finds the
//! path; the caller reads and writes it.

use std::path::{Path, PathBuf};

use crate::git::{Repository, asked, on_disk};

/// Who keeps the hook that runs before a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hooks {
    /// Nobody but git: this file is the hook.
    Git(PathBuf),
    /// A program that writes git's hooks itself: its name, and the file that says what they do.
    Kept(&'static str, PathBuf),
    /// A folder outside of the repository, which other repositories may use as well.
    Outside(PathBuf),
}

/// What lefthook and pre-commit call their files.
const KEEPERS: [(&str, &str); 8] = [
    ("lefthook", "lefthook.yml"),
    ("lefthook", ".lefthook.yml"),
    ("lefthook", "lefthook.yaml"),
    ("lefthook", ".lefthook.yaml"),
    ("lefthook", "lefthook.toml"),
    ("lefthook", "lefthook.json"),
    ("lefthook", ".config/lefthook.yml"),
    ("pre-commit", ".pre-commit-config.yaml"),
];

/// Finds out who keeps the hook that runs before a commit.
#[must_use]
pub fn pre_commit(repository: &Repository) -> Hooks {
    let top = repository.work_tree();
    // As git itself sees it: the repository's own setting, the person's, the system's. A relative
    // one starts at the top of the tree.
    let said =
        asked(repository, "core.hooksPath").output().ok().filter(|said| said.status.success());
    let folder = said.map(|said| top.join(on_disk(said.stdout.trim_ascii_end())));
    // husky 9 points git to a folder that it writes itself; what people write stands above it.
    if let Some(own) = folder
        .as_ref()
        .filter(|folder| folder.ends_with(".husky/_"))
        .and_then(|folder| folder.parent())
    {
        return within(repository, own.join("pre-commit"));
    }
    let kept = KEEPERS
        .iter()
        .map(|(who, name)| (*who, top.join(name)))
        .find(|(_, file)| file.symlink_metadata().is_ok());
    if let Some((who, file)) = kept {
        return Hooks::Kept(who, file);
    }
    within(
        repository,
        folder.unwrap_or_else(|| repository.common_dir().join("hooks")).join("pre-commit"),
    )
}

/// A file, if it lies in the repository, with every link on the way to it resolved.
fn within(repository: &Repository, file: PathBuf) -> Hooks {
    let real = file.ancestors().skip(1).find_map(|folder| folder.canonicalize().ok());
    let top = repository.work_tree().canonicalize().ok();
    let own = [top.as_deref(), Some(repository.git_dir()), Some(repository.common_dir())];
    let is_in = |real: &Path| own.iter().flatten().any(|own| real.starts_with(own));
    let is_plain = !file.components().any(|part| part == std::path::Component::ParentDir);
    if is_plain && real.is_some_and(|real| is_in(&real)) {
        Hooks::Git(file)
    } else {
        Hooks::Outside(file)
    }
}
