//! GetResponse: keys that a person makes, and that end when nobody used them for 90 days.

use super::grants::{Access, Grants, field};
use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const ACCOUNT: &str = "VfEj1";
const UNUSED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// GetResponse's state.
#[derive(Clone)]
pub(crate) struct World {
    ring: Keyring,
    grants: Grants,
}

impl Default for World {
    fn default() -> Self {
        Self {
            ring: Keyring::default(),
            grants: Grants::new(SignedDuration::from_hours(24), true, || random::hex(40)),
        }
    }
}

fn new_key(now: Timestamp) -> Key {
    let mut key = Key::new(random::hex(10), random::hex(32), "key", Vec::new(), now);
    key.account = Some(ACCOUNT.to_owned());
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
    error(
        401,
        1014,
        "Unable to authenticate request. Check credentials or authentication method details",
    )
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        if let ("POST", ["v3", "token"]) = (request.method.as_str(), request.path().as_slice()) {
            return self.token(request, now);
        }
        if let Some(token) = request.bearer() {
            if !matches!(self.grants.access(token, now), Access::Live(_)) {
                return Err(unauthenticated());
            }
        } else {
            let value = request
                .header("x-auth-token")
                .and_then(|text| text.strip_prefix("api-key "))
                .ok_or_else(unauthenticated)?;
            let used =
                self.ring.by_value(value).map(|key| key.last_used_at.unwrap_or(key.created_at));
            let key = self
                .ring
                .authenticate(value, now)
                .filter(|_| used.is_some_and(|at| now.duration_since(at) < UNUSED));
            key.ok_or_else(unauthenticated)?;
        }
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["v3", "accounts"]) => {
                let body = json!({"accountId": ACCOUNT, "email": "jane@acme.example", "href": "https://api.getresponse.com/v3/accounts"});
                Ok(Answer::json(200, &body))
            }
            _ => Err(error(404, 1013, "Resource not found")),
        }
    }

    fn token(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let refused = |status, error: &str| {
            Answer::json(status, &json!({"error": error, "error_description": "no"}))
        };
        if !self.grants.is_client_by_basic(request) {
            return Err(refused(400, "invalid_client"));
        }
        let sent = field(request, "refresh_token")
            .filter(|_| field(request, "grant_type").as_deref() == Some("refresh_token"));
        let fresh = sent
            .and_then(|refresh| self.grants.refresh(&refresh, now))
            .ok_or_else(|| refused(400, "invalid_grant"))?;
        let body = json!({
            "access_token": fresh.access,
            "expires_in": fresh.seconds,
            "token_type": "Bearer",
            "scope": null,
            "refresh_token": fresh.refresh,
        });
        Ok(Answer::json(200, &body))
    }
}

fn dress(answer: Answer) -> Answer {
    answer
        .with("x-ratelimit-limit", 30_000)
        .with("x-ratelimit-remaining", 29_999)
        .with("x-ratelimit-reset", "1 seconds")
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        dress(self.route(request, now).unwrap_or_else(|refused| refused))
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        dress(match refusal {
            ProviderError::Unauthorized => unauthenticated(),
            ProviderError::Forbidden => error(status, 1004, "Forbidden"),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                let answer = dress(error(status, 1015, "Too many requests"));
                return answer
                    .with("x-ratelimit-remaining", 0)
                    .with("retry-after", refusal.seconds());
            }
            ProviderError::NotFound => error(status, 1013, "Resource not found"),
            ProviderError::ServerError
            | ProviderError::Unavailable
            | ProviderError::Conflict
            | ProviderError::Unprocessable => error(status, 1, "Internal error"),
        })
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        if kind == "oauth" {
            return Some(Seeded {
                owner: Some(ACCOUNT.to_owned()),
                ..Seeded::of(self.grants.add(&[], now))
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
