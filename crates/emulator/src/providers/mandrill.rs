//! Mandrill: keys that a person makes, in the body of every call. A bad one is answered with status
//! 500.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::json;

/// Mandrill's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_key(kind: &str, now: Timestamp) -> Option<Key> {
    let value = match kind {
        "api-key" => ["md", &random::alphanumeric(22)].join("-"),
        "legacy-api-key" => random::alphanumeric(22),
        _ => return None,
    };
    let mut key = Key::new(random::hex(10), value, "key", Vec::new(), now);
    key.account = Some("aaabbbccc112233".to_owned());
    Some(key)
}

fn error(status: u16, code: i32, name: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({"status": "error", "code": code, "name": name, "message": message}),
    )
}

fn invalid() -> Answer {
    error(500, -1, "Invalid_Key", "Invalid API key")
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let body = request.json().unwrap_or_default();
        let missing = || error(500, -2, "ValidationError", "You must specify a key value");
        let value =
            body["key"].as_str().or_else(|| request.header("x-mc-apikey")).ok_or_else(missing)?;
        let key = self.ring.authenticate(value, now).ok_or_else(invalid)?;
        let path = request.path();
        let call = match (request.method.as_str(), path.as_slice()) {
            ("POST", ["api", "1.0", "users", call]) => call.trim_end_matches(".json"),
            _ => "",
        };
        match call {
            "ping" => Ok(Answer::json(200, &json!("PONG!"))),
            "ping2" => Ok(Answer::json(200, &json!({"PING": "PONG!"}))),
            "info" => Ok(Answer::json(
                200,
                &json!({
                    "username": "acme",
                    "created_at": "2013-01-01 15:30:27",
                    "public_id": key.account,
                    "reputation": 42,
                    "hourly_quota": 42,
                    "backlog": 42,
                }),
            )),
            _ => Err(error(404, -1, "Unknown_Method", "Unknown method")),
        }
    }
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized => invalid(),
            _ => error(refusal.status(), -99, "GeneralError", "An unexpected error occurred."),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let key = self.ring.add(new_key(kind, now)?);
        Some(Seeded { id: None, ..key.seeded() })
    }

    by_ring!();
}
