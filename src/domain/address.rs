//! Where a value goes: the stores GitHub has for secrets, and the rules it sets for their names.
//! Says nothing about how to get there; that is `destinations`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `owner/name` of a repository.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Repo {
    /// The user or organization.
    pub owner: String,
    /// The repository's name.
    pub name: String,
}

impl Repo {
    /// Reads `owner/name`; `None` where it is not of GitHub's form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        (is_owner(owner) && is_repo_name(name))
            .then(|| Self { owner: owner.to_owned(), name: name.to_owned() })
    }
}

impl Repo {
    /// Whether both name one repository: GitHub does not tell names by their case.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl fmt::Display for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Whether GitHub would take this as the name of a user or an organization: letters, digits and
/// single hyphens, at most 39.
#[must_use]
pub fn is_owner(text: &str) -> bool {
    let letters = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (1..=39).contains(&text.len()) && letters && !text.starts_with('-')
}

fn is_repo_name(text: &str) -> bool {
    let letters =
        text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (1..=100).contains(&text.len()) && letters && text != "." && text != ".."
}

/// A secret's name as GitHub keeps it: upper case.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct SecretName(String);

impl SecretName {
    /// Reads a name by GitHub's rules (letters, digits, `_`; no digit first; no `GITHUB_` prefix),
    /// or says which one it breaks.
    ///
    /// # Errors
    /// The rule that is broken, as a sentence fragment.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let name = text.to_ascii_uppercase();
        if name.is_empty() {
            return Err("a secret needs a name");
        }
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err("GitHub allows only letters, digits and `_` in a secret's name");
        }
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("GitHub does not allow a secret's name to start with a digit");
        }
        if name.starts_with("GITHUB_") {
            return Err("GitHub does not allow a secret's name to start with `GITHUB_`");
        }
        Ok(Self(name))
    }

    /// The name of a secret that stands beside this one: `NAME_NEXT`.
    #[must_use]
    pub fn beside(&self, ending: &str) -> Self {
        Self(format!("{}_{}", self.0, ending.to_ascii_uppercase()))
    }

    /// The name, upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which of a repository's secret stores.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// Secrets passed to workflow runs.
    #[default]
    Actions,
    /// Secrets passed to runs that Dependabot starts.
    Dependabot,
    /// Secrets passed to codespaces.
    Codespaces,
}

/// Who can read an organization secret after tokenward has written it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum VisibilityRule {
    /// The repositories that could read it before. The secret must exist.
    #[default]
    Preserve,
    /// Every repository of the organization.
    All,
    /// Every private repository of the organization.
    Private,
}

/// A store of secrets.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A store of one repository.
    Repository {
        /// Whose.
        repo: Repo,
        /// Which.
        store: Store,
    },
    /// The secrets of one deployment environment.
    Environment {
        /// The repository it belongs to.
        repo: Repo,
        /// Its name, as people write it (not percent-encoded).
        environment: String,
    },
    /// The Actions secrets of an organization.
    Organization {
        /// Its login.
        org: String,
        /// Who may read the secret afterwards.
        visibility: VisibilityRule,
    },
}

impl Place {
    /// The repository, where the place belongs to one.
    #[must_use]
    pub fn repo(&self) -> Option<&Repo> {
        match self {
            Self::Repository { repo, .. } | Self::Environment { repo, .. } => Some(repo),
            Self::Organization { .. } => None,
        }
    }

    /// The page on which a person edits its secrets; `server` is where people see GitHub.
    #[must_use]
    pub fn settings(&self, server: &str) -> String {
        match self {
            Self::Repository { repo, store } => {
                let store = match store {
                    Store::Actions => "actions",
                    Store::Dependabot => "dependabot",
                    Store::Codespaces => "codespaces",
                };
                format!("{server}/{repo}/settings/secrets/{store}")
            }
            Self::Environment { repo, .. } => format!("{server}/{repo}/settings/environments"),
            Self::Organization { org, .. } => {
                format!("{server}/organizations/{org}/settings/secrets/actions")
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository { repo, store: Store::Actions } => write!(f, "{repo}"),
            Self::Repository { repo, store: Store::Dependabot } => write!(f, "{repo} (Dependabot)"),
            Self::Repository { repo, store: Store::Codespaces } => write!(f, "{repo} (Codespaces)"),
            Self::Environment { repo, environment } => write!(f, "{repo} ({environment})"),
            Self::Organization { org, .. } => write!(f, "{org} (organization)"),
        }
    }
}

/// One secret in one place.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Destination {
    /// Where.
    pub place: Place,
    /// Under which name.
    pub secret: SecretName,
    /// The part of the value it holds; none: the whole.
    pub part: Option<String>,
    /// Whether a rotation may create it where it does not exist.
    pub create: bool,
}

impl Destination {
    /// What the journal calls it: stable, and different for any two secrets that GitHub keeps
    /// apart. Owners, repositories and environments are matched without case by GitHub, so the key
    /// is lower case.
    #[must_use]
    pub fn key(&self) -> String {
        let place = match &self.place {
            Place::Repository { repo, store: Store::Actions } => format!("actions:{repo}"),
            Place::Repository { repo, store: Store::Dependabot } => format!("dependabot:{repo}"),
            Place::Repository { repo, store: Store::Codespaces } => format!("codespaces:{repo}"),
            Place::Environment { repo, environment } => format!("environment:{repo}:{environment}"),
            Place::Organization { org, .. } => format!("organization:{org}"),
        };
        format!("{}#{}", place.to_lowercase(), self.secret)
    }
}

impl Destination {
    /// Whether the workflow runs of a repository may be handed the whole value from here. Which
    /// repositories may read an organization's secret is GitHub's to say.
    #[must_use]
    pub fn hands_whole_value_to(&self, repo: &Repo) -> bool {
        let is_theirs = match &self.place {
            Place::Repository { repo: own, store: Store::Actions }
            | Place::Environment { repo: own, .. } => own.is(repo),
            Place::Repository { .. } => false,
            Place::Organization { org, .. } => org.eq_ignore_ascii_case(&repo.owner),
        };
        is_theirs && self.part.is_none()
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.secret, self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_names_follow_githubs_rules() {
        assert!(
            SecretName::parse("sendgrid_api_key").is_ok_and(|n| n.as_str() == "SENDGRID_API_KEY")
        );
        for bad in ["", "1KEY", "GITHUB_KEY", "github_key", "A-B", "A B", "Ä"] {
            assert!(SecretName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn repositories_are_owner_slash_name() {
        assert!(Repo::parse("acme/site.web_1").is_some());
        for bad in ["acme", "/site", "acme/", "acme/..", "acme/a/b", "ac me/site", "-a/b"] {
            assert!(Repo::parse(bad).is_none(), "{bad}");
        }
    }
}
