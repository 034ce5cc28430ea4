//! The Action's inputs, as action.yml passes them: one variable each. The names are promises; a
//! test compares them with action.yml and docs/action.md. An input is always one value: it can
//! never become another part of a command line.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

use super::{named_secrets, problems};
use crate::cli::args::{Cli, Command};
use crate::cli::checkout::Checkout;
use crate::cli::env::Env;
use crate::cli::problems::command_line;
use crate::disk::DiskError;
use crate::domain::Problem;

/// Every input, in the order of docs/action.md.
pub const INPUTS: [&str; 16] = [
    "command",
    "args",
    "config",
    "tokens",
    "provider",
    "leaked",
    "fail-on",
    "dry-run",
    "sarif-file",
    "summary",
    "annotations",
    "version",
    "token",
    "secrets-token",
    "github-api-url",
    "working-directory",
];

/// Commands that accept names of tokens.
const ABOUT_TOKENS: [&str; 7] = ["rotate", "plan", "check", "status", "push", "adopt", "confirm"];
/// Commands that change nothing, so that a dry run of them is the same as a run.
const CHANGE_NOTHING: [&str; 5] = ["scan", "check", "plan", "status", "providers"];

#[derive(Default)]
pub(super) struct Inputs(BTreeMap<&'static str, String>);

impl Inputs {
    pub(super) fn read(env: &Env) -> Self {
        let value = |name: &'static str| Some((name, env.text(&variable(name))?.trim().to_owned()));
        Self(INPUTS.into_iter().filter_map(value).filter(|(_, value)| !value.is_empty()).collect())
    }

    /// An input; empty if it is not set. Only the installer uses `version`.
    pub(super) fn input(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The same, as if this input were not set.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// Every input as an argument of a command line, after the program's name.
    pub(super) fn typed(&self) -> Vec<OsString> {
        std::iter::once("tokenward")
            .chain(self.0.values().map(String::as_str))
            .map(OsString::from)
            .collect()
    }

    /// A switch that is on unless it says otherwise.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.input(name) != "false"
    }

    pub(super) fn command(&self) -> &str {
        if self.input("command").is_empty() { "scan" } else { self.input("command") }
    }

    /// The environment for the command: the credentials under their usual names, the folder, and
    /// none of the inputs.
    pub(super) fn surroundings(&self, env: &Env) -> Result<Env, Problem> {
        let mut inner = env.clone();
        inner.variables.also_as("TOKENWARD_INPUT_TOKEN", "GITHUB_TOKEN");
        inner.variables.also_as("TOKENWARD_INPUT_SECRETS_TOKEN", "TOKENWARD_GITHUB_TOKEN");
        if !self.input("github-api-url").is_empty() {
            inner.variables.set("GITHUB_API_URL", self.input("github-api-url"));
        }
        let names = env.text(&variable("secret-names")).unwrap_or_default();
        named_secrets::name(&mut inner.variables, names)?;
        inner.variables.remove_all("TOKENWARD_INPUT_");
        // In the steps of a composite action, the runner leaves its own variable of this name
        // empty.
        if let Some(repository) = env.text(&variable("action-repository")) {
            inner.variables.set("GITHUB_ACTION_REPOSITORY", repository);
        }
        let folder = self.path("working-directory")?;
        inner.folder = env.folder.join(folder);
        if !inner.folder.is_dir() {
            return Err(problems::no_folder(folder));
        }
        if !folder.is_empty() {
            may_be_worked_in(env, &inner, folder)?;
        }
        Ok(inner)
    }

    /// The command line that the inputs mean. `args` comes last, so that nothing in it can take an
    /// input as its value; clap parses it.
    pub(super) fn command_line(&self) -> Result<Cli, Problem> {
        let command = self.command();
        if !commands().iter().any(|known| known == command) {
            return Err(problems::unknown_command());
        }
        let mut line = vec!["tokenward".to_owned(), command.to_owned(), "--no-progress".to_owned()];
        line.extend(self.flags()?);
        let tokens = self.names("tokens", &[',', ' ', '\n', '\t'])?;
        if !tokens.is_empty() && !ABOUT_TOKENS.contains(&command) {
            return Err(problems::tokens_not_accepted());
        }
        line.extend(tokens.into_iter().map(str::to_owned));
        line.extend(shlex::split(self.input("args")).ok_or_else(problems::unclosed_quote)?);
        if self.switch("leaked")?
            && ["tokens", "provider", "args"].iter().all(|name| self.input(name).trim().is_empty())
        {
            return Err(problems::leaked_without_tokens());
        }
        let arguments: Vec<OsString> = line.into_iter().map(Into::into).collect();
        let mut cli = Cli::try_parse_from(&arguments)
            .map_err(|error| command_line::invalid(&error, &arguments))?;
        if let Command::Scan(flags) = &mut cli.command
            && !flags.sources.are_given()
        {
            // The changes of this run's event, rather than all files.
            flags.sources.event = true;
        }
        Ok(cli)
    }

    /// The inputs that are flags, each one argument.
    fn flags(&self) -> Result<Vec<String>, Problem> {
        let command = self.command();
        let mut flags = Vec::new();
        let config = self.path("config")?;
        if !config.is_empty() {
            flags.push(format!("--config={config}"));
        }
        let ids = self.names("fail-on", &[',', ' ', '\n'])?;
        match ids.as_slice() {
            [] => {}
            _ if !matches!(command, "scan" | "check") => {
                return Err(problems::fail_on_not_accepted());
            }
            ["none"] => flags.push("--exit-zero".to_owned()),
            ids => flags.push(format!("--fail-on={}", ids.join(","))),
        }
        match (self.switch("dry-run")?, command) {
            (true, "rotate") => flags.push("--dry-run".to_owned()),
            (true, command) if !CHANGE_NOTHING.contains(&command) => {
                return Err(problems::dry_run_not_accepted());
            }
            _ => {}
        }
        if self.switch("leaked")? {
            flags.push("--leaked".to_owned());
        }
        flags.extend(
            self.names("provider", &[])?.first().map(|provider| format!("--provider={provider}")),
        );
        if command != "rotate" && (self.switch("leaked")? || !self.input("provider").is_empty()) {
            return Err(problems::only_for_rotate());
        }
        for name in ["summary", "annotations"] {
            self.switch(name)?;
        }
        self.path("sarif-file")?;
        Ok(flags)
    }

    /// An input that is a list of names, or one name if there are no separators. A flag or a text
    /// of several words is not a name.
    fn names(&self, name: &str, separators: &[char]) -> Result<Vec<&str>, Problem> {
        let names: Vec<&str> =
            self.input(name).split(separators).filter(|name| !name.is_empty()).collect();
        let is_name = |text: &&str| {
            !text.starts_with('-')
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        match names.iter().all(is_name) {
            true => Ok(names),
            false => Err(problems::not_a_name(name)),
        }
    }

    /// An input that is a path; empty if it is not set.
    fn path(&self, name: &str) -> Result<&str, Problem> {
        let path = self.input(name);
        match path.starts_with('-') || path.chars().any(char::is_control) {
            true => Err(problems::not_a_path(name)),
            false => Ok(path),
        }
    }

    /// An input that is true or false.
    fn switch(&self, name: &str) -> Result<bool, Problem> {
        match self.input(name) {
            "true" => Ok(true),
            "" | "false" => Ok(false),
            _ => Err(problems::not_a_switch(name)),
        }
    }
}

/// Refuses a `working-directory` that is not a folder of the checkout, or that git or the runner
/// reserves.
fn may_be_worked_in(env: &Env, inner: &Env, folder: &str) -> Result<(), Problem> {
    let checked = env.disk().may_work_in(&inner.folder);
    if matches!(checked, Err(DiskError::Reserved(_))) || Checkout::of(inner, false).is_inside_git()
    {
        return Err(problems::reserved_folder(folder));
    }
    checked.map_err(|_| problems::folder_outside_workspace(folder))
}

/// The variable in which action.yml passes an input.
fn variable(name: &str) -> String {
    format!("TOKENWARD_INPUT_{}", name.to_ascii_uppercase().replace('-', "_"))
}

/// The valid values of the input `command`.
fn commands() -> Vec<String> {
    let commands = Cli::command();
    let visible = commands
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| command.get_name().to_owned());
    visible.filter(|command| command != "demo").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(inputs: &[(&'static str, &str)]) -> Result<Command, Problem> {
        let inputs =
            Inputs(inputs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect());
        inputs.command_line().map(|cli| cli.command)
    }

    fn scan(args: &str) -> crate::cli::args::Sources {
        match parsed(&[("args", args)]) {
            Ok(Command::Scan(flags)) => flags.sources,
            other => panic!("{args}: {other:?}"),
        }
    }

    #[test]
    fn the_event_is_scanned_unless_a_source_is_given() {
        for args in [
            "",
            "--baseline b.json",
            "--fail-on leak",
            "--color never",
            "--format json --explain",
            "--output r.json",
        ] {
            assert!(scan(args).event, "{args}");
        }
        for args in [
            "--history",
            "--range a..b",
            "--range=a..b",
            "src",
            "--color never src",
            "-- --event",
            "--stdin",
            "'a folder'",
        ] {
            assert!(!scan(args).event, "{args}");
        }
    }

    #[test]
    fn inputs_become_the_command_a_person_would_type() {
        let Ok(Command::Check { selection, verdict }) = parsed(&[
            ("command", "check"),
            ("tokens", "a, b\nc"),
            ("fail-on", "token-expired, token-dead"),
            ("dry-run", "true"),
        ]) else {
            panic!("no check");
        };
        assert_eq!(
            (selection.tokens, verdict.fail_on.len(), verdict.exit_zero),
            (vec!["a".into(), "b".into(), "c".into()], 2, false)
        );
        let Ok(Command::Rotate { asked, dry_run: true, .. }) = parsed(&[
            ("command", "rotate"),
            ("leaked", "true"),
            ("provider", "sendgrid"),
            ("dry-run", "true"),
        ]) else {
            panic!("no rotation");
        };
        assert_eq!(
            (asked.leaked, asked.revoke_first, asked.provider.as_deref()),
            (true, false, Some("sendgrid"))
        );
    }

    #[test]
    fn an_input_that_would_be_ignored_is_refused() {
        for inputs in [
            &[("command", "rotate"), ("fail-on", "leak")][..],
            &[("command", "push"), ("dry-run", "true")],
            &[("command", "rotate"), ("dry-run", "yes")],
            &[("command", "check"), ("provider", "sendgrid")],
            &[("leaked", "true")],
            &[("summary", "no")],
            &[("tokens", "a")],
            &[("args", "'open")],
        ] {
            assert!(parsed(inputs).is_err(), "{inputs:?}");
        }
    }
}
