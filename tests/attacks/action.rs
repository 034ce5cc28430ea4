//! The Action: inputs are values, never pieces of a command line, and no value after a space
//! switches the scan of the event off.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::{FOUR, Ran, World};

/// A world inside GitHub Actions, whose runner's files are in a folder beside the checkout's files.
pub(crate) fn in_actions(event: &str) -> World {
    let mut world = World::new(FOUR);
    let temporary = world.folder.join("runner-temp");
    fs::create_dir(&temporary).unwrap();
    let file = |name: &str| temporary.join(name).display().to_string();
    let variables = [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_REPOSITORY", "acme/site".to_owned()),
        ("GITHUB_RUN_ID", "4711".to_owned()),
        ("GITHUB_EVENT_NAME", event.to_owned()),
        ("GITHUB_EVENT_PATH", file("event.json")),
        ("GITHUB_OUTPUT", file("outputs.txt")),
        ("GITHUB_REF", "refs/heads/main".to_owned()),
        ("GITHUB_REF_NAME", "main".to_owned()),
        ("GITHUB_WORKSPACE", world.folder.display().to_string()),
        ("RUNNER_TEMP", temporary.display().to_string()),
    ];
    world.env.extend(variables.map(|(name, value)| (name.to_owned(), value)));
    world.emulator.github().start_run("acme/site", 4711, 1);
    world
}

