//! Resend: keys that may do everything or only send, whose errors say more than their statuses:
//! a live send-only key is 401, a dead one 400.

use super::keyring::{Key, Keyring};
use crate::Emulator;
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const FULL: &str = "full_access";
const SENDING: &str = "sending_access";
const MAX_NAME: usize = 50;

/// Resend's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
    domains: Vec<Domain>,
}

#[derive(Clone)]
struct Domain {
    id: String,
    name: String,
    created_at: Timestamp,
}

fn new_key(name: &str, permission: &str, domain_id: Option<&str>, now: Timestamp) -> Key {
    let value = ["re", &random::alphanumeric(8), &random::alphanumeric(24)].join("_");
    let mut key = Key::new(random::uuid(), value, name, vec![permission.to_owned()], now);
    key.domain_id = domain_id.map(str::to_owned);
    key
}

fn error(status: u16, name: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"statusCode": status, "name": name, "message": message}))
}

fn invalid_key() -> Answer {
    error(400, "validation_error", "API key is invalid")
}

fn not_found(what: &str) -> Answer {
    error(404, "not_found", &format!("{what} not found"))
}

/// `2023-10-06 23:47:56.678+00`.
fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f+00").to_string()
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        if request.header("user-agent").is_none_or(str::is_empty) {
            return Err(Answer::text(403, "text/plain; charset=UTF-8", "error code: 1010"));
        }
        if request.header("authorization").is_none() {
            return Err(error(401, "missing_api_key", "Missing API Key"));
        }
        let key = request
            .bearer()
            .and_then(|value| self.ring.authenticate(value, now))
            .ok_or_else(invalid_key)?;
        let path = request.path();
        if !key.may(FULL) && path.first() != Some(&"emails") {
            return Err(error(
                401,
                "restricted_api_key",
                "This API key is restricted to only send emails",
            ));
        }
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["emails"]) => Ok(Answer::json(200, &json!({"id": random::uuid()}))),
            ("GET", ["domains"]) => {
                let domains = self.domains.iter().rev().map(describe_domain).collect();
                page(request, domains)
            }
            ("GET", ["api-keys"]) => {
                page(request, self.ring.listed(now).rev().map(describe).collect())
            }
            ("POST", ["api-keys"]) => self.create(request, now),
            ("PATCH", ["api-keys", id]) => {
                let body = request.json().unwrap_or_default();
                let name = named(&body)?;
                let key = self.ring.get_mut(id).ok_or_else(|| not_found("API key"))?;
                name.clone_into(&mut key.name);
                Ok(Answer::json(200, &json!({"object": "api_key", "id": id})))
            }
            ("DELETE", ["api-keys", id]) if self.ring.delete(id, now) => {
                Ok(Answer::json(200, &json!({"object": "api_key", "id": id, "deleted": true})))
            }
            (_, ["api-keys", _]) => Err(not_found("API key")),
            _ => Err(not_found("The requested endpoint")),
        }
    }

    fn create(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let body = request.json().unwrap_or_default();
        let name = named(&body)?;
        let permission = match body["permission"].as_str() {
            None => FULL,
            Some(known @ (FULL | SENDING)) => known,
            Some(_) => {
                return Err(error(
                    422,
                    "invalid_access",
                    "Access must be \"full_access\" | \"sending_access\"",
                ));
            }
        };
        let domain = body["domain_id"].as_str().filter(|_| permission == SENDING);
        let key = self.ring.add(new_key(name, permission, domain, now));
        self.ring.created += 1;
        Ok(Answer::json(201, &json!({"id": key.id, "token": key.value})))
    }
}

fn named(body: &Value) -> Result<&str, Answer> {
    let name = body["name"].as_str().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| error(422, "missing_required_field", "Missing `name` field."))?;
    if name.chars().count() > MAX_NAME {
        return Err(error(422, "validation_error", "`name` must be at most 50 characters."));
    }
    Ok(name)
}

fn describe(key: &Key) -> Value {
    key.dressed(json!({
        "id": key.id,
        "name": key.name,
        "created_at": timestamp(key.created_at),
        "last_used_at": key.last_used_at.map(timestamp),
    }))
}

fn describe_domain(domain: &Domain) -> Value {
    json!({
        "id": domain.id,
        "name": domain.name,
        "status": "verified",
        "created_at": timestamp(domain.created_at),
        "region": "us-east-1",
        "capabilities": {"sending": "enabled", "receiving": "disabled"},
    })
}

/// A page by cursor: `after` and `before` are ids, newest first. Without any of the three
/// everything is shown.
fn page(request: &Request, items: Vec<Value>) -> Result<Answer, Answer> {
    let paged = ["limit", "after", "before"].iter().any(|name| request.query(name).is_some());
    let limit = request.query_number("limit", if paged { 20 } else { items.len().max(1) });
    if paged && !(1..=100).contains(&limit) {
        return Err(error(
            422,
            "validation_error",
            "The `limit` must be a number between 1 and 100.",
        ));
    }
    let position = |cursor: &str| {
        let at = items.iter().position(|item| item["id"] == cursor);
        at.ok_or_else(|| error(422, "validation_error", "The pagination cursor is invalid."))
    };
    let (shown, has_more) = match (request.query("after"), request.query("before")) {
        (Some(after), _) => {
            let rest = &items[position(after)? + 1..];
            (&rest[..limit.min(rest.len())], rest.len() > limit)
        }
        (None, Some(before)) => {
            let rest = &items[..position(before)?];
            (&rest[rest.len().saturating_sub(limit)..], rest.len() > limit)
        }
        (None, None) => (&items[..limit.min(items.len())], items.len() > limit),
    };
    Ok(Answer::json(200, &json!({"object": "list", "has_more": has_more, "data": shown})))
}

