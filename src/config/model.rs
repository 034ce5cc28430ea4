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
    /// Where it lies.
    pub path: PathBuf,
    /// What holds for every token that does not say otherwise. Already worked into `tokens`.
    pub defaults: Defaults,
    /// The tokens, in the order they are written.
    pub tokens: Vec<TokenConfig>,
    /// What `scan` leaves out.
    pub scan: ScanConfig,
    /// Provider files of the user's own, ready to open.
    pub providers: Vec<PathBuf>,
    /// Where the state of every rotation is kept.
    pub journal: JournalConfig,
    pub(crate) tree: Tree,
}

/// What holds for every token that does not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// How often a new value is issued; `None` is never.
    pub rotate_every: Option<Span>,
    /// What the old value waits for.
    pub grace: Grace,
    /// How long before its expiry a token is reported.
    pub warn_before: Span,
    /// The age at which a token is reported; `None` is no limit.
    pub max_age: Option<Span>,
    /// How a person is asked.
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
    /// The variable that holds the credential that may issue and revoke; `None` where the token
    /// manages itself.
    pub manager: Option<EnvName>,
    /// What it may do, in the provider's words; empty where the scopes of the token in use are
    /// kept.
    pub scopes: Vec<String>,
    /// The provider's region.
    pub region: Option<String>,
    /// Further parameters the provider file asks for.
    pub with: BTreeMap<String, String>,
    /// How often a new value is issued; `None` is never.
    pub rotate_every: Option<Span>,
    /// What the old value waits for.
    pub grace: Grace,
    /// How long before its expiry it is reported.
    pub warn_before: Span,
    /// The age at which it is reported; `None` is no limit.
    pub max_age: Option<Span>,
    /// How a person is asked.
    pub ask: Asking,
    /// Tokens of one group are not rotated at the same time.
    pub stagger: Option<String>,
    /// The secrets that hold the value; never empty, the first one is the primary destination.
    pub destinations: Vec<Destination>,
}

impl TokenConfig {
    /// The secret this run was handed the value from: an Actions secret of a repository or of an
    /// environment.
    #[must_use]
    pub fn primary(&self) -> Option<&Destination> {
        self.destinations.first()
    }

    /// How to hand a variable to a run: the token's value comes from its primary destination,
    /// anything else from the secret of the variable's name.
    #[must_use]
    pub fn handing(&self, variable: &EnvName) -> String {
        let primary = self.primary().filter(|_| *variable == self.value);
        handing_over(
            variable.as_str(),
            primary.map_or(variable.as_str(), |primary| primary.secret.as_str()),
        )
    }
}

/// How a person is asked for what only a person can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// Logins of those who are assigned to the issue.
    pub assignees: Vec<String>,
    /// The labels.
    pub labels: Vec<String>,
    /// How often a comment reminds people; `None` is never.
    pub remind: Option<Span>,
}

/// What an old value waits for before it is revoked; all of it has to be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grace {
    /// So long after the last push; `None` leaves it to the rotation, by store.
    pub time: Option<Span>,
    /// Until the workflow runs created before the last push are over.
    pub drain: Option<Drain>,
    /// Until the provider says that it was not used for so long.
    pub last_used: Option<Span>,
    /// Until a run of each of these repositories left a mark that it was handed a later value.
    pub confirmed_by: Vec<Repo>,
}

/// How workflow runs that may still hold the old value are waited for.
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
    /// Nothing: it is waited on.
    #[default]
    Hold,
    /// The old key is revoked.
    Revoke,
    /// It is waited on, and the run fails.
    Fail,
}

/// What `scan` leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanConfig {
    /// The file of accepted findings, from the repository's root.
    pub baseline: Option<String>,
    /// Patterns of paths that are not scanned.
    pub ignore: Vec<String>,
    /// Which comments let a finding be.
    pub allow_comments: AllowComments,
}

/// Where the state of every rotation is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalConfig {
    /// A git ref in the primary repository.
    GitRef {
        /// Its whole name, `refs/…/…`.
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
    /// One line for each key of the file that has a new name.
    #[must_use]
    pub fn old_names(&self) -> Vec<String> {
        self.tree.old_names()
    }

    /// The token of this name.
    #[must_use]
    pub fn token(&self, name: &str) -> Option<&TokenConfig> {
        self.tokens.iter().find(|token| token.name.as_str() == name)
    }

    /// The folder all paths of the config start from: the repository's root.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        paths::root(Path::new(&self.path))
    }

    /// One diagnostic for each token whose provider is not among these. `load` makes this check itself,
    /// unless the config has its own provider files: their ids are known only after reading them, so
    /// the caller makes it.
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
