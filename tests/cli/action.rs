//! The Action's command in process: inputs to a command line, outputs, summary and annotations; and
//! which events may change anything.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::json;

use crate::support::{FOUR, Ran, World};

/// A world inside GitHub Actions, whose runner's files are in its folder.
pub(crate) fn in_actions(config: &str, event: &str) -> World {
    let mut world = World::new(config);
    let file = |name: &str| world.folder.join(name).display().to_string();
    let variables = [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_REPOSITORY", "acme/site".to_owned()),
        ("GITHUB_RUN_ID", "4711".to_owned()),
        ("GITHUB_EVENT_NAME", event.to_owned()),
        ("GITHUB_EVENT_PATH", file("event.json")),
        ("GITHUB_OUTPUT", file("outputs.txt")),
        ("GITHUB_STEP_SUMMARY", file("summary.md")),
        ("RUNNER_TEMP", world.folder.display().to_string()),
    ];
    world.env.extend(variables.map(|(name, value)| (name.to_owned(), value)));
    world.emulator.github().start_run("acme/site", 4711, 1);
    world
}

/// Runs the Action with these inputs, and gives what it said and its outputs.
pub(crate) async fn act(world: &World, inputs: &[(&str, &str)]) -> (Ran, BTreeMap<String, String>) {
    let _ = fs::remove_file(world.folder.join("outputs.txt"));
    let mut handed = world.handed();
    for (name, value) in inputs {
        handed.insert(
            format!("TOKENWARD_INPUT_{}", name.to_uppercase().replace('-', "_")),
            (*value).to_owned(),
        );
    }
    let ran = world.run_with(&["action"], &handed).await;
    let written = fs::read_to_string(world.folder.join("outputs.txt")).unwrap();
    let mut outputs = BTreeMap::new();
    let mut lines = written.lines();
    while let Some((name, delimiter)) = lines.next().and_then(|line| line.split_once("<<")) {
        outputs.insert(
            name.to_owned(),
            lines.by_ref().take_while(|line| *line != delimiter).collect::<Vec<_>>().join("\n"),
        );
    }
    (ran, outputs)
}

#[tokio::test(start_paused = true)]
async fn a_rotation_sets_every_output_and_says_why_and_when_in_the_summary() {
    let world = in_actions(FOUR, "schedule");
    let (ran, outputs) = act(&world, &[("command", "rotate")]).await;
    ran.expect(0);
    assert_eq!(
        (outputs["outcome"].as_str(), outputs["rotated"].as_str(), outputs["leaked"].as_str()),
        ("fine", "[]", "0")
    );
    world.pass(31 * 24);
    let (ran, outputs) = act(&world, &[("command", "rotate")]).await;
    let ran = ran.expect(0);
    assert_eq!(outputs.keys().map(String::as_str).collect::<Vec<_>>(), {
        let mut names = tokenward::cli::OUTPUTS.to_vec();
        names.sort_unstable();
        names
    });
    assert_eq!(outputs["rotated"], "[\"sendgrid\"]");
    assert_eq!(outputs["exit-code"], "0");
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&outputs["report-file"]).unwrap()).unwrap();
    assert_eq!(report["schema"], "tokenward.rotate/1");
    let summary = fs::read_to_string(world.folder.join("summary.md")).unwrap();
    assert!(
        summary.contains("| due |")
            && summary.contains("a later run receives v1, which proves the delivery"),
        "{summary}"
    );
    let (_, outputs) = act(&world, &[("command", "rotate")]).await;
    assert!(outputs["next-due"].ends_with('Z'), "{outputs:?}");
    let summary = fs::read_to_string(world.folder.join("summary.md")).unwrap();
    assert!(summary.contains("```mermaid\ngantt\n"), "{summary}");
    for value in world.held() {
        assert!(!ran.out.contains(&value) && !summary.contains(&value));
    }
}