pub(crate) async fn act(world: &World, inputs: &[(&str, &str)]) -> (Ran, String) {
    let file = Path::new(&world.env["GITHUB_OUTPUT"]);
    let _ = fs::remove_file(file);
    let mut handed: BTreeMap<String, String> = world.handed();
    for (name, value) in inputs {
        handed.insert(
            format!("TOKENWARD_INPUT_{}", name.to_uppercase().replace('-', "_")),
            (*value).to_owned(),
        );
    }
    let ran = world.run_with(&["action"], &handed).await;
    (ran, fs::read_to_string(file).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a19_no_input_can_bring_a_flag_along() {
    let attacks: &[&[(&str, &str)]] = &[
        &[("leaked", "true"), ("provider", "sendgrid --revoke-first")],
        &[("leaked", "true"), ("provider", "--revoke-first")],
        &[("leaked", "true"), ("provider", "sendgrid\n--revoke-first")],
        &[("leaked", "true"), ("provider", "sendgrid\t--revoke-first")],
        &[("leaked", "true"), ("provider", "'sendgrid' --revoke-first")],
        &[("leaked", "true"), ("provider", "sendgrid\" --revoke-first \"")],
        &[("leaked", "true"), ("provider", "sendgrid,--revoke-first")],
        &[("leaked", "true"), ("provider", "sendgrid=--revoke-first")],
        &[("leaked", "true"), ("tokens", "sendgrid --revoke-first")],
        &[("leaked", "true"), ("tokens", "sendgrid,--revoke-first")],
        &[("leaked", "true"), ("tokens", "sendgrid\n--revoke-first")],
        &[("leaked", "true"), ("tokens", "-- sendgrid")],
        &[("leaked", "true --revoke-first"), ("tokens", "sendgrid")],
        &[("leaked", "--revoke-first"), ("tokens", "sendgrid")],
        &[("dry-run", "false --force --reason=x"), ("tokens", "sendgrid")],
        &[("config", "--allow-unprotected-ref"), ("tokens", "sendgrid")],
        &[("config", ".github/tokenward.yml\n--allow-unprotected-ref"), ("tokens", "sendgrid")],
        &[("sarif-file", "--revoke-first"), ("tokens", "sendgrid")],
        &[("working-directory", "--revoke-first")],
        &[("command", "rotate --leaked --revoke-first sendgrid")],
        &[("command", "--version")],
        &[("command", "action")],
        &[("command", "demo")],
        &[("args", "--leaked sendgrid -- --revoke-first")],
    ];
    for inputs in attacks {
        let world = in_actions("schedule");
        world.run(&["rotate"]).await.expect(0);
        world.pass(1);
        world.emulator.clear_requests();
        let mut all = inputs.to_vec();
        if !inputs.iter().any(|(name, _)| *name == "command") {
            all.push(("command", "rotate"));
        }
        let (ran, outputs) = act(&world, &all).await;
        assert_eq!(ran.code, 2, "{inputs:?}: {}", ran.all());
        assert!(world.is_live(&world.old), "{inputs:?}: the key was revoked");
        assert!(world.held().iter().all(|value| *value == world.old), "{inputs:?}");
        assert!(
            !world.emulator.requests().iter().any(|request| request.method != "GET"),
            "{inputs:?}: {}",
            ran.all()
        );
        assert!(outputs.contains("failed"), "{outputs}");
    }
}

#[tokio::test(start_paused = true)]
async fn a19_the_honest_inputs_do_what_the_attack_asks_for() {
    // The control: the emergency workflow's own inputs replace the value; a flag that the
    // workflow's author writes into `args` is one.
    for inputs in [
        &[("command", "rotate"), ("leaked", "true"), ("provider", "sendgrid")][..],
        &[("command", "rotate"), ("leaked", "true"), ("tokens", "sendgrid")],
        &[("command", "rotate"), ("args", "--leaked --revoke-first"), ("tokens", "sendgrid")],
    ] {
        let world = in_actions("workflow_dispatch");
        world.run(&["rotate"]).await.expect(0);
        world.pass(1);
        let (ran, _) = act(&world, inputs).await;
        world.pass(1);
        assert!(!world.is_live(&world.old), "{inputs:?}: {}", ran.all());
        assert!(world.held().iter().all(|value| *value != world.old), "{inputs:?}: {}", ran.all());
    }
}

/// The line of a starter or of action.yml where an input reaches a command line or a script.
#[test]
fn a19_no_starter_and_no_script_puts_an_input_into_a_command_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("action.yml"), root.join("action/action.yml")];
    for folder in ["workflows", ".github/workflows"] {
        files.extend(fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let mut script: Option<usize> = None;
        for line in text.lines() {
            let indent = line.len() - line.trim_start().len();
            if script.is_some_and(|start| indent <= start && !line.trim().is_empty()) {
                script = None;
            }
            let key = line.trim_start().trim_start_matches("- ");
            let is_script = key.starts_with("run:");
            if is_script || script.is_some() {
                assert!(
                    !line.contains("${{"),
                    "{}: an expression inside a script: {line}",
                    file.display()
                );
            }
            if is_script {
                script = Some(indent);
            }
            if let Some(args) = key.strip_prefix("args:") {
                assert!(
                    !args.contains("${{") || args.contains("inputs.args }}"),
                    "{}: {line}",
                    file.display()
                );
            }
        }
    }
}

pub(crate) fn git(world: &World, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments);
    let out =
        git.current_dir(&world.folder).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

#[tokio::test(start_paused = true)]
async fn b10_a_value_after_a_space_does_not_switch_the_scan_of_the_event_off() {
    let world = in_actions("push");
    git(&world, &["init", "--quiet", "--initial-branch=main"]);
    git(&world, &["add", ".github"]);
    git(&world, &["commit", "--quiet", "--message=base"]);
    let before = git(&world, &["rev-parse", "HEAD"]);
    fs::write(world.folder.join("settings.py"), format!("KEY = '{}'\n", world.old)).unwrap();
    git(&world, &["add", "settings.py"]);
    git(&world, &["commit", "--quiet", "--message=Send mail"]);
    fs::write(world.folder.join("settings.py"), "KEY = ''\n").unwrap();
    git(&world, &["commit", "--quiet", "--all", "--message=Tidy up"]);
    let after = git(&world, &["rev-parse", "HEAD"]);
    let event = json!({
        "before": before, "after": after, "ref": "refs/heads/main", "forced": false, "created": false, "deleted": false,
        "repository": {"full_name": "acme/site", "default_branch": "main"}, "commits": [{"id": after}],
    });
    fs::write(&world.env["GITHUB_EVENT_PATH"], event.to_string()).unwrap();
    for args in [
        "",
        "--fail-on leak",
        "--color never",
        "--format json",
        "--config .github/tokenward.yml",
        "--fail-on leak --color never --explain",
        "--color=never",
        "-v --no-progress",
    ] {
        // `--no-progress` is ours already, so a second one is refused rather than guessed at.
        let wanted = if args.contains("--no-progress") { 2 } else { 11 };
        let (ran, outputs) = act(&world, &[("args", args)]).await;
        assert_eq!(ran.code, wanted, "{args:?}: {}", ran.all());
        assert!(wanted == 2 || outputs.lines().any(|line| line == "1"), "{args:?}: {outputs}");
    }
    // The control: the tree alone holds nothing, so a scan of it would have passed.
    for args in [".", "settings.py --fail-on leak", "-- settings.py"] {
        let (ran, _) = act(&world, &[("args", args)]).await;
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.all());
    }
}

