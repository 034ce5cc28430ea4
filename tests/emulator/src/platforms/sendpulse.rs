//! SendPulse: keys that a person makes. They tell nothing of themselves but whether they are taken.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, Refusal};
use jiff::Timestamp;
use serde_json::json;

/// SendPulse's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_key(now: Timestamp) -> Key {
    Key::new(random::hex(10), ["sp", "apikey", &random::alphanumeric(32)].join("_"), "key", Vec::new(), now)
}

fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"message": message, "error_code": status}))
}

fn unauthorized() -> Answer {
    error(401, "Unauthorized!")
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        request.bearer().and_then(|value| self.ring.authenticate(value, now)).ok_or_else(unauthorized)?;
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["balance"]) => Ok(Answer::json(200, &json!({"currency": "USD", "balance_currency": 0.02}))),
            _ => Err(error(404, "Not found")),
        }
    }
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: Refusal, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            Refusal::Unauthorized => unauthorized(),
            Refusal::Forbidden => error(refusal.status(), "Forbidden"),
            // The code of a second that is full; no header says for how long.
            Refusal::RateLimit403 | Refusal::RateLimit429 { .. } => {
                Answer::json(refusal.status(), &json!({"message": "Too many requests", "error_code": 2_020_202_020_u64}))
            }
            _ => error(refusal.status(), "Internal error"),
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
