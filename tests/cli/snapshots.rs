//! What a person reads, whole: a change of wording is reviewed as a diff of `snapshots/*.snap`.
//! Regenerate them with `INSTA_UPDATE=always cargo test --test suite snapshots::`.

use std::fs;

use clap::CommandFactory as _;
use regex_automata::meta::Regex;
use tokenward::cli::Cli;
use tokenward_emulator::{Credential, CredentialKind, Fault, FaultKind, FaultMatch, Service};

use crate::cli::action::{act, in_actions};
use crate::cli::manual_rotation::hubspot;
use crate::support::{FOUR, REPO, Ran, World};

const WIDTHS: [usize; 2] = [100, 40];

/// A text without what differs between runs. A replacement is as long as the original, so that
/// columns and folded lines stay as they are.
fn steady(world: &World, text: &str) -> String {
    let mut text = text.replace(&world.folder.display().to_string(), "/work/site");
    let ids = world.emulator.sendgrid().keys().into_iter().map(|key| key.id);
    // The id of a SendGrid key is the second part of its value; the old key can be deleted.
    for id in ids.chain(world.old.split('.').nth(1).map(str::to_owned)) {
        text = text.replace(&id, &"x".repeat(id.len()));
    }
    let zeros = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text = replaced(&text, r"\b\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?", zeros);
    text = replaced(&text, r"\b[0-9a-f]{12,64}\b", |_| 'x');
    text = replaced(&text, r"-v\d+-[0-9a-f]{6}\b", |c| if c.is_ascii_hexdigit() { 'x' } else { c });
    // What is shown of a value: its first characters.
    replaced(&text, r"[A-Za-z0-9_-]\u{2026}", |c| if c == '\u{2026}' { c } else { 'x' })
}

fn replaced(text: &str, pattern: &str, character: impl Fn(char) -> char) -> String {
    let regex = Regex::new(pattern).unwrap();
    let mut whole = String::new();
    let mut end = 0;
    for found in regex.find_iter(text) {
        whole.push_str(&text[end..found.start()]);
        whole.extend(text[found.range()].chars().map(&character));
        end = found.end();
    }
    whole.push_str(&text[end..]);
    whole
}

fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn shown(world: &World, arguments: &[&str], ran: &Ran) -> String {
    let command = arguments.join(" ");
    let (out, err) = (ran.out.as_str(), ran.err.as_str());
    let text =
        format!("$ tokenward {command}\n{out}--- standard error\n{err}--- exit {}", ran.code);
    steady(world, &text)
}

/// Runs a command that changes nothing at each width.
async fn both(world: &mut World, name: &str, arguments: &[&str]) {
    for width in WIDTHS {
        world.width = width;
        let ran = world.run(arguments).await;
        keep(&format!("{name}-{width}"), &shown(world, arguments, &ran));
    }
    world.width = WIDTHS[0];
}

async fn once(world: &World, name: &str, arguments: &[&str]) {
    let ran = world.run(arguments).await;
    keep(name, &shown(world, arguments, &ran));
}

fn kill_old(world: &World) {
    let keys = world.emulator.sendgrid().keys();
    let old = keys.into_iter().find(|key| key.value == world.old).unwrap();
    world.emulator.sendgrid().delete_key(&old.id);
}

