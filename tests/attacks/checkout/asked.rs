//! A4: `scan --live` and a fork's commit: no provider is asked about what somebody else brought,
//! whatever started the run.

use std::fs;

use serde_json::{Value, json};

use super::stage::{Stage, git};

const PROVIDER: &str = "api.sendgrid.com";

/// A branch `evil` with a value that works, and the runner's checkout of a branch.
fn stage(checked_out: &str) -> Stage {
    let stage = Stage::new();
    stage.git(&["checkout", "--quiet", checked_out]);
    let value = stage.world.emulator.sendgrid().add_key("planted", &["mail.send"]).value;
    stage.write("planted.txt", &format!("k = {value}\n"));
    stage.commit("planted");
    stage.check_out(checked_out);
    stage
}

/// Events that run on the default branch, or on a ref that GitHub calls protected; each with what
/// it tells.
fn events(main: &str, evil: &str) -> Vec<(&'static str, &'static str, Value)> {
    let queue =
        json!({"merge_group": {"base_ref": "refs/heads/main", "base_sha": main, "head_sha": evil}});
    let run = json!({"workflow_run": {"head_repository": {"full_name": "mallory/site"}, "head_sha": evil}});
    vec![
        ("issue_comment", "refs/heads/main", json!({"issue": {"number": 7, "pull_request": {}}})),
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-x", queue),
        ("workflow_dispatch", "refs/heads/main", json!({})),
        ("schedule", "refs/heads/main", json!({})),
        ("workflow_run", "refs/heads/main", run),
        ("push", "refs/heads/main", json!({"after": evil, "before": main})),
    ]
}

const WAYS: [&[&str]; 5] = [
    &["scan", "--live", "."],
    &["scan", "--live", "planted.txt"],
    &["scan", "--live", "--history"],
    &["scan", "--live", "--event"],
    &["scan", "--live", "--staged"],
];

#[tokio::test(start_paused = true)]
async fn a4_no_provider_is_asked_about_a_fork_s_commit_whatever_started_the_run() {
    let mut stage = stage("evil");
    let (main, evil) = (stage.tip("main"), stage.tip("evil"));
    for (event, reference, payload) in events(&main, &evil) {
        stage.event(event, reference, &main, "true", &payload);
        for way in WAYS {
            let ran = stage.run(way).await;
            assert!(!stage.asked(PROVIDER), "{event} {way:?}: {}", ran.all());
        }
        let ran = stage.run(&["scan", "--live", "."]).await.expect(11);
        assert!(ran.err.contains("1 value was not tested"), "{event}: {}", ran.all());
    }
    // A fork's pull request, and one of the repository's own branches: that one was pushed by
    // somebody who may.
    for (theirs, is_asked) in [("mallory/site", false), ("acme/site", true)] {
        let payload = json!({"pull_request": {
            "number": 7, "commits": 1,
            "base": {"ref": "main", "sha": main},
            "head": {"ref": "evil", "sha": evil, "repo": {"full_name": theirs}},
        }});
        stage.event("pull_request", "refs/pull/7/merge", &evil, "false", &payload);
        stage.run(&["scan", "--live", "--event"]).await.expect(11);
        assert_eq!(stage.asked(PROVIDER), is_asked, "{theirs}");
        let ran = stage.run(&["scan", "--live", "."]).await.expect(11);
        assert!(!stage.asked(PROVIDER), "{theirs}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_fork_s_files_beside_the_default_branch_are_asked_about_by_nobody() {
    // Its files laid over the checkout, its clone in a folder of it, its commit fetched into the
    // clone.
    for way in ["laid over", "a clone beside", "fetched"] {
        let mut stage = stage("evil");
        let (main, evil) = (stage.tip("main"), stage.tip("evil"));
        stage.check_out("main");
        let folder = stage.world.folder.clone();
        let text = stage.git(&["show", "evil:planted.txt"]);
        match way {
            "laid over" => fs::write(folder.join("planted.txt"), text + "\n").unwrap(),
            "a clone beside" => {
                let url = format!("file://{}", stage.origin.display());
                assert!(
                    git(&folder, &["clone", "--quiet", "--branch", "evil", &url, "pr"])
                        .status
                        .success()
                );
            }
            _ => {
                let url = format!("file://{}", stage.origin.display());
                assert!(git(&folder, &["fetch", "--quiet", &url, "evil:theirs"]).status.success());
            }
        }
        stage.event("workflow_dispatch", "refs/heads/main", &main, "true", &json!({}));
        let range = format!("{main}..{evil}");
        let scan: &[&str] = if way == "fetched" {
            &["scan", "--live", "--range", &range]
        } else {
            &["scan", "--live", "."]
        };
        stage.run(scan).await.expect(11);
        assert!(!stage.asked(PROVIDER), "{way}");
        if way == "fetched" {
            stage.run(&["scan", "--live", "--history"]).await.expect(11);
            assert!(!stage.asked(PROVIDER), "{way}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_link_to_what_the_default_branch_has_says_nothing_that_is_asked_about() {
    let mut stage = Stage::new();
    let main = stage.tip("main");
    stage.check_out("main");
    let value = stage.world.emulator.sendgrid().add_key("planted", &["mail.send"]).value;
    let (folder, text) = (stage.world.folder.clone(), stage.git(&["show", "main:readme"]) + "\n");
    fs::create_dir(folder.join(&value)).unwrap();
    fs::write(folder.join("copy"), &text).unwrap();
    fs::remove_file(folder.join("readme")).unwrap();
    std::os::unix::fs::symlink(format!("{value}/../copy"), folder.join("readme")).unwrap();
    assert_eq!(
        fs::read_to_string(folder.join("readme")).unwrap(),
        text,
        "the vehicle does not work"
    );
    stage.event("workflow_dispatch", "refs/heads/main", &main, "true", &json!({}));
    for path in ["readme", "."] {
        let ran = stage.run(&["scan", "--live", path]).await.expect(11);
        assert!(ran.all().contains("readme") && !stage.asked(PROVIDER), "{path}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a4_what_the_default_branch_has_is_asked_about() {
    // The control: the same value on the default branch.
    let mut stage = stage("main");
    let main = stage.tip("main");
    for (event, payload) in
        [("schedule", json!({})), ("workflow_dispatch", json!({})), ("issue_comment", json!({}))]
    {
        stage.event(event, "refs/heads/main", &main, "true", &payload);
        for way in &WAYS[..3] {
            let ran = stage.run(way).await;
            assert!(stage.asked(PROVIDER), "{event} {way:?}: {}", ran.all());
        }
    }
    let ran = stage.run_as_person(&["scan", "--live", "."]).await.expect(11);
    assert!(stage.asked(PROVIDER) && ran.out.contains("it still works"), "{}", ran.all());
}
