//! Everything that is said or written goes through one gate that knows every value this run holds,
//! not only the one that was asked about.

use std::fs;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use serde_json::json;
use tokenward::net::{Answer, Request, Transport, TransportError};
use tokenward_emulator::{Credential, CredentialKind, SecretPlace};
use zeroize::Zeroizing;

use crate::support::{InProcess, REPO, World, gives_away};

const TWO: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h}
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]
  sendgrid:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations: [{github: acme/site, secret: SENDGRID_API_KEY}]
";

/// A provider that answers every look with the same words: as account, as scope, as name.
struct Saying(InProcess, String);

impl Transport for Saying {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        if request.host() == "api.github.com" {
            return self.0.send(request);
        }
        let said = &self.1;
        let body = json!({"hubId": said, "scopes": [said, "mail.send"], "name": said, "result": [{"api_key_id": said, "name": said}]});
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        async move {
            Ok(Answer { status: 200, headers, body: Zeroizing::new(body.to_string().into_bytes()) })
        }
        .boxed()
    }
}

/// A world in which a run of the Action may write an issue, a summary, outputs and a SARIF file,
/// and holds a password of no provider.
fn world() -> World {
    let mut world = World::new(TWO);
    let value = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    world.env.insert("HUBSPOT_TOKEN".to_owned(), value.clone());
    let github = world.emulator.github();
    github.put_secret(&SecretPlace::Repo(REPO.to_owned()), "HUBSPOT_TOKEN", &value);
    let rights = [("contents", "write"), ("actions", "read"), ("issues", "write")];
    let own =
        github.add_credential(Credential::new(CredentialKind::ActionsToken, &rights).on(&[REPO]));
    world.env.insert("GITHUB_TOKEN".to_owned(), own);
    world.env.insert("SMTP_PASSWORD".to_owned(), ["xK9qZ7mN2", "pL5wT8rV4", "cY6hJ1dF0"].concat());
    world
}

fn runner_of(world: &World) -> std::path::PathBuf {
    let runner = world.folder.with_extension("runner");
    assert!(fs::create_dir_all(&runner).is_ok());
    runner
}

/// Everything that the commands say and write in every format, in the Action and outside of it,
/// with a name for each.
async fn outputs(world: &mut World) -> Vec<(String, String)> {
    let mut outputs = Vec::new();
    let formats = ["human", "json", "github", "junit", "sarif"].map(|format| ("check", format));
    for (command, format) in formats.into_iter().chain([
        ("status", "json"),
        ("plan", "json"),
        ("rotate", "human"),
        ("doctor", "json"),
    ]) {
        let ran = world.run(&[command, "--format", format, "-v"]).await;
        outputs.push((format!("{command} {format}"), ran.out + &ran.err));
    }
    world.run(&["status", "--html", "page.html"]).await;
    outputs.push((
        "the page".to_owned(),
        fs::read_to_string(world.folder.join("page.html")).unwrap_or_default(),
    ));
    let runner = runner_of(world);
    let file = |name: &str| runner.join(name).display().to_string();
    let variables = [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_REPOSITORY", REPO.to_owned()),
        ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
        ("GITHUB_RUN_ID", "4711".to_owned()),
        ("GITHUB_EVENT_NAME", "schedule".to_owned()),
        ("GITHUB_WORKSPACE", world.folder.display().to_string()),
        ("GITHUB_OUTPUT", file("outputs.txt")),
        ("GITHUB_STEP_SUMMARY", file("summary.md")),
        ("RUNNER_TEMP", runner.display().to_string()),
        ("TOKENWARD_INPUT_ANNOTATIONS", "true".to_owned()),
        ("TOKENWARD_INPUT_SARIF_FILE", "found.sarif".to_owned()),
    ];
    world.env.extend(variables.map(|(name, value)| (name.to_owned(), value)));
    for command in ["check", "status", "rotate"] {
        world.env.insert("TOKENWARD_INPUT_COMMAND".to_owned(), command.to_owned());
        world.env.insert(
            "TOKENWARD_INPUT_ARGS".to_owned(),
            if command == "rotate" { "--allow-unprotected-ref" } else { "" }.to_owned(),
        );
        let ran = world.run(&["action"]).await;
        // The runner is told each value once, so that it masks it.
        let said: Vec<&str> = ran
            .err
            .lines()
            .chain(ran.out.lines())
            .filter(|line| !line.starts_with("::add-mask::"))
            .collect();
        outputs.push((format!("action {command}"), said.join("\n")));
    }
    for folder in [&runner, &world.folder] {
        for entry in fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.path().is_file())
        {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            outputs.push((entry.file_name().to_string_lossy().into_owned(), text));
        }
    }
    for issue in world.emulator.github().issues(REPO) {
        outputs.push((
            "the issue".to_owned(),
            format!("{}\n{}\n{}", issue.title, issue.body, issue.comments.concat()),
        ));
    }
    outputs
}

