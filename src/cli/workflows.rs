//! For `doctor`: compares every workflow of the checkout that uses tokenward with what its commands
//! need. Sends no request.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_yaml::Value;

use super::app_token;
use super::problems::workflows as problems;
use super::session::Session;
use super::workflow_file::{jobs, steps, text_of};
use crate::config::TokenConfig;
use crate::domain::text::sanitize;
use crate::domain::{Problem, handing_over};
use crate::journal::KEY_NAME;
use crate::report::Check;
use crate::rotation::{NEXT, OLD};

/// One place in a workflow where tokenward runs.
struct Use<'y> {
    command: String,
    args: String,
    /// The names of the tokens it is limited to, as they are written.
    tokens: String,
    /// The input with the credential for secrets.
    secrets_token: String,
    /// Where its `env:` can be: the step, the job, the workflow.
    around: Vec<&'y Value>,
}

impl Use<'_> {
    fn receives(&self, variable: &str) -> bool {
        self.around
            .iter()
            .any(|place| place.get("env").is_some_and(|env| env.get(variable).is_some()))
    }

    /// Whether its command needs credentials.
    fn has_credentials(&self) -> bool {
        !matches!(self.command.as_str(), "scan" | "providers" | "schema" | "completions")
    }

    /// Whether it tests values and reads the journal.
    fn looks(&self) -> bool {
        matches!(self.command.as_str(), "check" | "status")
    }

    fn rotates(&self) -> bool {
        self.command == "rotate"
    }
}

/// Every workflow that uses tokenward.
pub(super) fn workflows(session: &Session<'_>, checks: &mut Vec<Check>) {
    let folder = session.checkout.top().join(".github/workflows");
    let mut files: Vec<_> =
        fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| {
        path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml")
    });
    files.sort();
    let mut rotates = false;
    for path in files {
        rotates |= workflow(session, &path, checks);
    }
    if !rotates {
        checks.push(Check::wrong(".github/workflows", problems::none_rotates()));
    }
}

/// Checks a workflow if it uses tokenward, and returns whether it rotates.
fn workflow(session: &Session<'_>, path: &Path, checks: &mut Vec<Check>) -> bool {
    let name = format!(
        ".github/workflows/{}",
        sanitize(&path.file_name().unwrap_or_default().to_string_lossy())
    );
    let Ok(text) = fs::read_to_string(path) else {
        checks.push(Check::skipped(format!("{name} was not checked: it could not be read")));
        return false;
    };
    if !text.contains("tokenward") {
        return false;
    }
    let Ok(workflow) = serde_yaml::from_str::<Value>(&text) else {
        checks.push(Check::wrong(&name, problems::not_yaml()));
        return false;
    };
    let uses = uses(&workflow);
    let called: Vec<&str> = calls(&workflow).map(|job| text_of(job, "uses")).collect();
    if uses.is_empty() && called.is_empty() {
        return false;
    }
    let found = wrong(session, &workflow, &text, &uses);
    if uses.is_empty() {
        checks.push(Check::skipped(format!(
            "{name}: it calls a tokenward workflow; what it passes to that workflow was not checked"
        )));
    } else if uses.iter().any(|one| one.command.contains("${{")) {
        checks.push(Check::skipped(format!(
            "{name} was not checked: which command it runs is decided only at run time"
        )));
    } else if found.is_empty() {
        let what = what_needs(&uses);
        checks.push(Check::fine(format!("{name}: has everything that {what}")));
    }
    checks.extend(found.into_iter().map(|problem| Check::wrong(&name, problem)));
    uses.iter().any(Use::rotates) || called.iter().any(|place| place.contains("/rotate.yml@"))
}

