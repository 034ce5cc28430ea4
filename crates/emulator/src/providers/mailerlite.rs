//! MailerLite: tokens that a person makes. A client that does not ask for JSON is sent to a login
//! page.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::json;

const A_MINUTE: usize = 120;

/// MailerLite's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_token(now: Timestamp) -> Key {
    // The header that says JWT and RS256, as its letters.
    let header = ["eyJ0eXAiOiJKV1Qi", "LCJhbGciOiJSUzI1NiJ9"].concat();
    let value = [header.as_str(), &random::alphanumeric(260), &random::alphanumeric(683)].join(".");
    Key::new(random::hex(10), value, "token", Vec::new(), now)
}

fn message(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"message": text}))
}

fn unauthenticated() -> Answer {
    message(401, "Unauthenticated.")
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let Some(_) = request.bearer().and_then(|value| self.ring.authenticate(value, now)) else {
            let json =
                request.header("accept").is_some_and(|kinds| kinds.contains("application/json"));
            let login =
                || Answer::empty(302).with("location", "https://connect.mailerlite.com/login");
            return Err(if json { unauthenticated() } else { login() });
        };
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["api", "subscribers"]) if request.query("limit") == Some("0") => {
                Ok(Answer::json(200, &json!({"total": 3})))
            }
            ("GET", ["api", "subscribers" | "groups" | "timezones"]) => {
                Ok(Answer::json(200, &json!({"data": []})))
            }
            _ => Err(message(404, "Resource not found.")),
        }
    }
}

fn dress(answer: Answer) -> Answer {
    answer.with("x-ratelimit-limit", A_MINUTE).with("x-ratelimit-remaining", A_MINUTE - 1)
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        dress(self.route(request, now).unwrap_or_else(|refused| refused))
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        dress(match refusal {
            ProviderError::Unauthorized => unauthenticated(),
            ProviderError::Forbidden => message(status, "Your plan does not allow this action."),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                let answer = dress(message(status, "Too Many Attempts."));
                return answer
                    .with("x-ratelimit-remaining", 0)
                    .with("retry-after", refusal.seconds());
            }
            ProviderError::NotFound => message(status, "Resource not found."),
            ProviderError::ServerError
            | ProviderError::Unavailable
            | ProviderError::Conflict
            | ProviderError::Unprocessable => message(status, "Server Error"),
        })
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let key = (kind == "api-token").then(|| self.ring.add(new_token(now)))?;
        Some(Seeded { id: None, ..key.seeded() })
    }

    by_ring!();
}
