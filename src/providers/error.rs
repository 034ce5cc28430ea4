//! The ways in which a provider does not do what a manager asked, told apart by what is certain
//! about it.

use super::body::Reply;
use super::model::{Spec, TokenStatus};
use super::{retry_after, verdict};
use crate::domain::{Wait, text::sanitize};
use crate::net::{Answer, TransportError, auth::Credential, quoted};

/// Why a request of a manager did not end well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The provider said no: certainly nothing was done.
    #[error("{message} ({status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The first sentence of the provider's own message, if it is fit to show.
        message: String,
        /// It does not accept the manager credential at all.
        dead_credential: bool,
        /// It does not take the token that was to be refreshed: a person has to grant access anew.
        dead_token: bool,
        /// It accepts the credential, which may not do this.
        lacks_access: bool,
    },
    /// The provider would not act now: certainly nothing was done.
    #[error("the provider's rate limit is used up for now")]
    RateLimited {
        /// How long it asks to wait, where it says.
        until: Option<Wait>,
    },
    /// The provider allows no further key: certainly nothing was done.
    #[error("{message}")]
    QuotaReached {
        /// The first sentence of the provider's own message, if it is fit to show.
        message: String,
    },
    /// It may or may not have been done.
    #[error("{why}")]
    Unclear {
        /// What happened, fit to show.
        why: String,
    },
    /// Certainly not done, since it never reached the provider.
    #[error("{why}")]
    NotDone {
        /// What happened, fit to show.
        why: String,
    },
}

impl ProviderError {
    /// Whether something may have been done all the same.
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
}

impl From<TransportError> for ProviderError {
    fn from(failure: TransportError) -> Self {
        let why = sanitize(&failure.to_string());
        if failure.is_without_effect() { Self::NotDone { why } } else { Self::Unclear { why } }
    }
}

/// What an answer that is no success means.
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
        300..=399 => ProviderError::unclear(format!(
            "{name} answered with a redirect ({status}), which is never followed"
        )),
        400..=499 if reply.is_foreign() => ProviderError::unclear(format!(
            "{status} came with a body that is not {name}'s: a proxy?"
        )),
        // A time-out at the server's side: it may have gone on.
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

/// What an answer to a refresh that gave nothing means. The rules of the test calls are about the
/// token, not about the client.
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

/// What the provider said, if it is fit to show: from a declared field, in plain words, and without
/// anything of the credential.
pub(super) fn message(spec: &Spec, credential: &Credential<'_>, reply: &Reply<'_>) -> String {
    let text = reply.message(spec).unwrap_or_else(|| format!("{} gave no reason", spec.name));
    quoted(&text, |readings| credential.is_repeated_in(readings))
}