/// The commands of a workflow, and their verb.
fn what_needs(uses: &[Use<'_>]) -> String {
    if uses.iter().any(Use::rotates) {
        return "a rotation needs".to_owned();
    }
    let commands: BTreeSet<&str> = uses.iter().map(|one| one.command.as_str()).collect();
    let commands: Vec<&str> = commands.into_iter().collect();
    format!("`{}` needs", commands.join("` and `"))
}

/// Jobs that are one of our callable workflows.
fn calls(workflow: &Value) -> impl Iterator<Item = &Value> {
    jobs(workflow).filter(|job| text_of(job, "uses").contains("/tokenward/.github/workflows/"))
}

/// Every step that runs tokenward: as the Action, or as a command.
fn uses(workflow: &Value) -> Vec<Use<'_>> {
    let mut found = Vec::new();
    for job in jobs(workflow) {
        for step in steps(job) {
            let around = vec![step, job, workflow];
            if text_of(step, "uses").contains("/tokenward@") {
                let input = |name: &str| {
                    step.get("with").map(|with| text_of(with, name)).unwrap_or_default()
                };
                let command = if input("command").is_empty() { "scan" } else { input("command") };
                found.push(Use {
                    command: command.to_owned(),
                    args: input("args").to_owned(),
                    tokens: input("tokens").to_owned(),
                    secrets_token: input("secrets-token").to_owned(),
                    around,
                });
                continue;
            }
            let commands = text_of(step, "run")
                .lines()
                .filter_map(|line| line.split_once("tokenward "))
                .map(|(_, rest)| rest.trim());
            for line in commands {
                let (command, args) = line.split_once(' ').unwrap_or((line, ""));
                let is_command = !command.is_empty()
                    && command.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
                if is_command && !command.starts_with('-') {
                    found.push(Use {
                        command: command.to_owned(),
                        args: args.to_owned(),
                        tokens: String::new(),
                        secrets_token: String::new(),
                        around: around.clone(),
                    });
                }
            }
        }
    }
    found
}

/// What is wrong with a workflow.
fn wrong(session: &Session<'_>, workflow: &Value, written: &str, uses: &[Use<'_>]) -> Vec<Problem> {
    let mut found = Vec::new();
    let rotates = uses.iter().any(Use::rotates);
    if rotates {
        found.extend(starts(workflow));
    }
    let missing = missing(session, uses);
    found.extend(missing.iter().map(|(name, hint)| problems::variable_not_passed(name, hint)));
    if uses.iter().any(Use::has_credentials)
        && ["toJSON(secrets)", "toJson(secrets)"].iter().any(|all| written.contains(all))
    {
        found.push(problems::passes_all_secrets());
    }
    let all: Vec<&Value> = std::iter::once(workflow).chain(jobs(workflow)).collect();
    if rotates {
        let mut needed = vec![("contents", "write"), ("actions", "read")];
        if session.config.tokens.iter().any(|token| needs_person(session, token)) {
            needed.push(("issues", "write"));
        }
        found.extend(permissions(&all, &needed));
        if !all.iter().any(|place| place.get("concurrency").is_some()) {
            found.push(problems::runs_overlap());
        }
    } else if uses.iter().any(Use::looks)
        && all.iter().any(|place| place.get("permissions").is_some())
    {
        found.extend(permissions(&all, &[("contents", "read")]));
    }
    for one in uses.iter().filter(|one| one.rotates()) {
        let job = one.around.get(1).copied().unwrap_or(workflow);
        let lacking = app_token::lacking(session, job, &one.secrets_token);
        found.extend(lacking.iter().map(|name| problems::app_token_lacks(name)));
    }
    found.extend(unpinned(workflow, uses));
    found
}

/// What is wrong with the events that start a workflow with `rotate`.
fn starts(workflow: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let on = workflow.get("on").or_else(|| workflow.get(Value::Bool(true)));
    let starts_on = |event: &str| match on {
        Some(Value::String(only)) => only == event,
        Some(Value::Sequence(events)) => events.iter().any(|one| one.as_str() == Some(event)),
        Some(events) => events.get(event).is_some(),
        None => false,
    };
    for event in ["pull_request", "pull_request_target"] {
        if starts_on(event) {
            found.push(problems::starts_on(event));
        }
    }
    if !["schedule", "workflow_dispatch", "repository_dispatch", "workflow_call"]
        .iter()
        .any(|event| starts_on(event))
    {
        found.push(problems::never_starts());
    }
    found
}

