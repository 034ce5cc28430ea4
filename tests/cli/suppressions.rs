//! What `scan` lets be: the baseline, comments, and who may say so.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

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
    let event = json!({
        "repository": {"full_name": "acme/site", "default_branch": "main"},
        "pull_request": {"number": 7, "base": {"sha": base, "ref": "main"}, "head": {"sha": head, "ref": "fix", "repo": {"full_name": "acme/site"}}},
    });
    fs::write(world.folder.join("../event.json"), event.to_string()).unwrap();
    let path = world.folder.join("../event.json").display().to_string();
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
    for how in [&["scan", "--event", "--format", "json"][..], &["scan", "--format", "json"]] {
        let ran = world.run(how).await.expect(11);
        let found = report(&ran.out);
        assert_eq!(found["findings"].as_array().unwrap().len(), 2, "{}", ran.out);
        assert_eq!(found["findings"][1]["allowed"]["refused"], "added");
        assert_eq!(found["findings"][1]["allowed"]["reason"], "I am sure");
    }
    fs::remove_file(&path).unwrap();
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