#[tokio::test(start_paused = true)]
async fn the_step_fails_with_the_verdict_and_the_config_s_line_is_annotated() {
    let world = in_actions(FOUR, "schedule");
    let id =
        world.emulator.sendgrid().keys().into_iter().find(|key| key.value == world.old).unwrap().id;
    world.emulator.sendgrid().delete_key(&id);
    world.pass(1);
    let (ran, outputs) =
        act(&world, &[("command", "check"), ("sarif-file", "out/check.sarif")]).await;
    let ran = ran.expect(10);
    assert_eq!(
        (outputs["expired"].as_str(), outputs["exit-code"].as_str(), outputs["outcome"].as_str()),
        ("[\"sendgrid\"]", "10", "failed")
    );
    assert!(
        ran.err.contains(
            "::error file=.github/tokenward.yml,line=4,col=1,title=tokenward%3A token-dead::"
        ),
        "{}",
        ran.err
    );
    let sarif: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&outputs["sarif-file"]).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "token-dead");
    let (ran, outputs) = act(
        &world,
        &[
            ("command", "check"),
            ("fail-on", "none"),
            ("annotations", "false"),
            ("summary", "false"),
        ],
    )
    .await;
    let ran = ran.expect(0);
    assert_eq!((outputs["outcome"].as_str(), outputs["exit-code"].as_str()), ("failed", "0"));
    assert!(!ran.err.contains("::error"), "{}", ran.err);
}

