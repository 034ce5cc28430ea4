//! What the programs we start are given: the real binary with every credential in its environment,
//! and in place of `git` one that writes down its arguments and its environment before it does what
//! git does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::trust::needles::Needles;

/// Values as they are handed to a job, each with a name.
const HANDED: [(&str, &str); 6] = [
    ("GITHUB_TOKEN", "q7-workflow/Token+canary=may&not"),
    ("TOKENWARD_GITHUB_TOKEN", "q8-app/Token+canary=may&not_show"),
    ("SENDGRID_API_KEY", "q9-provider/Key+canary=may&not_be"),
    ("SENDGRID_MANAGER_KEY", "q1-manager/Key+canary=may&not_be"),
    ("TOKENWARD_JOURNAL_KEY", "q2-journal/Key+canary=may&not_go"),
    ("AWS_SECRET_ACCESS_KEY", "q3-another/Key+canary=may&not_go"),
];

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Where git really is.
fn git() -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&paths)
        .map(|folder| folder.join("git"))
        .find(|path| path.is_file())
        .unwrap()
}

fn really(folder: &Path, arguments: &[&str]) {
    let status = Command::new(git())
        .args([
            "-c",
            "user.name=somebody",
            "-c",
            "user.email=somebody@example.com",
            "-c",
            "commit.gpgsign=false",
            "-C",
        ])
        .arg(folder)
        .args(arguments)
        .status()
        .unwrap();
    assert!(status.success(), "{arguments:?}");
}

#[cfg(unix)]
#[test]
fn no_program_we_start_is_given_a_value_by_its_arguments_or_its_environment() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder =
        Folder(std::env::temp_dir().join(format!("tokenward-children-{}", std::process::id())));
    let (work, bin, log) = (folder.0.join("work"), folder.0.join("bin"), folder.0.join("log"));
    fs::create_dir_all(work.join(".github")).unwrap();
    fs::create_dir_all(&bin).unwrap();
    let script = format!(
        "#!/bin/sh\n{{ printf '%s\\n' \"$0\" \"$@\"; cat /proc/self/environ 2>/dev/null | tr '\\0' '\\n'; export -p; }} >>'{}'\nexec '{}' \"$@\"\n",
        log.display(),
        git().display()
    );
    fs::write(bin.join("git"), script).unwrap();
    fs::set_permissions(bin.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(work.join(".github/tokenward.yml"), crate::support::FOUR).unwrap();
    fs::write(
        work.join("leaked.env"),
        HANDED.map(|(name, value)| format!("{name}={value}\n")).concat(),
    )
    .unwrap();
    really(&work, &["init", "--quiet", "--initial-branch=main"]);
    really(&work, &["add", "--all"]);
    really(&work, &["commit", "--quiet", "--message", "Begin"]);
    fs::write(work.join("more.env"), HANDED[2].1).unwrap();
    really(&work, &["add", "--all"]);

    let commands: [&[&str]; 7] = [
        &["scan", "."],
        &["scan", "--history"],
        &["scan", "--range", "HEAD"],
        &["scan", "--staged"],
        &["install-hook"],
        &["init", "--force", "sendgrid"],
        &["plan"],
    ];
    let mut started = 0;
    for command in commands {
        let mut tokenward = Command::new(env!("CARGO_BIN_EXE_tokenward"));
        tokenward
            .args(command)
            .current_dir(&work)
            .env("PATH", &bin)
            .env("GITHUB_API_URL", "http://127.0.0.1:1")
            .envs(HANDED);
        tokenward.output().unwrap();
        let given = fs::read_to_string(&log).unwrap_or_default();
        started += given.lines().filter(|line| line.ends_with("/bin/git")).count();
        for (name, value) in HANDED {
            assert_eq!(Needles::of(name, value).found_in(&given), None, "{command:?}");
            assert!(
                !given.lines().any(|line| line.starts_with(&format!("{name}="))),
                "{command:?} hands {name} on"
            );
        }
        let _ = fs::remove_file(&log);
    }
    assert!(started >= 8, "git was started {started} times");
}
