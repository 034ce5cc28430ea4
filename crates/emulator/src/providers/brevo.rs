//! Brevo: keys that a person makes. 401 is said to a dead key and to an unknown address alike, with
//! other words.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::json;

/// Brevo's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
    /// Access tokens, and the app each was given to.
    exchanged: Vec<(String, String)>,
}

fn new_key(now: Timestamp) -> Key {
    let value = ["xkeysib", &random::hex(64), &random::alphanumeric(16)].join("-");
    let mut key = Key::new(random::hex(10), value, "key", Vec::new(), now);
    key.account = Some("5f8d0d55b54764421b7156c1".to_owned());
    key
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"code": code, "message": message}))
}

fn not_found() -> Answer {
    error(401, "unauthorized", "Key not found")
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        if let ("POST", ["realms", "partner", "oauth", "token"]) =
            (request.method.as_str(), request.path().as_slice())
        {
            return self.token(request, now);
        }
        let missing = || error(401, "unauthorized", "authentication not found in headers");
        let app = request.bearer().map(|token| {
            self.exchanged.iter().find(|(known, _)| known == token).map(|(_, app)| app.clone())
        });
        let value = match app {
            Some(app) => app.ok_or_else(not_found)?,
            None => request.header("api-key").ok_or_else(missing)?.to_owned(),
        };
        let key = self.ring.authenticate(&value, now).ok_or_else(not_found)?;
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["v3", "account"]) => Ok(Answer::json(
                200,
                &json!({
                    "organization_id": key.account,
                    "user_id": 7,
                    "enterprise": false,
                    "companyName": "Acme",
                    "email": "jane@acme.example",
                    "firstName": "Jane",
                    "lastName": "Doe",
                    "address": {"street": "1 Main Street", "city": "Springfield", "zipCode": "12345", "country": "United States"},
                    "marketingAutomation": {"enabled": false},
                    "plan": [],
                    "planVerticals": [],
                    "relay": {"enabled": true, "data": {"userName": "712345001@smtp-brevo.com", "relay": "smtp-relay.brevo.com", "port": 587}},
                }),
            )),
            _ => Err(error(404, "document_not_found", "The requested resource was not found")),
        }
    }

    fn token(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let field = |name: &str| request.field(name).unwrap_or_default();
        let app = format!("{}:{}", field("client_id"), field("client_secret"));
        if field("grant_type") != "client_credentials"
            || self.ring.authenticate(&app, now).is_none()
        {
            return Err(Answer::json(
                401,
                &json!({"error": "invalid_client", "error_description": "Invalid client credentials"}),
            ));
        }
        let token = random::alphanumeric(64);
        self.exchanged.push((token.clone(), app));
        Ok(Answer::json(
            200,
            &json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600}),
        ))
    }
}

fn dress(answer: Answer) -> Answer {
    answer
        .with("x-sib-ratelimit-limit", 100)
        .with("x-sib-ratelimit-remaining", 99)
        .with("x-sib-ratelimit-reset", 1)
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        dress(self.route(request, now).unwrap_or_else(|refused| refused))
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        let answer = match refusal {
            ProviderError::Unauthorized => not_found(),
            ProviderError::Forbidden => error(status, "permission_denied", "Permission denied"),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                let answer = dress(error(status, "too_many_requests", "Too many requests"));
                return answer
                    .with("x-sib-ratelimit-remaining", 0)
                    .with("x-sib-ratelimit-reset", refusal.seconds());
            }
            ProviderError::NotFound => {
                error(status, "document_not_found", "The requested resource was not found")
            }
            ProviderError::ServerError
            | ProviderError::Unavailable
            | ProviderError::Conflict
            | ProviderError::Unprocessable => error(status, "internal_error", "Internal error"),
        };
        dress(answer)
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let mut key = new_key(now);
        match kind {
            "api-key" => {}
            "m2m-app" => key.value = format!("{}:{}", random::hex(32), random::alphanumeric(40)),
            _ => return None,
        }
        let key = self.ring.add(key);
        Some(Seeded { id: None, ..key.seeded() })
    }

    by_ring!();
}
