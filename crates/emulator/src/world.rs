//! What every service is to the emulator: something that answers, and that can say no in its own
//! words.

use crate::http::{Answer, Request};
use crate::twin::Twin;
use jiff::Timestamp;

/// The ways an injected fault makes a service say no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProviderError {
    ServerError,
    Unavailable,
    Unauthorized,
    Forbidden,
    RateLimit403,
    RateLimit429 { retry_after: u32 },
    NotFound,
    Conflict,
    Unprocessable,
}

impl ProviderError {
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::ServerError => 500,
            Self::Unavailable => 503,
            Self::Unauthorized => 401,
            Self::Forbidden | Self::RateLimit403 => 403,
            Self::RateLimit429 { .. } => 429,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Unprocessable => 422,
        }
    }

    /// How long an exhausted limit lasts.
    pub(crate) fn seconds(self) -> i64 {
        match self {
            Self::RateLimit429 { retry_after } => i64::from(retry_after),
            _ => 60,
        }
    }
}

/// The state and behavior of one service.
pub(crate) trait World: Snapshot + Send {
    /// Acts on a request and answers it.
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer;

    /// Says no in the service's own words, without acting.
    fn refuse(&mut self, refusal: ProviderError, request: &Request, now: Timestamp) -> Answer;

    /// The status a proxy in front of this service uses for its HTML page.
    fn proxy_status(&self) -> u16 {
        403
    }

    /// Itself as a provider that tests can play with; `None` for what is no email provider.
    fn twin(&mut self) -> Option<&mut dyn Twin> {
        None
    }
}

/// Lets a world be kept as it was, for lists that lag behind.
pub(crate) trait Snapshot {
    fn snapshot(&self) -> Box<dyn World>;
}

impl<W: World + Clone + 'static> Snapshot for W {
    fn snapshot(&self) -> Box<dyn World> {
        Box::new(self.clone())
    }
}
