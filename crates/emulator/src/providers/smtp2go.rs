//! SMTP2GO: keys whose id is the key itself. Lists show it masked, a missing permission is a 400,
//! and making keys has a limit of its own.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::{Value, json};

const MANAGES: &str = "/api_keys/*";
const SENDS: &str = "/email/send";
/// Keys that may be made in one minute.
const A_MINUTE: usize = 5;

/// SMTP2GO's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
    made: Vec<Timestamp>,
}

fn new_key(name: &str, endpoints: Vec<String>, now: Timestamp) -> Key {
    let value = format!("api-{}", random::hex(32).to_uppercase());
    Key::new(value.clone(), value, name, endpoints, now)
}

fn reply(status: u16, data: &Value) -> Answer {
    Answer::json(status, &json!({"request_id": random::uuid(), "data": data}))
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    reply(status, &json!({"error": message, "error_code": format!("E_ApiResponseCodes.{code}")}))
}

fn denied() -> Answer {
    error(
        400,
        "ENDPOINT_PERMISSION_DENIED",
        "You do not have permission to access this API endpoint",
    )
}

fn limited() -> Answer {
    error(429, "RATE_LIMITED", "You have exceeded the rate limit")
}

/// Whether endpoints held, `*` at an end of one meaning all below it, include this one.
fn covers(held: &[String], endpoint: &str) -> bool {
    held.iter().any(|own| {
        own == endpoint || own.strip_suffix('*').is_some_and(|start| endpoint.starts_with(start))
    })
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let body = request.json().unwrap_or_default();
        let value = request.header("x-smtp2go-api-key").or_else(|| body["api_key"].as_str());
        let key = value.and_then(|value| self.ring.authenticate(value, now));
        let key = key.ok_or_else(|| error(401, "API_KEY_INVALID", "API key is invalid"))?;
        let endpoint = request.raw_path().strip_prefix("/v3").unwrap_or_default();
        if endpoint == "/api_keys/permissions" {
            return Ok(reply(200, &json!(key.scopes)));
        }
        if !covers(&key.scopes, endpoint) {
            return Err(denied());
        }
        match (request.method.as_str(), endpoint) {
            ("POST", "/api_keys/add") => self.add(&key, &body, now),
            ("POST", "/api_keys/view") => {
                let keys: Vec<Value> =
                    self.ring.listed(now).map(|key| describe(key, false)).collect();
                Ok(reply(200, &json!(keys)))
            }
            ("POST", "/api_keys/remove") => {
                let id = body["id"].as_str().unwrap_or_default();
                let missing =
                    || error(400, "NON_VALIDATING_IN_PAYLOAD", "The API key does not exist");
                if self.ring.delete(id, now) { Ok(reply(200, &json!({}))) } else { Err(missing()) }
            }
            ("POST", "/email/send") => {
                Ok(reply(200, &json!({"succeeded": 0, "failed": 0, "failures": []})))
            }
            _ => Err(error(404, "NOT_FOUND", "Not found")),
        }
    }

    fn add(&mut self, manager: &Key, body: &Value, now: Timestamp) -> Result<Answer, Answer> {
        self.made.retain(|at| now.duration_since(*at).as_secs() < 60);
        if self.made.len() >= A_MINUTE {
            return Err(limited());
        }
        let endpoints: Vec<String> = match body["endpoints"].as_array() {
            Some(all) => all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
            None => vec![SENDS.to_owned()],
        };
        if !endpoints.iter().all(|endpoint| covers(&manager.scopes, endpoint)) {
            return Err(error(
                400,
                "NON_VALIDATING_IN_PAYLOAD",
                "endpoints must be a subset of the endpoints of the calling API key",
            ));
        }
        let mut key = new_key(body["description"].as_str().unwrap_or_default(), endpoints, now);
        key.shown.insert("status".to_owned(), json!(body["status"].as_str().unwrap_or("allowed")));
        let key = self.ring.add(key);
        self.ring.created += 1;
        self.made.push(now);
        Ok(reply(200, &json!([describe(&key, true)])))
    }
}

fn describe(key: &Key, whole: bool) -> Value {
    let short = key.value.get(..16).unwrap_or_default();
    let shown = if whole { key.value.clone() } else { format!("{short}{}", "*".repeat(20)) };
    key.dressed(json!({"api_key": shown, "username": short, "description": key.name, "status": "allowed", "endpoints": key.scopes}))
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized => error(401, "API_KEY_INVALID", "API key is invalid"),
            ProviderError::Forbidden => denied(),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => limited(),
            other => error(other.status(), "REFUSED", "Refused"),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

fn told(key: Key) -> Seeded {
    let id = key.value.get(..16).map(str::to_owned);
    Seeded { value: key.value, id, scopes: Some(key.scopes), owner: None }
}

impl Twin for World {
    fn scopes(&self, _kind: &str) -> &'static [&'static str] {
        &["/email/send"]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-key")
            .then(|| told(self.ring.add(new_key("seeded", vec![SENDS.to_owned()], now))))
    }

    fn seed_manager(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-key").then(|| {
            told(self.ring.add(new_key(
                "manager",
                vec![MANAGES.to_owned(), "/email/*".to_owned()],
                now,
            )))
        })
    }

    by_ring!();
}
