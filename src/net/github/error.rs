//! What GitHub's refusals mean, decided once: by status, headers and text together. `refusal.rs`
//! finds the cause that a refusal names; `problems.rs` has the messages. Sources: GitHub's
//! "Troubleshooting the REST API" and "Rate limits for the REST API".

use super::refusal::{Cause, Said};
use crate::domain::wait::{Wait, whole_number};
use crate::domain::{Span, Timestamp};
use crate::net::{Answer, TransportError};

/// What it takes to read an answer: checks on the text that GitHub sent.
pub(super) struct Reader<'a> {
    /// Makes GitHub's message safe to show, or replaces it.
    pub(super) quote: &'a dyn Fn(&str) -> String,
    /// Whether a text repeats our credential.
    pub(super) repeats: &'a dyn Fn(&str) -> bool,
    /// The host where people see this GitHub.
    pub(super) people: &'a str,
}

/// Why GitHub did not do what was asked.
#[derive(Debug)]
pub enum GitHubError {
    /// No response, or one that does not say what was done (5xx).
    Silent {
        /// The reason, for a person.
        why: String,
        /// Whether GitHub certainly did nothing.
        without_effect: bool,
    },
    /// A rate limit. Nothing was done.
    RateLimited {
        /// How long to wait.
        wait: Wait,
    },
    /// 401: our credential is dead. Nothing was done.
    Dead {
        /// GitHub's message.
        message: String,
    },
    /// GitHub says that our credential lacks a permission. Nothing was done.
    Permission {
        /// The permission that GitHub names in `X-Accepted-GitHub-Permissions`, if it does.
        accepted: Option<String>,
        /// GitHub's message; empty if this was concluded from other answers.
        message: String,
    },
    /// 404: it does not exist, or our credential cannot access it.
    NotFound,
    /// Any other refusal. Nothing was done.
    Refused {
        /// The status.
        status: u16,
        /// The reason that GitHub names.
        cause: Cause,
        /// GitHub's message.
        message: String,
    },
    /// 301, 302, 307 or 308: the repository was renamed or moved.
    Moved,
    /// A list that does not end, or whose next page is unclear. What was not read is unknown, not
    /// absent.
    Unlisted {
        /// The reason, for a person.
        why: String,
    },
}

impl GitHubError {
    /// Reads a response that is not a success.
    pub(super) fn of(answer: &Answer, reader: &Reader<'_>) -> Self {
        let said = Said::of(answer, reader.quote);
        let cause = Cause::of(answer, &said, reader.people, reader.repeats);
        if let Some(wait) = rate_limit(answer, &cause) {
            return Self::RateLimited { wait };
        }
        let message = said.shown;
        match answer.status {
            301 | 302 | 307 | 308 => Self::Moved,
            // A timeout on the server: it may have continued.
            408 => Self::Silent {
                why: format!("GitHub answered 408{}", colon(&message)),
                without_effect: false,
            },
            // A body that is not JSON comes from a proxy on the way: it says nothing about our
            // credential, or about what exists.
            status @ 400..=499 if answer.json().is_none() => Self::Silent {
                why: format!(
                    "the body of a {status} response is not from GitHub; is there a proxy?"
                ),
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

    /// Reads a request that got no response.
    pub(super) fn from_failure(failure: &TransportError) -> Self {
        Self::Silent { why: failure.to_string(), without_effect: failure.is_without_effect() }
    }

    /// Whether GitHub certainly did nothing.
    #[must_use]
    pub fn is_without_effect(&self) -> bool {
        !matches!(self, Self::Silent { without_effect: false, .. })
    }

    /// Whether GitHub hides what we requested, which says nothing about whether it exists.
    #[must_use]
    pub fn is_kept_from_us(&self) -> bool {
        match self {
            Self::Permission { .. } | Self::NotFound => true,
            Self::Refused { status, cause, .. } => *status == 403 || cause.is_about_access(),
            _ => false,
        }
    }
}

/// What GitHub's documentation asks for if a response names no wait.
const UNNAMED: Wait = Wait::asked(Span::seconds(60));

/// How long to wait, if the response is a rate limit: a primary one (`x-ratelimit-remaining: 0`) or
/// a secondary one. A response whose message names another cause is not one, whatever its rate
/// headers are: GitHub sends those with every response.
fn rate_limit(answer: &Answer, cause: &Cause) -> Option<Wait> {
    let may_be = match answer.status {
        429 => true,
        403 => matches!(cause, Cause::RateLimit | Cause::Other),
        // Content that is created too quickly.
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