#[tokio::test(start_paused = true)]
async fn help() {
    let world = World::new(FOUR);
    once(&world, "help", &["--help"]).await;
    let cli = Cli::command();
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        once(&world, &format!("help-{name}"), &[name, "--help"]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_rotation() {
    let mut world = World::new(FOUR);
    both(&mut world, "plan-new", &["plan"]).await;
    once(&world, "rotate-adopts", &["rotate"]).await;
    both(&mut world, "status-idle", &["status"]).await;
    world.pass(31 * 24);
    both(&mut world, "plan-due", &["plan"]).await;
    both(&mut world, "status-due", &["status"]).await;
    once(&world, "rotate-delivers", &["rotate"]).await;
    world.pass(1);
    once(&world, "rotate-proves", &["rotate"]).await;
    once(&world, "rotate-waits", &["rotate"]).await;
    both(&mut world, "plan-grace", &["plan"]).await;
    both(&mut world, "status-grace", &["status"]).await;
    world.pass(25);
    once(&world, "rotate-revokes", &["rotate"]).await;
    both(&mut world, "check-fine", &["check"]).await;
}

#[tokio::test(start_paused = true)]
async fn failures() {
    let mut world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.emulator.inject(Fault {
        matches: FaultMatch::Where {
            service: Some(Service::SendGrid),
            method: None,
            path_contains: None,
        },
        kind: FaultKind::Unavailable,
        times: u32::MAX,
    });
    once(&world, "rotate-provider-unavailable", &["rotate"]).await;
    let mut dead = World::new(FOUR);
    kill_old(&dead);
    dead.pass(1);
    both(&mut dead, "check-dead", &["check"]).await;
    once(&dead, "rotate-dead", &["rotate"]).await;
    both(&mut world, "unknown-token", &["rotate", "sendgird"]).await;
    fs::write(
        world.folder.join(".github/tokenward.yml"),
        FOUR.replace("grace: 24h", "grace: 1 day"),
    )
    .unwrap();
    both(&mut world, "config-mistake", &["check"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_note_is_folded() {
    let mut world = World::new(FOUR);
    world.env.insert("SENDGRID_API_KEY".to_owned(), format!("{} ", world.old));
    both(&mut world, "note", &["check"]).await;
}

#[tokio::test(start_paused = true)]
async fn doctor() {
    let mut world = World::new(FOUR);
    both(&mut world, "doctor", &["doctor"]).await;
    let offline = World::new(FOUR);
    let ran = offline.run_with(&["doctor"], &Default::default()).await;
    keep("doctor-without-secrets", &shown(&offline, &["doctor"], &ran));
}

#[tokio::test(start_paused = true)]
async fn scan() {
    let mut world = World::new(FOUR);
    fs::write(world.folder.join("settings.py"), format!("KEY = \"{}\"\n", world.old)).unwrap();
    fs::write(world.folder.join("old.env"), format!("SENDGRID={}\n", world.manager)).unwrap();
    both(&mut world, "scan", &["scan", "settings.py", "old.env"]).await;
    once(&world, "scan-nothing-found", &["scan", ".github"]).await;
}

#[tokio::test(start_paused = true)]
async fn providers() {
    let mut world = World::new(FOUR);
    both(&mut world, "providers", &["providers"]).await;
    once(&world, "providers-sendgrid", &["providers", "sendgrid"]).await;
    once(&world, "providers-hubspot", &["providers", "hubspot"]).await;
}

#[tokio::test(start_paused = true)]
async fn init() {
    let mut world = World::new(FOUR);
    let action = "acme/tokenward@v1";
    let flags = ["--repository", REPO, "--action", action, "--force"];
    let line = [&["init", "sendgrid", "crm=hubspot:HUBSPOT_TOKEN"][..], &flags[..]].concat();
    both(&mut world, "init", &line).await;
}

#[tokio::test(start_paused = true)]
async fn the_issue_that_asks_a_person() {
    let (world, _) = hubspot();
    world.run(&["rotate"]).await.expect(0);
    world.pass(91 * 24);
    once(&world, "rotate-asks-a-person", &["rotate"]).await;
    let issue = world.emulator.github().issues(REPO).remove(0);
    keep("issue", &steady(&world, &format!("# {}\n\n{}", issue.title, issue.body)));
}

#[tokio::test(start_paused = true)]
async fn the_summary_of_a_job() {
    let world = in_actions(FOUR, "schedule");
    act(&world, &[("command", "rotate")]).await.0.expect(0);
    world.pass(31 * 24);
    fs::remove_file(world.folder.join("summary.md")).unwrap();
    act(&world, &[("command", "rotate")]).await.0.expect(0);
    let summary = fs::read_to_string(world.folder.join("summary.md")).unwrap();
    keep("summary", &steady(&world, &summary));
}

#[tokio::test(start_paused = true)]
async fn the_comment_on_a_pull_request() {
    let mut world = in_actions(FOUR, "pull_request");
    let event = serde_json::json!({
        "number": 1,
        "repository": {"full_name": REPO, "default_branch": "main"},
        "pull_request": {"number": 1, "head": {"repo": {"full_name": REPO}}, "base": {"repo": {"full_name": REPO}}},
    });
    fs::write(world.folder.join("event.json"), event.to_string()).unwrap();
    let rights = [("contents", "read"), ("issues", "write"), ("pull_requests", "write")];
    let own = Credential::new(CredentialKind::ActionsToken, &rights).on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    world.emulator.github().open_issue(REPO, "a pull request");
    fs::write(world.folder.join("settings.py"), format!("KEY = \"{}\"\n", world.manager)).unwrap();
    let (ran, _) = act(&world, &[("command", "scan"), ("args", "settings.py")]).await;
    let comments = world.emulator.github().issues(REPO).remove(0).comments;
    assert_eq!(comments.len(), 1, "{}", ran.all());
    keep("comment", &steady(&world, &comments[0]));
}
