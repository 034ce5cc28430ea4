//! What a person reads when GitHub did not do what we asked, one constructor per message. `what` is
//! what we tried: `read the secrets of acme/site`.

use super::error::GitHubError;
use super::place::Api;
use super::refusal::Cause;
use crate::domain::{Code, Problem, Wait};

impl GitHubError {
    /// The problem to report when this happened while doing `what` (`read the secrets of
    /// acme/site`).
    #[must_use]
    pub fn to_problem(&self, what: &str) -> Problem {
        match self {
            Self::Silent { why, .. } => unavailable(what, why),
            Self::RateLimited { wait } => rate_limited(what, wait),
            Self::Dead { message } => credential_dead(what, message),
            Self::Permission { accepted, message } => {
                permission_missing(what, accepted.as_deref(), message)
            }
            Self::NotFound => not_found(what),
            Self::Refused { status, cause, message } => refused(cause, what, *status, message),
            Self::Moved => moved(what),
            Self::Unlisted { why } => list_incomplete(what, why),
        }
    }
}

/// The configured address is not one of GitHub's API.
pub(super) fn not_the_api(why: &str) -> Problem {
    Problem::new(
        Code::Usage,
        "`GITHUB_API_URL` (the input `github-api-url`) is not the address of GitHub's API",
    )
    .cause(why)
    .hint(format!(
        "set it to {}; for GitHub Enterprise Server, set it to https://HOST/api/v3, where \
         https://HOST is the `GITHUB_SERVER_URL` that the runner sets",
        Api::PUBLIC
    ))
    .state("nothing was sent")
}

/// octocrab cannot use an address that we accepted.
pub(super) fn address_unusable() -> Problem {
    Problem::new(Code::Bug, "the address of GitHub's API cannot be used as a URI")
}

fn unavailable(what: &str, why: &str) -> Problem {
    Problem::new(Code::GithubUnavailable, format!("could not {what}")).cause(why).hint(
        "run it again; if the error persists, check \
             `GITHUB_API_URL` and `HTTPS_PROXY`",
    )
}

fn rate_limited(what: &str, wait: &Wait) -> Problem {
    Problem::new(
        Code::GithubRateLimited,
        format!("could not {what}: GitHub's rate limit is exhausted"),
    )
    .cause(format!("GitHub asked tokenward to wait {}", wait.in_words()))
    .hint("nothing to do: the next scheduled run continues")
}

fn credential_dead(what: &str, message: &str) -> Problem {
    let problem = Problem::new(
        Code::GithubTokenDead,
        format!("could not {what}: GitHub does not accept the credential (401)"),
    );
    with_message(problem, message)
        .cause("the credential expired, was revoked, or was copied incompletely")
        .hint(
            "issue a new one: for a GitHub App, run `actions/create-github-app-token` in an \
             earlier step",
        )
}

fn permission_missing(what: &str, accepted: Option<&str>, message: &str) -> Problem {
    let needed = accepted.map_or_else(
        || "GitHub does not say which permission is missing".to_owned(),
        |text| format!("GitHub requires the permission `{text}`"),
    );
    let problem = Problem::new(
        Code::GithubPermission,
        format!("could not {what}: the credential lacks a permission (403)"),
    );
    with_message(problem, message)
        .cause(needed)
        .cause(
            "a workflow's `GITHUB_TOKEN` can never read or write secrets, regardless of its \
             `permissions:`",
        )
        .hint(
            "set `TOKENWARD_GITHUB_TOKEN` to the token of a GitHub App that has the permission \
             (docs/action.md, \"Permissions\")",
        )
}

fn not_found(what: &str) -> Problem {
    Problem::new(
        Code::RepositoryUnknown,
        format!("could not {what}: GitHub answered 404 (Not Found)"),
    )
    .cause("it does not exist, or the credential cannot access it")
    .hint(
        "check the spelling, and that the GitHub App is installed there; a personal access token \
         must be authorized for single sign-on",
    )
}

fn moved(what: &str) -> Problem {
    Problem::new(
        Code::RepositoryUnknown,
        format!("could not {what}: the repository was renamed or moved"),
    )
    .hint("change its name in the config to the new one")
}

fn list_incomplete(what: &str, why: &str) -> Problem {
    Problem::new(
        Code::GithubUnavailable,
        format!("could not {what}: the list could not be read completely"),
    )
    .cause(why)
    .hint("run it again; if the list really is that long, shorten it")
    .state("nothing was decided: tokenward never relies on part of a list")
}

