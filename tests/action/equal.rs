//! What is said in several places, held equal: the Action's inputs and outputs, starters and their
//! callable twins, names of archives. `TOKENWARD_UPDATE=1 cargo test --test action` writes the
//! twins anew.

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
        "# The callable twin of workflows/{name}: `uses: OWNER/tokenward/.github/workflows/{name}@COMMIT`. Made from it by\n"
    );
    text.push_str(&format!(
        "# `TOKENWARD_UPDATE=1 cargo test --test action`.\n{name_line}\non:\n  workflow_call:\n"
    ));
    if let Some(inputs) =
        workflow.get("on").and_then(|on| on.get("workflow_dispatch")?.get("inputs")?.as_mapping())
    {
        text.push_str("    inputs:\n");
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
    let secrets: BTreeSet<&str> = starter
        .split("secrets.")
        .skip(1)
        .filter_map(|rest| rest.split([' ', '}']).next())
        .collect();
    if !secrets.is_empty() {
        text.push_str("    secrets:\n");
        for secret in secrets {
            text.push_str(&format!("      {secret}: {{required: false}}\n"));
        }
    }
    // A group of its own: the caller's may have the same name, and the two would wait for each
    // other.
    Ok(text + "permissions:" + &rest.replace("group: tokenward", "group: tokenward-called"))
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
        let jobs = |text: &str| {
            serde_yaml::from_str::<Value>(text)
                .ok()
                .and_then(|workflow| workflow.get("jobs").cloned())
        };
        ensure(jobs(&starter) == jobs(&wanted), || format!("{path} has other jobs"))?;
    }
    Ok(())
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
