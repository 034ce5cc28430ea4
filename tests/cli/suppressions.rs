//! What `scan` lets be: the baseline, comments, and who may say so.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{FOUR, World, gives_away};

const WITH_BASELINE: &str = "scan: {baseline: .github/tokenward-baseline.json}\n";

fn other(world: &World) -> String {
    world.emulator.sendgrid().add_key("somebody's", &["mail.send"]).value
}

fn git(world: &World, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments);
    let out =
        git.current_dir(&world.folder).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

fn commit(world: &World, message: &str) -> String {
    git(world, &["add", "-A"]);
    git(world, &["commit", "--quiet", "--allow-empty", "--message", message]);
    git(world, &["rev-parse", "HEAD"])
}

fn report(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_once_is_silent_and_a_managed_token_never_is() {
    let world = World::new(&format!("{FOUR}{WITH_BASELINE}"));
    world.run(&["scan"]).await.expect(2);
    let value = other(&world);
    fs::write(world.folder.join("a.env"), format!("KEY={value}\n")).unwrap();
    let ran = world.run(&["scan", "--write-baseline"]).await.expect(0);
    assert!(ran.err.contains(".github/tokenward-baseline.json accepts 1 value"), "{}", ran.all());
    let file = fs::read_to_string(world.folder.join(".github/tokenward-baseline.json")).unwrap();
    assert_eq!(gives_away(&file, &value), None);
    let ran = world.run(&["scan"]).await.expect(0);
    assert!(ran.out.contains("; 1 accepted"), "{}", ran.out);

    // Ours is not accepted, whoever says so.
    world.run(&["rotate"]).await.expect(0);
    fs::write(
        world.folder.join("b.env"),
        format!("KEY={} # tokenward:allow for a moment\n", world.held()[0]),
    )
    .unwrap();
    let ran = world.run(&["scan", "--write-baseline", "--format", "json"]).await.expect(11);
    let found = report(&ran.out);
    assert_eq!(found["findings"][0]["managed"], "sendgrid");
    assert_eq!(found["findings"][0]["allowed"]["refused"], "managed");
    fs::remove_file(world.folder.join("b.env")).unwrap();

    // What is gone is said, and taken out.
    fs::remove_file(world.folder.join("a.env")).unwrap();
    let ran = world.run(&["scan"]).await.expect(0);
    assert!(
        ran.out.contains("a baseline entry no longer matches anything")
            && ran.out.contains("; 1 stale"),
        "{}",
        ran.out
    );
    world.run(&["scan", "--write-baseline"]).await.expect(0);
    assert!(!world.run(&["scan"]).await.expect(0).out.contains("stale"));
}

#[tokio::test(start_paused = true)]
async fn a_pull_request_s_own_baseline_and_comments_count_for_nothing() {
    let mut world = World::new(&format!("{FOUR}{WITH_BASELINE}"));
    let value = other(&world);
    git(&world, &["init", "--quiet", "--initial-branch=main"]);
    let base = commit(&world, "base");
    fs::write(world.folder.join("a.env"), format!("KEY={value}\n")).unwrap();
    fs::write(
        world.folder.join("b.env"),
        format!("KEY={} # tokenward:allow I am sure\n", other(&world)),
    )
    .unwrap();
    world.run(&["scan", "--write-baseline"]).await.expect(0);
    let head = commit(&world, "proposal");
    let path = propose(&mut world, &base, &head);
    for how in [&["scan", "--event", "--format", "json"][..], &["scan", "--format", "json"]] {
        let ran = world.run(how).await.expect(11);
        let found = report(&ran.out);
        assert_eq!(found["findings"].as_array().unwrap().len(), 2, "{}", ran.out);
        assert_eq!(found["findings"][1]["allowed"]["refused"], "added");
        assert_eq!(found["findings"][1]["allowed"]["reason"], "I am sure");
    }
    fs::remove_file(&path).unwrap();
}

/// The variables of a pull request from `base` to `head`, and its payload's file.
fn propose(world: &mut World, base: &str, head: &str) -> String {
    let event = json!({
        "repository": {"full_name": "acme/site", "default_branch": "main"},
        "pull_request": {"number": 7, "base": {"sha": base, "ref": "main"}, "head": {"sha": head, "ref": "fix", "repo": {"full_name": "acme/site"}}},
    });
    let path = world.folder.join("../event.json").display().to_string();
    fs::write(&path, event.to_string()).unwrap();
    for (name, text) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_EVENT_PATH", &path),
        ("GITHUB_REPOSITORY", "acme/site"),
        ("GITHUB_RUN_ID", "1"),
    ] {
        world.env.insert(name.to_owned(), text.to_owned());
    }
    path
}

/// What ggshield writes for an ignored value.
fn ggshield(value: &str) -> String {
    let hash = Sha256::digest(format!("{value},apikey"));
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "version: 2\nsecret:\n  ignored_matches:\n    - name: a test key\n      match: {hash}\n"
    )
}

