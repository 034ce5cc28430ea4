//! What GitHub's refusals mean, decided once: by status, headers and text together. Which cause a
//! refusal names stands in `refusal.rs`. Sources: GitHub's "Troubleshooting the REST API" and "Rate
//! limits for the REST API".

use super::refusal::{Cause, Said};
use crate::domain::wait::{Wait, whole_number};
use crate::domain::{Code, Problem, Span, Timestamp};
use crate::net::{Answer, TransportError};

/// Who reads an answer: what its sentences are held against.
pub(super) struct Reader<'a> {
    /// Makes GitHub's words fit to show, or says that they are not.
    pub(super) quote: &'a dyn Fn(&str) -> String,
    /// Whether a text repeats our credential.
    pub(super) repeats: &'a dyn Fn(&str) -> bool,
    /// The host where people see this GitHub.
    pub(super) people: &'a str,
}

/// Why GitHub did not do what was asked.
#[derive(Debug)]
pub enum GitHubError {
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
    Dead {
        /// GitHub's words.
        message: String,
    },
    /// GitHub says that our credential lacks a permission. Nothing was done.
    Permission {
        /// The permission GitHub names in `X-Accepted-GitHub-Permissions`, where it does.
        accepted: Option<String>,
        /// GitHub's words; empty where it was concluded from other answers.
        message: String,
    },
    /// 404: not there, or not shown to our credential.
    NotFound,
    /// Any other refusal. Nothing was done.
    Refused {
        /// The status.
        status: u16,
        /// What GitHub names as the reason.
        cause: Cause,
        /// GitHub's words.
        message: String,
    },
    /// 301, 302, 307 or 308: the repository was renamed or moved.
    Moved,
    /// A list that does not end, or whose next page cannot be told. What was not read is not known;
    /// it is not absent.
    Unlisted {
        /// For a person.
        why: String,
    },
}

impl GitHubError {
    /// Reads an answer that is not a success.
    pub(super) fn of(answer: &Answer, reader: &Reader<'_>) -> Self {
        let said = Said::of(answer, reader.quote);
        let cause = Cause::of(answer, &said, reader.people, reader.repeats);
        if let Some(wait) = rate_limit(answer, &cause) {
            return Self::RateLimited { wait };
        }
        let message = said.shown;
        match answer.status {
            301 | 302 | 307 | 308 => Self::Moved,
            // A time-out at the server's side: it may have gone on.
            408 => Self::Silent {
                why: format!("GitHub answered 408{}", colon(&message)),
                without_effect: false,
            },
            // What is not JSON comes from a proxy on the way: it says nothing about our credential,
            // nor about what is there.
            status @ 400..=499 if answer.json().is_none() => Self::Silent {
                why: format!("{status} came with a body that is not GitHub's: a proxy?"),
                without_effect: true,
            },
            401 if !cause.is_about_access() => Self::Dead { message },
            404 if !cause.is_about_access() => Self::NotFound,
            400..=499 if cause == Cause::Permission => {
                let accepted = answer
                    .header("x-accepted-github-permissions")
                    .map(reader.quote)
                    .filter(|text| !text.is_empty());
                Self::Permission { accepted, message }
            }
            400..=499 => Self::Refused { status: answer.status, cause, message },
            status => Self::Silent {
                why: format!("GitHub answered {status}{}", colon(&message)),
                without_effect: status == 503,
            },
        }
    }

    /// Reads a request without an answer.
    pub(super) fn from_failure(failure: &TransportError) -> Self {
        Self::Silent { why: failure.to_string(), without_effect: failure.is_without_effect() }
    }

    /// Whether GitHub certainly did nothing.
    #[must_use]
    pub fn is_without_effect(&self) -> bool {
        !matches!(self, Self::Silent { without_effect: false, .. })
    }

    /// Whether GitHub keeps from us what was asked for, which says nothing about whether it is
    /// there.
    #[must_use]
    pub fn is_kept_from_us(&self) -> bool {
        match self {
            Self::Permission { .. } | Self::NotFound => true,
            Self::Refused { status, cause, .. } => *status == 403 || cause.is_about_access(),
            _ => false,
        }
    }

    /// What a person is told when this happened while doing `what` (`read the secrets of
    /// acme/site`).
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
            Self::Dead { message } => says(
                Problem::new(Code::GithubTokenDead, format!("could not {what}: GitHub does not accept our credential (401)")),
                message,
            )
            .cause("it expired, was revoked, or was copied incompletely")
            .hint("issue a fresh one: with a GitHub App, `actions/create-github-app-token` in the step before"),
            Self::Permission { accepted, message } => permission(what, accepted.as_deref(), message),
            Self::NotFound => Problem::new(Code::RepositoryUnknown, format!("could not {what}: GitHub says 404 (Not Found)"))
                .cause("it does not exist, or our credential may not see it")
                .hint("check the spelling, and that the GitHub App is installed there; a personal access token has to be authorized for single sign-on"),
            Self::Refused { status, cause, message } => cause.problem(what, *status, message),
            Self::Moved => Problem::new(Code::RepositoryUnknown, format!("could not {what}: the repository was renamed or moved"))
                .hint("write its new name into the config"),
            Self::Unlisted { why } => Problem::new(Code::GithubUnavailable, format!("could not {what}: the list was not read to its end"))
                .cause(why.clone())
                .hint("nothing is decided by a part of a list; if the list is really that long, make it shorter"),
        }
    }
}

fn permission(what: &str, accepted: Option<&str>, message: &str) -> Problem {
    let needed = accepted.map_or_else(
        || "GitHub does not say which permission is missing".to_owned(),
        |text| format!("GitHub asks for the permission `{text}`"),
    );
    says(Problem::new(Code::GithubPermission, format!("could not {what}: our credential lacks a permission (403)")), message)
        .cause(needed)
        .cause("the `GITHUB_TOKEN` of a workflow can never read or write secrets, whatever its `permissions:` say")
        .hint("put the token of a GitHub App with that permission into `TOKENWARD_GITHUB_TOKEN` (docs/action.md, \"Permissions\")")
}

/// A problem with GitHub's own words, where there are any.
fn says(problem: Problem, message: &str) -> Problem {
    if message.is_empty() { problem } else { problem.cause(format!("GitHub says: {message}")) }
}

/// What GitHub's documentation asks for where an answer names no wait.
const UNNAMED: Wait = Wait::asked(Span::seconds(60));

/// How long to wait, where the answer is a rate limit: a primary one (`x-ratelimit-remaining: 0`),
/// or a secondary one. An answer whose sentence names another cause is none, whatever the headers
/// of every answer count.
fn rate_limit(answer: &Answer, cause: &Cause) -> Option<Wait> {
    let may_be = match answer.status {
        429 => true,
        403 => matches!(cause, Cause::RateLimit | Cause::Other),
        // What is made too quickly.
        422 => *cause == Cause::RateLimit,
        _ => false,
    };
    if !may_be {
        return None;
    }
    if let Some(wait) = answer.retry_after() {
        return Some(wait);
    }
    if answer.header("x-ratelimit-remaining") == Some("0") {
        let reset = || {
            Timestamp::from_count(
                i64::try_from(whole_number(answer.header("x-ratelimit-reset")?)?)
                    .unwrap_or(i64::MAX),
            )
        };
        return Some(
            answer.date().zip(reset()).map_or(UNNAMED, |(now, reset)| Wait::until(now, reset)),
        );
    }
    let is_limit = answer.status == 429
        || answer.headers.contains_key("retry-after")
        || *cause == Cause::RateLimit;
    is_limit.then_some(UNNAMED)
}

fn colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}
