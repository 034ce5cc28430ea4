//! Mailjet: a key has one secret. Resetting it, which only a person can, ends the old one at once.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::json;

const USER: u64 = 4321;

/// Mailjet's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_key(now: Timestamp) -> Key {
    let public = random::hex(32);
    let mut key = Key::new(
        random::digits(7),
        format!("{public}:{}", random::hex(32)),
        "primary",
        Vec::new(),
        now,
    );
    key.account = Some(USER.to_string());
    key
}

fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"ErrorMessage": message, "StatusCode": status}))
}

fn unauthorized() -> Answer {
    error(
        401,
        "API key authentication/authorization failure. You may be unauthorized to access the API or your API key may be expired. \
         Visit API keys management section to check your keys.",
    )
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let value = request
            .basic()
            .map(|(key, secret)| format!("{key}:{secret}"))
            .ok_or_else(unauthorized)?;
        self.ring.authenticate(&value, now).ok_or_else(unauthorized)?;
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["v3", "REST", "apikey"]) => {
                let limit = request.query_number("Limit", 10);
                let keys: Vec<_> = self.ring.listed(now).take(limit).map(describe).collect();
                Ok(Answer::json(
                    200,
                    &json!({"Count": keys.len(), "Data": keys, "Total": keys.len()}),
                ))
            }
            _ => Err(error(404, "Object not found")),
        }
    }
}

fn describe(key: &Key) -> serde_json::Value {
    json!({
        "ACL": "",
        "APIKey": key.value.split(':').next(),
        "CreatedAt": key.created_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "ID": key.id.parse::<u64>().unwrap_or_default(),
        "IsActive": true,
        "IsMaster": true,
        "Name": key.name,
        "QuarantineValue": "0",
        "Runlevel": "Normal",
        "SecretKey": "",
        "TrackHost": "r.acme.example",
        "UserID": USER.to_string(),
    })
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized => unauthorized(),
            ProviderError::Forbidden => error(refusal.status(), "Operation not allowed"),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => error(
                refusal.status(),
                "You have reached the maximum number of calls allowed per minute by our API.",
            ),
            _ => error(refusal.status(), "Internal Server Error"),
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
