//! Why GitHub refused, read from all that an answer says: its status, its sentences, its headers
//! and the page it names. A status alone says nothing: a 403 has a dozen causes, and a 422 more.
//! What is not known here keeps GitHub's own sentence. Sources: GitHub's documentation
//! ("Troubleshooting the REST API", "About authentication with SAML single sign-on", "Git
//! references") and answers that people published.

use http::Uri;
use serde_json::Value;

use crate::domain::{Code, Problem};
use crate::net::Answer;

/// The most single errors of an answer that are shown.
const MOST_ERRORS: usize = 3;
/// An address for single sign-on is not longer.
const LONGEST_ADDRESS: usize = 1_000;

/// What GitHub names as the reason of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The organization enforces SAML single sign-on, and our credential is not authorized for it.
    SingleSignOn {
        /// Where its owner authorizes it, if GitHub says.
        page: Option<String>,
    },
    /// The organization takes requests from certain addresses only.
    IpAllowList,
    /// A ruleset, a protection or a hook of the repository.
    Ruleset,
    /// The App's installation, or the account behind the credential, is suspended.
    Suspended,
    /// The repository is archived.
    Archived,
    /// GitHub, or the bill, closed the repository.
    Disabled,
    /// The organization forbids this kind of personal access token, or one that lives so long.
    TokenPolicy,
    /// The organization has not approved the OAuth App.
    OauthRestricted,
    /// A second factor is asked for.
    TwoFactor,
    /// Our credential, or the account behind it, may not do it.
    Permission,
    /// Too many requests.
    RateLimit,
    /// The repository has no commit yet.
    EmptyRepository,
    /// The ref is there already.
    RefExists,
    /// The ref stands elsewhere.
    NotFastForward,
    /// There is no such ref to move.
    RefMissing,
    /// A ref was not moved, for one of several reasons: somebody moved it, or a rule forbids it.
    RefUnclear,
    /// The value was sealed to a key that is no longer the store's.
    KeyOutdated,
    /// The store holds as many secrets as it may.
    TooManySecrets,
    /// The value is too large for a secret.
    ValueTooLarge,
    /// No name for a secret.
    NameInvalid,
    /// Anything else: GitHub's sentence says what.
    Other,
}

/// What an answer says beside its status.
pub(super) struct Said {
    /// Every sentence, in lower case and on one line: what the cause is read from, and never shown.
    all: String,
    /// GitHub's sentences, fit to show.
    pub(super) shown: String,
    /// The page of the documentation that it names.
    page: String,
}

impl Said {
    /// Reads the body. `quote` makes a sentence fit to show, or says that it is not.
    pub(super) fn of(answer: &Answer, quote: &dyn Fn(&str) -> String) -> Self {
        let body = answer.json().unwrap_or_default();
        let text = |of: &Value, name: &str| {
            of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let message = text(&body, "message");
        let errors = body.get("errors").and_then(Value::as_array).into_iter().flatten();
        let errors: Vec<String> =
            errors.map(error).filter(|error| !error.is_empty() && *error != message).collect();
        let sentences = std::iter::once(&message)
            .chain(errors.iter().take(MOST_ERRORS))
            .filter(|sentence| !sentence.is_empty());
        let shown: Vec<String> = sentences.map(|sentence| quote(sentence)).collect();
        // A repository that is closed says why beside the message.
        let block = body.pointer("/block/reason").and_then(Value::as_str).unwrap_or_default();
        let all = [message.as_str(), &errors.join(" "), block].join(" ").to_ascii_lowercase();
        Self {
            all: all.split_whitespace().collect::<Vec<_>>().join(" "),
            shown: shown.join("; "),
            page: text(&body, "documentation_url").to_ascii_lowercase(),
        }
    }

    fn has(&self, any: &[&str]) -> bool {
        any.iter().any(|piece| self.all.contains(piece))
    }
}

/// One of the errors of a 422: a sentence, or an object with one.
fn error(error: &Value) -> String {
    let field = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    match error {
        Value::String(sentence) => sentence.clone(),
        _ if field("message").is_empty() => {
            [field("field"), field("code")].join(" ").trim().to_owned()
        }
        _ => field("message").to_owned(),
    }
}

impl Cause {
    /// Reads a refusal. `people` is the host where people see this GitHub; `repeats` says whether a
    /// text repeats our credential.
    pub(super) fn of(
        answer: &Answer,
        said: &Said,
        people: &str,
        repeats: &dyn Fn(&str) -> bool,
    ) -> Self {
        let header = |name: &str| answer.header(name).unwrap_or_default();
        let sign_on = header("x-github-sso");
        // What is about one thing alone comes before what many sentences have in them.
        if said.has(&["rate limit", "abuse detection mechanism", "was submitted too quickly"]) {
            Self::RateLimit
        } else if sign_on.trim_start().starts_with("required")
            || said.has(&["saml enforcement", "saml single sign", "saml sso", "saml session"])
            || said.page.contains("saml-single-sign-on")
        {
            Self::SingleSignOn { page: sign_on_page(sign_on, people).filter(|page| !repeats(page)) }
        } else if said.has(&["ip allow list"]) {
            Self::IpAllowList
        } else if said.has(&[
            "oauth app access restrictions",
            "third-party application",
            "oauth app restrictions",
        ]) {
            Self::OauthRestricted
        } else if said.has(&[
            "forbids access via",
            "are forbidden from accessing",
            "token's lifetime",
        ]) {
            Self::TokenPolicy
        } else if header("x-github-otp").trim_start().starts_with("required")
            || said.has(&["two-factor", "otp code"])
        {
            Self::TwoFactor
        } else if said.has(&[
            "installation has been suspended",
            "account was suspended",
            "account is suspended",
            "account has been suspended",
        ]) {
            Self::Suspended
        } else if said.has(&[
            "archived so",
            "repository is archived",
            "repository was archived",
            "archived repository",
        ]) {
            Self::Archived
        } else if answer.status == 451 || said.has(&CLOSED) {
            Self::Disabled
        } else if said.has(&RULES) {
            Self::Ruleset
        } else if said.has(&[
            "not accessible by",
            "must have admin",
            "must have push",
            "must have write",
            "must be an organization owner",
        ]) || lacks_permission(answer, said)
        {
            Self::Permission
        } else if said.has(&["git repository is empty"]) {
            Self::EmptyRepository
        } else {
            Self::of_a_write(answer, said)
        }
    }

