//! What can go wrong on request, and which request it happens to.
//! Only the vocabulary lives here; `inject.rs` acts on it.

use crate::Service;
use crate::http::Request;

/// One thing that goes wrong, `times` times.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which requests it happens to.
    pub matches: FaultMatch,
    /// What happens.
    pub kind: FaultKind,
    /// How often before it wears off; `u32::MAX` never does.
    pub times: u32,
}

/// Which requests a fault happens to.
#[derive(Clone, Debug)]
pub enum FaultMatch {
    /// The nth request overall since the last clear, from 1.
    Number(usize),
    /// Every request for which all given parts agree.
    Where {
        /// The service asked.
        service: Option<Service>,
        /// The method, any case.
        method: Option<String>,
        /// A part of path and query as sent.
        path_contains: Option<String>,
    },
}

impl FaultMatch {
    pub(crate) fn covers(&self, number: usize, asked: Service, request: &Request) -> bool {
        match self {
            Self::Number(wanted) => *wanted == number,
            Self::Where { service, method, path_contains } => {
                service.is_none_or(|s| s == asked)
                    && method
                        .as_ref()
                        .is_none_or(|m| m.eq_ignore_ascii_case(request.method.as_str()))
                    && path_contains.as_ref().is_none_or(|p| request.target.contains(p.as_str()))
            }
        }
    }
}

/// What goes wrong. Unless it says "applied", the service never acts on the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The connection is closed before the service sees the request.
    Refuse,
    /// Applied, then the connection is cut without an answer.
    DropAfterApply,
    /// Applied, then 500.
    ServerErrorAfterApply,
    /// 503; GitHub's known "Secrets service unavailable".
    Unavailable,
    /// Never answered. Over TCP the client has to give up; in process it is [`Dropped::TimedOut`]
    /// at once.
    TimeOut,
    /// 401.
    Unauthorized,
    /// 403 for a missing permission.
    Forbidden,
    /// 403 with the rate limit used up, reset one minute ahead.
    RateLimit403,
    /// 429 with `Retry-After`.
    RateLimit429 {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// 404.
    NotFound,
    /// 409.
    Conflict,
    /// 422.
    Unprocessable,
    /// Applied, then the body is cut in half.
    CutJson,
    /// An HTML page from a proxy in between: 502 before GitHub, 403 before a provider.
    Html,
    /// Lists: a further page comes back empty. A first page is answered whole and its next page
    /// comes back empty.
    MissingPage,
    /// Lists: answered as before the last change that this list would show.
    ListLag,
    /// 301 for reading, 307 for writing.
    Redirect {
        /// The `Location`.
        to: String,
    },
    /// Refused with this status, these headers and this body, in the service's own words.
    Says {
        /// The status.
        status: u16,
        /// Headers beside those of every answer.
        headers: Vec<(&'static str, String)>,
        /// The body, as JSON.
        body: String,
    },
    /// 200 with a JSON body of about this size.
    Oversized {
        /// Size of the body.
        bytes: usize,
    },
}

/// The client got no answer, only a transport error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Closed before the service saw the request.
    Refused,
    /// Nobody answered; the service never acted.
    TimedOut,
    /// The service acted, then the connection was cut.
    CutAfterApply,
}

impl Dropped {
    /// Whether the service acted on the request.
    #[must_use]
    pub fn applied(self) -> bool {
        self == Self::CutAfterApply
    }
}

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused",
            Self::TimedOut => "no answer in time",
            Self::CutAfterApply => "connection cut before the answer",
        })
    }
}

impl std::error::Error for Dropped {}
