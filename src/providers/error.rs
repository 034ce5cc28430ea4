//! Why a provider did not do what we asked, and whether it certainly did nothing.

use super::body::Reply;
use super::model::{Spec, TokenStatus};
use super::{retry_after, verdict};
use crate::domain::{Wait, text::sanitize};
use crate::net::{Answer, TransportError, auth::Credential, quoted};

/// Why a request with a manager credential failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The provider refused: certainly nothing was done.
    #[error("{message} ({status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The first sentence of the provider's own message, if it is safe to show.
        message: String,
        /// It does not accept the manager credential at all.
        dead_credential: bool,
        /// It does not accept the token to be refreshed: a person must grant access again.
        dead_token: bool,
        /// It accepts the credential, but the credential lacks the permission.
        lacks_access: bool,
    },
    /// A rate limit: certainly nothing was done.
    #[error("the provider's rate limit is exhausted")]
    RateLimited {
        /// The requested wait, if there is one.
        until: Option<Wait>,
    },
    /// The provider allows no more keys: certainly nothing was done.
    #[error("{message}")]
    QuotaReached {
        /// The first sentence of the provider's own message, if it is safe to show.
        message: String,
    },
    /// It is unknown whether it was done.
    #[error("{why}")]
    Unclear {
        /// What happened, safe to show.
        why: String,
    },
    /// Certainly not done: it never reached the provider.
    #[error("{why}")]
    NotDone {
        /// What happened, safe to show.
        why: String,
    },
}

impl ProviderError {
    /// Whether it may have been done nevertheless.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        matches!(self, Self::Unclear { .. })
    }

    pub(super) fn not_done(why: impl Into<String>) -> Self {
        Self::NotDone { why: why.into() }
    }

    pub(super) fn unclear(why: impl Into<String>) -> Self {
        Self::Unclear { why: why.into() }
    }

    /// The provider has no API to `do_what`.
    pub(super) fn no_api(spec: &Spec, do_what: &str) -> Self {
        Self::not_done(format!("{} has no API to {do_what}", spec.name))
    }
}

/// A redirect could lead a credential to another host.
pub(super) fn redirected(name: &str, status: u16) -> String {
    format!("{name} answered with a redirect ({status}), which tokenward does not follow")
}

impl From<TransportError> for ProviderError {
    fn from(failure: TransportError) -> Self {
        let why = sanitize(&failure.to_string());
        if failure.is_without_effect() { Self::NotDone { why } } else { Self::Unclear { why } }
    }
}

/// What a response that is not a success means.
pub(super) fn of(spec: &Spec, credential: &Credential<'_>, answer: &Answer) -> ProviderError {
    let reply = Reply::of(answer);
    let (name, status) = (&spec.name, answer.status);
    let said = if matches!(status, 400 | 401 | 403 | 429) {
        verdict::of_manager(spec, &reply)
    } else {
        None
    };
    if status == 429
        || said == Some(TokenStatus::RateLimited)
        || (status == 403 && retry_after::is_used_up(spec, answer))
    {
        return ProviderError::RateLimited { until: retry_after::wait(spec, answer) };
    }
    match status {
        300..=399 => ProviderError::unclear(redirected(name, status)),
        400..=499 if reply.is_foreign() => ProviderError::unclear(format!(
            "the body of a {status} response is not from {name}; is there a proxy?"
        )),
        // A timeout on the server: it may have continued.
        408 => ProviderError::unclear(format!("{name} answered {status}")),
        400..=499 => {
            let dead = said.map_or(status == 401, TokenStatus::is_dead);
            let limited = said
                .map_or(status == 403, |is| matches!(is, TokenStatus::Limited | TokenStatus::Live));
            let message = message(spec, credential, &reply);
            ProviderError::Refused {
                status,
                message,
                dead_credential: dead,
                dead_token: false,
                lacks_access: limited,
            }
        }
        _ => ProviderError::unclear(format!("{name} answered {status}")),
    }
}

/// What the response to a failed refresh means. The rules of the test calls apply to the token, not
/// to the client.
pub(super) fn of_refresh(
    spec: &Spec,
    credential: &Credential<'_>,
    answer: &Answer,
    dead_token: bool,
) -> ProviderError {
    let reply = Reply::of(answer);
    if dead_token {
        let message = message(spec, credential, &reply);
        return ProviderError::Refused {
            status: answer.status,
            message,
            dead_credential: false,
            dead_token,
            lacks_access: false,
        };
    }
    match of(spec, credential, answer) {
        ProviderError::Refused { status, message, .. } => {
            let client = reply
                .json
                .as_ref()
                .and_then(|json| json.pointer("/error"))
                .is_some_and(|error| error == "invalid_client");
            ProviderError::Refused {
                status,
                message,
                dead_credential: client,
                dead_token: false,
                lacks_access: false,
            }
        }
        other => other,
    }
}

/// What the provider said, if it is safe to show: from a declared field, in plain words, and
/// without any part of the credential.
pub(super) fn message(spec: &Spec, credential: &Credential<'_>, reply: &Reply<'_>) -> String {
    let text = reply.message(spec).unwrap_or_else(|| format!("{} gave no reason", spec.name));
    quoted(&text, |readings| credential.is_repeated_in(readings))
}
