//! OneSignal: keys of an app, made with a key of the organization. Its rotate call ends the old
//! value at once.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::{Value, json};

const APP: &str = "5f3a7c1e-0b2d-4e6f-8a9b-0c1d2e3f4a5b";
const ORGANIZATION: &str = "9d8c7b6a-5f4e-4d3c-ab2a-190817263544";
const APP_KEY: &str = "app-api-key";
const ORGANIZATION_KEY: &str = "organization-api-key";
const MOST: usize = 16;

/// OneSignal's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_value(kind: &str) -> String {
    let middle = if kind == APP_KEY { "app" } else { "org" };
    ["os", "v2", middle, &random::base32(103)].join("_")
}

fn new_key(kind: &str, name: &str, now: Timestamp) -> Key {
    Key::new(random::uuid(), new_value(kind), name, vec![kind.to_owned()], now)
}

fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "errors": [message] }))
}

fn invalid_key() -> Answer {
    // Two spaces after the first sentence, as the provider writes it.
    error(
        403,
        "Access denied.  Please include an 'Authorization: ...' header with a valid API key (https://documentation.onesignal.com/docs/en/keys-and-ids#api-keys).",
    )
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let value = request.header("authorization").and_then(|header| header.split_once(' '));
        let value =
            value.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("key")).map(|(_, value)| value);
        let key =
            value.and_then(|value| self.ring.authenticate(value, now)).ok_or_else(invalid_key)?;
        let path = request.path();
        let organization = || {
            if key.may(ORGANIZATION_KEY) {
                Ok(())
            } else {
                Err(error(403, "Current organization permissions do not allow this action."))
            }
        };
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["apps"]) => {
                organization().map_err(|_| invalid_key())?;
                Ok(Answer::json(200, &json!([app()])))
            }
            ("GET", ["apps", APP]) => Ok(Answer::json(200, &app())),
            ("GET", ["apps", id]) if key.may(APP_KEY) && *id != APP => {
                Err(error(403, "You do not have permission to view this app."))
            }
            ("GET", ["apps", id]) => Err(error(404, &format!("Couldn't find app with id = {id}"))),
            (method, ["apps", app, "auth", "tokens", rest @ ..]) => {
                organization()?;
                if *app != APP {
                    return Err(error(404, "App not found"));
                }
                self.tokens(method, rest, request, now)
            }
            _ => Err(error(404, "Not found")),
        }
    }

    fn tokens(
        &mut self,
        method: &str,
        rest: &[&str],
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Answer> {
        let not_found = || error(404, "Token not found");
        match (method, rest) {
            ("GET", []) => {
                let tokens: Vec<Value> =
                    self.ring.listed(now).filter(|key| key.may(APP_KEY)).map(describe).collect();
                Ok(Answer::json(200, &json!({ "tokens": tokens })))
            }
            ("POST", []) => {
                let body = request.json().unwrap_or_default();
                let name = body["name"]
                    .as_str()
                    .filter(|name| !name.is_empty() && name.chars().count() <= 128);
                let full = self.ring.live().filter(|key| key.may(APP_KEY)).count() >= MOST;
                // What a seventeenth key is told is not documented; an empty 400 is what the
                // document has for a refusal.
                let name = name.filter(|_| !full).ok_or_else(|| Answer::json(400, &json!({})))?;
                let mode = body["ip_allowlist_mode"].as_str().unwrap_or("disabled");
                let list = body["ip_allowlist"]
                    .as_array()
                    .filter(|_| mode == "explicit")
                    .cloned()
                    .unwrap_or_default();
                let mut key = new_key(APP_KEY, name, now);
                key.shown = [
                    ("ip_allowlist_mode".to_owned(), json!(mode)),
                    ("ip_allowlist".to_owned(), json!(list)),
                ]
                .into();
                let key = self.ring.add(key);
                self.ring.created += 1;
                Ok(Answer::json(200, &json!({"token_id": key.id, "formatted_token": key.value})))
            }
            ("PATCH", [id]) => {
                let body = request.json().unwrap_or_default();
                let key = self.ring.get_mut(id).ok_or_else(not_found)?;
                body["name"].as_str().unwrap_or(&key.name.clone()).clone_into(&mut key.name);
                Ok(Answer::json(200, &json!({})))
            }
            ("DELETE", [id]) => {
                if self.ring.delete(id, now) {
                    Ok(Answer::json(200, &json!({})))
                } else {
                    Err(not_found())
                }
            }
            ("POST", [id, "rotate"]) => {
                let key = self.ring.get_mut(id).ok_or_else(not_found)?;
                key.value = new_value(APP_KEY);
                Ok(Answer::json(200, &json!({"formatted_token": key.value})))
            }
            _ => Err(error(404, "Not found")),
        }
    }
}

fn app() -> Value {
    json!({"id": APP, "name": "Acme", "organization_id": ORGANIZATION, "created_at": "2024-01-01T00:00:00.000Z"})
}

fn describe(key: &Key) -> Value {
    key.dressed(json!({
        "token_id": key.id,
        "name": key.name,
        "ip_allowlist_mode": "disabled",
        "ip_allowlist": [],
        "created_at": key.created_at.to_string(),
        "updated_at": key.created_at.to_string(),
    }))
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized => invalid_key(),
            ProviderError::Forbidden => {
                error(403, "Current organization permissions do not allow this action.")
            }
            ProviderError::NotFound => error(404, "Token not found"),
            ProviderError::Unavailable => {
                Answer::text(503, "text/plain", "Service temporarily unavailable")
            }
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, "API rate limit exceeded").with("retry-after", refusal.seconds())
            }
            other => error(other.status(), "Refused"),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

fn told(key: Key) -> Seeded {
    Seeded {
        value: key.value,
        id: Some(key.id),
        scopes: None,
        owner: Some(ORGANIZATION.to_owned()),
    }
}

impl Twin for World {
    fn with(&self, _kind: &str) -> Vec<(&'static str, String)> {
        vec![("app_id", APP.to_owned())]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        [APP_KEY, ORGANIZATION_KEY]
            .contains(&kind)
            .then(|| told(self.ring.add(new_key(kind, "seeded", now))))
    }

    fn seed_manager(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == APP_KEY).then(|| told(self.ring.add(new_key(ORGANIZATION_KEY, "manager", now))))
    }

    by_ring!();
}
