//! `doctor`: what is missing between this repository and a rotation, with the exact line to write. The config and the workflows are looked
//! at here; GitHub is asked only where a credential is handed over, and nothing that anybody sees is changed: the journal's ref is moved to
//! where it stands.

use std::fs;

use serde_yaml::Value;

use super::args::Global;
use super::failure::Failure;
use super::isolated::isolated;
use super::output::Output;
use super::required::required;
use super::session::Session;
use super::surroundings::Surroundings;
use super::value::padded;
use crate::destinations::Secrets;
use crate::domain::text::{count, tame};
use crate::domain::{Code, Problem, Span, handing_over};
use crate::journal::{KEY_NAME, Store};
use crate::net::github::GitHub;
use crate::report::Check;

/// A clock may be off by so much before it is worth a word.
const CLOCK: Span = Span::seconds(300);

pub(super) async fn run(around: &Surroundings, global: &Global) -> Result<u8, Failure> {
    let mut checks = Vec::new();
    let session = match Session::open(around, global, false) {
        Ok(session) => session,
        Err(failure) => {
            let failure = failure.without(&global.typed, around);
            checks.extend(failure.problems().into_iter().map(|problem| Check::wrong("the config", problem)));
            return Ok(Output::new(around, global).checks(checks));
        }
    };
    let tokens = session.config.tokens.len();
    checks.push(Check::fine(format!("the config: {}", count(tokens, "token", "tokens"))));
    workflows(&session, &mut checks);
    values(&session, &mut checks);
    github(&session, &mut checks).await;
    Ok(Output::new(around, global).checks(checks))
}

/// The variables that the config names, each with how to hand it over.
fn variables(session: &Session<'_>) -> Vec<(String, String)> {
    let mut all = Vec::<(String, String)>::new();
    for token in &session.config.tokens {
        for name in std::iter::once(&token.value).chain(&token.manager) {
            if !all.iter().any(|(known, _)| known == name.as_str()) {
                all.push((name.to_string(), token.handing(name)));
            }
        }
    }
    all
}

/// The values this run is handed, if any can be no token of its provider. Nothing is sent to find out.
fn values(session: &Session<'_>, checks: &mut Vec<Check>) {
    for token in &session.config.tokens {
        let flaw = session.driver(token).map_or_else(Some, |driver| session.flaw(token, &driver));
        checks.extend(flaw.or_else(|| padded(session.around, token)).map(|problem| Check::wrong(&token.name, problem)));
    }
}

/// Every workflow that rotates, held against what a rotation needs.
fn workflows(session: &Session<'_>, checks: &mut Vec<Check>) {
    let folder = session.checkout.top().join(".github/workflows");
    let mut files: Vec<_> = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml"));
    files.sort();
    let mut rotates = false;
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let is_ours = text.contains("tokenward rotate") || (text.contains("/tokenward@") && text.contains("command: rotate"));
        if !is_ours {
            continue;
        }
        rotates = true;
        let name = format!(".github/workflows/{}", tame(&path.file_name().unwrap_or_default().to_string_lossy()));
        let problems = workflow(&text, &variables(session));
        if problems.is_empty() {
            checks.push(Check::fine(format!("{name}: has what a rotation needs")));
        }
        checks.extend(problems.into_iter().map(|problem| Check::wrong(&name, problem)));
    }
    if !rotates {
        let problem = Problem::new(Code::WorkflowIncomplete, "no workflow here runs `rotate`").hint("let `tokenward init` write one");
        checks.push(Check::wrong(".github/workflows", problem));
    }
}

/// What is wrong with a workflow that rotates.
fn workflow(text: &str, variables: &[(String, String)]) -> Vec<Problem> {
    let lacks = |what: String, hint: String| Problem::new(Code::WorkflowIncomplete, what).hint(hint);
    let Ok(workflow) = serde_yaml::from_str::<Value>(text) else {
        return vec![lacks("it is not YAML".to_owned(), "mend it first".to_owned())];
    };
    let mut problems = Vec::new();
    let on = workflow.get("on").or_else(|| workflow.get(Value::Bool(true)));
    let starts_on = |event: &str| match on {
        Some(Value::String(only)) => only == event,
        Some(Value::Sequence(events)) => events.iter().any(|one| one.as_str() == Some(event)),
        Some(events) => events.get(event).is_some(),
        None => false,
    };
    for event in ["pull_request", "pull_request_target"] {
        if starts_on(event) {
            problems.push(lacks(format!("it starts on {event}, and a rotation refuses that"), format!("take `{event}` out of `on:`")));
        }
    }
    if !["schedule", "workflow_dispatch", "repository_dispatch", "workflow_call"].iter().any(|event| starts_on(event)) {
        problems.push(lacks(
            "nothing starts it".to_owned(),
            "write `on: {schedule: [{cron: '17 5 * * *'}], workflow_dispatch: {}}`".to_owned(),
        ));
    }
    let key = (KEY_NAME.to_owned(), handing_over(KEY_NAME, KEY_NAME));
    for (name, hint) in variables.iter().chain([&key]) {
        if !text.contains(&format!("{name}:")) {
            problems.push(lacks(format!("the step is not handed {name}"), hint.clone()));
        }
    }
    if text.contains("toJSON(secrets)") || text.contains("toJson(secrets)") {
        problems.push(lacks(
            "it hands over every secret there is".to_owned(),
            "write one line of `env:` for each secret the config names".to_owned(),
        ));
    }
    let jobs = workflow.get("jobs").and_then(Value::as_mapping).into_iter().flat_map(serde_yaml::Mapping::values);
    let all: Vec<&Value> = std::iter::once(&workflow).chain(jobs).collect();
    for (permission, level) in [("contents", "write"), ("actions", "read")] {
        let given = |place: &&Value| match place.get("permissions") {
            Some(Value::String(all)) => all == "write-all" || (all == "read-all" && level == "read"),
            Some(list) => list.get(permission).and_then(Value::as_str).is_some_and(|given| given == level || given == "write"),
            None => false,
        };
        if !all.iter().any(given) {
            problems.push(lacks(
                format!("no job has the permission `{permission}: {level}`"),
                format!("under `permissions:` of the job: `{permission}: {level}`"),
            ));
        }
    }
    if !all.iter().any(|place| place.get("concurrency").is_some()) {
        problems.push(lacks(
            "two runs of it may overlap".to_owned(),
            "write `concurrency: {group: tokenward, cancel-in-progress: false}`".to_owned(),
        ));
    }
    for line in text.lines().map(str::trim) {
        let Some(place) = line.trim_start_matches("- ").strip_prefix("uses: ").and_then(|rest| rest.split([' ', '#']).next()) else {
            continue;
        };
        let is_commit = |reference: &str| matches!(reference.len(), 40 | 64) && reference.bytes().all(|b| b.is_ascii_hexdigit());
        if place.split_once('@').is_some_and(|(_, reference)| !is_commit(reference)) {
            problems.push(lacks(
                format!("{} is not pinned to a commit", tame(place)),
                "write the 40 digits of a commit you have read after the `@`".to_owned(),
            ));
        }
    }
    problems
}

