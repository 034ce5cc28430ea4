//! MailerSend: tokens with scopes that can be paused; a deletion is answered with an empty page of
//! HTML.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::{Value, json};

const MAX_NAME: usize = 50;
const A_MINUTE: usize = 60;
const SCOPES: &[&str] = &[
    "email_full",
    "domains_read",
    "domains_full",
    "activity_read",
    "activity_full",
    "analytics_read",
    "analytics_full",
    "tokens_full",
    "webhooks_full",
    "templates_full",
    "suppressions_read",
    "suppressions_full",
    "recipients_read",
    "recipients_full",
];

/// MailerSend's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_token(name: &str, scopes: Vec<String>, now: Timestamp) -> Key {
    Key::new(random::hex(79), ["mlsn", &random::hex(64)].join("."), name, scopes, now)
}

fn message(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"message": text}))
}

fn unauthenticated() -> Answer {
    message(401, "Unauthenticated.")
}

fn lacks_scope() -> Answer {
    message(403, "This action is unauthorized. #MS40301")
}

fn not_found() -> Answer {
    message(404, "Resource not found.")
}

fn invalid(field: &str, text: &str) -> Answer {
    Answer::json(422, &json!({"message": "The given data was invalid.", "errors": {field: [text]}}))
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let key = request
            .bearer()
            .and_then(|value| self.ring.authenticate(value, now))
            .ok_or_else(unauthenticated)?;
        let path = request.path();
        if path.get(1) == Some(&"token") && !key.may("tokens_full") {
            return Err(lacks_scope());
        }
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["v1", "api-quota"]) => Ok(Answer::json(
                200,
                &json!({"quota": 100_000, "remaining": 99_999, "reset": "2026-12-01T00:00:00Z"}),
            )),
            ("POST", ["v1", "email"]) if key.may("email_full") => Ok(Answer::empty(202)),
            ("POST", ["v1", "email"]) => Err(lacks_scope()),
            ("POST", ["v1", "token"]) => self.create(request, now),
            ("GET", ["v1", "token"]) => self.list(request, now),
            ("GET", ["v1", "token", id]) => {
                self.ring.get_mut(id).map(|key| data(describe(key))).ok_or_else(not_found)
            }
            ("PUT", ["v1", "token", id, "settings"]) => {
                let status =
                    request.json().unwrap_or_default()["status"].as_str().map(str::to_owned);
                let paused = match status.as_deref() {
                    Some("pause") => true,
                    Some("unpause") => false,
                    _ => return Err(invalid("status", "The selected status is invalid.")),
                };
                let key = self.ring.get_mut(id).ok_or_else(not_found)?;
                key.disabled = paused;
                Ok(data(describe(key)))
            }
            ("DELETE", ["v1", "token", id]) if self.ring.delete(id, now) => {
                Ok(Answer::text(200, "text/html; charset=UTF-8", ""))
            }
            ("DELETE", ["v1", "token", _]) => Err(not_found()),
            _ => Err(not_found()),
        }
    }

    fn create(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let body = request.json().unwrap_or_default();
        let name =
            body["name"].as_str().ok_or_else(|| invalid("name", "The name field is required."))?;
        if name.chars().count() > MAX_NAME {
            return Err(invalid("name", "The name must not be greater than 50 characters."));
        }
        let scopes = body["scopes"].as_array().filter(|scopes| !scopes.is_empty());
        let scopes = scopes.ok_or_else(|| invalid("scopes", "The scopes field is required."))?;
        let known = |scope: &Value| {
            scope.as_str().filter(|scope| SCOPES.contains(scope)).map(str::to_owned)
        };
        let scopes: Option<Vec<String>> = scopes.iter().map(known).collect();
        let scopes =
            scopes.ok_or_else(|| invalid("scopes.0", "The selected scopes.0 is invalid."))?;
        let key = self.ring.add(new_token(name, scopes, now));
        self.ring.created += 1;
        Ok(data(json!({
            "id": key.id,
            "accessToken": key.value,
            "name": key.name,
            "created_at": moment(key.created_at),
            "scopes": key.scopes,
            "has_full": false,
            "domain": null,
        })))
    }

    fn list(&self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let (page, limit) =
            (request.query_number("page", 1).max(1), request.query_number("limit", 25));
        if !(10..=100).contains(&limit) {
            return Err(invalid("limit", "The limit must be between 10 and 100."));
        }
        let keys: Vec<Value> = self.ring.listed(now).map(describe).collect();
        let shown: Vec<&Value> = keys.iter().skip((page - 1) * limit).take(limit).collect();
        let more = keys.len() > page * limit;
        let next = more.then(|| format!("https://api.mailersend.com/v1/token?page={}", page + 1));
        Ok(Answer::json(
            200,
            &json!({"data": shown, "links": {"next": next}, "meta": {"current_page": page, "per_page": limit}}),
        ))
    }
}

fn data(value: Value) -> Answer {
    Answer::json(200, &json!({"data": value}))
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

fn describe(key: impl std::borrow::Borrow<Key>) -> Value {
    let key = key.borrow();
    key.dressed(json!({
        "id": key.id,
        "name": key.name,
        "status": if key.disabled { "pause" } else { "unpause" },
        "created_at": moment(key.created_at),
        "scopes": key.scopes,
        "domain": null,
    }))
}

fn dress(answer: Answer) -> Answer {
    answer
        .with("x-ratelimit-limit", A_MINUTE)
        .with("x-ratelimit-remaining", A_MINUTE - 1)
        .with("x-apiquota-remaining", -1)
        .with("x-apiquota-reset", "2026-12-01T00:00:00Z")
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        dress(self.route(request, now).unwrap_or_else(|refused| refused))
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        dress(match refusal {
            ProviderError::Unauthorized => unauthenticated(),
            ProviderError::Forbidden => lacks_scope(),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                let answer = dress(message(status, "Too Many Attempts. #MS42903"));
                return answer
                    .with("x-ratelimit-remaining", 0)
                    .with("retry-after", refusal.seconds());
            }
            ProviderError::NotFound => not_found(),
            ProviderError::Unprocessable => invalid("name", "The name field is required."),
            ProviderError::ServerError | ProviderError::Unavailable | ProviderError::Conflict => {
                message(status, "Server Error")
            }
        })
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn scopes(&self, _kind: &str) -> &'static [&'static str] {
        &["email_full"]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-token").then(|| {
            self.ring.add(new_token("seeded", vec!["email_full".to_owned()], now)).seeded()
        })
    }

    fn seed_manager(&mut self, _kind: &str, now: Timestamp) -> Option<Seeded> {
        Some(
            self.ring
                .add(new_token(
                    "manager",
                    SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
                    now,
                ))
                .seeded(),
        )
    }

    by_ring!();
}
