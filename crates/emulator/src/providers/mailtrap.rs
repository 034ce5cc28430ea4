//! Mailtrap: tokens that an administrator's token makes, under both spellings of the path. A reset
//! leaves the old one a grace.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const ACCOUNT: u64 = 3229;
const ADMIN: &str = "100";
/// How long a token that was reset goes on; the vendor says "short".
const GRACE: SignedDuration = SignedDuration::from_mins(10);

/// Mailtrap's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_token(name: &str, level: &str, now: Timestamp) -> Key {
    Key::new(random::digits(6), random::hex(32), name, vec![level.to_owned()], now)
}

fn unauthenticated() -> Answer {
    Answer::json(401, &json!({"error": "Incorrect API token"}))
}

fn forbidden() -> Answer {
    Answer::json(403, &json!({"errors": "Account access forbidden"}))
}

fn not_found() -> Answer {
    Answer::json(404, &json!({"error": "Not Found"}))
}

fn invalid(message: &str) -> Answer {
    Answer::json(422, &json!({"errors": {"base": [message]}}))
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let value = request.bearer().or_else(|| request.header("api-token"));
        let key = value
            .and_then(|value| self.ring.authenticate(value, now))
            .ok_or_else(unauthenticated)?;
        let path = request.path();
        if path.as_slice() == ["api", "accounts"] && request.is_read() {
            let level: u64 = key.scopes[0].parse().unwrap_or(10);
            return Ok(Answer::json(
                200,
                &json!([{"id": ACCOUNT, "name": "Acme", "access_levels": [level]}]),
            ));
        }
        let rest = match path.as_slice() {
            ["api", "api_tokens", rest @ ..] => rest,
            ["api", "accounts", account, "api_tokens", rest @ ..]
                if *account == ACCOUNT.to_string() =>
            {
                rest
            }
            _ => return Err(not_found()),
        };
        let admin = || if key.may(ADMIN) { Ok(()) } else { Err(forbidden()) };
        match (request.method.as_str(), rest) {
            ("GET", []) => Ok(Answer::json(200, &self.ring.listed(now).map(describe).collect())),
            ("POST", []) => {
                admin()?;
                self.create(request, now)
            }
            ("GET", [id]) => self
                .ring
                .live()
                .find(|key| key.id == *id)
                .map(|key| Answer::json(200, &describe(key)))
                .ok_or_else(not_found),
            ("DELETE", [id]) => {
                admin()?;
                if self.ring.delete(id, now) { Ok(Answer::empty(204)) } else { Err(not_found()) }
            }
            ("POST", [id, "reset"]) => {
                admin()?;
                self.reset(id, now)
            }
            _ => Err(not_found()),
        }
    }

    fn create(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let body = request.json().unwrap_or_default();
        let name = body["name"]
            .as_str()
            .filter(|name| !name.is_empty())
            .ok_or_else(|| invalid("Name can't be blank"))?;
        let resources = body["resources"].as_array().filter(|all| !all.is_empty());
        let resources = resources
            .ok_or_else(|| invalid("No permissions selected. Please choose at least one."))?;
        let is_fit = |resource: &Value| {
            let kind = resource["resource_type"].as_str().unwrap_or_default();
            ["account", "project", "sandbox", "domain"].contains(&kind)
                && !resource["resource_id"].is_null()
                && [10, 100].contains(&resource["access_level"].as_u64().unwrap_or_default())
        };
        if !resources.iter().all(is_fit) {
            return Err(invalid("Permission is not valid"));
        }
        let mut key = new_token(name, &resources[0]["access_level"].to_string(), now);
        key.account = Some(json!(resources).to_string());
        if let Some(end) = body["expires_at"].as_str() {
            let end = end.parse().ok().filter(|end| *end > now);
            key.expires_at = Some(end.ok_or_else(|| invalid("Expires at must be in the future"))?);
        }
        let key = self.ring.add(key);
        self.ring.created += 1;
        Ok(Answer::json(200, &with_value(&key)))
    }

    fn reset(&mut self, id: &str, now: Timestamp) -> Result<Answer, Answer> {
        let old = self.ring.get_mut(id).ok_or_else(not_found)?;
        if old.expires_at.is_some() {
            return Err(invalid("Token has already been reset"));
        }
        old.expires_at = now.checked_add(GRACE).ok();
        let mut new = new_token(&old.name.clone(), &old.scopes[0].clone(), now);
        new.account.clone_from(&old.account);
        let new = self.ring.add(new);
        Ok(Answer::json(200, &with_value(&new)))
    }
}

fn describe(key: &Key) -> Value {
    let resources = key.account.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let level: u64 = key.scopes[0].parse().unwrap_or(10);
    let all = json!([{"resource_type": "account", "resource_id": ACCOUNT, "access_level": level}]);
    key.dressed(json!({
        "id": key.id.parse::<u64>().unwrap_or_default(),
        "name": key.name,
        "last_4_digits": key.value.get(28..),
        "created_by": "api@acme.example",
        "expires_at": key.expires_at.map(|at| at.to_string()),
        "resources": resources.unwrap_or(all),
    }))
}

fn with_value(key: &Key) -> Value {
    let mut described = describe(key);
    described["token"] = json!(key.value);
    described
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized => unauthenticated(),
            ProviderError::Forbidden => forbidden(),
            ProviderError::NotFound => not_found(),
            ProviderError::Unprocessable => invalid("Refused"),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                Answer::json(429, &json!({"error": "Too many requests"}))
            }
            other => Answer::json(other.status(), &json!({"error": "Refused"})),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

fn told(key: &Key) -> Seeded {
    Seeded {
        value: key.value.clone(),
        id: Some(key.id.clone()),
        scopes: None,
        owner: Some(ACCOUNT.to_string()),
    }
}

impl Twin for World {
    fn with(&self, _kind: &str) -> Vec<(&'static str, String)> {
        vec![("resource_type", "account".to_owned()), ("resource_id", ACCOUNT.to_string())]
    }

    fn scopes(&self, _kind: &str) -> &'static [&'static str] {
        &["10"]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-token").then(|| told(&self.ring.add(new_token("seeded", "10", now))))
    }

    fn seed_manager(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-token").then(|| told(&self.ring.add(new_token("manager", ADMIN, now))))
    }

    by_ring!();
}