#[tokio::test(start_paused = true)]
async fn another_scanner_s_baseline_of_the_base_counts_and_a_proposed_one_does_not() {
    let mut world = World::new(&format!("{FOUR}scan: {{baseline: .gitguardian.yaml}}\n"));
    let (old, new) = (other(&world), other(&world));
    let named = world.folder.join(".gitguardian.yaml");
    git(&world, &["init", "--quiet", "--initial-branch=main"]);
    fs::write(&named, ggshield(&old)).unwrap();
    let base = commit(&world, "base");
    fs::write(world.folder.join("a.env"), format!("A={old}\nB={new}\n")).unwrap();
    fs::write(&named, ggshield(&new)).unwrap();
    let head = commit(&world, "proposal");
    let path = propose(&mut world, &base, &head);
    for how in [&["scan", "--event", "--format", "json"][..], &["scan", "--format", "json"]] {
        let ran = world.run(how).await.expect(11);
        let found = report(&ran.out);
        assert_eq!(found["findings"].as_array().unwrap().len(), 1, "{}", ran.out);
        assert_eq!(
            (&found["findings"][0]["line"], &found["accepted"][0]["line"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(found["accepted"][0]["allowed"]["reason"], "ggshield listed it");
    }
    fs::remove_file(&path).unwrap();
}

#[tokio::test(start_paused = true)]
async fn another_scanner_s_baseline_is_moved_over_and_never_changed() {
    let world = World::new(FOUR);
    let value = other(&world);
    let named = world.folder.join("theirs.yaml");
    fs::write(world.folder.join("a.env"), format!("A={value}\n")).unwrap();
    let theirs = ggshield(&value) + "  ignored_paths: [docs/]\n";
    fs::write(&named, &theirs).unwrap();
    let ran = world.run(&["scan", "--baseline", "theirs.yaml"]).await.expect(0);
    assert!(
        ran.err.contains("note: theirs.yaml is of ggshield: 1 entry\n")
            && ran.err.contains("1 entry cannot be matched: it ignores a path"),
        "{}",
        ran.err
    );
    let write = ["scan", "--baseline", "theirs.yaml", "--write-baseline"];
    let into = [&write[..], &["--output", ".github/tokenward-baseline.json"]].concat();
    world.run(&into).await.expect(2);
    let ran = world.run(&write).await.expect(0);
    assert!(ran.err.contains("theirs.yaml of ggshield is unchanged"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&named).unwrap(), theirs);
    let ours = world.folder.join(".github/tokenward-baseline.json");
    assert!(fs::read_to_string(&ours).unwrap().contains("ggshield listed it"));
    world.run(&["scan", "--baseline", ".github/tokenward-baseline.json"]).await.expect(0);
    let ran = world.run(&write).await.expect(2);
    assert!(ran.err.contains(".github/tokenward-baseline.json exists already"), "{}", ran.err);

    // What is gone is counted, and what is cut off is no shorter baseline.
    fs::remove_file(world.folder.join("a.env")).unwrap();
    let ran = world.run(&["scan", "--baseline", "theirs.yaml"]).await.expect(0);
    assert!(ran.err.contains("note: theirs.yaml: 1 of 1 entry matched no finding"), "{}", ran.err);
    for text in ["", "[{\"RuleID\"", "secret: {ignored_matches: 1}\n"] {
        fs::write(&named, text).unwrap();
        let ran = world.run(&["scan", "--baseline", "theirs.yaml"]).await.expect(2);
        assert!(ran.err.contains("error[baseline-unreadable]"), "{}", ran.err);
    }
}

#[tokio::test(start_paused = true)]
async fn gitleaks_files_are_heeded_where_asked_for() {
    let world = World::new(FOUR);
    fs::write(world.folder.join("a.env"), format!("KEY={}\n", other(&world))).unwrap();
    fs::write(world.folder.join(".gitleaksignore"), "a.env:sendgrid-api-token:1\n").unwrap();
    fs::write(
        world.folder.join(".gitleaks.toml"),
        "[[rules]]\nid = \"acme\"\nregex = '''acme-([0-9]{8})'''\n",
    )
    .unwrap();
    fs::write(world.folder.join("b.env"), format!("acme-{}\n", 73_918_264)).unwrap();
    world.run(&["scan"]).await.expect(11);
    let ran = world.run(&["scan", "--gitleaks", "--format", "json"]).await.expect(11);
    let found = report(&ran.out);
    assert_eq!(found["findings"][0]["rule"], "gitleaks/acme");
    assert_eq!(
        (found["findings"].as_array().unwrap().len(), found["accepted"].as_array().unwrap().len()),
        (1, 1)
    );
    // Moving over: what was ignored there is accepted here.
    world.run(&["scan", "--gitleaks", "--baseline", "b.json", "--write-baseline"]).await.expect(0);
    world.run(&["scan", "--baseline", "b.json"]).await.expect(0);
    fs::write(world.folder.join(".gitleaks.toml"), "[[rules]]\nid = \"acme\"\nregex = '''('''\n")
        .unwrap();
    assert!(
        world
            .run(&["scan", "--gitleaks"])
            .await
            .expect(2)
            .err
            .contains("error[gitleaks-unreadable]")
    );
}

#[tokio::test(start_paused = true)]
async fn explain_says_why_something_is_no_finding() {
    let world = World::new(FOUR);
    fs::write(
        world.folder.join("a.env"),
        format!("KEY=SG.{}.{}\n", "x".repeat(22), "x".repeat(43)),
    )
    .unwrap();
    assert!(!world.run(&["scan"]).await.expect(0).out.contains("dropped"));
    let ran = world.run(&["scan", "--explain"]).await.expect(0);
    assert!(
        ran.out.contains("dropped: sendgrid/api-key") && ran.out.contains("--> a.env:1:5"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("it is a placeholder"), "{}", ran.out);
}
