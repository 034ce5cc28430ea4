//! Elastic Email: keys with access levels, addressed by their name. A bad key and one that lacks a
//! level are told the same.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::{Value, json};

const MAX_KEYS: usize = 15;
/// Some of the sixty that there are.
const LEVELS: &[&str] = &[
    "SendHttp",
    "SendSmtp",
    "ViewReports",
    "ViewAccount",
    "ViewContacts",
    "ViewTemplates",
    "ViewAccessTokens",
    "ModifyAccessTokens",
    "Security",
];

/// Elastic Email's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_key(name: &str, levels: &[&str], now: Timestamp) -> Key {
    let levels = levels.iter().map(|level| (*level).to_owned()).collect();
    Key::new(name.to_owned(), random::hex(96).to_uppercase(), name, levels, now)
}

fn error(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"Error": text}))
}

fn denied() -> Answer {
    error(401, "Access Denied.")
}

fn not_found() -> Answer {
    error(404, "Not found.")
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let value = request.header("x-elasticemail-apikey");
        let key = value.and_then(|value| self.ring.authenticate(value, now)).ok_or_else(denied)?;
        let allow = |level: &str| if key.may(level) { Ok(()) } else { Err(denied()) };
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["v4", "statistics"]) => {
                allow("ViewReports")?;
                if request.query("from").is_none() {
                    return Err(error(400, "Parameter 'from' is required."));
                }
                Ok(Answer::json(
                    200,
                    &json!({"Recipients": 0, "EmailTotal": 0, "SmsTotal": 0, "Delivered": 0, "Bounced": 0}),
                ))
            }
            ("GET", ["v4", "security", "apikeys"]) => {
                allow("ViewAccessTokens")?;
                let keys: Vec<Value> = self.ring.listed(now).map(describe).collect();
                Ok(Answer::json(200, &json!(keys)))
            }
            ("POST", ["v4", "security", "apikeys"]) => {
                allow("ModifyAccessTokens")?;
                self.create(request, now)
            }
            ("GET", ["v4", "security", "apikeys", name]) => {
                allow("ViewAccessTokens")?;
                let key = self.ring.get_mut(name).ok_or_else(not_found)?;
                Ok(Answer::json(200, &describe(key)))
            }
            ("DELETE", ["v4", "security", "apikeys", name]) => {
                allow("ModifyAccessTokens")?;
                if self.ring.delete(name, now) { Ok(Answer::empty(200)) } else { Err(not_found()) }
            }
            _ => Err(not_found()),
        }
    }

    fn create(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let body = request.json().unwrap_or_default();
        let name = body["Name"]
            .as_str()
            .filter(|name| !name.is_empty())
            .ok_or_else(|| error(400, "Name is required."))?;
        let levels =
            body["AccessLevel"].as_array().ok_or_else(|| error(400, "AccessLevel is required."))?;
        let levels: Option<Vec<&str>> = levels
            .iter()
            .map(|level| level.as_str().filter(|level| LEVELS.contains(level)))
            .collect();
        let levels = levels.ok_or_else(|| error(400, "AccessLevel is not one."))?;
        if self.ring.live().any(|key| key.name == name) {
            return Err(error(400, "There is an API key of this name."));
        }
        if self.ring.live().count() >= MAX_KEYS {
            return Err(error(400, "The limit of API keys is reached."));
        }
        let mut key = new_key(name, &levels, now);
        for field in ["Expires", "RestrictAccessToIPRange"] {
            key.shown.extend(
                body.get(field)
                    .filter(|told| !told.is_null())
                    .map(|told| (field.to_owned(), told.clone())),
            );
        }
        let key = self.ring.add(key);
        self.ring.created += 1;
        let mut told = describe(&key);
        told["Token"] = json!(key.value);
        Ok(Answer::json(201, &told))
    }
}

fn describe(key: impl std::borrow::Borrow<Key>) -> Value {
    let key = key.borrow();
    key.dressed(json!({
        "Name": key.name,
        "AccessLevel": key.scopes,
        "DateCreated": key.created_at.to_string(),
        "LastUse": key.last_used_at.map(|at| at.to_string()),
        "Expires": null,
        "RestrictAccessToIPRange": [],
    }))
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized | ProviderError::Forbidden => {
                error(refusal.status(), "Access Denied.")
            }
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(refusal.status(), "Too many requests.").with("retry-after", refusal.seconds())
            }
            ProviderError::NotFound => not_found(),
            ProviderError::ServerError
            | ProviderError::Unavailable
            | ProviderError::Conflict
            | ProviderError::Unprocessable => error(refusal.status(), "Internal error."),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn scopes(&self, _kind: &str) -> &'static [&'static str] {
        &["SendHttp", "ViewReports"]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let mut key =
            new_key(&format!("seeded {}", random::hex(6)), &["SendHttp", "ViewReports"], now);
        match kind {
            "api-key" => {}
            "legacy-api-key" => key.value = random::uuid(),
            _ => return None,
        }
        Some(self.ring.add(key).seeded())
    }

    /// May look at keys and not at reports.
    fn seed_narrow(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-key").then(|| {
            self.ring
                .add(new_key(&format!("seeded {}", random::hex(6)), &["ViewAccessTokens"], now))
                .seeded()
        })
    }

    fn seed_manager(&mut self, _kind: &str, now: Timestamp) -> Option<Seeded> {
        Some(self.ring.add(new_key(&format!("manager {}", random::hex(6)), LEVELS, now)).seeded())
    }

    by_ring!();
}
