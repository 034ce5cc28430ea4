//! The config as the other modules see it: every default filled in, every path and name checked.
//! Has no way to be written back, and holds no value of a token.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::paths;
use super::read::{RenderedDiagnostic, Tree};
use super::sources::EnvName;
use crate::domain::{
    AllowComments, Code, Destination, ProviderId, Repo, Span, TokenName, handing_over,
};

/// A config that was read.
#[derive(Debug)]
pub struct Config {
    /// Its path.
    pub path: PathBuf,
    /// Defaults for all tokens. Already applied to `tokens`.
    pub defaults: Defaults,
    /// The tokens, in the order they are written.
    pub tokens: Vec<TokenConfig>,
    /// What `scan` excludes.
    pub scan: ScanConfig,
    /// Provider files of the user's own, ready to open.
    pub providers: Vec<PathBuf>,
    /// Where the journal is stored.
    pub journal: JournalConfig,
    pub(crate) tree: Tree,
}

/// Defaults for all tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// How often a new value is issued; `None` is never.
    pub rotate_every: Option<Span>,
    /// When the old value is revoked.
    pub grace: Grace,
    /// How long before its expiry a token is reported.
    pub warn_before: Span,
    /// The age at which a token is reported; `None` is no limit.
    pub max_age: Option<Span>,
    /// How people are asked to do manual steps.
    pub ask: Asking,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            rotate_every: Some(Span::days(30)),
            grace: Grace::default(),
            warn_before: Span::days(7),
            max_age: Some(Span::days(90)),
            ask: Asking::default(),
        }
    }
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenConfig {
    /// Its name.
    pub name: TokenName,
    /// The provider that issues it.
    pub provider: ProviderId,
    /// The variable that holds the current value.
    pub value: EnvName,
    /// The variable with the credential that issues and revokes keys; `None` if the token manages
    /// itself.
    pub manager: Option<EnvName>,
    /// Its permissions, in the provider's words; empty to keep those of the token in use.
    pub scopes: Vec<String>,
    /// The provider's region.
    pub region: Option<String>,
    /// Further parameters that the provider file requires.
    pub with: BTreeMap<String, String>,
    /// How often a new value is issued; `None` is never.
    pub rotate_every: Option<Span>,
    /// When the old value is revoked.
    pub grace: Grace,
    /// How long before its expiry it is reported.
    pub warn_before: Span,
    /// The age at which it is reported; `None` is no limit.
    pub max_age: Option<Span>,
    /// How people are asked to do manual steps.
    pub ask: Asking,
    /// Tokens of one group are not rotated at the same time.
    pub stagger: Option<String>,
    /// The secrets that hold the value; never empty, the first one is the primary destination.
    pub destinations: Vec<Destination>,
}

impl TokenConfig {
    /// The secret from which this run received the value: an Actions secret of a repository or an
    /// environment.
    #[must_use]
    pub fn primary(&self) -> Option<&Destination> {
        self.destinations.first()
    }

    /// How to pass a variable to a run: the token's value comes from its primary destination,
    /// anything else from the secret of the same name.
    #[must_use]
    pub fn handing(&self, variable: &EnvName) -> String {
        let primary = self.primary().filter(|_| *variable == self.value);
        handing_over(
            variable.as_str(),
            primary.map_or(variable.as_str(), |primary| primary.secret.as_str()),
        )
    }
}

/// How people are asked to do manual steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// The logins of the assignees.
    pub assignees: Vec<String>,
    /// The labels.
    pub labels: Vec<String>,
    /// How often a comment reminds people; `None` is never.
    pub remind: Option<Span>,
}

/// When an old value is revoked: when all of these hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grace {
    /// This long after the last push; `None` leaves it to the rotation, by store.
    pub time: Option<Span>,
    /// When the workflow runs created before the last push have finished.
    pub drain: Option<Drain>,
    /// When the provider reports that it was unused for this long.
    pub last_used: Option<Span>,
    /// When a run of each of these repositories confirmed that it received a newer value.
    pub confirmed_by: Vec<Repo>,
}

/// How long to wait for workflow runs that may still hold the old value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drain {
    /// The longest wait after the last push.
    pub max_wait: Span,
    /// What happens after that.
    pub on_timeout: OnTimeout,
}

/// What happens when a wait takes too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnTimeout {
    /// Keep waiting.
    #[default]
    Hold,
    /// Revoke the old key.
    Revoke,
    /// Keep waiting, and fail the run.
    Fail,
}

/// What `scan` excludes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanConfig {
    /// The file of accepted findings, from the repository's root.
    pub baseline: Option<String>,
    /// Files of the user's own rules, ready to open.
    pub rules: Vec<PathBuf>,
    /// Patterns of paths that are not scanned.
    pub ignore: Vec<String>,
    /// Which allow comments count.
    pub allow_comments: AllowComments,
}

/// Where the journal is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalConfig {
    /// A git ref in the primary repository.
    GitRef {
        /// Its full name, `refs/…/…`.
        name: String,
    },
    /// A file, ready to open.
    File(PathBuf),
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self::GitRef { name: "refs/tokenward/journal".to_owned() }
    }
}

impl Config {
    /// One line for each renamed key in the file.
    #[must_use]
    pub fn old_names(&self) -> Vec<String> {
        self.tree.old_names()
    }

    /// The token of this name.
    #[must_use]
    pub fn token(&self, name: &str) -> Option<&TokenConfig> {
        self.tokens.iter().find(|token| token.name.as_str() == name)
    }

    /// The folder that all paths of the config are relative to: the repository's root.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        paths::root(Path::new(&self.path))
    }

    /// One diagnostic for each token whose provider is not among these. `load` makes this check
    /// itself, unless the config has its own provider files: their ids are known only after reading
    /// them, so the caller makes it.
    #[must_use]
    pub fn unknown_providers(&self, known: &[&str]) -> Vec<RenderedDiagnostic> {
        let unknown = self.tokens.iter().filter(|token| !known.contains(&token.provider.as_str()));
        unknown
            .map(|token| {
                let (message, hint) =
                    super::problems::unknown_provider(token.provider.as_str(), known);
                self.tree.diagnostic(
                    Code::ConfigUnknownProvider,
                    &["tokens", token.name.as_str(), "provider"],
                    message,
                    Some(hint),
                )
            })
            .collect()
    }

    /// A diagnostic of another module, shown in the config: `path` leads to the value, such as
    /// `["tokens", "sendgrid", "scopes"]`. The texts must quote no values.
    #[must_use]
    pub fn diagnostic(
        &self,
        code: Code,
        path: &[&str],
        message: impl Into<String>,
        hint: Option<String>,
    ) -> RenderedDiagnostic {
        self.tree.diagnostic(code, path, message, hint)
    }
}
