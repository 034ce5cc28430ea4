//! What a team's workflows do, from a pull request to a rotation that settles: the starters as
//! `init` writes them, run by act.

use std::fs;
use std::process::Command;

use crate::outcome::{Outcome, While, ensure};
use crate::process::Ended;
use crate::stage::{REPO, Stage};

/// Whether a run set an output so.
pub(crate) fn sets(ended: &Ended, name: &str, value: &str) -> Outcome<()> {
    let wanted = format!("::set-output:: {name}={value}");
    ensure(ended.said.lines().any(|line| line.ends_with(&wanted)), || {
        format!("{wanted} is not said:\n{}", ended.said)
    })
}

pub(crate) fn says(ended: &Ended, text: &str) -> Outcome<()> {
    ensure(ended.said.contains(text), || format!("{text:?} is not said:\n{}", ended.said))
}

pub(crate) fn ends(ended: &Ended, code: i32) -> Outcome<()> {
    ensure(ended.code == Some(code), || format!("act ended with {:?}:\n{}", ended.code, ended.said))
}

/// A base with the starters, and a branch that adds a token and takes it back.
fn proposal(name: &str) -> Outcome<(Stage, String, String, String)> {
    let stage = Stage::new(name)?;
    stage.init(&["sendgrid"])?;
    let base = stage.commit("Begin")?;
    stage.git(&["checkout", "--quiet", "-b", "feature"])?;
    let value = stage.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("settings.py", &format!("KEY = '{value}'\n"))?;
    stage.commit("Send mail")?;
    stage.write("settings.py", "KEY = ''\n")?;
    let head = stage.commit("Tidy up")?;
    Ok((stage, base, head, value))
}

fn fails_with_the_leak(ended: &Ended, value: &str) -> Outcome<()> {
    ends(ended, 1)?;
    sets(ended, "exit-code", "11")?;
    sets(ended, "leaked", "1")?;
    sets(ended, "outcome", "failed")?;
    says(
        ended,
        "::error file=settings.py,line=1,col=8,title=tokenward%3A leak of sendgrid/api-key::",
    )?;
    says(ended, "### tokenward scan: ❌ 1 leak")?;
    says(ended, "exit status 11")?;
    ensure(!ended.said.contains(value) && !ended.said.contains(&value[..value.len() / 2]), || {
        "the log shows the token".to_owned()
    })
}

pub(crate) fn leak() -> Outcome<()> {
    let (stage, base, head, value) = proposal("leak")?;
    // Issues and pull requests are counted together; the event's is the seventh.
    let numbers: Vec<u64> =
        (0..7).map(|_| stage.emulator.github().open_issue(REPO, "a pull request")).collect();
    ensure(numbers.ends_with(&[7]), || format!("{numbers:?}"))?;
    let event = Stage::pull_request(&base, &head, REPO);
    let ended = stage.act(
        "pull_request",
        ".github/workflows/tokenward-leak-check.yml",
        Some(&event),
        true,
    )?;
    fails_with_the_leak(&ended, &value)?;
    let issues = stage.emulator.github().issues(REPO);
    let comments: Vec<&String> =
        issues.iter().filter(|issue| issue.number == 7).flat_map(|issue| &issue.comments).collect();
    ensure(comments.len() == 1 && comments[0].starts_with("<!-- tokenward: scan -->\n"), || {
        format!("{comments:?}")
    })?;
    ensure(!comments[0].contains(&value), || "the comment shows the token".to_owned())?;
    // Again: the comment is kept up to date, and there is still one.
    stage.act("pull_request", ".github/workflows/tokenward-leak-check.yml", Some(&event), true)?;
    let issues = stage.emulator.github().issues(REPO);
    ensure(
        issues.iter().filter(|issue| issue.number == 7).all(|issue| issue.comments.len() == 1),
        || "a second comment".to_owned(),
    )
}

pub(crate) fn leak_from_a_fork() -> Outcome<()> {
    let (stage, base, head, value) = proposal("fork")?;
    let event = Stage::pull_request(&base, &head, "mallory/site");
    let ended = stage.act(
        "pull_request",
        ".github/workflows/tokenward-leak-check.yml",
        Some(&event),
        false,
    )?;
    fails_with_the_leak(&ended, &value)
}

pub(crate) fn clean() -> Outcome<()> {
    let stage = Stage::new("clean")?;
    stage.init(&["sendgrid"])?;
    let base = stage.commit("Begin")?;
    stage.write("settings.py", "KEY = ''\n")?;
    let head = stage.commit("Send mail")?;
    let event = Stage::pull_request(&base, &head, REPO);
    let ended = stage.act(
        "pull_request",
        ".github/workflows/tokenward-leak-check.yml",
        Some(&event),
        true,
    )?;
    ends(&ended, 0)?;
    sets(&ended, "leaked", "0")?;
    sets(&ended, "exit-code", "0")?;
    sets(&ended, "outcome", "fine")
}

