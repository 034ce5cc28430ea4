//! The only place that starts `git`. Every child gets a cleared environment, an explicit
//! repository, and settings that outrank whatever the repository's config says: none of them may
//! start a program or open a connection.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Repository;

/// Settings that outrank the repository's: everything that could name a program, and everything
/// that git would do by itself.
const SETTINGS: [&str; 30] = [
    "safe.bareRepository=explicit",
    "safe.directory=*", // CI checks out as another user; reading objects runs nothing of the repository's
    "advice.graftFileDeprecated=false",
    "core.alternateRefsCommand=false",
    "core.askPass=",
    "core.attributesFile=/dev/null",
    "core.commitGraph=false",
    "core.editor=false",
    "core.excludesFile=/dev/null",
    "core.fsmonitor=false",
    "core.gitProxy=none",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.untrackedCache=false",
    "credential.helper=",
    "diff.external=",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "gpg.openpgp.program=false",
    "gpg.program=false",
    "gpg.ssh.defaultKeyCommand=false",
    "gpg.ssh.program=false",
    "gpg.x509.program=false",
    "interactive.diffFilter=",
    "log.showSignature=false",
    "maintenance.auto=false",
    "protocol.allow=never",
    "sequence.editor=false",
    "submodule.recurse=false",
];

/// A `PATH` in which nothing is found.
const NOWHERE: &str = "/nonexistent";
/// What Windows needs to start a program, beside `PATH`.
const INHERITED: [&str; 3] = ["SystemRoot", "TEMP", "TMP"];

/// Keeps git to this repository and to what is in it. `GIT_ALLOW_PROTOCOL` outranks
/// `protocol.*.allow` of any config.
const OFFLINE: [(&str, &str); 11] = [
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_ASKPASS", ""),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_PROXY_COMMAND", "false"),
    ("GIT_SSH_COMMAND", "false"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// A git that reads one repository and can do nothing else.
#[must_use]
pub fn reader(repository: &Repository, arguments: &[&str]) -> Command {
    let mut command = bare(&[], Some(repository.work_tree()));
    command.envs(OFFLINE);
    if let Some(index) = std::env::var_os("GIT_INDEX_FILE").filter(|index| !index.is_empty()) {
        // Git hands it to a hook: it holds what `git commit -a` or `git commit PATH` is about to
        // commit.
        command.env(
            "GIT_INDEX_FILE",
            std::path::absolute(Path::new(&index)).unwrap_or_else(|_| index.into()),
        );
    }
    settled(&mut command, &[]);
    command.arg("-C").arg(repository.work_tree());
    command
        .arg("--git-dir")
        .arg(repository.git_dir())
        .arg("--work-tree")
        .arg(repository.work_tree())
        .args(arguments);
    command
}

/// A git that says what a setting is, the repository's, the person's or the system's. It needs a
/// primary destination to find the person's.
#[must_use]
pub fn asked(repository: &Repository, setting: &str) -> Command {
    let mut command = bare(
        &["HOME", "USERPROFILE", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"],
        Some(repository.work_tree()),
    );
    command.envs(OFFLINE.iter().filter(|(name, _)| !name.starts_with("GIT_CONFIG")).copied());
    // No settings of ours: they would be the answer.
    command
        .args(["--no-pager", "--git-dir"])
        .arg(repository.git_dir())
        .arg("--work-tree")
        .arg(repository.work_tree());
    command.args(["config", "--type=path", "--get", setting]);
    command
}

/// A git for the network, in a private folder that has a config of ours and none of the
/// repository's.
pub(super) fn fetcher(private: &Path, inherited: &[&str], settings: &[&str]) -> Command {
    let mut command = bare(inherited, None);
    let kept =
        |(name, _): &&(&str, &str)| !matches!(*name, "GIT_ALLOW_PROTOCOL" | "GIT_GRAFT_FILE");
    command.envs(OFFLINE.iter().filter(kept).copied()).env("HOME", private);
    settled(&mut command, settings);
    command.arg("-C").arg(private).arg("--git-dir").arg(private);
    command
}

/// A git that sees nothing of our environment but these variables. It is looked for in absolute
/// folders outside of the workspace and of this work tree: what is in there, a pull request may
/// have brought.
fn bare(inherited: &[&str], work_tree: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    command.env_clear().env("LC_ALL", "C");
    for name in INHERITED.iter().chain(inherited) {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let workspace = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
    let roots: Vec<PathBuf> = workspace
        .iter()
        .map(PathBuf::as_path)
        .chain(work_tree)
        .filter_map(|root| root.canonicalize().ok())
        .collect();
    // Without a `PATH` some systems would look in a default one.
    let path = std::env::var_os("PATH").and_then(|path| outside(&path, &roots));
    command.env("PATH", path.unwrap_or_else(|| NOWHERE.into()));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The folders of a `PATH` that are the same wherever it is used (`.` would be the scanned tree),
/// and that neither lie in one of these places nor hold a `git` that does.
fn outside(path: &OsStr, roots: &[PathBuf]) -> Option<OsString> {
    let is_inside = |path: &Path| {
        let real = path.canonicalize().ok();
        // A root without a parent holds everything there is.
        real.is_some_and(|real| {
            roots.iter().any(|root| root.parent().is_some() && real.starts_with(root))
        })
    };
    let is_safe = |folder: &PathBuf| {
        folder.is_absolute() && !is_inside(folder) && !is_inside(&folder.join("git"))
    };
    std::env::join_paths(std::env::split_paths(path).filter(is_safe)).ok()
}

fn settled(command: &mut Command, settings: &[&str]) {
    command.args(["--no-pager", "--no-replace-objects"]);
    for setting in SETTINGS.iter().chain(settings) {
        command.args(["-c", setting]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_program_is_looked_for_in_absolute_folders_alone() {
        let kept = outside(OsStr::new("/usr/bin:.::bin:/bin"), &[]).unwrap();
        assert_eq!(kept, "/usr/bin:/bin");
    }

    #[cfg(unix)]
    #[test]
    fn no_program_of_the_work_tree_is_found_by_whatever_name() {
        let root = std::env::temp_dir().join(format!("tokenward-path-{}", std::process::id()));
        let (tree, other) = (root.join("tree"), root.join("other"));
        std::fs::create_dir_all(tree.join("bin")).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        std::fs::write(tree.join("bin/git"), "").unwrap();
        std::os::unix::fs::symlink(tree.join("bin"), root.join("link")).unwrap();
        std::os::unix::fs::symlink(tree.join("bin/git"), other.join("git")).unwrap();
        let roots = [tree.canonicalize().unwrap()];
        let all = [
            tree.clone(),
            tree.join("bin"),
            tree.join("bin/../bin"),
            root.join("link"),
            other.clone(),
            root.join("none"),
        ];
        let kept = outside(&std::env::join_paths(&all).unwrap(), &roots);
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(kept.unwrap(), root.join("none"));
    }
}
