//! GetResponse: keys that a person makes, and that end when nobody used them for 90 days.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, Refusal};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const UNUSED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// GetResponse's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_key(now: Timestamp) -> Key {
    let mut key = Key::new(random::hex(10), random::hex(32), "key", Vec::new(), now);
    key.account = Some("VfEj1".to_owned());
    key
}

fn error(status: u16, code: u32, message: &str) -> Answer {
    let body = json!({
        "httpStatus": status,
        "code": code,
        "codeDescription": message,
        "message": message,
        "moreInfo": format!("https://apidocs.getresponse.com/en/v3/errors/{code}"),
        "context": {"authenticationType": "auth_token"},
        "uuid": random::uuid(),
    });
    Answer::json(status, &body)
}

fn unauthenticated() -> Answer {
    error(401, 1014, "Unable to authenticate request. Check credentials or authentication method details")
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let value = request.header("x-auth-token").and_then(|text| text.strip_prefix("api-key ")).ok_or_else(unauthenticated)?;
        let used = self.ring.by_value(value).map(|key| key.last_used_at.unwrap_or(key.created_at));
        let key = self.ring.authenticate(value, now).filter(|_| used.is_some_and(|at| now.duration_since(at) < UNUSED));
        let key = key.ok_or_else(unauthenticated)?;
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["v3", "accounts"]) => {
                let body =
                    json!({"accountId": key.account, "email": "jane@acme.example", "href": "https://api.getresponse.com/v3/accounts"});
                Ok(Answer::json(200, &body))
            }
            _ => Err(error(404, 1013, "Resource not found")),
        }
    }
}

fn dress(answer: Answer) -> Answer {
    answer.with("x-ratelimit-limit", 30_000).with("x-ratelimit-remaining", 29_999).with("x-ratelimit-reset", "1 seconds")
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        dress(self.route(request, now).unwrap_or_else(|refused| refused))
    }

    fn refuse(&mut self, refusal: Refusal, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        dress(match refusal {
            Refusal::Unauthorized => unauthenticated(),
            Refusal::Forbidden => error(status, 1004, "Forbidden"),
            Refusal::RateLimit403 | Refusal::RateLimit429 { .. } => {
                let answer = dress(error(status, 1015, "Too many requests"));
                return answer.with("x-ratelimit-remaining", 0).with("retry-after", refusal.seconds());
            }
            Refusal::NotFound => error(status, 1013, "Resource not found"),
            Refusal::ServerError | Refusal::Unavailable | Refusal::Conflict | Refusal::Unprocessable => error(status, 1, "Internal error"),
        })
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let key = (kind == "api-key").then(|| self.ring.add(new_key(now)))?;
        Some(Seeded { id: None, ..key.seeded() })
    }

    by_ring!();
}
