//! The leak check's own honesty: what it did not look at it says, and never calls clean.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test world that cannot be made is a failed test")]

mod clones;
mod contents;
mod folders;
mod hiding;
mod hooks;
mod liveness;
mod marks_of_ciphers;
mod named;
mod packed;

use std::fs;
use std::path::Path;

use crate::attacks::checkout::stage;
use crate::support::World;

/// A line with a token that nobody manages.
fn leak(world: &World) -> String {
    format!("KEY={}\n", world.emulator.sendgrid().add_key("somebody's", &["mail.send"]).value)
}

fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A world whose folder is a repository with one commit.
fn repository(config: &str) -> World {
    let mut world = World::new(config);
    world.folder = fs::canonicalize(&world.folder).unwrap();
    git(&world, &["init", "--quiet", "--initial-branch=main"]);
    commit(&world, "base");
    world
}

fn git(world: &World, arguments: &[&str]) -> String {
    let out = stage::git(&world.folder, arguments);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

fn commit(world: &World, message: &str) {
    git(world, &["add", "--all", "--force"]);
    git(world, &["commit", "--quiet", "--allow-empty", "--message", message]);
}
