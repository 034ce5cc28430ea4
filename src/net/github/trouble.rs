//! What GitHub's refusals mean, decided once: by status, headers and text together.
//! Sources: GitHub's "Troubleshooting the REST API" and "Rate limits for the REST API".

use crate::domain::wait::{Wait, whole_number};
use crate::domain::{Code, Problem, Span, Timestamp};
use crate::net::{Answer, Failure};

/// Why GitHub did not do what was asked.
#[derive(Debug)]
pub enum Trouble {
    /// No answer, or one that says nothing about what was done (5xx).
    Silent {
        /// For a person.
        why: String,
        /// Whether GitHub certainly did nothing.
        without_effect: bool,
    },
    /// A rate limit. Nothing was done.
    RateLimited {
        /// Ask again after this long.
        wait: Wait,
    },
    /// 401: our credential is dead. Nothing was done.
    Dead,
    /// 403: our credential lacks a permission. Nothing was done.
    Permission {
        /// The permission GitHub names in `X-Accepted-GitHub-Permissions`, where it does.
        accepted: Option<String>,
    },
    /// 404: not there, or not shown to our credential.
    NotFound,
    /// 409, or a 422 that means the same: somebody else was first.
    Conflict {
        /// GitHub's words.
        message: String,
    },
    /// 422 or another refusal. Nothing was done.
    Refused {
        /// The status.
        status: u16,
        /// GitHub's words.
        message: String,
    },
    /// 301, 302, 307 or 308: the repository was renamed or moved.
    Moved,
    /// A list that does not end, or whose next page cannot be told. What was not read is not known; it is not absent.
    Unlisted {
        /// For a person.
        why: String,
    },
}

impl Trouble {
    /// Reads an answer that is not a success. `quote` makes GitHub's words fit to show, or says that they are not.
    pub(super) fn of(answer: &Answer, quote: &dyn Fn(&str) -> String) -> Self {
        let said = answer.json().and_then(|body| body.get("message")?.as_str().map(str::to_owned)).unwrap_or_default();
        let message = if said.is_empty() { String::new() } else { quote(&said) };
        if let Some(wait) = rate_limit(answer, &said) {
            return Self::RateLimited { wait };
        }
        match answer.status {
            301 | 302 | 307 | 308 => Self::Moved,
            401 => Self::Dead,
            403 if answer.json().is_some() => {
                Self::Permission { accepted: answer.header("x-accepted-github-permissions").map(quote).filter(|text| !text.is_empty()) }
            }
            404 => Self::NotFound,
            409 => Self::Conflict { message },
            400..=402 | 405..=499 => Self::Refused { status: answer.status, message },
            // A 403 that is not JSON comes from a proxy on the way, not from GitHub.
            status => {
                Self::Silent { why: format!("GitHub answered {status}{}", colon(&message)), without_effect: status == 503 || status == 403 }
            }
        }
    }

    /// Reads a request without an answer.
    pub(super) fn from_failure(failure: &Failure) -> Self {
        Self::Silent { why: failure.to_string(), without_effect: failure.is_without_effect() }
    }

    /// Whether GitHub certainly did nothing.
    #[must_use]
    pub fn is_without_effect(&self) -> bool {
        !matches!(self, Self::Silent { without_effect: false, .. })
    }

    /// What a person is told when this happened while doing `what` (`read the secrets of acme/site`).
    #[must_use]
    pub fn to_problem(&self, what: &str) -> Problem {
        match self {
            Self::Silent { why, .. } => Problem::new(Code::GithubUnavailable, format!("could not {what}")).cause(why.clone()).hint(
                "if this stays: are GITHUB_API_URL and HTTPS_PROXY, where they are set, right? A run after that goes on from here; the \
                     journal holds the state",
            ),
            Self::RateLimited { wait } => {
                Problem::new(Code::GithubRateLimited, format!("could not {what}: GitHub's rate limit is used up"))
                    .cause(format!("GitHub asked to wait for {}", wait.in_words()))
                    .hint("the next scheduled run goes on from here")
            }
            Self::Dead => Problem::new(Code::GithubTokenDead, format!("could not {what}: GitHub does not accept our credential (401)"))
                .cause("it expired, was revoked, or was copied incompletely")
                .hint("issue a fresh one: with a GitHub App, `actions/create-github-app-token` in the step before"),
            Self::Permission { accepted } => permission(what, accepted.as_deref()),
            Self::NotFound => Problem::new(Code::RepositoryUnknown, format!("could not {what}: GitHub says 404"))
                .cause("it does not exist, or our credential may not see it")
                .hint("check the spelling, and that the GitHub App is installed there"),
            Self::Conflict { message } => Problem::new(Code::GithubUnavailable, format!("could not {what}: somebody else was first"))
                .cause(format!("GitHub says: {message}"))
                .hint("run it again"),
            Self::Refused { status, message } => Problem::new(Code::PushFailed, format!("could not {what}: GitHub refused ({status})"))
                .cause(format!("GitHub says: {message}")),
            Self::Moved => Problem::new(Code::RepositoryUnknown, format!("could not {what}: the repository was renamed or moved"))
                .hint("write its new name into the config"),
            Self::Unlisted { why } => Problem::new(Code::GithubUnavailable, format!("could not {what}: the list was not read to its end"))
                .cause(why.clone())
                .hint("nothing is decided by a part of a list; if the list is really that long, make it shorter"),
        }
    }
}

fn permission(what: &str, accepted: Option<&str>) -> Problem {
    let needed = accepted.map_or_else(
        || "GitHub does not say which permission is missing".to_owned(),
        |text| format!("GitHub asks for the permission `{text}`"),
    );
    Problem::new(Code::GithubPermission, format!("could not {what}: our credential lacks a permission (403)"))
        .cause(needed)
        .cause("the `GITHUB_TOKEN` of a workflow can never read or write secrets, whatever its `permissions:` say")
        .hint("put the token of a GitHub App with that permission into `TOKENWARD_GITHUB_TOKEN` (README, \"Permissions\")")
}

/// What GitHub's documentation asks for where an answer names no wait.
const UNNAMED: Wait = Wait::asked(Span::seconds(60));

/// How long to wait, where the answer is a rate limit: a primary one (`x-ratelimit-remaining: 0`), or a secondary one.
fn rate_limit(answer: &Answer, message: &str) -> Option<Wait> {
    if answer.status != 403 && answer.status != 429 {
        return None;
    }
    if let Some(wait) = answer.retry_after() {
        return Some(wait);
    }
    if answer.header("x-ratelimit-remaining") == Some("0") {
        let reset = || Timestamp::from_count(i64::try_from(whole_number(answer.header("x-ratelimit-reset")?)?).unwrap_or(i64::MAX));
        return Some(answer.date().zip(reset()).map_or(UNNAMED, |(now, reset)| Wait::until(now, reset)));
    }
    let is_limit = answer.status == 429 || answer.headers.contains_key("retry-after") || message.contains("secondary rate limit");
    is_limit.then_some(UNNAMED)
}

fn colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}
