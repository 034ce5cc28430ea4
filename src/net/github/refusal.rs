//! Why GitHub refused, read from all that a response says: a status alone is not enough (a 403 has
//! a dozen causes, and a 422 more). An unknown cause keeps GitHub's own sentence. Sources: GitHub's
//! documentation ("Troubleshooting the REST API", "About authentication with SAML single sign-on",
//! "Git references") and responses that people published.

use http::Uri;
use serde_json::Value;

use crate::net::Answer;

/// How many errors of one response are shown.
const MOST_ERRORS: usize = 3;
/// The longest address for single sign-on.
const LONGEST_ADDRESS: usize = 1_000;

/// The reason that GitHub names for a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The organization enforces SAML single sign-on, and our credential is not authorized for it.
    SingleSignOn {
        /// Where its owner authorizes it, if GitHub says.
        page: Option<String>,
    },
    /// The organization accepts requests only from certain addresses.
    IpAllowList,
    /// A ruleset, a protection or a hook of the repository.
    Ruleset,
    /// The App's installation, or the account behind the credential, is suspended.
    Suspended,
    /// The repository is archived.
    Archived,
    /// GitHub closed the repository, for its content or for an unpaid bill.
    Disabled,
    /// The organization forbids this type of personal access token, or its lifetime.
    TokenPolicy,
    /// The organization has not approved the OAuth App.
    OauthRestricted,
    /// GitHub requires a second factor.
    TwoFactor,
    /// Our credential, or the account behind it, lacks the permission.
    Permission,
    /// Too many requests.
    RateLimit,
    /// The repository has no commit yet.
    EmptyRepository,
    /// The ref already exists.
    RefExists,
    /// The ref points elsewhere by now.
    NotFastForward,
    /// There is no such ref to move.
    RefMissing,
    /// A ref was not updated: another writer moved it, or a rule forbids it.
    RefUnclear,
    /// The value was sealed with a key that the store no longer accepts.
    KeyOutdated,
    /// The store is full.
    TooManySecrets,
    /// The value is too large for a secret.
    ValueTooLarge,
    /// Not a valid secret name.
    NameInvalid,
    /// Anything else: GitHub's sentence says what.
    Other,
}

/// What a response says besides its status.
pub(super) struct Said {
    /// All sentences, in lower case and on one line: the cause is read from them; never shown.
    all: String,
    /// GitHub's sentences, safe to show.
    pub(super) shown: String,
    /// The page of the documentation that it names.
    page: String,
}

impl Said {
    /// Reads the body. `quote` makes a sentence safe to show, or replaces it.
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
        // Specific phrases come before those that many messages contain.
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

    /// Whether it concerns our credential or the whole repository, and not only the requested
    /// resource.
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

    /// Refusals that only the write of a ref or a secret gets.
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
            // Our request is invalid.
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
}

/// Phrases with which GitHub says that it closed a repository.
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

/// Phrases of rulesets, branch protections, and the hooks of GitHub Enterprise Server.
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

/// Whether the response names a permission and its message says that one is missing. The header
/// alone proves nothing: every response has it.
fn lacks_permission(answer: &Answer, said: &Said) -> bool {
    let named = answer.header("x-accepted-github-permissions").is_some_and(|text| !text.is_empty());
    answer.status == 403 && named && said.has(&["permission", "not have access", "insufficient"])
}

/// The address for single sign-on that GitHub names, if it has the expected form and belongs to the
/// GitHub we talk to.
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
    // Rebuilt from its parts: no fragment, and nothing that a parser may have skipped.
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    (is_here && is_page && is_plain).then(|| format!("https://{people}{}{query}", url.path()))
}