    /// Whether it is about our credential or the whole repository, and not about the one thing that
    /// was asked for.
    pub(super) fn is_about_access(&self) -> bool {
        matches!(
            self,
            Self::SingleSignOn { .. }
                | Self::IpAllowList
                | Self::OauthRestricted
                | Self::TokenPolicy
                | Self::TwoFactor
                | Self::Suspended
                | Self::Disabled
        )
    }

    /// What only the write of a ref or of a secret is answered with.
    fn of_a_write(answer: &Answer, said: &Said) -> Self {
        let secret = said.has(&["secret"]) || said.page.contains("secret");
        if said.has(&["reference already exists"]) {
            Self::RefExists
        } else if said.has(&["not a fast forward", "not a fast-forward"]) {
            Self::NotFastForward
        } else if said.has(&["reference does not exist"]) {
            Self::RefMissing
        } else if said.has(&["reference cannot be updated", "reference update failed"]) {
            Self::RefUnclear
        } else if said.has(&["wasn't supplied", "does not match /"]) {
            // A request of ours that is not as it has to be.
            Self::Other
        } else if said.has(&["key_id", "improperly encrypted secret"]) {
            Self::KeyOutdated
        } else if answer.status == 413
            || (secret
                && said.has(&["too large", "too long", "maximum size", "48 kb", "larger than"]))
        {
            Self::ValueTooLarge
        } else if said.has(&["secrets"]) && said.has(&["limit", "maximum number", "too many"]) {
            Self::TooManySecrets
        } else if said.has(&["secret name", "name can't start", "name must not start"]) {
            Self::NameInvalid
        } else {
            Self::Other
        }
    }

    /// What a person is told. `what` was not done, and GitHub's `sentence` says why.
    pub(super) fn problem(&self, what: &str, status: u16, sentence: &str) -> Problem {
        let (id, why, hint) = self.words();
        let hint = match self {
            Self::SingleSignOn { page: Some(page) } => {
                format!("{hint}; GitHub names this address for it, for an hour: {page}")
            }
            _ => hint.to_owned(),
        };
        let problem = Problem::new(id, format!("could not {what}: {why} ({status})"));
        let problem = if sentence.is_empty() {
            problem
        } else {
            problem.cause(format!("GitHub says: {sentence}"))
        };
        problem.hint(hint)
    }

