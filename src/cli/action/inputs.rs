//! The Action's inputs, as action.yml hands them over: one variable each. The names are promises; a test holds them equal to
//! action.yml and the README.

use std::collections::BTreeMap;

use crate::cli::surroundings::Surroundings;
use crate::domain::text::tame;
use crate::domain::{Code, Problem};

/// Every input, in the order of the README.
pub const INPUTS: [&str; 14] = [
    "command",
    "args",
    "config",
    "tokens",
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

/// Verbs that take names of tokens.
const ABOUT_TOKENS: [&str; 6] = ["rotate", "plan", "check", "status", "push", "adopt"];
/// Verbs that change nothing, so that a dry run of them is a run.
const CHANGE_NOTHING: [&str; 5] = ["scan", "check", "plan", "status", "providers"];

pub(super) struct Inputs(BTreeMap<&'static str, String>);

impl Inputs {
    pub(super) fn read(around: &Surroundings) -> Self {
        let variable = |name: &str| format!("TOKENWARD_INPUT_{}", name.to_ascii_uppercase().replace('-', "_"));
        let value = |name: &'static str| Some((name, around.text(&variable(name))?.trim().to_owned()));
        Self(INPUTS.into_iter().filter_map(value).filter(|(_, value)| !value.is_empty()).collect())
    }

    /// An input; empty where it is not given. `version` is for the installer alone.
    pub(super) fn input(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A switch that is on unless it says otherwise.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.input(name) != "false"
    }

    pub(super) fn command(&self) -> &str {
        if self.input("command").is_empty() { "scan" } else { self.input("command") }
    }

    /// The run as the verb sees it: its credentials under their own names, its folder, and none of the inputs.
    pub(super) fn surroundings(&self, around: &Surroundings) -> Result<Surroundings, Problem> {
        let mut inner = around.clone();
        inner.env.also_as("TOKENWARD_INPUT_TOKEN", "GITHUB_TOKEN");
        inner.env.also_as("TOKENWARD_INPUT_SECRETS_TOKEN", "TOKENWARD_GITHUB_TOKEN");
        if !self.input("github-api-url").is_empty() {
            inner.env.set("GITHUB_API_URL", self.input("github-api-url"));
        }
        inner.env.remove_all("TOKENWARD_INPUT_");
        inner.folder = around.folder.join(self.input("working-directory"));
        if !inner.folder.is_dir() {
            return Err(Problem::new(
                Code::Usage,
                format!("`working-directory` names no folder: {}", tame(self.input("working-directory"))),
            )
            .hint("is `actions/checkout` the step before?"));
        }
        Ok(inner)
    }

    /// The command line they stand for.
    pub(super) fn arguments(&self) -> Result<Vec<String>, Problem> {
        let command = self.command();
        let wrong = |what: &str| Problem::new(Code::Usage, what.to_owned());
        let mut arguments = vec!["tokenward".to_owned(), command.to_owned(), "--no-progress".to_owned()];
        let given = shlex::split(self.input("args"))
            .ok_or_else(|| wrong("the input `args` has a quotation mark that is not closed").hint("write it as for a shell"))?;
        let has_source = given.iter().any(|argument| !argument.starts_with('-') || is_source(argument));
        arguments.extend(given);
        if command == "scan" && !has_source {
            // What this run's event brought, rather than all there is.
            arguments.push("--event".to_owned());
        }
        if !self.input("config").is_empty() {
            arguments.push(format!("--config={}", self.input("config")));
        }
        match self.input("fail-on") {
            "" => {}
            _ if !matches!(command, "scan" | "check") => return Err(wrong("the input `fail-on` is for scan and check")),
            "none" => arguments.push("--exit-zero".to_owned()),
            list => arguments
                .push(format!("--fail-on={}", list.split([',', ' ', '\n']).filter(|id| !id.is_empty()).collect::<Vec<_>>().join(","))),
        }
        match (self.input("dry-run"), command) {
            ("true", "rotate") => arguments.push("--dry-run".to_owned()),
            ("true", command) if !CHANGE_NOTHING.contains(&command) => {
                return Err(wrong("the input `dry-run` is for rotate; this verb has none").state("nothing was done"));
            }
            ("" | "false" | "true", _) => {}
            _ => return Err(wrong("the input `dry-run` takes true or false").state("nothing was done")),
        }
        let tokens: Vec<String> =
            self.input("tokens").split([',', ' ', '\n', '\t']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        if !tokens.is_empty() {
            if !ABOUT_TOKENS.contains(&command) {
                return Err(wrong("the input `tokens` is for verbs that are about tokens"));
            }
            arguments.push("--".to_owned());
            arguments.extend(tokens);
        }
        Ok(arguments)
    }
}

/// A flag of `scan` that says what to look at.
fn is_source(argument: &str) -> bool {
    let name = argument.split('=').next().unwrap_or_default();
    ["--range", "--history", "--staged", "--stdin", "--event", "--workflow-logs"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(inputs: &[(&'static str, &str)]) -> Result<String, Problem> {
        let inputs = Inputs(inputs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect());
        inputs.arguments().map(|arguments| arguments[1..].join(" "))
    }

    #[test]
    fn inputs_become_the_command_line_a_person_would_type() {
        assert_eq!(arguments(&[]).unwrap(), "scan --no-progress --event");
        assert_eq!(arguments(&[("args", "--history")]).unwrap(), "scan --no-progress --history");
        assert_eq!(arguments(&[("args", "'a folder'")]).unwrap(), "scan --no-progress a folder");
        assert_eq!(
            arguments(&[("command", "check"), ("tokens", "a, b\nc"), ("fail-on", "token-expired, token-dead"), ("dry-run", "true")])
                .unwrap(),
            "check --no-progress --fail-on=token-expired,token-dead -- a b c"
        );
        assert_eq!(arguments(&[("command", "rotate"), ("dry-run", "true")]).unwrap(), "rotate --no-progress --dry-run");
        assert_eq!(arguments(&[("command", "check"), ("fail-on", "none")]).unwrap(), "check --no-progress --exit-zero");
    }

    #[test]
    fn an_input_that_would_be_ignored_is_refused() {
        for inputs in [
            &[("command", "rotate"), ("fail-on", "leak")][..],
            &[("command", "push"), ("dry-run", "true")],
            &[("command", "rotate"), ("dry-run", "yes")],
            &[("tokens", "a")],
            &[("args", "'open")],
        ] {
            assert!(arguments(inputs).is_err(), "{inputs:?}");
        }
    }
}
