//! The only place that starts `git`. Every child gets a cleared environment, an explicit repository, and settings that outrank
//! whatever the repository's config says: none of them may start a program or open a connection.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Repository;

/// Settings that outrank the repository's: everything that could name a program, and everything that git would do by itself.
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

/// What Windows needs to start a program, beside `PATH`.
const INHERITED: [&str; 3] = ["SystemRoot", "TEMP", "TMP"];

/// Keeps git to this repository and to what is in it. `GIT_ALLOW_PROTOCOL` outranks `protocol.*.allow` of any config.
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
    let mut command = bare(&[]);
    command.envs(OFFLINE);
    if let Some(index) = std::env::var_os("GIT_INDEX_FILE").filter(|index| !index.is_empty()) {
        // Git hands it to a hook: it holds what `git commit -a` or `git commit PATH` is about to commit.
        command.env("GIT_INDEX_FILE", std::path::absolute(Path::new(&index)).unwrap_or_else(|_| index.into()));
    }
    settled(&mut command, &[]);
    command.arg("-C").arg(repository.work_tree());
    command.arg("--git-dir").arg(repository.git_dir()).arg("--work-tree").arg(repository.work_tree()).args(arguments);
    command
}

/// A git that says what a setting of the repository (`--local`) or of the person (`--global`) is. It needs a home to find the latter.
#[must_use]
pub fn asked(repository: &Repository, scope: &str, setting: &str) -> Command {
    let mut command = bare(&["HOME", "USERPROFILE", "XDG_CONFIG_HOME"]);
    command.envs(OFFLINE.iter().filter(|(name, _)| !name.starts_with("GIT_CONFIG")).copied());
    // No settings of ours: they would be the answer.
    command.args(["--no-pager", "--git-dir"]).arg(repository.git_dir()).arg("--work-tree").arg(repository.work_tree());
    command.args(["config", scope, "--type=path", "--get", setting]);
    command
}

/// A git for the network, in a private folder that has a config of ours and none of the repository's.
pub(super) fn fetcher(private: &Path, inherited: &[&str], settings: &[&str]) -> Command {
    let mut command = bare(inherited);
    let kept = |(name, _): &&(&str, &str)| !matches!(*name, "GIT_ALLOW_PROTOCOL" | "GIT_GRAFT_FILE");
    command.envs(OFFLINE.iter().filter(kept).copied()).env("HOME", private);
    settled(&mut command, settings);
    command.arg("-C").arg(private).arg("--git-dir").arg(private);
    command
}

/// A git that sees nothing of our environment but these variables, and is looked for in no relative folder.
fn bare(inherited: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.env_clear().env("LC_ALL", "C");
    for name in INHERITED.iter().chain(inherited) {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if let Some(path) = std::env::var_os("PATH").and_then(|path| absolute_only(&path)) {
        command.env("PATH", path);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The folders of a `PATH` that are the same wherever it is used: `.` would be the scanned tree.
fn absolute_only(path: &std::ffi::OsStr) -> Option<OsString> {
    std::env::join_paths(std::env::split_paths(path).filter(|folder| folder.is_absolute())).ok()
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
        let kept = absolute_only(std::ffi::OsStr::new("/usr/bin:.::bin:/bin")).unwrap();
        assert_eq!(kept, "/usr/bin:/bin");
    }
}
