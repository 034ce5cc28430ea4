//! B7 and C13: programs that run hooks.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{commit, git, leak, repository, write};
use crate::support::FOUR;

#[tokio::test(start_paused = true)]
async fn b7_the_range_that_pre_commit_names_is_scanned() {
    let mut world = repository(FOUR);
    let value = leak(&world);
    write(&world.folder.join("a.env"), &value);
    commit(&world, "leak");
    git(&world, &["rm", "--quiet", "a.env"]);
    commit(&world, "away");
    world.run(&["scan", "--staged"]).await.expect(0);
    world.env.insert("PRE_COMMIT".to_owned(), "1".to_owned());
    for (from, to, code) in [("main~2", "main", 11), ("HEAD~1", "HEAD", 0), ("nosuch", "HEAD", 5)] {
        world.env.insert("PRE_COMMIT_FROM_REF".to_owned(), from.to_owned());
        world.env.insert("PRE_COMMIT_TO_REF".to_owned(), to.to_owned());
        world.run(&["scan", "--staged"]).await.expect(code);
    }
}

#[tokio::test(start_paused = true)]
async fn b7_all_files_are_looked_at_where_pre_commit_has_nothing_staged() {
    let mut world = repository(FOUR);
    world.env.insert("PRE_COMMIT".to_owned(), "1".to_owned());
    let ran = world.run(&["scan", "--staged"]).await.expect(0);
    assert!(ran.out.contains("no leaks in 1 file"), "{}", ran.out);
    write(&world.folder.join("a.env"), leak(&world));
    commit(&world, "leak");
    world.run(&["scan", "--staged"]).await.expect(11);
    // What is being committed is all that a commit is asked about.
    write(&world.folder.join("b"), "clean\n");
    git(&world, &["add", "b"]);
    world.run(&["scan", "--staged"]).await.expect(0);
    // The control: without pre-commit nothing staged is nothing to look at, and is said.
    git(&world, &["reset", "--quiet"]);
    world.env.remove("PRE_COMMIT");
    let ran = world.run(&["scan", "--staged"]).await.expect(0);
    assert!(
        ran.out.contains("no content is staged") && !ran.out.contains("no leak"),
        "{}",
        ran.out
    );
}

#[tokio::test(start_paused = true)]
async fn b7_there_is_a_hook_that_takes_names_of_files() {
    let hooks =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml"))
            .unwrap();
    let entries: Vec<&str> =
        hooks.lines().filter_map(|line| line.trim().strip_prefix("entry: action/hook ")).collect();
    assert_eq!(entries, ["scan --staged", "scan --"]);
    let world = repository(FOUR);
    write(&world.folder.join("-a.env"), leak(&world));
    write(&world.folder.join("b"), "clean\n");
    let named = |names: &[&'static str]| [&["scan", "--"][..], names].concat();
    world.run(&named(&["b", "-a.env"])).await.expect(11);
    world.run(&named(&["b"])).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn c13_who_keeps_the_hooks_is_known_and_no_generated_file_is_written() {
    let world = repository(FOUR);
    let top = &world.folder;
    write(&top.join(".husky/_/pre-commit"), "#!/bin/sh\n");
    git(&world, &["config", "core.hooksPath", ".husky/_"]);
    let ran = world.run(&["install-hook"]).await.expect(0);
    assert!(ran.out.contains(".husky/pre-commit"), "{}", ran.out);
    assert_eq!(fs::read_to_string(top.join(".husky/_/pre-commit")).unwrap(), "#!/bin/sh\n");
    write(&top.join(".husky/pre-commit"), "npm test\n");
    let ran = world.run(&["install-hook"]).await.expect(2);
    assert!(
        ran.err.contains(".husky/pre-commit") && !ran.err.contains("_/pre-commit"),
        "{}",
        ran.err
    );
    git(&world, &["config", "--unset", "core.hooksPath"]);
    for (file, who) in [("lefthook.yml", "lefthook"), (".pre-commit-config.yaml", "pre-commit")] {
        write(&top.join(file), "{}\n");
        let ran = world.run(&["install-hook"]).await.expect(2);
        assert!(
            ran.err.contains(&format!("{who} manages the hooks")) && ran.err.contains(file),
            "{}",
            ran.err
        );
        assert!(!top.join(".git/hooks/pre-commit").exists());
        fs::remove_file(top.join(file)).unwrap();
    }
    // The control: a repository of git alone.
    world.run(&["install-hook"]).await.expect(0);
    assert!(top.join(".git/hooks/pre-commit").exists());
}

#[tokio::test(start_paused = true)]
async fn c13_nothing_is_written_outside_of_the_repository() {
    let world = repository(FOUR);
    let outside = std::env::temp_dir()
        .join(format!("{}-hooks", world.folder.file_name().unwrap().to_string_lossy()));
    fs::create_dir_all(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, world.folder.join("hooks")).unwrap();
    for path in [outside.to_str().unwrap(), "hooks", "../elsewhere"] {
        git(&world, &["config", "core.hooksPath", path]);
        for flags in [&["install-hook"][..], &["install-hook", "--force"]] {
            let ran = world.run(flags).await.expect(2);
            assert!(ran.err.contains("outside this repository"), "{path}: {}", ran.err);
        }
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "{path}");
    }
    fs::remove_dir_all(&outside).unwrap();
    // The control: a folder of the repository's own.
    git(&world, &["config", "core.hooksPath", "scripts/hooks"]);
    world.run(&["install-hook"]).await.expect(0);
    assert!(world.folder.join("scripts/hooks/pre-commit").exists());
}

#[tokio::test(start_paused = true)]
async fn c12_what_two_branches_accept_stands_on_lines_of_its_own() {
    let world = repository(FOUR);
    let names = ["a.env", "b.env", "c.env", "d.env", "e.env"];
    for name in names {
        write(&world.folder.join(name), leak(&world));
    }
    let path = ".github/baseline.json";
    world.run(&["scan", "--write-baseline", "--baseline", path]).await.expect(0);
    let text = fs::read_to_string(world.folder.join(path)).unwrap();
    let entries: Vec<&str> = text.lines().filter(|line| line.contains("fingerprint")).collect();
    let hash = |line: &&str| {
        serde_json::from_str::<Value>(line.trim().trim_end_matches(',')).unwrap()["fingerprint"]
            .to_string()
    };
    let hashes: Vec<String> = entries.iter().map(hash).collect();
    assert!(entries.len() == names.len() && hashes.is_sorted(), "{text}");
    world.run(&["scan", "--baseline", path]).await.expect(0);
    // What was written before, in another order and over several lines, is read all the same.
    let mut old: Value = serde_json::from_str(&text).unwrap();
    old["findings"].as_array_mut().unwrap().reverse();
    write(&world.folder.join(path), serde_json::to_string_pretty(&old).unwrap());
    world.run(&["scan", "--baseline", path]).await.expect(0);
    world.run(&["scan", "--write-baseline", "--baseline", path]).await.expect(0);
    assert_eq!(fs::read_to_string(world.folder.join(path)).unwrap(), text);
}
