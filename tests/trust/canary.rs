//! The canary suite: a token's whole life, once for each harm a network can do, in each report
//! format, inside and outside Actions, with the log at its most talkative. Afterwards everything
//! that was said, written, journaled or put into an address is searched.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use tokenward_emulator::{Emulator, Service};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{FOUR, REPO, World};
use crate::trust::hostile_network::{COMMAND, HARMS, Harm, Hostile, When, Who};
use crate::trust::needles::Needles;

/// One life under one harm.
#[derive(Clone, Copy, Debug)]
struct Life {
    who: Who,
    when: When,
    harm: Harm,
    format: &'static str,
    in_actions: bool,
}

/// Every command in its ways, and how much time passes before it.
const STEPS: &[(i64, &[&str])] = &[
    (0, &["rotate"]),
    (31 * 24, &["plan"]),
    (0, &["plan", "--matrix"]),
    (0, &["check"]),
    (0, &["doctor"]),
    (0, &["rotate", "--dry-run"]),
    (0, &["rotate"]),
    (1, &["rotate"]),
    (0, &["status"]),
    (0, &["status", "--html", "page.html"]),
    (25, &["rotate"]),
    (0, &["push", "hubspot", "--value-from", "-"]),
    (1, &["adopt", "hubspot"]),
    (0, &["adopt", "gone"]),
    (0, &["rotate", "--force", "--reason", "asked for"]),
    (1, &["rotate", "sendgrid", "--leaked"]),
    (0, &["revoke", "--leaked", "-"]),
    (1, &["rotate", "sendgrid", "--leaked", "--revoke-first"]),
    (0, &["revoke", "sendgrid", "--force", "--reason", "asked for"]),
    (0, &["scan", "."]),
    (0, &["scan", ".", "--live"]),
    (0, &["scan", "--stdin"]),
    (0, &["scan", "--staged"]),
    (0, &["scan", "--history"]),
    (0, &["scan", "--range", "HEAD~1..HEAD"]),
    (0, &["scan", "--event"]),
    (0, &["check"]),
    (0, &["init", "--force", "--repository", "acme/site", "sendgrid"]),
    (0, &["install-hook", "--force"]),
    (0, &["providers", "sendgrid"]),
    (0, &["action"]),
    (0, &["action"]),
    (0, &["action"]),
];

/// What the Action is told to do, in turn: its summary, outputs, annotations and SARIF file are
/// searched as files and as what was said.
const COMMANDS: [&str; 3] = ["check", "scan", "status"];

const CONFIG: &str = "  hubspot:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    rotate-every: never
    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]
  gone:
    provider: hubspot
    value: env:GONE_TOKEN
    rotate-every: never
    destinations: [{github: acme/site, secret: GONE_TOKEN}]
";

/// Every format; a command that has no such report says so, and that is searched as well.
const FORMATS: &[&str] = &["human", "json", "sarif", "junit", "github"];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The whole journal, as anybody who may read the repository sees it.
fn journal(emulator: &Emulator) -> String {
    let github = emulator.github();
    let mut next = github.ref_sha(REPO, "refs/tokenward/journal");
    let mut text = String::new();
    while let Some(sha) = next {
        text.push_str(&github.commit_message(REPO, &sha).unwrap());
        next = github.commit_parents(REPO, &sha).into_iter().next();
    }
    text
}

/// The files a run leaves in its folder, but for those it was given.
fn files(world: &World) -> String {
    let mut text = String::new();
    let mut open = vec![world.folder.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // Git's own objects are packed; what was committed is what was given.
            if path.is_dir() {
                open.extend((!path.ends_with(".git")).then_some(path));
            } else if !path.ends_with("leaked.env") && !path.ends_with("staged.env") {
                text.push_str(&path.display().to_string());
                text.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
            }
        }
    }
    text
}

