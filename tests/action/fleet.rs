//! The fleet: a matrix of three jobs, each with the secrets of an environment of its own. One of
//! them is killed in the middle of its writes; the next run finishes it.

use std::fs;
use std::time::Duration;

use tokenward_emulator::{Fault, FaultKind, FaultMatch, SecretPlace, Service};

use crate::act::{says, sets};
use crate::outcome::{Outcome, While, ensure};
use crate::process::Ended;
use crate::stage::{ACTION, REPO, Stage, executable, starters};

const TOKENS: [&str; 3] = ["alpha", "beta", "gamma"];

fn secret(token: &str) -> String {
    format!("{}_API_KEY", token.to_uppercase())
}

fn place(token: &str) -> SecretPlace {
    SecretPlace::Environment(REPO.to_owned(), token.to_owned())
}

fn config() -> String {
    let mut text = String::from("version: 1\ntokens:\n");
    for token in TOKENS {
        let secret = secret(token);
        text.push_str(&format!(
            "  {token}:\n    provider: sendgrid\n    value: env:{secret}\n    manager: env:SENDGRID_MANAGER_KEY\n    destinations: [{{github: {REPO}, environment: {token}, secret: {secret}}}]\n"
        ));
    }
    text
}

/// The starter with a line for each of our secrets.
fn workflow() -> Outcome<String> {
    let starter = starters()?.remove("fleet.yml").ok_or("no starter for a fleet")?;
    let margin = "          ";
    let ours: String = TOKENS
        .iter()
        .map(|token| secret(token))
        .map(|name| format!("{margin}{name}: ${{{{ secrets.{name} }}}}\n"))
        .collect();
    let theirs = format!("{margin}SENDGRID_API_KEY: ${{{{ secrets.SENDGRID_API_KEY }}}}\n");
    ensure(starter.contains(&theirs), || starter.clone())?;
    Ok(starter.replace(&theirs, &ours).replace("OWNER/tokenward@COMMIT", ACTION))
}

/// A run of all jobs, handed what the environments hold now. act gives every job all secrets.
fn run(stage: &mut Stage) -> Outcome<Ended> {
    for token in TOKENS {
        let held =
            stage.emulator.github().secret_value(&place(token), &secret(token)).unwrap_or_default();
        stage.secrets.insert(secret(token), held);
    }
    stage.act("schedule", ".github/workflows/fleet.yml", None, true)
}

pub(crate) fn fleet() -> Outcome<()> {
    let mut stage = Stage::new("fleet")?;
    let mut old = Vec::new();
    for token in TOKENS {
        stage.emulator.github().add_environment(REPO, token);
        let value = stage.emulator.sendgrid().add_key(token, &["mail.send"]).value;
        stage.emulator.github().put_secret(&place(token), &secret(token), &value);
        old.push(value);
    }
    stage.write(".github/tokenward.yml", &config())?;
    stage.write(".github/workflows/fleet.yml", &workflow()?)?;
    stage.commit("Begin")?;
    stage.pass(1);
    let adopted = run(&mut stage)?;
    ensure(adopted.code == Some(0), || adopted.said.clone())?;
    for job in 1..=3 {
        says(&adopted, &format!("Rotate ({job})"))?;
    }
    // One job is killed while GitHub keeps it waiting for the answer to its first write of a
    // secret.
    stage.pass(31 * 24);
    let path = format!("/environments/beta/secrets/{}", secret("beta"));
    let matches = FaultMatch::Where {
        service: Some(Service::GitHub),
        method: Some("PUT".to_owned()),
        path_contains: Some(path),
    };
    stage.emulator.inject(Fault { matches, kind: FaultKind::TimeOut, times: 1 });
    let binary = stage.binary();
    let real = binary.with_file_name("real");
    fs::rename(&binary, &real).while_("put the binary aside")?;
    let wrapper = format!(
        "#!/bin/sh\ncase \"$TOKENWARD_INPUT_COMMAND $TOKENWARD_INPUT_TOKENS\" in 'rotate beta') exec timeout -s KILL 8 '{0}' \"$@\" ;; esac\nexec '{0}' \"$@\"\n",
        real.display()
    );
    fs::write(&binary, wrapper).while_("write the wrapper")?;
    executable(&binary)?;
    let broken = run(&mut stage)?;
    ensure(broken.code == Some(1), || broken.said.clone())?;
    sets(&broken, "rotated", "[\"alpha\"]")?;
    sets(&broken, "rotated", "[\"gamma\"]")?;
    ensure(!broken.said.contains("::set-output:: rotated=[\"beta\"]"), || broken.said.clone())?;
    says(&broken, "### tokenward status")?;
    fs::rename(&real, &binary).while_("put the binary back")?;
    // The next runs: finish, prove, revoke.
    for hours in [2, 2, 8, 1] {
        stage.pass(hours);
        std::thread::sleep(Duration::from_millis(1));
        let ended = run(&mut stage)?;
        ensure(ended.code == Some(0), || ended.said.clone())?;
        ensure(
            ended.said.matches("### tokenward").count() > 0
                && ended.said.contains("### tokenward status"),
            || ended.said.clone(),
        )?;
    }
    for (token, old) in TOKENS.iter().zip(&old) {
        let held =
            stage.emulator.github().secret_value(&place(token), &secret(token)).unwrap_or_default();
        ensure(held != *old && stage.emulator.sendgrid().is_live(&held), || {
            format!("{token}: its secret does not hold a new value that works")
        })?;
        ensure(!stage.emulator.sendgrid().is_live(old), || {
            format!("{token}: the old value still works")
        })?;
    }
    // The provider holds one key for each token and the manager's, and nothing that nobody knows.
    let live = stage.emulator.sendgrid().keys().len();
    ensure(live == TOKENS.len() + 1, || format!("{live} keys at the provider"))
}
