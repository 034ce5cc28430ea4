//! `tokenward confirm` as a step of another repository's workflow, run by act, and the run that
//! reads the mark it leaves. A fork's run tries to leave one as well.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tokenward_emulator::{Credential, CredentialKind, SecretPlace};

use crate::act::{ends, says};
use crate::outcome::{Outcome, ensure};
use crate::process::Ended;
use crate::stage::{ACTION, REPO, Stage};

const SHOP: &str = "acme/shop";

const CONFIG: &str = "\
version: 1
tokens:
  sendgrid:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    grace: {time: 24h, confirmed-by: [acme/shop]}
    destinations:
      - {github: acme/site, secret: SENDGRID_API_KEY}
      - {github: acme/shop, secret: MAIL_KEY}
";

/// What a consumer writes, as docs/rotation.md has it.
fn workflow() -> String {
    format!(
        "\
on: [push, pull_request]
permissions: {{deployments: write}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: {ACTION}
        with: {{command: confirm, tokens: sendgrid, args: '--of {REPO} --value-from env:MAIL_KEY', version: source}}
        env: {{MAIL_KEY: '${{{{ secrets.MAIL_KEY }}}}'}}
"
    )
}

/// What somebody writes in a fork: the mark, made by hand with the credential of the fork's run.
fn forgery(fingerprint: &str) -> String {
    let payload =
        json!({"of": REPO, "token": "sendgrid", "generation": 1, "fingerprint": fingerprint});
    let mark = json!({
        "ref": "main", "task": "tokenward:confirm", "environment": "tokenward/sendgrid", "auto_merge": false, "required_contexts": [],
        "payload": payload,
    });
    format!(
        "\
on: [pull_request]
jobs:
  forge:
    runs-on: ubuntu-latest
    steps:
      - run: |
          printf '%s' '{mark}' >\"$RUNNER_TEMP/mark.json\"
          curl --silent --show-error --output \"$RUNNER_TEMP/answer\" --write-out 'GitHub answered %{{http_code}}\\n' \\
            --header \"Authorization: Bearer $TOKEN\" --header 'Content-Type: application/json' --data \"@$RUNNER_TEMP/mark.json\" \\
            \"$GITHUB_API_URL/repos/{SHOP}/deployments\"
        env: {{TOKEN: '${{{{ github.token }}}}'}}
"
    )
}

/// A run of the shop's workflow, with its own `GITHUB_TOKEN` and, unless it is a fork's, its
/// secrets.
fn run(
    stage: &Stage,
    checkout: &Path,
    event: (&str, &str),
    payload: Value,
    is_fork: bool,
) -> Outcome<Ended> {
    let level = if is_fork { "read" } else { "write" };
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("deployments", level), ("contents", "read")],
    )
    .on(&[SHOP]);
    let github = stage.emulator.github();
    let mut secrets = if is_fork { BTreeMap::new() } else { github.handed_secrets(SHOP, None) };
    secrets.insert("GITHUB_TOKEN".to_owned(), github.add_credential(own));
    stage.act_in(checkout, event, payload, &secrets)
}

/// The fingerprint of the value in use, which everybody who may read the journal knows.
fn fingerprint(stage: &Stage) -> Outcome<String> {
    let github = stage.emulator.github();
    let sha = github.ref_sha(REPO, "refs/tokenward/journal").ok_or("no journal")?;
    let message = github.commit_message(REPO, &sha).ok_or("no record")?;
    let line = message.lines().find(|line| line.starts_with('{')).ok_or("no record")?;
    let record: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    record["tokens"]["sendgrid"]["current"]["fingerprint"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("no fingerprint: {line}"))
}

pub(crate) fn mark() -> Outcome<()> {
    let stage = Stage::new("confirm")?;
    let github = stage.emulator.github();
    let old = stage.paste("SENDGRID_API_KEY");
    github.add_repo(SHOP);
    github.put_secret(&SecretPlace::Repo(SHOP.to_owned()), "MAIL_KEY", &old);
    stage.init(&["sendgrid"])?;
    stage.write(".github/tokenward.yml", CONFIG)?;
    stage.commit("Begin")?;
    let rotate = || stage.act("schedule", ".github/workflows/tokenward-rotate.yml", None, true);
    for hours in [1, 31 * 24, 1] {
        stage.pass(hours);
        ends(&rotate()?, 0)?;
    }
    let files = [
        (".github/workflows/deploy.yml", workflow()),
        (".github/workflows/forge.yml", forgery(&fingerprint(&stage)?)),
    ];
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let shop = stage.checkout(SHOP, &files)?;

    // A fork's run: the step is refused, and a mark made by hand is refused by GitHub.
    let proposal = json!({
        "action": "opened",
        "repository": {"full_name": SHOP, "default_branch": "main"},
        "pull_request": {
            "number": 7, "commits": 1,
            "base": {"sha": "0".repeat(40), "ref": "main", "repo": {"full_name": SHOP}},
            "head": {"sha": "1".repeat(40), "ref": "feature", "repo": {"full_name": "mallory/shop", "fork": true}},
        },
    });
    let refused = run(
        &stage,
        &shop,
        ("pull_request", ".github/workflows/deploy.yml"),
        proposal.clone(),
        true,
    )?;
    ends(&refused, 1)?;
    says(&refused, "untrusted-event")?;
    let forged =
        run(&stage, &shop, ("pull_request", ".github/workflows/forge.yml"), proposal, true)?;
    says(&forged, "GitHub answered 403")?;
    ensure(github.deployments(SHOP).is_empty(), || {
        format!("a fork left a mark:\n{}", forged.said)
    })?;
    stage.pass(25);
    let waits = rotate()?;
    ends(&waits, 0)?;
    says(&waits, "not confirmed by acme/shop")?;
    ensure(stage.emulator.sendgrid().is_live(&old), || {
        format!("the old key is gone:\n{}", waits.said)
    })?;

    // The shop's own run, and the run that reads its mark.
    let payload = json!({"ref": "refs/heads/main", "repository": {"full_name": SHOP, "default_branch": "main"}});
    let confirmed = run(&stage, &shop, ("push", ".github/workflows/deploy.yml"), payload, false)?;
    ends(&confirmed, 0)?;
    says(&confirmed, "recorded a confirmation for acme/site")?;
    let marks = github.deployments(SHOP);
    ensure(marks.len() == 1 && marks[0].0 == "github-actions[bot]", || format!("{marks:?}"))?;
    stage.pass(1);
    let revoked = rotate()?;
    ends(&revoked, 0)?;
    says(&revoked, "acme/shop confirmed v1")?;
    // SendGrid takes a while to refuse a key that is gone.
    stage.pass(1);
    ensure(!stage.emulator.sendgrid().is_live(&old), || {
        format!("the old key is still there:\n{}", revoked.said)
    })?;
    let new = github.handed_secrets(SHOP, None).remove("MAIL_KEY").unwrap_or_default();
    for ended in [&refused, &forged, &waits, &confirmed, &revoked] {
        ensure(!ended.said.contains(&old) && !ended.said.contains(&new), || {
            "a log shows a value".to_owned()
        })?;
    }
    Ok(())
}