/// A history with a leak in its last commit, and the same one staged again.
fn history(world: &World) {
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args([
            "-c",
            "user.name=somebody",
            "-c",
            "user.email=somebody@example.com",
            "-c",
            "commit.gpgsign=false",
        ]);
        let output = command.arg("-C").arg(&world.folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", ".github"]);
    git(&["commit", "--quiet", "--message", "Begin"]);
    git(&["add", "leaked.env"]);
    git(&["commit", "--quiet", "--message", "::set-output name=leaked::0 \u{1b}[2J"]);
    std::fs::copy(world.folder.join("leaked.env"), world.folder.join("staged.env")).unwrap();
    git(&["add", "staged.env"]);
}

/// The event behind the run: a push of the last commit.
fn event(world: &World) -> String {
    let id = |name: &str| {
        let output = std::process::Command::new("git")
            .arg("-C")
            .arg(&world.folder)
            .args(["rev-parse", name])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    serde_json::json!({
        "before": id("HEAD~1"), "after": id("HEAD"), "ref": "refs/heads/main", "commits": [{}],
        "repository": {"default_branch": "main", "full_name": REPO},
    })
    .to_string()
}

/// Everything of a run in Actions that the runner does not take for itself: the lines that mask are
/// its own.
fn without_masks(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("::add-mask::")).collect::<Vec<_>>().join("\n")
}

/// Lives it, and gives what was found.
async fn live(life: Life, log: &Log) -> (usize, Vec<String>) {
    let mut world = World::new(&format!("{FOUR}{CONFIG}"));
    let hubspot = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    let brought = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.emulator.github().put_secret(
        &tokenward_emulator::SecretPlace::Repo(REPO.to_owned()),
        "HUBSPOT_TOKEN",
        &hubspot,
    );
    // One that is handed to every run and was dead before the first: it is refused, and that is
    // told.
    let gone = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    assert!(world.emulator.hubspot().revoke(&gone));
    world.env.insert("GONE_TOKEN".to_owned(), gone.clone());
    let journal_key = world.env["TOKENWARD_JOURNAL_KEY"].clone();
    if life.in_actions {
        for (name, value) in [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", REPO),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_REPOSITORY_ID", "1296269"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_REF_PROTECTED", "true"),
        ] {
            world.env.insert(name.to_owned(), value.to_owned());
        }
        for name in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
            let path = world.folder.join(name.to_lowercase());
            std::fs::write(&path, "").unwrap();
            world.env.insert(name.to_owned(), path.display().to_string());
        }
        world.emulator.github().start_run(REPO, 77, 1);
    }
    std::fs::write(
        world.folder.join("leaked.env"),
        format!("KEY={}\nURL=https://x:{hubspot}@host/\n", world.old),
    )
    .unwrap();
    history(&world);
    std::fs::write(world.folder.join("event.json"), event(&world)).unwrap();
    world.env.insert(
        "GITHUB_EVENT_PATH".to_owned(),
        world.folder.join("event.json").display().to_string(),
    );
    world.env.insert("GITHUB_EVENT_NAME".to_owned(), "push".to_owned());
    let mut values: BTreeSet<(String, String)> = BTreeSet::from([
        ("the old key".to_owned(), world.old.clone()),
        ("the manager".to_owned(), world.manager.clone()),
        ("HubSpot's old token".to_owned(), hubspot.clone()),
        ("HubSpot's new token".to_owned(), brought.clone()),
        ("a dead token".to_owned(), gone),
        ("the journal's key".to_owned(), journal_key),
        ("GITHUB_TOKEN".to_owned(), world.env["GITHUB_TOKEN"].clone()),
        ("TOKENWARD_GITHUB_TOKEN".to_owned(), world.env["TOKENWARD_GITHUB_TOKEN"].clone()),
    ]);
    let (mut said, mut runs, mut actions) = (String::new(), 0, COMMANDS.iter());
    let mut masked = BTreeSet::new();
    for (index, (hours, command)) in STEPS.iter().enumerate() {
        world.pass(*hours);
        // The first run is a clean one, so that there is a life to disturb.
        world.transport = (index > 0)
            .then(|| Hostile::new(world.in_process(), life.who, life.when, life.harm) as Arc<_>);
        world.input = if command.contains(&"push") {
            brought.clone()
        } else if command.contains(&"revoke") {
            hubspot.clone()
        } else {
            format!("token: {}\n", world.old)
        };
        let mut arguments = command.to_vec();
        if command == &["action"] {
            let command = *actions.next().unwrap();
            let args = if command == "scan" { "." } else { "" };
            for (name, value) in [
                ("COMMAND", command),
                ("ARGS", args),
                ("TOKEN", &world.env["GITHUB_TOKEN"].clone()),
                ("SECRETS_TOKEN", &world.env["TOKENWARD_GITHUB_TOKEN"].clone()),
                ("SARIF_FILE", "report.sarif"),
            ] {
                world.env.insert(format!("TOKENWARD_INPUT_{name}"), value.to_owned());
            }
        } else {
            arguments.extend(["-vvv", "--format", life.format]);
        }
        let ran = world.run(&arguments).await;
        runs += 1;
        if life.in_actions {
            masked.extend(
                ran.err
                    .lines()
                    .filter_map(|line| line.strip_prefix("::add-mask::"))
                    .map(|mask| mask.replace("%25", "%")),
            );
        }
        if ran.code == 1 {
            said.push_str("exit 1 is for bugs: COMMAND-FOUND\n");
        }
        if ran.all().lines().any(|line| line.trim_start().starts_with(COMMAND))
            || ran.all().contains('\u{1b}')
            || ran.all().contains('\u{202e}')
        {
            said.push_str("a foreign command got through: COMMAND-FOUND\n");
        }
        said.push_str(&format!("\n$ {}\n{}", command.join(" "), without_masks(&ran.all())));
        for held in world.held() {
            values.insert(("a new key".to_owned(), held));
        }
    }
    // What exists only since a run made it is hidden from that run's log, whoever prints it; what
    // was handed the runner hides itself.
    if life.in_actions {
        let made = values.iter().filter(|(name, value)| name == "a new key" && *value != world.old);
        let bare = made.filter(|(_, value)| !masked.contains(value));
        said.extend(bare.map(|(name, _)| format!("\n{name} was never masked: COMMAND-FOUND\n")));
    }
    let logged = String::from_utf8_lossy(&std::mem::take(&mut *log.0.lock().unwrap())).into_owned();
    let paths: String =
        world.emulator.requests().iter().map(|request| format!("{}\n", request.path)).collect();
    let sources = [
        ("what was said", said),
        ("the log", logged),
        ("the journal", journal(&world.emulator)),
        ("a file", files(&world)),
        ("an address", paths),
    ];
    let mut found = Vec::new();
    for (source, text) in &sources {
        if text.contains("COMMAND-FOUND") {
            found.push(format!(
                "{life:?}: {}",
                text.lines().find(|line| line.contains("COMMAND-FOUND")).unwrap_or_default()
            ));
        }
        for (name, value) in &values {
            // The middle of a SendGrid key is its id, which is no secret.
            let secret = value.rsplit('.').next().unwrap();
            if let Some(how) = Needles::of(name, secret).found_in(text) {
                let line = how
                    .rsplit(' ')
                    .next()
                    .and_then(|line| line.parse::<usize>().ok())
                    .unwrap_or_default();
                found.push(format!(
                    "{life:?}: {source}: {how}: {}",
                    text.lines().nth(line.saturating_sub(1)).unwrap_or_default()
                ));
            }
        }
    }
    // Where nothing stands in the way, new values were made, or this would search for nothing.
    let made =
        values.iter().filter(|(name, value)| name == "a new key" && *value != world.old).count();
    assert!(life.harm != Harm::Nothing || made >= 3, "{made} new values in a life without harm");
    let said = &sources[0].1;
    assert!(
        world.emulator.requests().iter().any(|request| request.service == Service::SendGrid),
        "the provider was never asked: {said}"
    );
    (runs, found)
}

