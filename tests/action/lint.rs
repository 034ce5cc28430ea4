//! Tools that nobody here wrote look at action.yml, at every workflow, and at the SARIF we write;
//! none may have anything to say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::outcome::{Outcome, While, ensure};
use crate::stage::{ACTION, root};
use crate::tools::Tool;

/// Copies with a commit where the starters name one, as people have them. Removed on drop.
struct Copies(PathBuf);

impl Drop for Copies {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Copies {
    fn new(name: &str) -> Outcome<Self> {
        let copies = Self(
            Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join(format!("lint-{}-{name}", std::process::id())),
        );
        for folder in [".github/workflows", "workflows"] {
            let to = copies
                .0
                .join(folder.trim_start_matches(".github/"))
                .join(folder.replace(['/', '.'], ""))
                .join(".github/workflows");
            fs::create_dir_all(&to).while_("make a folder")?;
            for entry in fs::read_dir(root().join(folder)).while_("list the workflows")? {
                let path = entry.while_("list the workflows")?.path();
                let text = fs::read_to_string(&path)
                    .while_("read a workflow")?
                    .replace("OWNER/tokenward@COMMIT", ACTION);
                fs::write(to.join(path.file_name().unwrap_or_default()), text)
                    .while_("copy a workflow")?;
            }
        }
        fs::create_dir_all(copies.0.join("twin")).while_("make a folder")?;
        for (from, to) in [("action.yml", "action.yml"), ("action/action.yml", "twin/action.yml")] {
            fs::copy(root().join(from), copies.0.join(to)).while_(from)?;
        }
        Ok(copies)
    }

    fn workflows(&self) -> Outcome<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut open = vec![self.0.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).while_("list the copies")? {
                let path = entry.while_("list the copies")?.path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|extension| extension == "yml")
                    && !path.ends_with("action.yml")
                {
                    found.push(path);
                }
            }
        }
        ensure(found.len() >= 11, || format!("{} workflows found", found.len()))?;
        Ok(found)
    }
}

fn silent(command: &mut Command) -> Outcome<()> {
    let out = command.output().while_("run the linter")?;
    let said =
        String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    ensure(out.status.success(), || said)
}

pub(crate) fn zizmor() -> Outcome<()> {
    let copies = Copies::new("zizmor")?;
    let mut zizmor = Command::new(Tool::Zizmor.path());
    zizmor
        .args(["--offline", "--no-progress", "--persona", "auditor", "--strict-collection"])
        .args(copies.workflows()?);
    silent(zizmor.arg(copies.0.join("action.yml")).arg(copies.0.join("twin/action.yml")))
}

pub(crate) fn actionlint() -> Outcome<()> {
    let copies = Copies::new("actionlint")?;
    silent(
        Command::new(Tool::Actionlint.path())
            .args(["-no-color", "-shellcheck=", "-pyflakes="])
            .args(copies.workflows()?),
    )
}

pub(crate) fn schemas() -> Outcome<()> {
    let copies = Copies::new("schemas")?;
    let check = || Command::new(Tool::CheckJsonschema.path());
    silent(
        check().args(["--builtin-schema", "vendor.github-workflows"]).args(copies.workflows()?),
    )?;
    silent(
        check()
            .args(["--builtin-schema", "vendor.github-actions"])
            .arg(copies.0.join("action.yml"))
            .arg(copies.0.join("twin/action.yml")),
    )
}

pub(crate) fn sarif() -> Outcome<()> {
    let copies = Copies::new("sarif")?;
    let value = format!(
        "SG.{}.{}",
        "aB3dE6gH9jK2mN5pQ8sT1v", "Zx7Cv4Bn1Mq8We5Rt2Yu9Io6Pa3Sd0Fg7Hj4Kl1Zx8C"
    );
    // A repository of its own: otherwise it is a folder of the one around it.
    silent(Command::new("git").args(["init", "--quiet"]).current_dir(&copies.0))?;
    fs::create_dir_all(copies.0.join("a folder")).while_("make a folder")?;
    fs::write(
        copies.0.join("a folder/set#tings.py"),
        format!("KEY = '{value}'\nAGAIN = '{value}'\n"),
    )
    .while_("write a leak")?;
    fs::create_dir_all(copies.0.join(".github")).while_("make a folder")?;
    let config = "version: 1\ntokens:\n  mail:\n    provider: sendgrid\n    value: env:MAIL\n    destinations: [{github: acme/site, secret: MAIL}]\n";
    fs::write(copies.0.join(".github/tokenward.yml"), config).while_("write a config")?;
    let repository = ("GITHUB_ACTION_REPOSITORY".to_owned(), "acme/tokenward".to_owned());
    let path = ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default());
    for (env, command, code, wanted) in [
        (BTreeMap::from([path.clone(), repository.clone()]), "scan", 11, 1),
        (BTreeMap::from([path.clone()]), "scan", 11, 1),
        (BTreeMap::from([path, repository]), "check", 5, 3),
    ] {
        let is_action = env.contains_key("GITHUB_ACTION_REPOSITORY");
        let mut tokenward = Command::new(env!("CARGO_BIN_EXE_tokenward"));
        tokenward
            .args([command, "--format", "sarif", "--output", "log.sarif"])
            .current_dir(&copies.0)
            .env_clear()
            .envs(env);
        let out = tokenward.output().while_("run tokenward")?;
        ensure(out.status.code() == Some(code), || {
            String::from_utf8_lossy(&out.stderr).into_owned()
        })?;
        let log = fs::read_to_string(copies.0.join("log.sarif")).while_("read the log")?;
        ensure(!log.contains(&value) && !log.contains("Zx7Cv4"), || {
            "the log holds the value".to_owned()
        })?;
        let log: Value = serde_json::from_str(&log).while_("read the log")?;
        let results = log.pointer("/runs/0/results").and_then(Value::as_array).map_or(0, Vec::len);
        ensure(results == wanted, || format!("{command}: {results} results"))?;
        // The same value on the next line.
        let again = log.pointer("/runs/0/results/0/relatedLocations/0").is_some();
        ensure(again == (command == "scan"), || format!("{command}: related locations"))?;
        // Outside the Action nobody has told where tokenward is kept, so there is no address to
        // give.
        validate(&copies.0, if is_action { &[] } else { &["SARIF2005"] })?;
    }
    Ok(())
}

/// The tool's exit code says nothing of what it found, so its own log is read.
fn validate(folder: &Path, allowed: &[&str]) -> Outcome<()> {
    let mut tool = Command::new(Tool::Multitool.path());
    tool.args([
        "validate",
        "log.sarif",
        "--rule-kind",
        "Sarif;Ghas",
        "--level",
        "Error;Warning",
        "--output",
        "verdict.sarif",
        "--log",
        "ForceOverwrite",
    ]);
    let out = tool
        .current_dir(folder)
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .output()
        .while_("run the multitool")?;
    let verdict = fs::read_to_string(folder.join("verdict.sarif"));
    let verdict = verdict.map_err(|_| {
        format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
    })?;
    let verdict: Value = serde_json::from_str(&verdict).while_("read the multitool's log")?;
    let mut found =
        verdict.pointer("/runs/0/results").and_then(Value::as_array).cloned().unwrap_or_default();
    found.retain(|result| !result["ruleId"].as_str().is_some_and(|id| allowed.contains(&id)));
    ensure(found.is_empty(), || {
        found.iter().map(|result| format!("{} {}\n", result["ruleId"], result["message"])).collect()
    })
}
