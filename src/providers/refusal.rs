//! The ways in which a provider does not do what a manager asked, told apart by what is certain about it.

use super::body::Reply;
use super::spec::{Is, Spec};
use super::{limit, verdict};
use crate::domain::{Wait, text::tame};
use crate::net::{Answer, Failure, auth::Credential, quoted};

/// Why a request of a manager did not end well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
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

impl Refusal {
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

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        let why = tame(&failure.to_string());
        if failure.is_without_effect() { Self::NotDone { why } } else { Self::Unclear { why } }
    }
}

/// What an answer that is no success means.
pub(super) fn of(spec: &Spec, credential: &Credential<'_>, answer: &Answer) -> Refusal {
    let reply = Reply::of(answer);
    let (name, status) = (&spec.name, answer.status);
    let said = if matches!(status, 400 | 401 | 403 | 429) { verdict::of_manager(spec, &reply) } else { None };
    if status == 429 || said == Some(Is::RateLimited) || (status == 403 && limit::is_used_up(spec, answer)) {
        return Refusal::RateLimited { until: limit::wait(spec, answer) };
    }
    match status {
        300..=399 => Refusal::unclear(format!("{name} answered with a redirect ({status}), which is never followed")),
        400..=499 if reply.is_foreign() => Refusal::unclear(format!("{status} came with a body that is not {name}'s: a proxy?")),
        // A time-out at the server's side: it may have gone on.
        408 => Refusal::unclear(format!("{name} answered {status}")),
        400..=499 => {
            let dead = said.map_or(status == 401, Is::is_dead);
            let limited = said.map_or(status == 403, |is| matches!(is, Is::Limited | Is::Live));
            let message = message(spec, credential, &reply);
            Refusal::Refused { status, message, dead_credential: dead, dead_token: false, lacks_access: limited }
        }
        _ => Refusal::unclear(format!("{name} answered {status}")),
    }
}

/// What an answer to a refresh that gave nothing means. The rules of the test calls are about the token, not about the client.
pub(super) fn of_refresh(spec: &Spec, credential: &Credential<'_>, answer: &Answer, dead_token: bool) -> Refusal {
    let reply = Reply::of(answer);
    if dead_token {
        let message = message(spec, credential, &reply);
        return Refusal::Refused { status: answer.status, message, dead_credential: false, dead_token, lacks_access: false };
    }
    match of(spec, credential, answer) {
        Refusal::Refused { status, message, .. } => {
            let client = reply.json.as_ref().and_then(|json| json.pointer("/error")).is_some_and(|error| error == "invalid_client");
            Refusal::Refused { status, message, dead_credential: client, dead_token: false, lacks_access: false }
        }
        other => other,
    }
}

/// What the provider said, if it is fit to show: from a declared field, in plain words, and without anything of the credential.
pub(super) fn message(spec: &Spec, credential: &Credential<'_>, reply: &Reply<'_>) -> String {
    let text = reply.message(spec).unwrap_or_else(|| format!("{} gave no reason", spec.name));
    quoted(&text, |readings| credential.is_repeated_in(readings))
}
