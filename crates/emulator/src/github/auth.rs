//! What a credential may do: the permission each endpoint needs, and GitHub's refusals.
//! Which credentials exist is `credentials.rs`.

use super::call::error;
use crate::http::{Answer, Request};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What kind of token a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A GitHub App's installation token.
    AppInstallation,
    /// The `GITHUB_TOKEN` of a workflow run. It can never touch a secrets endpoint, whatever it was
    /// granted.
    ActionsToken,
    /// A fine-grained personal access token.
    Pat,
}

/// A token for the API and what it was granted.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Its kind.
    pub kind: CredentialKind,
    /// Permission name to `read` or `write`.
    pub permissions: BTreeMap<String, String>,
    /// The repositories it was given, or all of them.
    pub repos: Option<Vec<String>>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// The permission an endpoint asks for.
pub(super) struct Need {
    name: &'static str,
    write: bool,
}

const METADATA: Need = Need { name: "metadata", write: false };

pub(super) fn need_in_repo(request: &Request, rest: &[&str]) -> Need {
    let name = match rest {
        ["actions", "secrets" | "organization-secrets", ..] => "secrets",
        ["dependabot", "secrets", ..] => "dependabot_secrets",
        ["codespaces", "secrets", ..] => "codespaces_secrets",
        ["environments", _, "secrets", ..] => "environments",
        ["environments", ..] | ["actions", ..] => "actions",
        ["git" | "commits" | "branches" | "comments" | "releases", ..] => "contents",
        ["pulls", ..] => "pull_requests",
        ["issues", ..] => "issues",
        ["deployments", ..] => "deployments",
        ["secret-scanning", ..] => "secret_scanning_alerts",
        _ => return METADATA,
    };
    Need { name, write: !request.is_read() }
}

pub(super) fn need_in_org(request: &Request, rest: &[&str]) -> Need {
    match rest {
        ["actions", "secrets", ..] => {
            Need { name: "organization_secrets", write: !request.is_read() }
        }
        _ => METADATA,
    }
}

pub(super) fn need_of(request: &Request) -> Need {
    match request.path().as_slice() {
        ["repos", _, _, rest @ ..] => need_in_repo(request, rest),
        ["orgs", _, rest @ ..] => need_in_org(request, rest),
        _ => METADATA,
    }
}

impl Need {
    /// Names the permission on the answer, as GitHub does on every one.
    pub(super) fn announce(&self, answer: Answer) -> Answer {
        let level = if self.write { "write" } else { "read" };
        answer.with("x-accepted-github-permissions", format!("{}={level}", self.name))
    }

    /// Whether it is about what a repository holds.
    pub(super) fn is_contents(&self) -> bool {
        self.name == "contents"
    }

    /// What the `GITHUB_TOKEN` is kept away from, also when a workflow asks for it.
    fn is_secrets(&self) -> bool {
        self.name.ends_with("secrets") || self.name == "environments"
    }
}

impl Credential {
    /// A credential that never expires, on every repository.
    #[must_use]
    pub fn new(kind: CredentialKind, permissions: &[(&str, &str)]) -> Self {
        let permissions = permissions
            .iter()
            .map(|(name, level)| ((*name).to_owned(), (*level).to_owned()))
            .collect();
        Self { kind, permissions, repos: None, expires_at: None }
    }

    /// The same, on these repositories only.
    #[must_use]
    pub fn on(mut self, repos: &[&str]) -> Self {
        self.repos = Some(repos.iter().map(|repo| (*repo).to_owned()).collect());
        self
    }

    /// The same, until a point in time.
    #[must_use]
    pub fn until(mut self, expires_at: Timestamp) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Who GitHub says did what this credential does, where it keeps the bots apart.
    pub(super) fn login(&self) -> &'static str {
        match self.kind {
            CredentialKind::ActionsToken => "github-actions[bot]",
            CredentialKind::AppInstallation => super::people::BOT.0,
            CredentialKind::Pat => "octocat",
        }
    }

    pub(super) fn reaches(&self, full_name: &str) -> bool {
        self.repos
            .as_ref()
            .is_none_or(|repos| repos.iter().any(|r| r.eq_ignore_ascii_case(full_name)))
    }

    fn grants(&self, need: &Need) -> bool {
        let level = self.permissions.get(need.name).map(String::as_str);
        match (need.name, level) {
            ("metadata", _) | (_, Some("write" | "admin")) => true,
            (_, Some("read")) => !need.write,
            _ => false,
        }
    }

    /// GitHub's refusal, unless the credential may do this.
    pub(super) fn refuse(&self, need: &Need, repo: Option<&str>) -> Option<Answer> {
        let in_reach = need.name == "metadata" || repo.is_none_or(|repo| self.reaches(repo));
        let barred = self.kind == CredentialKind::ActionsToken && need.is_secrets();
        if self.grants(need) && in_reach && !barred {
            return None;
        }
        let who =
            if self.kind == CredentialKind::Pat { "personal access token" } else { "integration" };
        Some(need.announce(error(403, &format!("Resource not accessible by {who}"))))
    }

    pub(super) fn announce_expiry(&self, answer: Answer) -> Answer {
        match (self.kind, self.expires_at) {
            (CredentialKind::Pat, Some(at)) => answer.with(
                "github-authentication-token-expiration",
                at.strftime("%Y-%m-%d %H:%M:%S UTC"),
            ),
            _ => answer,
        }
    }
}