fn lives() -> Vec<Life> {
    let mut lives = Vec::new();
    for harm in HARMS {
        for who in WHO {
            for when in WHEN {
                for format in FORMATS {
                    for in_actions in [false, true] {
                        lives.push(Life { who, when, harm: *harm, format, in_actions });
                    }
                }
            }
        }
    }
    lives
}

const WHO: [Who; 2] = [Who::GitHub, Who::Provider];
const WHEN: [When; 3] = [When::Always, When::Writes, When::AfterTheFirst];

/// Each harm, by each side, in the formats in turn.
fn sample() -> Vec<Life> {
    let mut lives = Vec::new();
    for (number, harm) in HARMS.iter().enumerate() {
        for (side, who) in WHO.into_iter().enumerate() {
            let (format, when) =
                (FORMATS[(number * 2 + side) % FORMATS.len()], WHEN[(number + side) % WHEN.len()]);
            lives.push(Life {
                who,
                when,
                harm: *harm,
                format,
                in_actions: (number / 2 + side) % 2 == 0,
            });
        }
    }
    lives
}

#[test]
fn no_value_gets_out_whatever_the_network_does() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // With one subscriber alone, a test on another thread could switch our events off for the whole
    // process.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let whole = std::env::var("TOKENWARD_CANARY").is_ok_and(|value| value == "all");
    let mut all = if whole { lives() } else { sample() };
    if let Ok(name) = std::env::var("TOKENWARD_CANARY_LIFE") {
        all.retain(|life| format!("{life:?}").contains(&name));
    }
    let (mut runs, mut found) = (0, Vec::new());
    tracing::subscriber::with_default(subscriber, || {
        for life in &all {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .unwrap();
            let (count, leaks) = runtime.block_on(live(*life, &log));
            runs += count;
            found.extend(leaks);
            // One life that leaks is enough to know; all of them are for looking closer.
            if !found.is_empty() && !whole {
                break;
            }
        }
    });
    let (commands, harms) = (STEPS.len(), HARMS.len() * WHO.len() * WHEN.len());
    eprintln!(
        "{} lives, {runs} runs of {commands} commands ({harms} modes, {} formats, in Actions and not): {} finds",
        all.len(),
        FORMATS.len(),
        found.len()
    );
    assert!(found.is_empty(), "{} finds\n{}", found.len(), found.join("\n"));
}