/// GitHub refused: `cause` is the reason that it names.
fn refused(cause: &Cause, what: &str, status: u16, message: &str) -> Problem {
    let (id, why, hint) = words(cause);
    let hint = match cause {
        Cause::SingleSignOn { page: Some(page) } => {
            format!("{hint}; GitHub's page for it, valid for an hour: {page}")
        }
        _ => hint.to_owned(),
    };
    let problem = Problem::new(id, format!("could not {what}: {why} ({status})"));
    with_message(problem, message).hint(hint)
}

/// Adds what GitHub said, if it said anything.
fn with_message(problem: Problem, message: &str) -> Problem {
    if message.is_empty() { problem } else { problem.cause(format!("GitHub says: {message}")) }
}

/// The id, what is wrong, and what to do.
fn words(cause: &Cause) -> (Code, &'static str, &'static str) {
    match cause {
        Cause::SingleSignOn { .. } => (
            Code::GithubSignOn,
            "the organization enforces SAML single sign-on, and the credential is not authorized for it",
            "authorize the token as its owner (Settings, Developer settings, \"Configure SSO\" of the token), or use a GitHub App, which needs no authorization",
        ),
        Cause::IpAllowList => (
            Code::GithubIpAllowList,
            "the organization accepts requests only from the addresses on its IP allow list",
            "add this runner's address to the list, or use a runner whose address is on it (self-hosted, or a larger runner with a static address)",
        ),
        Cause::Ruleset => (
            Code::GithubRuleset,
            "a repository rule forbids it",
            "open Settings, Rules (and Branches) of the repository and of its organization: exclude this ref from the rule, or add the App or account that runs tokenward to the rule's bypass list",
        ),
        Cause::Suspended => (
            Code::GithubSuspended,
            "the GitHub App's installation, or the account behind the credential, is suspended",
            "ask an owner to unsuspend the installation (Settings, GitHub Apps, Configure); for a suspended account, contact GitHub Support",
        ),
        Cause::Archived => (
            Code::RepositoryArchived,
            "the repository is archived, so it is read-only",
            "remove it from the config, or unarchive it (Settings, General, Danger Zone)",
        ),
        Cause::Disabled => (
            Code::RepositoryDisabled,
            "GitHub has disabled the repository",
            "open the repository in a browser to see why (terms of service, a takedown, billing or a migration), or remove it from the config",
        ),
        Cause::TokenPolicy => (
            Code::GithubTokenPolicy,
            "the organization's policy forbids this personal access token",
            "use a GitHub App, or create a token of a type and lifetime that the policy allows",
        ),
        Cause::OauthRestricted => (
            Code::GithubOauthRestricted,
            "the organization has not approved the OAuth App that issued the credential",
            "ask an owner to approve it (the organization's Settings, Third-party Access), or use a GitHub App",
        ),
        Cause::TwoFactor => (
            Code::GithubTwoFactor,
            "GitHub requires a second factor, which a workflow does not have",
            "use a GitHub App's token; if the organization requires two-factor authentication, enable it on the account behind a personal token",
        ),
        Cause::EmptyRepository => (
            Code::GithubRefused,
            "the repository has no commit",
            "push a first commit: GitHub stores no ref in an empty repository",
        ),
        Cause::KeyOutdated => (
            Code::SecretKeyOutdated,
            "the value was sealed with a public key that GitHub no longer accepts",
            "run it again: each run fetches the current key",
        ),
        Cause::TooManySecrets => (
            Code::SecretQuota,
            "GitHub's limit on the number of secrets is reached (100 for a repository or an environment, 1,000 for an organization)",
            "delete a secret that is no longer used, or choose another destination",
        ),
        Cause::ValueTooLarge => (
            Code::ValueTooLarge,
            "the value exceeds GitHub's limit of 48 KB for a secret",
            "check what the secret contains: a token is far smaller",
        ),
        Cause::NameInvalid => (
            Code::ConfigBadSecretName,
            "GitHub does not allow this secret name",
            "use letters, digits and `_`; do not begin with a digit or with `GITHUB_`",
        ),
        Cause::RefExists | Cause::NotFastForward | Cause::RefMissing => (
            Code::JournalLost,
            "another writer changed the ref first",
            "nothing to do: the next run continues from what the other one wrote",
        ),
        Cause::Permission | Cause::RateLimit | Cause::RefUnclear | Cause::Other => (
            Code::GithubRefused,
            "GitHub refused the request",
            "fix the problem that GitHub's message describes, then run it again; until then the request will most likely fail again",
        ),
    }
}
