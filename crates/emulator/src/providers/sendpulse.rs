//! SendPulse: keys that a person makes, which tell nothing of themselves but whether they are
//! taken, and one pair of client id and secret, which is exchanged for a token of an hour.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::json;

/// SendPulse's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
    /// Access tokens, and the pair each was given for.
    exchanged: Vec<(String, String)>,
}

const CLIENT: &str = "client";

fn new_key(now: Timestamp) -> Key {
    Key::new(
        random::hex(10),
        ["sp", "apikey", &random::alphanumeric(32)].join("_"),
        "key",
        Vec::new(),
        now,
    )
}

fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"message": message, "error_code": status}))
}

fn unauthorized() -> Answer {
    error(401, "Unauthorized!")
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        if let ("POST", ["oauth", "access_token"]) =
            (request.method.as_str(), request.path().as_slice())
        {
            return self.token(request, now);
        }
        let value = request.bearer().ok_or_else(unauthorized)?;
        let pair =
            self.exchanged.iter().find(|(token, _)| token == value).map(|(_, pair)| pair.clone());
        let key = self
            .ring
            .authenticate(pair.as_deref().unwrap_or(value), now)
            .ok_or_else(unauthorized)?;
        if pair.is_none() && key.name == CLIENT {
            return Err(unauthorized());
        }
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["balance"]) => {
                Ok(Answer::json(200, &json!({"currency": "USD", "balance_currency": 0.02})))
            }
            _ => Err(error(404, "Not found")),
        }
    }

    fn token(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let body = request.json().unwrap_or_default();
        let pair = format!(
            "{}:{}",
            body["client_id"].as_str().unwrap_or_default(),
            body["client_secret"].as_str().unwrap_or_default()
        );
        if body["grant_type"] != "client_credentials"
            || self.ring.authenticate(&pair, now).is_none()
        {
            let failed = "Client authentication failed";
            return Err(Answer::json(
                401,
                &json!({"error": "invalid_client", "error_description": failed, "message": failed}),
            ));
        }
        let token = random::alphanumeric(64);
        self.exchanged.push((token.clone(), pair));
        Ok(Answer::json(
            200,
            &json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600}),
        ))
    }
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized => unauthorized(),
            ProviderError::Forbidden => error(refusal.status(), "Forbidden"),
            // The code of a second that is full; no header says for how long.
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => Answer::json(
                refusal.status(),
                &json!({"message": "Too many requests", "error_code": 2_020_202_020_u64}),
            ),
            _ => error(refusal.status(), "Internal error"),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let key = match kind {
            "api-key" => self.ring.add(new_key(now)),
            "client" => {
                let pair = format!("{}:{}", random::hex(32), random::hex(32));
                self.ring.add(Key::new(random::hex(10), pair, CLIENT, Vec::new(), now))
            }
            _ => return None,
        };
        Some(Seeded { id: None, ..key.seeded() })
    }

    by_ring!();
}
