//! The variables of a run, split once at the start: settings that are known to contain no secret
//! stay text, and all others are a `Secret` from then on. Only the settings can be printed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::Secret;
use crate::net::auth::Vault;

/// Variables without a secret: those that GitHub documents as the runner's own, and those that an
/// operating system sets.
const SETTINGS: &[&str] = &[
    "CI",
    "CLICOLOR",
    "COLORTERM",
    "COLUMNS",
    "COMPLETE",
    "GITHUB_ACTION",
    "GITHUB_ACTIONS",
    "GITHUB_ACTION_PATH",
    "GITHUB_ACTION_REF",
    "GITHUB_ACTION_REPOSITORY",
    "GITHUB_ACTOR",
    "GITHUB_ACTOR_ID",
    "GITHUB_API_URL",
    "GITHUB_BASE_REF",
    "GITHUB_ENV",
    "GITHUB_EVENT_NAME",
    "GITHUB_EVENT_PATH",
    "GITHUB_GRAPHQL_URL",
    "GITHUB_HEAD_REF",
    "GITHUB_JOB",
    "GITHUB_OUTPUT",
    "GITHUB_PATH",
    "GITHUB_REF",
    "GITHUB_REF_NAME",
    "GITHUB_REF_PROTECTED",
    "GITHUB_REF_TYPE",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER",
    "GITHUB_REPOSITORY_OWNER_ID",
    "GITHUB_RETENTION_DAYS",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_RUN_NUMBER",
    "GITHUB_SERVER_URL",
    "GITHUB_SHA",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_TRIGGERING_ACTOR",
    "GITHUB_WORKFLOW",
    "GITHUB_WORKFLOW_REF",
    "GITHUB_WORKFLOW_SHA",
    "GITHUB_WORKSPACE",
    "HOME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "LOGNAME",
    "NO_COLOR",
    "PATH",
    "PRE_COMMIT",
    "PRE_COMMIT_FROM_REF",
    "PRE_COMMIT_TO_REF",
    "PWD",
    "RUNNER_ARCH",
    "RUNNER_DEBUG",
    "RUNNER_ENVIRONMENT",
    "RUNNER_NAME",
    "RUNNER_OS",
    "RUNNER_TEMP",
    "RUNNER_TOOL_CACHE",
    "RUNNER_WORKSPACE",
    "SHELL",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERPROFILE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
];

/// Our own variables that are settings: the Action's inputs, and the addresses of stand-ins of
/// providers.
const OWN: [&str; 2] = ["TOKENWARD_INPUT_", "TOKENWARD_SANDBOX_"];

/// Inputs of the Action that are credentials.
const CREDENTIAL_INPUTS: [&str; 2] = ["TOKENWARD_INPUT_TOKEN", "TOKENWARD_INPUT_SECRETS_TOKEN"];

fn is_setting(name: &str) -> bool {
    let own = OWN.iter().any(|start| name.starts_with(start)) && !CREDENTIAL_INPUTS.contains(&name);
    own || SETTINGS.binary_search(&name).is_ok()
}

/// The variables of a run. It has no `Debug`: even the names of unrelated secrets must not be
/// logged.
#[derive(Clone, Default)]
pub struct Environment {
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, Secret>,
    trimmed: BTreeSet<String>,
    /// Every value that this process has; all copies of the variables share it.
    vault: Arc<Vault>,
}

