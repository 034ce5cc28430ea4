//! What is said in several places, held equal: the Action's inputs and outputs, starters and their
//! callable twins, both files of the Action, names of archives. `TOKENWARD_UPDATE=1 cargo test
//! --test action` writes the twins again.

use std::collections::BTreeSet;
use std::fs;

use serde_yaml::Value;
use tokenward::cli::{INPUTS, OUTPUTS};

use crate::outcome::{Outcome, While, ensure};
use crate::stage::{root, starters};

fn read(path: &str) -> Outcome<String> {
    fs::read_to_string(root().join(path)).while_(path)
}

fn action() -> Outcome<Value> {
    serde_yaml::from_str(&read("action.yml")?).while_("read action.yml")
}

fn keys(of: Option<&Value>) -> Vec<String> {
    let mapping = of.and_then(Value::as_mapping);
    mapping
        .into_iter()
        .flat_map(|mapping| mapping.keys())
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The first code span of each row of a table of docs/action.md, by its heading.
fn table(heading: &str) -> Outcome<Vec<String>> {
    let page = read("docs/action.md")?;
    let (_, section) = page
        .split_once(&format!("\n## {heading}\n"))
        .ok_or_else(|| format!("docs/action.md has no `{heading}`"))?;
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    Ok(rows
        .filter_map(|row| row.strip_prefix("| `")?.split('`').next().map(str::to_owned))
        .collect())
}

pub(crate) fn names() -> Outcome<()> {
    let action = action()?;
    for (what, of_code, heading) in
        [("inputs", &INPUTS[..], "Inputs"), ("outputs", &OUTPUTS[..], "Outputs")]
    {
        let of_code: Vec<String> = of_code.iter().map(|name| (*name).to_owned()).collect();
        let of_action = keys(action.get(what));
        ensure(of_action == of_code, || {
            format!("action.yml has the {what} {of_action:?}, the code {of_code:?}")
        })?;
        let of_page = table(heading)?;
        ensure(of_page == of_code, || {
            format!("docs/action.md has the {what} {of_page:?}, the code {of_code:?}")
        })?;
    }
    // Each input is really read, and handed over under the name that is read.
    let code = read("src/cli/action/inputs.rs")?
        + &read("src/cli/action/outputs.rs")?
        + &read("action/install")?;
    let text = read("action.yml")?;
    for name in INPUTS {
        let variable = format!("TOKENWARD_INPUT_{}", name.to_uppercase().replace('-', "_"));
        let read =
            ["input", "is_on", "switch", "names", "path"].map(|how| format!("{how}(\"{name}\""));
        let is_read = read
            .into_iter()
            .chain([format!("also_as(\"{variable}\""), format!("${{{variable}")])
            .collect::<Vec<_>>();
        ensure(is_read.iter().any(|form| code.contains(form)), || {
            format!("nothing reads the input {name}")
        })?;
        ensure(text.contains(&format!("{variable}: ${{{{ inputs.{name} }}}}\n")), || {
            format!("action.yml does not hand on {name}")
        })?;
    }
    for name in OUTPUTS {
        ensure(text.contains(&format!("value: '${{{{ steps.run.outputs.{name} }}}}'")), || {
            format!("action.yml does not give {name}")
        })?;
    }
    Ok(())
}

pub(crate) fn form() -> Outcome<()> {
    let text = read("action.yml")?;
    ensure(text.lines().count() <= 80, || {
        format!("action.yml has {} lines", text.lines().count())
    })?;
    let action = action()?;
    let runs = action.get("runs").ok_or("action.yml runs nothing")?;
    ensure(runs.get("using").and_then(Value::as_str) == Some("composite"), || {
        "the Action is not composite".to_owned()
    })?;
    let steps = runs.get("steps").and_then(Value::as_sequence).ok_or("the Action has no steps")?;
    for script in steps.iter().filter_map(|step| step.get("run")?.as_str()) {
        ensure(!script.contains("${{"), || {
            format!("an expression stands inside a script: {script}")
        })?;
    }
    for (name, text) in starters()? {
        let workflow: Value = serde_yaml::from_str(&text).while_(&name)?;
        ensure(
            workflow
                .get("permissions")
                .and_then(Value::as_mapping)
                .is_some_and(serde_yaml::Mapping::is_empty),
            || format!("{name} gives permissions to every job"),
        )?;
        ensure(!text.contains("toJSON(secrets)") && !text.contains("secrets: inherit"), || {
            format!("{name} hands over every secret")
        })?;
        let minute = text
            .split("cron: '")
            .nth(1)
            .and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
        ensure(minute.is_none_or(|minute| minute % 5 != 0), || {
            format!("{name}: many others start at minute {minute:?}")
        })?;
    }
    Ok(())
}

/// A starter as another repository's workflow may call it: the same jobs, with what it needs as
/// inputs and secrets.
fn twin(name: &str, starter: &str) -> Outcome<String> {
    let workflow: Value = serde_yaml::from_str(starter).while_(name)?;
    let (head, rest) = starter.split_once("\non:\n").ok_or("a starter without `on:`")?;
    let (_, rest) = rest.split_once("\npermissions:").ok_or("a starter without `permissions:`")?;
    let name_line = head.lines().last().unwrap_or_default();
    let mut text = format!(
        "# The reusable form of workflows/{name}: uses the Action of its own commit. docs/action.md explains how to call it. Generated by\n"
    );
    text.push_str(&format!(
        "# `TOKENWARD_UPDATE=1 cargo test --test action`.\n{name_line}\non:\n  workflow_call:\n"
    ));
    let inputs =
        workflow.get("on").and_then(|on| on.get("workflow_dispatch")?.get("inputs")?.as_mapping());
    let passes_values = starter.contains(EXAMPLE);
    if inputs.is_some() || passes_values {
        text.push_str("    inputs:\n");
    }
    if passes_values {
        text.push_str(NAMES);
    }
    if let Some(inputs) = inputs {
        for (key, input) in inputs {
            let word = |field: &str| input.get(field).and_then(Value::as_str).unwrap_or_default();
            let kind = if word("type") == "boolean" { "boolean" } else { "string" };
            let default = if kind == "boolean" {
                "false".to_owned()
            } else {
                format!("'{}'", word("default"))
            };
            let key = key.as_str().unwrap_or_default();
            text.push_str(&format!(
                "      {key}: {{description: '{}', type: {kind}, default: {default}}}\n",
                word("description")
            ));
        }
    }
    let rest = called(rest);
    let secrets: BTreeSet<&str> =
        rest.split("secrets.").skip(1).filter_map(|rest| rest.split([' ', '}']).next()).collect();
    if !secrets.is_empty() {
        text.push_str("    secrets:\n");
        for secret in secrets {
            text.push_str(&format!("      {secret}: {{required: false}}\n"));
        }
    }
    Ok(text + "permissions:" + &rest)
}

/// Where a starter passes the values of its example's secrets.
const EXAMPLE: &str = "SENDGRID_";
/// The secrets whose values a caller can pass, whatever their names are.
const SLOTS: u32 = 8;
const NAMES: &str = "      secret-names: {description: 'The variables that the config names, in the order of SECRET_1, SECRET_2, ...', type: string, default: ''}\n";

/// A starter's jobs in the callable twin: with the Action of the twin's own repository and commit,
/// and with the caller's secrets instead of the example's.
fn called(jobs: &str) -> String {
    let mut text = String::new();
    let mut passed = false;
    for line in jobs.lines() {
        if line.trim() == "version: source" {
            continue;
        }
        let example = line.split_once(EXAMPLE).filter(|(margin, _)| margin.trim().is_empty());
        let Some((margin, _)) = example else {
            passed = false;
            text.push_str(&line.replace(", version: source", ""));
            text.push('\n');
            // Another branch's pushes are looked at by its pull request.
            if line == "    name: Leaks" {
                text.push_str("    if: github.event_name != 'push' || github.ref_name == github.event.repository.default_branch\n");
            }
            continue;
        };
        if !passed {
            passed = true;
            text.push_str(&format!(
                "{margin}TOKENWARD_INPUT_SECRET_NAMES: ${{{{ inputs.secret-names }}}}\n"
            ));
            for slot in 1..=SLOTS {
                text.push_str(&format!(
                    "{margin}TOKENWARD_SECRET_{slot}: ${{{{ secrets.SECRET_{slot} }}}}\n"
                ));
            }
        }
    }
    // A group of its own: the caller's may have the same name, and the two would wait for each
    // other.
    text.replace("group: tokenward", "group: tokenward-called")
        .replace("OWNER/tokenward@COMMIT", "$/action")
}

pub(crate) fn twins() -> Outcome<()> {
    for (name, starter) in starters()? {
        let path = format!(".github/workflows/{name}");
        let wanted = twin(&name, &starter)?;
        let is_equal = fs::read_to_string(root().join(&path)).is_ok_and(|text| text == wanted);
        if !is_equal && std::env::var_os("TOKENWARD_UPDATE").is_some() {
            fs::write(root().join(&path), &wanted).while_(&path)?;
            continue;
        }
        ensure(is_equal, || {
            format!(
                "{path} is not the twin of workflows/{name}: TOKENWARD_UPDATE=1 cargo test --test action"
            )
        })?;
        let uses = |text: &str, action: &str| text.matches(&format!("uses: {action}\n")).count();
        let (of_starter, of_twin) =
            (uses(&starter, "OWNER/tokenward@COMMIT"), uses(&wanted, "$/action"));
        ensure(of_starter == of_twin && of_twin > 0, || {
            format!("{path} uses the Action {of_twin} times, its starter {of_starter} times")
        })?;
    }
    Ok(())
}

/// The Action of the folder that `uses: $/action` names, and what keeps that form working.
pub(crate) fn self_reference() -> Outcome<()> {
    let (_, body) = read("action.yml")?
        .split_once("\nname: ")
        .map(|(head, body)| (head.to_owned(), body.to_owned()))
        .ok_or("action.yml has no name")?;
    let wanted = format!(
        "# The twin of action.yml for `uses: $/action`, which cannot name the root of a repository. Generated by\n# `TOKENWARD_UPDATE=1 cargo test --test action`.\nname: {}",
        body.replace("$GITHUB_ACTION_PATH/action/install", "$GITHUB_ACTION_PATH/install")
    );
    if read("action/action.yml").ok().as_ref() != Some(&wanted) {
        ensure(std::env::var_os("TOKENWARD_UPDATE").is_some(), || {
            "action/action.yml is not the twin of action.yml: TOKENWARD_UPDATE=1 cargo test --test action".to_owned()
        })?;
        fs::write(root().join("action/action.yml"), &wanted).while_("write action/action.yml")?;
    }
    for entry in fs::read_dir(root().join(".github/workflows")).while_("list the workflows")? {
        let path = entry.while_("list the workflows")?.path();
        let text = fs::read_to_string(&path).while_("read a workflow")?;
        let is_named = ["OWNER/", "@COMMIT"].iter().any(|blank| text.contains(blank));
        ensure(!is_named || path.ends_with("release.yml"), || {
            format!("{} has a placeholder that nobody fills in", path.display())
        })?;
    }
    // With a link that leads nowhere in the repository, the runner refuses `$/` as a whole
    // (actions/runner#4626).
    let mut git = std::process::Command::new("git");
    let out = git.args(["ls-files", "--stage"]).current_dir(root()).output();
    let listed = String::from_utf8(out.while_("run git")?.stdout).while_("list the files")?;
    let links: Vec<&str> = listed.lines().filter(|line| line.starts_with("120000")).collect();
    ensure(links.is_empty(), || format!("symbolic links: {links:?}"))
}

pub(crate) fn binstall() -> Outcome<()> {
    let manifest = read("Cargo.toml")?;
    let archive = "tokenward-{ version }-{ target }.tar.gz";
    ensure(
        manifest.contains(&format!(
            "pkg-url = \"{{ repo }}/releases/download/v{{ version }}/{archive}\""
        )),
        || manifest.clone(),
    )?;
    let shell = archive.replace("{ version }", "$version").replace("{ target }", "$target");
    for path in ["action/install", ".github/release/files.py"] {
        let text = read(path)?.replace("{version}", "$version").replace("{target}", "$target");
        ensure(text.contains(&shell), || {
            format!("{path} has another name for the archive than {shell}")
        })?;
    }
    Ok(())
}
