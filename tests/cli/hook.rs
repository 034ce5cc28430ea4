//! The pre-commit hook as git runs it: with the index of the commit that is being made, also in a
//! linked work tree and below the top.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::{FOUR, World};

/// Git with the hook's program on the `PATH`.
fn git(folder: &Path, arguments: &[&str]) -> Output {
    let binaries = Path::new(env!("CARGO_BIN_EXE_tokenward")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        std::iter::once(binaries.to_owned()).chain(std::env::split_paths(&path)),
    )
    .unwrap();
    let mut git = std::process::Command::new("git");
    git.args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments);
    git.current_dir(folder)
        .env("PATH", path)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test(start_paused = true)]
async fn a_commit_with_a_leak_is_stopped_wherever_it_is_made() {
    let world = World::new(FOUR);
    let top = fs::canonicalize(&world.folder).unwrap();
    let ok = |folder: &Path, arguments: &[&str]| {
        let output = git(folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    };
    ok(&top, &["init", "--quiet", "--initial-branch=main"]);
    fs::create_dir_all(top.join("deep/er")).unwrap();
    fs::write(top.join("deep/er/file"), "clean\n").unwrap();
    ok(&top, &["add", "--all"]);
    ok(&top, &["commit", "--quiet", "--message=base"]);
    world.run(&["install-hook"]).await.expect(0);
    let linked = top.join("linked");
    ok(&top, &["worktree", "add", "--quiet", "-b", "other", "linked"]);
    let leak = format!("KEY={}\n", world.emulator.sendgrid().add_key("x", &["mail.send"]).value);
    for folder in [&top, &top.join("deep/er"), &linked, &linked.join("deep/er")] {
        let root = if folder.starts_with(&linked) { &linked } else { &top };
        for how in [
            &["commit", "--message=x", "--all"][..],
            &["commit", "--message=x", "--", "."],
            &["commit", "--message=x"],
        ] {
            let file = root.join("deep/er/file");
            fs::write(&file, &leak).unwrap();
            if how.len() == 2 {
                ok(folder, &["add", "--update", ":/"]);
            }
            let output = git(folder, how);
            assert!(
                !output.status.success() && said(&output).contains("sendgrid"),
                "{how:?} {}: {}",
                folder.display(),
                said(&output)
            );
            ok(folder, &["reset", "--quiet", "--hard"]);
            fs::write(&file, format!("clean {how:?} {}\n", folder.display())).unwrap();
            ok(folder, &["add", "--update", ":/"]);
            ok(folder, &["commit", "--quiet", "--message=clean"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_folder_without_a_repository_is_said_to_have_none() {
    let world = World::new(FOUR);
    for source in
        [&["scan", "--range", "HEAD~1..HEAD"][..], &["scan", "--staged"], &["scan", "--history"]]
    {
        let ran = world.run(source).await.expect(5);
        assert!(
            ran.err.contains("error[scan-incomplete]: there is no git repository here"),
            "{}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_cannot_start_tokenward_says_so_and_lets_no_commit_pass() {
    let world = World::new(FOUR);
    assert!(git(&world.folder, &["init", "--quiet"]).status.success());
    assert!(git(&world.folder, &["add", "--all"]).status.success());
    world.run(&["install-hook"]).await.expect(0);
    let mut commit = std::process::Command::new("git");
    commit
        .args(["-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "--message=x"])
        .current_dir(&world.folder);
    let output =
        commit.env("PATH", "/usr/bin:/bin").env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(
        !output.status.success() && said(&output).contains("The commit was not checked"),
        "{}",
        said(&output)
    );
}