/// The line of `doctor` about the leak check.
async fn about_the_leak_check(world: &World) -> (u8, String) {
    let ran = world.run(&["doctor"]).await;
    let mut lines = ran.out.lines().filter(|line| !line.contains("has everything"));
    let line = lines.find(|line| {
        line.contains("leak check") && !line.starts_with(' ') || line.contains("leak-check")
    });
    assert!(line.is_some(), "{}", ran.all());
    (ran.code, line.unwrap_or_default().to_owned())
}

/// A repository whose workflows are those that `init` writes.
async fn set_up() -> World {
    let world = World::new(FOUR);
    let action = "acme/tokenward@1111111111111111111111111111111111111111";
    world
        .run(&["init", "sendgrid", "--force", "--repository", "acme/site", "--action", action])
        .await
        .expect(0);
    world
}

#[tokio::test(start_paused = true)]
async fn a20_doctor_says_whether_the_leak_check_is_required_and_in_which_way() {
    let path = ".github/workflows/tokenward-leak-check.yml";
    // Nothing: a check that nobody has to pass is wrong.
    let world = set_up().await;
    let ran = world.run(&["doctor"]).await.expect(2);
    assert!(ran.out.contains("error[leak-check-not-required]"), "{}", ran.all());
    // A check of another name, and a rule of another kind, are nothing too.
    world.emulator.github().require_check(crate::support::REPO, "build");
    world.emulator.github().require_check(crate::support::REPO, "LeaksAndMore");
    assert!(world.run(&["doctor"]).await.expect(2).out.contains("error[leak-check-not-required]"));
    // A status check only, by a ruleset or by the older kind of protection.
    for (older, context) in
        [(false, "Leaks"), (false, "Call / Leaks"), (false, "Leaks (1)"), (true, "Leaks")]
    {
        let world = set_up().await;
        let github = world.emulator.github();
        match older {
            true => github.protect_with_check(crate::support::REPO, context),
            false => github.require_check(crate::support::REPO, context),
        }
        let ran = world.run(&["doctor"]).await;
        if context == "Call / Leaks" {
            // The job that calls a workflow elsewhere is not one of this checkout.
            assert!(ran.out.contains("error[leak-check-not-required]"), "{}", ran.all());
            continue;
        }
        assert!(
            ran.out.contains("only as a status check")
                && ran.out.contains("can still edit the workflow"),
            "{context}: {}",
            ran.all()
        );
        assert!(!ran.out.contains("leak-check-not-required"), "{}", ran.all());
    }
    // The workflow itself.
    let world = set_up().await;
    world.emulator.github().require_workflow(crate::support::REPO, path);
    let (_, line) = about_the_leak_check(&world).await;
    assert!(
        line.starts_with("ok ")
            && line.contains("a ruleset requires the workflow")
            && line.contains(path),
        "{line}"
    );
    // Some workflow that nobody here knows: not looked at, so not fine.
    let world = set_up().await;
    world.emulator.github().require_workflow(crate::support::REPO, ".github/workflows/central.yml");
    let (_, line) = about_the_leak_check(&world).await;
    assert!(line.starts_with("skipped") && line.contains("did not check"), "{line}");
}

#[tokio::test(start_paused = true)]
async fn a20_what_could_not_be_looked_at_is_never_told_as_fine() {
    use tokenward_emulator::{Fault, FaultKind, FaultMatch, Service};
    for (path, kind) in [
        ("/rules/branches/", FaultKind::Forbidden),
        ("/rules/branches/", FaultKind::NotFound),
        ("/rules/branches/", FaultKind::Unavailable),
        ("/site/branches/main", FaultKind::Forbidden),
    ] {
        let world = set_up().await;
        let matches = FaultMatch::Where {
            service: Some(Service::GitHub),
            method: Some("GET".to_owned()),
            path_contains: Some(path.to_owned()),
        };
        world.emulator.inject(Fault { matches, kind, times: 9 });
        let (_, line) = about_the_leak_check(&world).await;
        let says = ["did not check", "were not checked"].iter().any(|words| line.contains(words));
        assert!(line.starts_with("skipped") && says, "{path}: {line}");
    }
    // Without a credential nobody is asked.
    let mut world = set_up().await;
    world.env.clear();
    let ran = world.run_with(&["doctor"], &BTreeMap::new()).await;
    assert!(
        ran.out
            .contains("skipped  did not check whether a pull request has to pass the leak check"),
        "{}",
        ran.all()
    );
}
