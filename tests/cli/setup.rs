//! From nothing to a repository that rotates: what `init` writes, what `doctor` still misses, and
//! the page of `status`.

use std::fs;
use std::sync::{Arc, Mutex};

use tokenward::cli::Env;

use crate::support::{FOUR, World};

const ACTION: &str = "acme/tokenward@1111111111111111111111111111111111111111";

/// A world that is handed no credential at all.
fn offline(config: &str) -> World {
    let mut world = World::new(config);
    world.env.clear();
    world
}

#[tokio::test(start_paused = true)]
async fn doctor_misses_nothing_in_what_init_wrote_and_asks_nobody() {
    let world = offline(FOUR);
    let none = std::collections::BTreeMap::new();
    let arguments = [
        "init",
        "sendgrid",
        "news=sendgrid",
        "crm=hubspot:HUBSPOT_TOKEN",
        "--repository",
        "acme/site",
        "--action",
        ACTION,
    ];
    // Nothing is asked for that would not be used.
    let ran = world.run_with(&["init"], &none).await.expect(2);
    assert!(ran.err.contains("error[usage]: .github/tokenward.yml already exists"), "{}", ran.err);
    // Only what is missing is written.
    let config = world.folder.join(".github/tokenward.yml");
    let own = fs::read_to_string(&config).unwrap();
    let ran = world.run_with(&arguments, &none).await.expect(0);
    assert!(
        ran.out.contains("kept     .github/tokenward.yml: it already exists")
            && ran.out.contains("written  .github/workflows/tokenward-rotate.yml"),
        "{}",
        ran.out
    );
    assert_eq!(fs::read_to_string(&config).unwrap(), own);
    let ran = world.run_with(&arguments, &none).await.expect(2);
    assert!(
        ran.err.contains("already exist")
            && ran.err.contains("`tokenward doctor` reports what is still missing")
            && ran.err.contains("nothing was written"),
        "{}",
        ran.err
    );
    world.emulator.clear_requests();
    let ran = world.run_with(&[&arguments[..], &["--force"]].concat(), &none).await.expect(0);
    for line in [
        "`Secrets: read and write`",
        "SENDGRID_MANAGER_KEY:",
        "HUBSPOT_TOKEN_NEXT:",
        "TOKENWARD_PRIVATE_KEY",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    let ran = world.run_with(&["doctor"], &none).await.expect(0);
    assert!(
        ran.out.contains("the config: 3 tokens")
            && ran.out.contains("no problems found in what was checked"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("GitHub was not asked"), "{}", ran.out);
    assert!(world.emulator.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn doctor_names_the_exact_line_for_all_that_is_missing() {
    let world = offline(FOUR);
    let none = std::collections::BTreeMap::new();
    let ran = world.run_with(&["doctor"], &none).await.expect(2);
    assert!(ran.out.contains("no workflow here runs `rotate`"), "{}", ran.out);
    fs::create_dir_all(world.folder.join(".github/workflows")).unwrap();
    let workflow = "on: [push, pull_request]\njobs:\n  r:\n    runs-on: x\n    steps:\n      - uses: acme/tokenward@v1\n        with: {command: rotate}\n        env: {ALL: '${{ toJSON(secrets) }}'}\n";
    fs::write(world.folder.join(".github/workflows/r.yml"), workflow).unwrap();
    let ran = world.run_with(&["doctor"], &none).await.expect(2);
    for line in [
        "remove `pull_request` from `on:`",
        "`SENDGRID_API_KEY: ${{ secrets.SENDGRID_API_KEY }}`",
        "`SENDGRID_MANAGER_KEY: ${{ secrets.SENDGRID_MANAGER_KEY }}`",
        "`contents: write`",
        "`actions: read`",
        "concurrency: {group: tokenward",
        "acme/tokenward@v1 is not pinned",
        "passes all secrets",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
}

#[tokio::test(start_paused = true)]
async fn doctor_asks_github_where_it_is_handed_credentials() {
    let world = World::new(FOUR);
    let ran = world.run(&["doctor"]).await.expect(2);
    assert!(
        ran.out.contains("there is no journal yet")
            && ran.out.contains("SENDGRID_API_KEY in acme/site (production) exists"),
        "{}",
        ran.out
    );
}

#[tokio::test(start_paused = true)]
async fn init_asks_on_a_terminal_and_fails_clearly_where_nobody_answers() {
    let world = offline(FOUR);
    let cases = [
        ("sendgrid, mail=resend\nacme/site\nacme/tokenward@abc\n", 0),
        // A typo, and an empty line.
        ("sendgird\n\nsendgrid\nacme\nacme/site\nOWNER/x@COMMIT\nx\nacme/tokenward@abc\n", 0),
        ("sendgird\nsendgird\nsendgird\nsendgrid\nacme/site\nacme/tokenward@abc\n", 2),
        ("sendgrid\n", 2),
        ("", 2),
    ];
    for (number, (answers, code)) in cases.into_iter().enumerate() {
        let folder = world.folder.join(format!("answers-{number}"));
        fs::create_dir_all(&folder).unwrap();
        let said: Arc<Mutex<Vec<u8>>> = Arc::default();
        let around = Env {
            variables: std::collections::BTreeMap::new().into(),
            folder: folder.clone(),
            input: Arc::new(Mutex::new(std::io::Cursor::new(answers.as_bytes().to_vec()))),
            hidden: Arc::new(|| Ok(String::new())),
            out: said.clone(),
            err: said.clone(),
            terminal: true,
            err_terminal: true,
            width: 60,
            transport: Arc::new(world.in_process()),
        };
        let ended = tokenward::cli::run(["tokenward", "init"].map(Into::into), &around).await;
        let said = String::from_utf8(said.lock().unwrap().clone()).unwrap();
        assert_eq!(ended, code, "{said}");
        assert!(said.contains("Which tokens"), "{said}");
        let is_explained = said.contains("did you mean `sendgrid`?");
        assert_eq!(is_explained, answers.contains("sendgird"), "{said}");
        assert_eq!(folder.join(".github/tokenward.yml").exists(), code == 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_tells_state_and_history_and_no_value() {
    let world = World::new(FOUR);
    let new = world.rotated().await;
    let ran = world.run(&["status", "--html", "page.html"]).await.expect(0);
    assert!(ran.out.contains("LIFE"), "{}", ran.out);
    let page = fs::read_to_string(world.folder.join("page.html")).unwrap();
    for part in [
        "<h1>Tokens of acme/site</h1>",
        "SENDGRID_API_KEY in acme (organization)",
        "4 of 4 destinations written",
        "default-src &#39;none&#39;",
        // Where to look further, and what the words mean.
        "<a href=\"https://github.com/acme/site/settings/secrets/actions\">SENDGRID_API_KEY in acme/site</a>",
        "<a href=\"https://github.com/organizations/acme/settings/secrets/actions\">",
        "<a href=\"https://app.sendgrid.com/settings/api_keys\">sendgrid</a>",
        "<summary>4 destinations<small>: ",
        "<dt>grace period</dt>",
        "<b>today, 20",
        "<summary><b>sendgrid</b> rotated to v1 <small>",
    ] {
        assert!(
            page.contains(part) || page.contains(&part.replace("&#39;", "'")),
            "{part}: {page}"
        );
    }
    assert!(!page.contains(&new) && !page.contains(&world.old));
}

#[tokio::test(start_paused = true)]
async fn init_writes_at_the_top_of_the_repository_and_takes_no_pattern_for_an_action() {
    let top = tempfile::tempdir().unwrap();
    let git = std::process::Command::new("git")
        .args(["init", "--quiet"])
        .current_dir(&top)
        .status()
        .unwrap();
    assert!(git.success());
    let below = top.path().join("packages/mail");
    std::fs::create_dir_all(&below).unwrap();
    let mut world = World::new("");
    world.folder = below.clone();
    let arguments = ["init", "sendgrid", "--repository", "acme/site", "--action"];
    for blank in ["OWNER/tokenward@COMMIT", "acme/tokenward@COMMIT", "OWNER/tokenward@v1"] {
        let ran = world.run(&[&arguments[..], &[blank]].concat()).await.expect(2);
        assert!(ran.err.contains("replace OWNER"), "{}", ran.all());
    }
    assert!(!top.path().join(".github").exists());
    world.run(&[&arguments[..], &[ACTION]].concat()).await.expect(0);
    assert!(
        top.path().join(".github/workflows/tokenward-rotate.yml").is_file()
            && top.path().join(".github/tokenward.yml").is_file()
    );
    assert!(!below.join(".github").exists());
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_for_init_and_for_a_hook_is_named() {
    let world = offline(FOUR);
    let none = std::collections::BTreeMap::new();
    fs::remove_dir_all(world.folder.join(".github")).unwrap();
    let ran = world.run_with(&["init", "sendgrid", "--action", ACTION], &none).await.expect(2);
    for part in ["arguments are missing (--repository)", "no git remote `origin`"] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    let ran = world.run_with(&["install-hook"], &none).await.expect(2);
    assert!(ran.err.contains("= hint:  run it in the folder of a clone"), "{}", ran.err);
}

#[tokio::test(start_paused = true)]
async fn a_missing_manager_is_said_before_a_rotation_is_due() {
    let config = FOUR.replace("    manager: env:SENDGRID_MANAGER_KEY\n", "");
    let world = World::new(&config);
    // A token that is only checked needs none.
    let ran = world.run(&["check"]).await;
    assert!(!ran.out.contains("manager-missing"), "{}", ran.all());
    world.run(&["rotate"]).await.expect(0);
    for command in ["plan", "check", "status", "doctor"] {
        let ran = world.run(&[command]).await;
        assert!(
            ran.out.contains("error[manager-missing]: the token sendgrid has no `manager`"),
            "{command}: {}",
            ran.all()
        );
        assert!(ran.code == 4 || command == "doctor", "{command}: {}", ran.all());
    }
    // One that is given, or not needed.
    World::new(FOUR).run(&["check"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn doctor_names_what_a_workflow_lacks_for_a_manual_rotation() {
    let manual = "version: 1\ntokens:\n  crm:\n    provider: hubspot\n    value: env:CRM\n    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]\n";
    let world = offline(manual);
    let none = std::collections::BTreeMap::new();
    let commit = "0".repeat(40);
    let workflow = |issues: &str, more: &str| {
        format!(
            "on: workflow_dispatch\npermissions: {{contents: write, actions: read{issues}}}\nconcurrency: {{group: tokenward}}\njobs:\n  r:\n    runs-on: x\n    steps:\n      - uses: acme/tokenward@{commit}\n        with: {{command: rotate, secrets-token: x}}\n        env:\n          TOKENWARD_JOURNAL_KEY: x\n          CRM: x\n{more}"
        )
    };
    fs::create_dir_all(world.folder.join(".github/workflows")).unwrap();
    let path = world.folder.join(".github/workflows/r.yml");
    fs::write(&path, workflow("", "")).unwrap();
    let ran = world.run_with(&["doctor"], &none).await.expect(2);
    for line in [
        "the step does not receive CRM_NEXT",
        "`CRM_NEXT: ${{ secrets.HUBSPOT_TOKEN_NEXT }}`",
        "`CRM_OLD: ${{ secrets.HUBSPOT_TOKEN_OLD }}`",
        "no job has the permission `issues: write`",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert!(!ran.out.contains("has everything"), "{}", ran.out);
    let all = workflow(", issues: write", "          CRM_NEXT: x\n          CRM_OLD: x\n");
    fs::write(&path, all).unwrap();
    let ran = world.run_with(&["doctor"], &none).await.expect(0);
    assert!(ran.out.contains("has everything that a rotation needs"), "{}", ran.out);
}

#[tokio::test(start_paused = true)]
async fn doctor_reports_a_dead_value_before_the_scopes_that_it_does_not_show() {
    let world = World::new(&FOUR.replace("    scopes: [mail.send]\n", ""));
    let keys = world.emulator.sendgrid().keys();
    let old = keys.iter().find(|key| key.name == "pasted by somebody").unwrap();
    world.emulator.sendgrid().delete_key(&old.id);
    world.pass(1);
    let ran = world.run(&["doctor"]).await;
    assert!(ran.out.contains("error[current-dead]"), "{}", ran.all());
    assert!(!ran.out.contains("config-needs-scopes"), "{}", ran.all());
}
