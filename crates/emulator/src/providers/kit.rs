//! Kit: V4 keys that a person makes, and OAuth whose refresh tokens are good for one refresh. A
//! rate limit is plain text.

use super::grants::{Access, Grants, field};
use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Kit's state.
#[derive(Clone)]
pub(crate) struct World {
    ring: Keyring,
    grants: Grants,
}

impl Default for World {
    fn default() -> Self {
        Self {
            ring: Keyring::default(),
            grants: Grants::new(SignedDuration::from_hours(48), true, || random::alphanumeric(43)),
        }
    }
}

fn new_key(now: Timestamp) -> Key {
    let mut key =
        Key::new(random::hex(10), ["kit", &random::hex(32)].join("_"), "key", Vec::new(), now);
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
        match (request.method.as_str(), request.path().as_slice()) {
            ("POST", ["v4", "oauth", "token"]) => return self.token(request, now),
            ("POST", ["v4", "oauth", "revoke"]) => return self.revoke(request),
            _ => {}
        }
        if let Some(token) = request.bearer() {
            match self.grants.access(token, now) {
                Access::Live(_) => {}
                Access::Expired => return Err(errors(401, "The access token expired")),
                Access::Unknown => return Err(invalid()),
            }
        } else {
            let value = request.header("x-kit-api-key").ok_or_else(invalid)?;
            self.ring.authenticate(value, now).ok_or_else(invalid)?;
        }
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

    fn token(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let refused = |status, error: &str| {
            Answer::json(status, &json!({"error": error, "error_description": "no"}))
        };
        if !self.grants.is_client_by_body(request) {
            return Err(refused(401, "invalid_client"));
        }
        let sent = field(request, "refresh_token")
            .filter(|_| field(request, "grant_type").as_deref() == Some("refresh_token"));
        let fresh = sent
            .and_then(|refresh| self.grants.refresh(&refresh, now))
            .ok_or_else(|| refused(400, "invalid_grant"))?;
        let body = json!({
            "access_token": fresh.access,
            "token_type": "Bearer",
            "expires_in": fresh.seconds,
            "refresh_token": fresh.refresh,
            "scope": "public",
            "created_at": now.as_second(),
        });
        Ok(Answer::json(200, &body))
    }

    fn revoke(&mut self, request: &Request) -> Result<Answer, Answer> {
        if !self.grants.is_client_by_body(request) {
            return Err(Answer::json(403, &json!({"error": "unauthorized_client"})));
        }
        // RFC 7009: an unknown token is no error.
        self.grants.end(&request.field("token").unwrap_or_default());
        Ok(Answer::json(200, &json!({})))
    }
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized => invalid(),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                Answer::text(refusal.status(), "text/plain", "Retry later\n")
            }
            ProviderError::Forbidden => errors(refusal.status(), "Forbidden"),
            _ => errors(refusal.status(), "Something went wrong"),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        if kind == "oauth" {
            return Some(Seeded {
                owner: Some("59".to_owned()),
                ..Seeded::of(self.grants.add(&["public"], now))
            });
        }
        let key = (kind == "api-key").then(|| self.ring.add(new_key(now)))?;
        Some(Seeded { id: None, ..key.seeded() })
    }

    fn seed_manager(&mut self, kind: &str, _now: Timestamp) -> Option<Seeded> {
        (kind == "oauth").then(|| Seeded::of(self.grants.client()))
    }

    fn kill(&mut self, value: &str, now: Timestamp) -> bool {
        self.ring.kill(value, now) || self.grants.end(value)
    }

    fn expire(&mut self, value: &str, now: Timestamp) -> bool {
        self.grants.expire(value, now)
    }

    fn is_live(&self, value: &str, now: Timestamp) -> bool {
        self.ring.is_live(value, now) || self.grants.is_live(value, now)
    }
}