pub(crate) fn rotation() -> Outcome<()> {
    let stage = Stage::new("rotation")?;
    let old = stage.paste("SENDGRID_API_KEY");
    stage.init(&["sendgrid"])?;
    stage.commit("Begin")?;
    let workflow = ".github/workflows/tokenward-rotate.yml";
    let run = || stage.act("schedule", workflow, None, true);
    stage.pass(1);
    let adopted = run()?;
    ends(&adopted, 0)?;
    sets(&adopted, "rotated", "[]")?;
    stage.pass(31 * 24);
    let pushed = run()?;
    ends(&pushed, 0)?;
    sets(&pushed, "rotated", "[\"sendgrid\"]")?;
    says(&pushed, "| due |")?;
    let held = stage.emulator.github().handed_secrets(REPO, None);
    let new = held.get("SENDGRID_API_KEY").cloned().unwrap_or_default();
    ensure(new != old && stage.emulator.sendgrid().is_live(&old), || {
        "the old value should live on beside the new one".to_owned()
    })?;
    stage.pass(1);
    let proven = run()?;
    ends(&proven, 0)?;
    stage.pass(25);
    let revoked = run()?;
    ends(&revoked, 0)?;
    stage.pass(1);
    let settled = run()?;
    ends(&settled, 0)?;
    sets(&settled, "outcome", "fine")?;
    ensure(
        !stage.emulator.sendgrid().is_live(&old) && stage.emulator.sendgrid().is_live(&new),
        || "not settled".to_owned(),
    )?;
    ensure(settled.said.contains("::set-output:: next-due=20"), || settled.said.clone())?;
    for ended in [&adopted, &pushed, &proven, &revoked, &settled] {
        ensure(!ended.said.contains(&old) && !ended.said.contains(&new), || {
            "a log shows a value".to_owned()
        })?;
    }
    Ok(())
}

pub(crate) fn check() -> Outcome<()> {
    let stage = Stage::new("check")?;
    let value = stage.paste("SENDGRID_API_KEY");
    stage.init(&["sendgrid"])?;
    stage.commit("Begin")?;
    let run = || stage.act("schedule", ".github/workflows/tokenward-check.yml", None, true);
    let fine = run()?;
    ends(&fine, 0)?;
    // It works, and no rotation has taken it over yet.
    sets(&fine, "outcome", "attention")?;
    let id = stage
        .emulator
        .sendgrid()
        .keys()
        .into_iter()
        .find(|key| key.value == value)
        .map(|key| key.id)
        .ok_or("no key")?;
    stage.emulator.sendgrid().delete_key(&id);
    stage.pass(1);
    let ended = run()?;
    ends(&ended, 1)?;
    sets(&ended, "exit-code", "10")?;
    sets(&ended, "expired", "[\"sendgrid\"]")?;
    says(
        &ended,
        "::error file=.github/tokenward.yml,line=4,col=1,title=tokenward%3A token-dead::",
    )?;
    says(&ended, "exit status 10")
}

pub(crate) fn init() -> Outcome<()> {
    let stage = Stage::new("init")?;
    for secret in ["SENDGRID_API_KEY", "NEWS_API_KEY", "RECEIPTS_API_KEY"] {
        stage.paste(secret);
    }
    stage.init(&["sendgrid", "news=sendgrid", "receipts=sendgrid"])?;
    let base = stage.commit("Begin")?;
    stage.pass(1);
    for (event, name) in [("schedule", "rotate"), ("schedule", "check"), ("push", "leak-check")] {
        let payload = serde_json::json!({"before": base, "after": base, "ref": "refs/heads/main", "repository": {"full_name": REPO, "default_branch": "main"}, "commits": []});
        let ended = stage.act(
            event,
            &format!(".github/workflows/tokenward-{name}.yml"),
            Some(&payload),
            true,
        )?;
        ends(&ended, 0)?;
        sets(&ended, "outcome", "fine")?;
    }
    let mut again = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    let out = again
        .args(["init", "sendgrid", "--action", "a/b@c"])
        .current_dir(&stage.repo)
        .output()
        .while_("run init again")?;
    ensure(out.status.code() == Some(2), || String::from_utf8_lossy(&out.stderr).into_owned())?;
    ensure(
        fs::read_to_string(stage.repo.join(".github/tokenward.yml"))
            .while_("read the config")?
            .contains("receipts"),
        || "written over".to_owned(),
    )
}