async fn said_about(said: impl Fn(&World) -> String) -> (World, Vec<(String, String)>) {
    let mut world = world();
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.transport = Some(Arc::new(Saying(world.in_process(), said(&world))));
    let outputs = outputs(&mut world).await;
    (world, outputs)
}

/// The control: what is no value is shown, in every kind of output.
#[tokio::test(start_paused = true)]
async fn d4_a_word_of_a_provider_is_shown_in_every_output() {
    let (_, outputs) = said_about(|_| "special-account".to_owned()).await;
    let shown = |name: &str| {
        outputs.iter().any(|(output, text)| {
            output.contains(name) && text.replace('\u{200b}', "").contains("account")
        })
    };
    let silent: Vec<&str> =
        ["check human", "check json", "check sarif", "summary", "tokenward-check"]
            .into_iter()
            .filter(|name| !shown(name))
            .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[tokio::test(start_paused = true)]
async fn d4_no_value_of_the_run_is_said_in_any_output_whoever_repeats_it() {
    let variables = [
        "SENDGRID_MANAGER_KEY",
        "GITHUB_TOKEN",
        "TOKENWARD_GITHUB_TOKEN",
        "HUBSPOT_TOKEN",
        "SMTP_PASSWORD",
    ];
    let encode: [fn(&str) -> String; 7] = [
        str::to_owned,
        |value| format!("SENDGRID_{value}"),
        |value| format!("x{value}y"),
        |value| format!("é9-{value}_"),
        |value| STANDARD.encode(value),
        |value| value.bytes().map(|byte| format!("{byte:02x}")).collect(),
        |value| value.chars().rev().collect(),
    ];
    for variable in variables {
        // Every form once, and every value as it is and glued to other letters.
        let forms = if variable == "SMTP_PASSWORD" { 7 } else { 2 };
        for encode in &encode[..forms] {
            let (world, outputs) = said_about(|world| encode(&world.env[variable])).await;
            let value = &world.env[variable];
            for (name, text) in &outputs {
                let plain = text.replace('\u{200b}', "");
                assert!(!plain.contains(&encode(value)), "{variable} in {name}: {text}");
                assert!(!plain.contains(value.as_str()), "{variable} in {name}: {text}");
                assert_eq!(gives_away(&plain, value), None, "{variable} in {name}: {text}");
            }
        }
    }
}

/// What is a value of this run is not said either where a variable of the runner, the config or a
/// typed word repeats it.
#[tokio::test(start_paused = true)]
async fn d4_no_variable_no_input_and_no_config_has_a_value_of_the_run_said() {
    let settings = [
        "GITHUB_WORKSPACE",
        "GITHUB_REF",
        "GITHUB_SHA",
        "GITHUB_API_URL",
        "GITHUB_SERVER_URL",
        "GITHUB_REPOSITORY",
        "GITHUB_EVENT_PATH",
        "GITHUB_EVENT_NAME",
        "TOKENWARD_INPUT_COMMAND",
        "TOKENWARD_INPUT_SARIF_FILE",
        "TOKENWARD_INPUT_CONFIG",
        "TOKENWARD_INPUT_ARGS",
    ];
    let as_it_is: fn(&str) -> String = str::to_owned;
    let hex = |value: &str| value.bytes().map(|byte| format!("{byte:02x}")).collect();
    for setting in settings {
        for (before, encode) in [
            ("", as_it_is),
            ("https://", as_it_is),
            ("refs/heads/SENDGRID_", as_it_is),
            ("", |value| STANDARD.encode(value)),
            ("", hex),
        ] {
            let mut world = world();
            let value = world.env["SMTP_PASSWORD"].clone();
            world.env.insert(setting.to_owned(), format!("{before}{}", encode(&value)));
            world.env.entry("GITHUB_ACTIONS".to_owned()).or_insert_with(|| "true".to_owned());
            world
                .env
                .entry("TOKENWARD_INPUT_COMMAND".to_owned())
                .or_insert_with(|| "check".to_owned());
            let range = format!("{value}..HEAD");
            for line in [
                vec!["action"],
                vec!["check"],
                vec!["rotate"],
                vec!["scan", "--range", &range],
                vec!["doctor", "--format", "json"],
            ] {
                let ran = world.run(&line).await;
                let said = ran
                    .out
                    .lines()
                    .chain(ran.err.lines())
                    .filter(|line| !line.starts_with("::add-mask::"))
                    .collect::<String>();
                assert_eq!(gives_away(&said, &value), None, "{setting} {before} {line:?}: {said}");
            }
        }
    }
    for (there, here, wrong) in [
        ("scopes: [mail.send]", "scopes: [VALUE]", false),
        ("scopes: [mail.send]", "scopes: [SENDGRID_VALUE, xVALUE]", false),
        ("provider: sendgrid", "provider: VALUE", true),
        ("provider: sendgrid", "provider: xVALUE", true),
        ("    scopes:", "    region: VALUE\n    scopes:", true),
        ("    scopes:", "    with: {VALUE: VALUE}\n    scopes:", false),
        ("version: 1", "version: 1\nproviders: [VALUE]", true),
        ("github: acme/site, secret: SENDGRID_API_KEY", "github: VALUE/VALUE, secret: VALUE", true),
    ] {
        let value = ["xK9qZ7mN2", "pL5wT8rV4", "cY6hJ1dF0"].concat();
        let mut world = World::new(&TWO.replace(there, &here.replace("VALUE", &value)));
        world.env.insert("SMTP_PASSWORD".to_owned(), value.clone());
        let mut refused = false;
        for line in [
            vec!["check"],
            vec!["rotate"],
            vec!["plan", "--format", "json"],
            vec!["status", "--format", "github"],
        ] {
            let ran = world.run(&line).await;
            assert_eq!(
                gives_away(&(ran.out.clone() + &ran.err), &value),
                None,
                "{here} {line:?}: {}",
                ran.all()
            );
            refused |= ran.code != 0 && ran.all().contains("error[");
        }
        // The control: what is wrong in the config is said, so that it could have been repeated.
        assert!(refused || !wrong, "{here}");
    }
}

/// So many scopes are no answer: they are not known then, and nobody waits for them.
#[tokio::test(start_paused = true)]
async fn a13_scopes_without_end_are_not_read() {
    struct Many(InProcess, Vec<String>);
    impl Transport for Many {
        fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
            if request.host() == "api.github.com" {
                return self.0.send(request);
            }
            let body = json!({"hubId": 7, "scopes": self.1}).to_string().into_bytes();
            let mut headers = HeaderMap::new();
            headers.insert("content-type", HeaderValue::from_static("application/json"));
            async move { Ok(Answer { status: 200, headers, body: Zeroizing::new(body) }) }.boxed()
        }
    }
    let long = vec!["a".repeat(100_000)];
    let many = (0..100_000).map(|number| format!("s{number}")).collect();
    let control = (0..300).map(|number| format!("mail.scope{number}")).collect();
    for (scopes, shown) in [(many, false), (long, false), (control, true)] {
        let mut world = world();
        let first = scopes.first().cloned().unwrap_or_default();
        world.transport = Some(Arc::new(Many(world.in_process(), scopes)));
        let start = std::time::Instant::now();
        let ran = world.run(&["check", "--format", "json"]).await;
        assert!(start.elapsed().as_secs() < 30, "it took {:?}", start.elapsed());
        assert_eq!(
            ran.out.contains(&format!("\"{first}\"")),
            shown,
            "{}",
            ran.out.chars().take(2_000).collect::<String>()
        );
    }
}
