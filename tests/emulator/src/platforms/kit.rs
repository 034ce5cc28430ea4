//! Kit: V4 keys that a person makes. A rate limit is plain text.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, Refusal};
use jiff::Timestamp;
use serde_json::json;

/// Kit's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_key(now: Timestamp) -> Key {
    let mut key = Key::new(random::hex(10), ["kit", &random::hex(32)].join("_"), "key", Vec::new(), now);
    key.account = Some("59".to_owned());
    key
}

fn errors(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"errors": [text]}))
}

fn invalid() -> Answer {
    errors(401, "The access token is invalid")
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let value = request.header("x-kit-api-key").ok_or_else(invalid)?;
        self.ring.authenticate(value, now).ok_or_else(invalid)?;
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["v4", "account"]) => Ok(Answer::json(
                200,
                &json!({
                    "user": {"email": "jane@acme.example", "id": 7},
                    "account": {
                        "id": 59,
                        "name": "Acme",
                        "plan_type": "creator",
                        "primary_email_address": "jane@acme.example",
                        "created_at": "2023-02-17T11:43:55Z",
                        "timezone": {"name": "America/New_York", "friendly_name": "Eastern Time (US & Canada)", "utc_offset": "-05:00"},
                        "sending_addresses": [],
                    },
                }),
            )),
            _ => Err(errors(404, "Not Found")),
        }
    }
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: Refusal, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            Refusal::Unauthorized => invalid(),
            Refusal::RateLimit403 | Refusal::RateLimit429 { .. } => Answer::text(refusal.status(), "text/plain", "Retry later\n"),
            Refusal::Forbidden => errors(refusal.status(), "Forbidden"),
            _ => errors(refusal.status(), "Something went wrong"),
        }
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