#[tokio::test(start_paused = true)]
async fn wrong_inputs_are_refused_and_the_outputs_are_there_all_the_same() {
    let world = in_actions(FOUR, "schedule");
    for inputs in [
        &[("command", "frobnicate")][..],
        &[("command", "action")],
        &[("command", "rotate"), ("fail-on", "leak")],
        &[("working-directory", "gone")],
    ] {
        let (ran, outputs) = act(&world, inputs).await;
        ran.expect(2);
        assert_eq!(
            (outputs["outcome"].as_str(), outputs["exit-code"].as_str()),
            ("failed", "2"),
            "{inputs:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_changed_for_an_event_that_only_proposes_or_on_a_ref_anybody_may_push_to() {
    for event in ["pull_request", "pull_request_target", "merge_group"] {
        let world = in_actions(FOUR, event);
        world.emulator.clear_requests();
        let ran = world.run(&["rotate", "--allow-unprotected-ref"]).await.expect(2);
        assert!(ran.err.contains("error[untrusted-event]"), "{}", ran.err);
        assert!(world.emulator.requests().is_empty());
    }
    let mut world = in_actions(FOUR, "workflow_run");
    let theirs = json!({"repository": {"full_name": "acme/site"}, "workflow_run": {"head_repository": {"full_name": "mallory/site"}}});
    fs::write(world.folder.join("event.json"), theirs.to_string()).unwrap();
    assert!(world.run(&["rotate"]).await.expect(2).err.contains("error[untrusted-event]"));
    world.env.insert("GITHUB_EVENT_NAME".to_owned(), "schedule".to_owned());
    world.env.insert("GITHUB_REF".to_owned(), "refs/pull/7/merge".to_owned());
    assert!(
        world
            .run(&["rotate", "--allow-unprotected-ref"])
            .await
            .expect(2)
            .err
            .contains("error[untrusted-event]")
    );
    world.env.insert("GITHUB_REF".to_owned(), "refs/heads/main".to_owned());
    // A runner that says nothing about protection has not said that it is protected.
    for protected in ["", "false"] {
        world.env.insert("GITHUB_REF_PROTECTED".to_owned(), protected.to_owned());
        assert!(world.run(&["rotate"]).await.expect(2).err.contains("error[unprotected-ref]"));
    }
    world.run(&["rotate", "--allow-unprotected-ref"]).await.expect(0);
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

/// A pull request whose base is the world's config, and whose head is `proposed`.
fn propose(world: &mut World, proposed: &str, head: &str) {
    git(world, &["init", "--quiet", "--initial-branch=main"]);
    git(world, &["add", ".github"]);
    git(world, &["commit", "--quiet", "--message=base"]);
    let base = git(world, &["rev-parse", "HEAD"]);
    fs::write(world.folder.join(".github/tokenward.yml"), proposed).unwrap();
    git(world, &["commit", "--quiet", "--all", "--message=head", "--allow-empty"]);
    world.env.insert("GITHUB_REF".to_owned(), "refs/pull/7/merge".to_owned());
    let event = json!({
        "repository": {"full_name": "acme/site", "default_branch": "main"},
        "pull_request": {"number": 7, "base": {"sha": base, "ref": "main"}, "head": {"sha": git(world, &["rev-parse", "HEAD"]), "repo": {"full_name": head}}},
    });
    fs::write(world.folder.join("event.json"), event.to_string()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_pull_request_cannot_send_a_token_to_a_provider_of_its_own() {
    let mut world = in_actions(FOUR, "pull_request");
    fs::write(world.folder.join("evil.yaml"), include_str!("../fixtures/inhouse.yaml")).unwrap();
    propose(
        &mut world,
        &format!(
            "{}providers: [evil.yaml]\n",
            FOUR.replace("provider: sendgrid", "provider: inhouse")
        ),
        "acme/site",
    );
    world.emulator.clear_requests();
    let ran = world.run(&["check"]).await.expect(0);
    assert!(ran.out.contains("sendgrid"), "{}", ran.all());
    let asked: Vec<String> =
        world.emulator.requests().iter().map(|request| request.path.clone()).collect();
    assert!(asked.iter().any(|path| path == "/v3/scopes"), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pull_request_cannot_make_the_scan_look_away() {
    let mut world = in_actions(FOUR, "pull_request");
    propose(&mut world, &format!("{FOUR}scan: {{ignore: ['**']}}\n"), "mallory/site");
    fs::write(world.folder.join("settings.py"), format!("KEY = '{}'\n", world.old)).unwrap();
    world.run(&["scan"]).await.expect(11);
}

#[tokio::test(start_paused = true)]
async fn a_fork_s_check_says_not_tested_and_exits_by_policy() {
    let mut world = in_actions(FOUR, "pull_request");
    propose(&mut world, FOUR, "mallory/site");
    let nothing = BTreeMap::from([("SENDGRID_API_KEY".to_owned(), String::new())]);
    for (arguments, code) in [
        (&["check"][..], 5),
        (&["check", "--fail-on", "token-expired,not-tested"], 5),
        (&["check", "--fail-on", "token-expired"], 0),
        (&["check", "--exit-zero"], 0),
    ] {
        let ran = world.run_with(arguments, &nothing).await.expect(code);
        assert!(ran.out.contains("not-tested"), "{arguments:?}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn no_secret_of_a_callable_workflow_is_dropped_without_a_word() {
    let value = "a-value-in-the-wrong-place-1";
    let nine = "A B C D E F G H I".to_owned();
    for (names, says) in [
        ("SENDGRID_API_KEY".to_owned(), "SECRET_2 has a value"),
        (format!("SENDGRID_API_KEY {value}"), "name 2 in"),
        ("SENDGRID_API_KEY SENDGRID_API_KEY".to_owned(), "name 2 in"),
        ("GITHUB_TOKEN SENDGRID_API_KEY".to_owned(), "name 1 in"),
        ("TOKENWARD_JOURNAL_KEY SENDGRID_API_KEY".to_owned(), "name 1 in"),
        (nine, "more than 8 names"),
    ] {
        let mut world = in_actions(FOUR, "schedule");
        world.env.insert("TOKENWARD_SECRET_1".to_owned(), world.old.clone());
        world.env.insert("TOKENWARD_SECRET_2".to_owned(), world.manager.clone());
        let (ran, _) = act(&world, &[("command", "check"), ("secret-names", &names)]).await;
        let ran = ran.expect(2);
        assert!(ran.all().contains(says), "{names}: {}", ran.all());
        assert!(!ran.all().contains(value), "{names}: {}", ran.all());
    }
}