/// Whether the journal can be read and written, is signed, and is signed with the key that this run was handed.
async fn journal(session: &Session<'_>, store: &dyn Store, reader: &GitHub, checks: &mut Vec<Check>) {
    let key = match session.journal_key() {
        Ok(key) => key,
        Err(problem) => return checks.push(Check::wrong(KEY_NAME, problem)),
    };
    match session.ledger(store, key.as_ref(), reader).await {
        Ok(ledger) => {
            let how = match (key.is_some(), ledger.is_new().await) {
                (_, true) => "the journal can be read: there is none yet",
                (true, false) => "the journal can be read, and each record is signed",
                (false, false) => "the journal can be read",
            };
            checks.push(Check::fine(how));
        }
        Err(problem) => return checks.push(Check::wrong("the journal", problem)),
    }
    writable(session, store, checks).await;
    if key.is_some() {
        return checks.push(Check::fine(format!("{KEY_NAME} is handed over, and strong enough")));
    }
    let Ok((writer, _)) = session.clients() else {
        return checks
            .push(Check::skipped(format!("{KEY_NAME} is not handed to this run, and whether the secret exists was not looked at")));
    };
    match session.key_to_be_made(&Secrets::new(&writer), store).await {
        Ok(Ok(slot)) => checks.push(Check::fine(format!("{KEY_NAME}: the first `rotate` makes it, in {}", slot.place))),
        Ok(Err(problem)) | Err(problem) => checks.push(Check::wrong(KEY_NAME, problem)),
    }
}

/// Whether the journal can be written. A run for what is only proposed does not try.
async fn writable(session: &Session<'_>, store: &dyn Store, checks: &mut Vec<Check>) {
    if session.around.proposal().is_some() {
        return checks.push(Check::skipped("whether the journal can be written was not looked at: this event only proposes a change"));
    }
    match store.writable().await {
        Ok(found) => {
            checks.extend(found.how.map(|how| Check::fine(format!("the journal can be written: {how}"))));
            checks.extend(found.unseen.map(Check::skipped));
        }
        Err(problem) => checks.push(Check::wrong("the journal", problem)),
    }
}

/// What GitHub says, where there is a credential to ask it with.
async fn github(session: &Session<'_>, checks: &mut Vec<Check>) {
    match session.reader() {
        Err(problem) if problem.id == Code::ValueMalformed => {
            checks.push(Check::wrong("GitHub", problem));
            checks.push(required(session, None).await);
        }
        Err(_) => {
            checks.push(Check::skipped("GitHub was not asked: neither GITHUB_TOKEN nor TOKENWARD_GITHUB_TOKEN is set"));
            checks.push(required(session, None).await);
        }
        Ok(reader) => {
            checks.push(required(session, Some(&reader)).await);
            match session.store(&reader) {
                Err(problem) => checks.push(Check::wrong("the journal", problem)),
                Ok(store) => {
                    journal(session, &*store, &reader, checks).await;
                }
            }
            if let Some(theirs) = reader.now() {
                let ours = jiff::Timestamp::now().into();
                let off = Span::between(theirs, ours).max(Span::between(ours, theirs));
                let words = if off > CLOCK {
                    format!("this machine's clock is off by {}; every decision goes by GitHub's", off.rough())
                } else {
                    "the clock agrees with GitHub's".to_owned()
                };
                checks.push(Check::fine(words));
            }
        }
    }
    if !session.around.is_set("TOKENWARD_GITHUB_TOKEN") {
        checks.push(Check::skipped("the secrets were not looked at: TOKENWARD_GITHUB_TOKEN is not set"));
        return;
    }
    let writer = match session.clients() {
        Ok((writer, _)) => writer,
        Err(problem) => return checks.push(Check::wrong("TOKENWARD_GITHUB_TOKEN", problem)),
    };
    let secrets = Secrets::new(&writer);
    for destination in session.config.tokens.iter().flat_map(|token| &token.destinations) {
        match isolated(&destination.to_string(), secrets.look(destination)).await.and_then(|looked| looked) {
            Ok(_) => checks.push(Check::fine(format!("{destination} can be looked at"))),
            Err(problem) => checks.push(Check::wrong(destination, problem)),
        }
    }
    for (name, _) in variables(session) {
        if !session.around.is_set(&name) {
            checks.push(Check::skipped(format!("{name} is not handed to this run")));
        }
    }
}