impl Environment {
    /// Splits variables into settings and secrets. White space and a byte order mark at the ends of
    /// a secret are not part of it.
    #[must_use]
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            if is_setting(&name) {
                environment.settings.insert(name, value);
            } else {
                environment.put(name, &Secret::new(value));
            }
        }
        environment
    }

    fn put(&mut self, name: String, value: &Secret) {
        let trimmed = value.trimmed();
        if trimmed.len() != value.len() {
            self.trimmed.insert(name.clone());
        }
        self.vault.suspect(&name, &trimmed);
        self.secrets.insert(name, trimmed);
    }

    /// Every value that this process has, to filter output.
    #[must_use]
    pub fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// A setting, if it is set and not empty. Never the text of a secret.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// A variable as a secret, if it is set and not empty. From then on it is treated as one.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        let secret = self
            .secrets
            .get(name)
            .cloned()
            .or_else(|| Some(Secret::new(self.settings.get(name)?.clone())));
        let secret = secret.filter(|secret| !secret.is_empty());
        secret.iter().for_each(|secret| self.vault.take(secret));
        secret
    }

    /// Whether a variable is set and not empty.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.text(name).is_some() || self.secrets.get(name).is_some_and(|secret| !secret.is_empty())
    }

    /// All settings.
    #[must_use]
    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }

    /// All secrets, without the names of their variables.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.values().filter(|secret| !secret.is_empty())
    }

    /// The secrets in variables whose name fits.
    pub fn secrets_called(&self, is_meant: impl Fn(&str) -> bool) -> impl Iterator<Item = &Secret> {
        self.secrets
            .iter()
            .filter(move |(name, secret)| is_meant(name) && !secret.is_empty())
            .map(|(_, secret)| secret)
    }

    /// Whether white space was removed from the ends of this secret.
    #[must_use]
    pub fn was_trimmed(&self, name: &str) -> bool {
        self.trimmed.contains(name) && self.is_set(name)
    }

    /// Sets a setting.
    pub fn set(&mut self, name: &str, text: &str) {
        self.settings.insert(name.to_owned(), text.to_owned());
    }

    /// Copies the secret of one variable to another variable, if it is set.
    pub fn also_as(&mut self, from: &str, to: &str) {
        if let Some(secret) = self.secret(from) {
            if self.trimmed.contains(from) {
                self.trimmed.insert(to.to_owned());
            } else {
                self.trimmed.remove(to);
            }
            self.secrets.insert(to.to_owned(), secret);
        }
    }

    /// Removes every variable whose name starts with this.
    pub fn remove_all(&mut self, start: &str) {
        self.settings.retain(|name, _| !name.starts_with(start));
        self.secrets.retain(|name, _| !name.starts_with(start));
    }
}

impl From<BTreeMap<String, String>> for Environment {
    fn from(variables: BTreeMap<String, String>) -> Self {
        Self::new(variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Environment {
        Environment::new(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn the_list_of_settings_is_sorted() {
        assert!(SETTINGS.is_sorted());
    }

    #[test]
    fn only_a_known_setting_is_ever_text() {
        let names = [
            "GITHUB_TOKEN",
            "GITHUB_PAT",
            "ACTIONS_RUNTIME_TOKEN",
            "TOKENWARD_INPUT_TOKEN",
            "TOKENWARD_JOURNAL_KEY",
            "HTTPS_PROXY",
            "X",
        ];
        for name in names {
            let environment = of(&[(name, "a-value")]);
            assert_eq!(environment.text(name), None, "{name}");
            assert!(environment.secret(name).is_some() && environment.is_set(name), "{name}");
        }
        let (sha, tokens, reference) = ("GITHUB_SHA", "TOKENWARD_INPUT_TOKENS", "GITHUB_REF");
        let environment = of(&[(sha, "abc"), (tokens, "a,b"), (reference, "")]);
        assert_eq!(environment.text(sha), Some("abc"));
        assert_eq!(environment.text(tokens), Some("a,b"));
        assert_eq!((environment.text(reference), environment.is_set(reference)), (None, false));
    }

    #[test]
    fn white_space_at_the_ends_of_a_secret_is_not_part_of_it() {
        let (first, second, third) = ("A", "B", "C");
        let environment = of(&[(first, "\u{feff} key-1\r\n"), (second, "key-2"), (third, " \n")]);
        assert!(
            environment.secret(first).is_some_and(|secret| secret.len() == 5)
                && environment.was_trimmed(first)
        );
        assert!(!environment.was_trimmed(second) && !environment.is_set(third));
    }

    #[test]
    fn a_secret_takes_another_name() {
        let mut environment = of(&[("TOKENWARD_INPUT_TOKEN", "key"), ("GITHUB_TOKEN", "other!")]);
        environment.also_as("TOKENWARD_INPUT_TOKEN", "GITHUB_TOKEN");
        environment.also_as("TOKENWARD_INPUT_SECRETS_TOKEN", "TOKENWARD_GITHUB_TOKEN");
        environment.remove_all("TOKENWARD_INPUT_");
        assert_eq!(environment.secret("GITHUB_TOKEN").map(|secret| secret.len()), Some(3));
        assert!(
            !environment.is_set("TOKENWARD_INPUT_TOKEN")
                && !environment.is_set("TOKENWARD_GITHUB_TOKEN")
        );
    }
}
