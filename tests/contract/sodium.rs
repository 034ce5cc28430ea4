//! Sealed boxes and libsodium itself (PyNaCl), both ways: what tokenward seals it opens, what it
//! seals the emulator opens.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tokenward_emulator::{Emulator, Service};

use crate::outcome::{Outcome, While, ensure};
use crate::process::{self, Server};
use crate::tools;
use crate::workflow::{Workflow, furnish, places};

const CONFIG: &str = "\
version: 1
tokens:
  mail:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations:
      - {github: acme/site, secret: SENDGRID_API_KEY}
journal: {file: journal.jsonl}
";

/// tokenward pushes a value to a stand-in whose private key only libsodium holds.
pub(crate) fn opens_ours() -> Outcome<()> {
    let folder = tools::scratch("opens");
    fs::create_dir_all(&folder).while_("make a folder")?;
    let token = "the-only-credential-of-the-stand-in";
    let mut python = Command::new(tools::python());
    python.arg(tools::script("opens.py")).env("TOKEN", token);
    let mut server = Server::start(&mut python, folder.join("opens.log"))?;
    let lines = |said: &str| {
        said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>()
    };
    let url = server.wait_for("the stand-in's start", Duration::from_secs(30), |said| {
        Some(lines(said).first()?["url"].as_str()?.to_owned())
    })?;

    let runtime = process::runtime()?;
    let emulator = Emulator::new();
    let served = runtime.block_on(emulator.serve()).while_("serve the emulator")?;
    furnish(&emulator.github());
    let value = emulator.sendgrid().add_key("made by a person", &["mail.send"]).value;
    let variables = [
        ("GITHUB_API_URL", url.as_str()),
        ("TOKENWARD_SANDBOX_SENDGRID", &served.url(Service::SendGrid)),
        ("TOKENWARD_GITHUB_TOKEN", token),
        ("GITHUB_TOKEN", token),
        ("BROUGHT_KEY", &value),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let mut workflow = Workflow::new(&emulator, variables, &folder.join("checkout"), CONFIG)?;
    workflow.step(&["push", "mail", "--value-from", "env:BROUGHT_KEY"], 0)?;

    let opened = lines(&server.said());
    let wanted = serde_json::json!({"name": "SENDGRID_API_KEY", "value": value});
    ensure(opened.get(1..) == Some(&[wanted]), || {
        format!("libsodium opened {} boxes, or found something else in one", opened.len() - 1)
    })?;
    drop(server);
    fs::remove_dir_all(&folder).while_("remove a folder")
}

/// libsodium seals a value for the public key of each of the emulator's stores.
pub(crate) fn seals_for_the_emulator() -> Outcome<()> {
    const VALUE: &str = "päss phrase\nof two lines ✓";
    let folder = tools::scratch("seals");
    fs::create_dir_all(&folder).while_("make a folder")?;
    let runtime = process::runtime()?;
    let emulator = Emulator::new();
    let served = runtime.block_on(emulator.serve()).while_("serve the emulator")?;
    furnish(&emulator.github());
    let env: BTreeMap<_, _> = [
        ("TOKEN".to_owned(), emulator.github().add_app_credential_with_all()),
        ("VALUE".to_owned(), VALUE.to_owned()),
    ]
    .into();
    let script = tools::script("seals.py");
    let url = served.url(Service::GitHub);
    let arguments = [
        script.to_str().ok_or("the path is not UTF-8")?,
        &url,
        "/repos/acme/site/actions/secrets",
        "/repos/acme/site/environments/prod%2Feu%20west/secrets",
        "/orgs/acme/actions/secrets",
        "/repos/acme/site/dependabot/secrets",
        "/repos/acme/site/codespaces/secrets",
    ];
    let ended = process::run(&tools::python(), &arguments, &folder, &env)?;
    ensure(ended.code == Some(0), || format!("libsodium's side failed:\n{}", ended.said))?;
    for place in places() {
        let found = emulator.github().secret_value(&place, "SEALED");
        ensure(found.as_deref() == Some(VALUE), || format!("{place:?} holds {found:?}"))?;
    }
    fs::remove_dir_all(&folder).while_("remove a folder")
}