    /// The id, what is wrong, and what to do.
    fn words(&self) -> (Code, &'static str, &'static str) {
        match self {
            Self::SingleSignOn { .. } => (
                Code::GithubSignOn,
                "the organization enforces SAML single sign-on, and our credential is not authorized for it",
                "the owner of the token authorizes it (Settings, Developer settings, the token's \"Configure SSO\"), or use a GitHub App, which needs none",
            ),
            Self::IpAllowList => (
                Code::GithubIpAllowList,
                "the organization takes requests from the addresses of its IP allow list only",
                "run this on a runner whose address is on the list (a self-hosted one, or a larger runner with a static address), or add the address to the list",
            ),
            Self::Ruleset => (
                Code::GithubRuleset,
                "a rule of the repository forbids it",
                "look at Settings, Rules (and Branches) of the repository and of its organization: except this ref, or put who runs tokenward on the rule's bypass list",
            ),
            Self::Suspended => (
                Code::GithubSuspended,
                "the GitHub App's installation, or the account behind our credential, is suspended",
                "an owner lifts it under the installation's settings (Settings, GitHub Apps, Configure); an account's suspension is lifted by GitHub's support",
            ),
            Self::Archived => (
                Code::RepositoryArchived,
                "the repository is archived, and nothing in it can be changed",
                "take it out of the config, or unarchive it (Settings, General, Danger Zone)",
            ),
            Self::Disabled => (
                Code::RepositoryDisabled,
                "GitHub has closed the repository",
                "open the repository in a browser, which shows why: its terms, a takedown, a bill, or a migration; or take it out of the config",
            ),
            Self::TokenPolicy => (
                Code::GithubTokenPolicy,
                "the organization's policy forbids this personal access token",
                "use a GitHub App, or make a token of the kind and the lifetime that the policy allows",
            ),
            Self::OauthRestricted => (
                Code::GithubOauthRestricted,
                "the organization has not approved the OAuth App that our credential is from",
                "an owner approves it (the organization's Settings, Third-party Access), or use a GitHub App",
            ),
            Self::TwoFactor => (
                Code::GithubTwoFactor,
                "GitHub asks for a second factor, which a workflow has not got",
                "use the token of a GitHub App; if the organization requires two-factor authentication, the account behind a personal token has to switch it on",
            ),
            Self::EmptyRepository => (
                Code::GithubRefused,
                "the repository has no commit",
                "push a first commit to it: GitHub keeps no ref in a repository without one",
            ),
            Self::KeyOutdated => (
                Code::SecretKeyOutdated,
                "the value was sealed to a public key that GitHub no longer takes",
                "run it again: each run fetches the key again",
            ),
            Self::TooManySecrets => (
                Code::SecretQuota,
                "it holds as many secrets as GitHub allows (100 for a repository or an environment, 1,000 for an organization)",
                "remove a secret that nobody reads, or choose another place for this one",
            ),
            Self::ValueTooLarge => (
                Code::ValueTooLarge,
                "the value is larger than GitHub takes for a secret (48 KB)",
                "look at what the secret holds: a token is far smaller",
            ),
            Self::NameInvalid => (
                Code::ConfigBadSecretName,
                "GitHub takes no secret of this name",
                "write letters, digits and `_`, no digit first, and not `GITHUB_` at its beginning",
            ),
            Self::RefExists | Self::NotFastForward | Self::RefMissing => (
                Code::JournalLost,
                "somebody else changed the ref first",
                "nothing to do: the next run goes on from what the other one wrote",
            ),
            Self::Permission | Self::RateLimit | Self::RefUnclear | Self::Other => (
                Code::GithubRefused,
                "GitHub refused",
                "its sentence says why; that it stays so is likely, so running it again will not help before that is changed",
            ),
        }
    }
}

/// How GitHub says that it closed a repository.
const CLOSED: [&str; 8] = [
    "repository access blocked",
    "repository has been disabled",
    "repository is disabled",
    "repository has been locked",
    "repository is locked",
    "account is disabled",
    "billing",
    "for legal reasons",
];

/// How rulesets, the protection of branches and hooks of an Enterprise Server refuse.
const RULES: [&str; 12] = [
    "repository rule violation",
    "rule violations found",
    "protected ref",
    "protected branch",
    "protected tag",
    "being restricted",
    "changes must be made through a pull request",
    "required status check",
    "verified signatures",
    "pre-receive hook",
    "pre_receive",
    "not authorized to push",
];

/// Whether the answer names a permission, and its sentence says that one is missing. The header
/// alone comes with every answer.
fn lacks_permission(answer: &Answer, said: &Said) -> bool {
    let named = answer.header("x-accepted-github-permissions").is_some_and(|text| !text.is_empty());
    answer.status == 403 && named && said.has(&["permission", "not have access", "insufficient"])
}

/// The address for single sign-on that GitHub names, if it is one of the very GitHub we talk to and
/// of the form that it has.
fn sign_on_page(header: &str, people: &str) -> Option<String> {
    let address = header.split(';').find_map(|part| part.trim().strip_prefix("url="))?.trim();
    let url: Uri =
        Some(address).filter(|address| address.len() <= LONGEST_ADDRESS)?.parse().ok()?;
    let is_here = url.scheme_str() == Some("https")
        && url.authority().map(http::uri::Authority::as_str) == Some(people);
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let parts: Vec<&str> = url.path().split('/').collect();
    let is_page =
        matches!(parts.as_slice(), ["", "orgs" | "enterprises", name, "sso"] if is_name(name));
    let is_plain = url.query().is_none_or(|query| {
        query.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'&' | b'-' | b'_'))
    });
    // Written anew from its parts: no fragment, and nothing that a parser may have left out.
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    (is_here && is_page && is_plain).then(|| format!("https://{people}{}{query}", url.path()))
}