fn dress(answer: Answer) -> Answer {
    answer.with("ratelimit-limit", 5).with("ratelimit-remaining", 4).with("ratelimit-reset", 1)
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        dress(self.route(request, now).unwrap_or_else(|refused| refused))
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        let answer = dress(match refusal {
            ProviderError::ServerError => {
                error(status, "application_error", "An unexpected error occurred.")
            }
            ProviderError::Unavailable => {
                error(status, "service_unavailable", "The service is unavailable.")
            }
            ProviderError::Unauthorized => invalid_key(),
            ProviderError::Forbidden => {
                error(401, "restricted_api_key", "This API key is restricted to only send emails")
            }
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => error(
                status,
                "rate_limit_exceeded",
                "Too many requests. You can only make 5 requests per second.",
            ),
            ProviderError::NotFound => not_found("API key"),
            ProviderError::Conflict => error(status, "concurrent_requests", "Conflict"),
            ProviderError::Unprocessable => error(status, "validation_error", "Unprocessable"),
        });
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => answer
                .with("ratelimit-remaining", 0)
                .with("ratelimit-reset", refusal.seconds())
                .with("retry-after", refusal.seconds()),
            _ => answer,
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

fn told(key: Key) -> Seeded {
    Seeded { value: key.value, id: Some(key.id), scopes: Some(key.scopes), owner: None }
}

impl Twin for World {
    fn scopes(&self, _kind: &str) -> &'static [&'static str] {
        &["sending_access"]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-key").then(|| told(self.ring.add(new_key("seeded", FULL, None, now))))
    }

    fn seed_narrow(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-key").then(|| told(self.ring.add(new_key("seeded", SENDING, None, now))))
    }

    fn seed_manager(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        self.seed(kind, now)
    }

    fn kill(&mut self, value: &str, now: Timestamp) -> bool {
        self.ring.kill(value, now)
    }

    fn is_live(&self, value: &str, now: Timestamp) -> bool {
        self.ring.is_live(value, now)
    }

    fn used(&mut self, value: &str, now: Timestamp) -> bool {
        self.ring.authenticate(value, now).is_some()
    }

    fn dress(&mut self, value: &str, name: &str, shown: Value) -> bool {
        self.ring.dress(value, name, shown)
    }
}

/// Seeding and inspection of the Resend service.
#[derive(Clone)]
pub struct Resend {
    emulator: Emulator,
}

impl Emulator {
    /// The Resend service, from the inside.
    #[must_use]
    pub fn resend(&self) -> Resend {
        Resend { emulator: self.clone() }
    }
}

impl Resend {
    fn with<T>(&self, act: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let mut state = self.emulator.lock();
        let now = state.clock.now();
        act(&mut state.worlds.resend, now)
    }

    /// A key with `full_access` or `sending_access`, the latter perhaps for one domain only.
    pub fn add_key(&self, name: &str, permission: &str, domain_id: Option<&str>) -> Key {
        self.with(|world, now| world.ring.add(new_key(name, permission, domain_id, now)))
    }

    /// A key that may do everything.
    pub fn add_full_access_key(&self, name: &str) -> Key {
        self.add_key(name, FULL, None)
    }

    /// A verified domain; returns its id.
    pub fn add_domain(&self, name: &str) -> String {
        self.with(|world, now| {
            let id = random::uuid();
            world.domains.push(Domain { id: id.clone(), name: name.to_owned(), created_at: now });
            id
        })
    }

    /// Deletes a key, as though in the web page; false when there is none.
    pub fn delete_key(&self, id: &str) -> bool {
        self.with(|world, now| world.ring.delete(id, now))
    }

    /// The keys that were not deleted, oldest first.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.with(|world, _| world.ring.live().cloned().collect())
    }

    /// Whether a value is accepted right now.
    #[must_use]
    pub fn is_live(&self, value: &str) -> bool {
        self.with(|world, now| world.ring.is_live(value, now))
    }

    /// When a value was last accepted.
    #[must_use]
    pub fn last_used_at(&self, value: &str) -> Option<Timestamp> {
        self.with(|world, _| world.ring.by_value(value)?.last_used_at)
    }

    /// Ids of the keys that were deleted, in the order they were made.
    #[must_use]
    pub fn deleted_ids(&self) -> Vec<String> {
        self.with(|world, _| world.ring.deleted_ids())
    }

    /// How many keys were made through the API.
    #[must_use]
    pub fn created_count(&self) -> usize {
        self.with(|world, _| world.ring.created)
    }

    /// How long a deleted key goes on working; not at all to begin with.
    pub fn set_revoke_lag(&self, lag: SignedDuration) {
        self.with(|world, _| world.ring.revoke_lag = lag);
    }

    /// How late the list of keys is; not at all to begin with.
    pub fn set_list_lag(&self, lag: SignedDuration) {
        self.with(|world, _| world.ring.list_lag = lag);
    }
}