/// The variables that the commands need and no `env:` sets, each with the line to write.
fn missing(session: &Session<'_>, uses: &[Use<'_>]) -> Vec<(String, String)> {
    let mut missing = Vec::<(String, String)>::new();
    let mut lacks = |one: &Use<'_>, name: &str, hint: String| {
        if !one.receives(name) && !missing.iter().any(|(known, _)| known == name) {
            missing.push((name.to_owned(), hint));
        }
    };
    for one in uses {
        // `plan --matrix` reads only the config.
        let needs_all = one.rotates() || (one.command == "plan" && !one.args.contains("--matrix"));
        if !needs_all && !one.looks() {
            continue;
        }
        let is_meant = |token: &&TokenConfig| {
            let named = !one.tokens.is_empty() && !one.tokens.contains("${{");
            !named || one.tokens.split([' ', ',', '\n']).any(|name| name == token.name.as_str())
        };
        for token in session.config.tokens.iter().filter(is_meant) {
            if one.rotates() && needs_person(session, token) {
                for (name, hint) in beside(token) {
                    lacks(one, &name, hint);
                }
            }
            let manager = token.manager.as_ref().filter(|_| needs_all);
            for name in std::iter::once(&token.value).chain(manager) {
                lacks(one, name.as_str(), token.handing(name));
            }
        }
        lacks(one, KEY_NAME, handing_over(KEY_NAME, KEY_NAME));
        if needs_all && one.secrets_token.is_empty() {
            let hint = "add `secrets-token: ${{ steps.app.outputs.token }}` under `with:`: the token of a GitHub App (docs/action.md, \"Permissions\")";
            lacks(one, "TOKENWARD_GITHUB_TOKEN", hint.to_owned());
        }
    }
    missing
}

/// Whether only a person can create a token's values, which an issue asks for.
fn needs_person(session: &Session<'_>, token: &TokenConfig) -> bool {
    session.driver(token).is_ok_and(|driver| driver.abilities().is_manual())
}

/// The variables of the secrets beside the primary one, which hold a new and an old value of a
/// manual rotation, each with the line to write.
fn beside(token: &TokenConfig) -> impl Iterator<Item = (String, String)> {
    let primary = token.primary().map(|primary| &primary.secret);
    primary.into_iter().flat_map(|secret| {
        [NEXT, OLD].map(|ending| {
            let variable = format!("{}_{ending}", token.value);
            let hint = handing_over(&variable, secret.beside(ending).as_str());
            (variable, hint)
        })
    })
}

/// Permissions that no job has.
fn permissions(all: &[&Value], needed: &[(&str, &str)]) -> Vec<Problem> {
    let lacking = needed.iter().filter(|(permission, level)| {
        let given = |place: &&Value| match place.get("permissions") {
            Some(Value::String(all)) => {
                all == "write-all" || (all == "read-all" && *level == "read")
            }
            Some(list) => list
                .get(*permission)
                .and_then(Value::as_str)
                .is_some_and(|given| given == *level || given == "write"),
            None => false,
        };
        !all.iter().any(given)
    });
    lacking.map(|(permission, level)| problems::no_permission(permission, level)).collect()
}

/// Actions that are named by a tag or a branch, which their owner can move. All of them, if the
/// workflow has credentials; otherwise only tokenward.
fn unpinned(workflow: &Value, uses: &[Use<'_>]) -> Vec<Problem> {
    let all = uses.iter().any(Use::has_credentials);
    let mut found = Vec::new();
    let places = jobs(workflow)
        .flat_map(|job| std::iter::once(job).chain(steps(job)))
        .map(|place| text_of(place, "uses"));
    for place in
        places.filter(|place| all || place.contains("/tokenward@") || place.contains("/tokenward/"))
    {
        let is_commit = |reference: &str| {
            let digits = reference.strip_prefix("sha256:").unwrap_or(reference);
            matches!(digits.len(), 40 | 64) && digits.bytes().all(|b| b.is_ascii_hexdigit())
        };
        if place.split_once('@').is_some_and(|(_, reference)| !is_commit(reference)) {
            found.push(problems::not_pinned(&sanitize(place)));
        }
    }
    found
}
