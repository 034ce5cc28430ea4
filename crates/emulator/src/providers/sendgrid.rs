//! SendGrid: API keys with scopes, where leaving out the scopes makes a full-access key
//! and a deleted key goes on working for some minutes.

use super::keyring::{Key, Keyring};
use crate::Emulator;
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const MAX_KEYS: usize = 100;
const A_MINUTE: i64 = 600;

/// Put on every key by SendGrid; they cannot be asked for.
const AUTOMATIC: &[&str] = &["sender_verification_eligible", "2fa_required"];
const NEVER_ASSIGNABLE: &[&str] = &[
    "sender_verification_eligible",
    "sender_verification_exempt",
    "sender_verification_legacy",
    "2fa_required",
    "2fa_exempt",
];

/// Scopes that exist with all four commands.
const CRUD: &[&str] = &[
    "alerts",
    "api_keys",
    "asm.groups",
    "asm.groups.suppressions",
    "categories",
    "ips.pools",
    "ips.warmup",
    "mail.batch",
    "mail_settings",
    "mail_settings.bounce_purge",
    "mail_settings.forward_bounce",
    "mail_settings.forward_spam",
    "mail_settings.template",
    "marketing",
    "marketing_campaigns",
    "partner_settings",
    "stats",
    "subusers",
    "suppression",
    "suppression.blocks",
    "suppression.bounces",
    "suppression.invalid_emails",
    "suppression.spam_reports",
    "suppression.unsubscribes",
    "teammates",
    "templates",
    "templates.versions",
    "tracking_settings",
    "tracking_settings.click",
    "tracking_settings.open",
    "user.account",
    "user.email",
    "user.profile",
    "user.scheduled_sends",
    "user.settings.enforced_tls",
    "user.username",
    "user.webhooks.event.settings",
    "user.webhooks.parse.settings",
    "validations.email",
    "whitelabel",
    "access_settings.whitelist",
];

/// Scopes that exist with their own commands only.
const SINGLE: &[&str] = &[
    "mail.send",
    "access_settings.activity.read",
    "categories.stats.read",
    "clients.stats.read",
    "email_activity.read",
    "messages.read",
    "browsers.stats.read",
    "devices.stats.read",
    "geo.stats.read",
    "mailbox_providers.stats.read",
    "ips.read",
    "ips.assigned.read",
    "stats.global.read",
    "user.credits.read",
    "user.timezone.read",
    "user.timezone.update",
    "user.webhooks.event.test.create",
    "user.webhooks.parse.stats.read",
];

fn every_scope() -> Vec<String> {
    let crud = CRUD.iter().flat_map(|area| {
        ["create", "delete", "read", "update"].map(|command| format!("{area}.{command}"))
    });
    crud.chain(SINGLE.iter().map(|scope| (*scope).to_owned())).collect()
}

fn new_key(name: &str, scopes: Vec<String>, now: Timestamp) -> Key {
    let id = random::alphanumeric(22);
    let value = ["SG", id.as_str(), &random::alphanumeric(43)].join(".");
    Key::new(id, value, name, scopes, now)
}

/// SendGrid's state.
#[derive(Clone)]
pub(crate) struct World {
    ring: Keyring,
    used: i64,
    window_ends: i64,
}

impl Default for World {
    fn default() -> Self {
        let mut ring = Keyring::default();
        ring.revoke_lag = SignedDuration::from_mins(5);
        Self { ring, used: 0, window_ends: 0 }
    }
}

fn error(status: u16, message: &str, field: Option<&str>) -> Answer {
    Answer::json(status, &json!({"errors": [{"message": message, "field": field}]}))
}

fn forbidden() -> Answer {
    error(403, "access forbidden", None)
}

fn not_found() -> Answer {
    error(404, "not found", None)
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        if request.header("authorization").is_none() {
            return Err(error(401, "authorization required", None));
        }
        let key = request.bearer().and_then(|value| self.ring.authenticate(value, now));
        let dead =
            || error(401, "The provided authorization grant is invalid, expired, or revoked", None);
        let key = key.ok_or_else(dead)?;
        let allow = |scope: &str| {
            if key.may(scope) { Ok(()) } else { Err(forbidden()) }
        };
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["v3", "scopes"]) => {
                Ok(Answer::json(200, &json!({"scopes": with_automatic(&key)})))
            }
            ("POST", ["v3", "api_keys"]) => {
                allow("api_keys.create")?;
                self.create(&key, request, now)
            }
            ("GET", ["v3", "api_keys"]) => {
                allow("api_keys.read")?;
                let limit = request.query_number("limit", usize::MAX);
                let brief = |key: &Key| json!({"name": key.name, "api_key_id": key.id});
                let keys: Vec<Value> = self.ring.listed(now).take(limit).map(brief).collect();
                Ok(Answer::json(200, &json!({"result": keys})))
            }
            ("GET", ["v3", "api_keys", id]) => {
                allow("api_keys.read")?;
                let found = self.ring.get_mut(id).ok_or_else(not_found)?;
                let body = json!({"api_key_id": found.id, "name": found.name, "scopes": with_automatic(found)});
                Ok(Answer::json(200, &body))
            }
            (method @ ("PATCH" | "PUT"), ["v3", "api_keys", id]) => {
                allow("api_keys.update")?;
                self.update(&key, id, request, method == "PUT")
            }
            ("DELETE", ["v3", "api_keys", id]) => {
                allow("api_keys.delete")?;
                if self.ring.delete(id, now) { Ok(Answer::empty(204)) } else { Err(not_found()) }
            }
            ("POST", ["v3", "mail", "send"]) => {
                allow("mail.send")?;
                Ok(Answer::empty(202).with("x-message-id", random::alphanumeric(22)))
            }
            ("GET", ["v3", "user", "username"]) => {
                allow("user.username.read")?;
                Ok(Answer::json(200, &json!({"username": "acme", "user_id": 4242})))
            }
            _ => Err(not_found()),
        }
    }

    fn create(
        &mut self,
        manager: &Key,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Answer> {
        let body = request.json().ok_or_else(|| error(400, "invalid JSON", None))?;
        let name = named(&body)?;
        let scopes = if body["scopes"].is_null() {
            every_scope()
        } else {
            assignable(manager, &body["scopes"])?
        };
        if self.ring.live().count() >= MAX_KEYS {
            return Err(error(403, "Cannot create more than 100 API Keys", None));
        }
        let key = self.ring.add(new_key(name, scopes, now));
        self.ring.created += 1;
        let body = json!({"api_key": key.value, "api_key_id": key.id, "name": key.name, "scopes": key.scopes});
        Ok(Answer::json(201, &body))
    }

    fn update(
        &mut self,
        manager: &Key,
        id: &str,
        request: &Request,
        with_scopes: bool,
    ) -> Result<Answer, Answer> {
        let body = request.json().ok_or_else(|| error(400, "invalid JSON", None))?;
        let name = named(&body)?;
        let scopes = if with_scopes { Some(assignable(manager, &body["scopes"])?) } else { None };
        let key = self.ring.get_mut(id).ok_or_else(not_found)?;
        name.clone_into(&mut key.name);
        let mut answer = json!({"api_key_id": key.id, "name": key.name});
        if let Some(scopes) = scopes {
            key.scopes = scopes;
            answer["scopes"] = json!(key.scopes);
        }
        Ok(Answer::json(200, &answer))
    }

    fn dress(&mut self, answer: Answer, now: Timestamp) -> Answer {
        if now.as_second() >= self.window_ends {
            (self.used, self.window_ends) = (0, now.as_second() + 60);
        }
        self.used += 1;
        answer
            .with("x-ratelimit-limit", A_MINUTE)
            .with("x-ratelimit-remaining", (A_MINUTE - self.used).max(0))
            .with("x-ratelimit-reset", self.window_ends)
    }
}

fn named(body: &Value) -> Result<&str, Answer> {
    let name = body["name"].as_str().filter(|name| !name.is_empty() && name.chars().count() <= 100);
    name.ok_or_else(|| error(400, "missing required argument", Some("name")))
}

/// The scopes asked for, if they exist and the key asking holds every one of them.
fn assignable(manager: &Key, asked: &Value) -> Result<Vec<String>, Answer> {
    let refused = || error(400, "invalid or unassignable scopes were given", Some("scopes"));
    let known = every_scope();
    let asked = asked.as_array().filter(|scopes| !scopes.is_empty()).ok_or_else(refused)?;
    let check = |scope: &Value| {
        let scope = scope
            .as_str()
            .filter(|s| !NEVER_ASSIGNABLE.contains(s) && known.iter().any(|k| k == s));
        scope.filter(|scope| manager.may(scope)).map(str::to_owned).ok_or_else(refused)
    };
    asked.iter().map(check).collect()
}

fn with_automatic(key: &Key) -> Vec<String> {
    key.scopes.iter().cloned().chain(AUTOMATIC.iter().map(|scope| (*scope).to_owned())).collect()
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        let answer = self.route(request, now).unwrap_or_else(|refused| refused);
        self.dress(answer, now)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, now: Timestamp) -> Answer {
        let message = match refusal {
            ProviderError::ServerError | ProviderError::Unavailable => "internal server error",
            ProviderError::Unauthorized => {
                "The provided authorization grant is invalid, expired, or revoked"
            }
            ProviderError::Forbidden => "access forbidden",
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => "too many requests",
            ProviderError::NotFound => "not found",
            ProviderError::Conflict => "conflict",
            ProviderError::Unprocessable => "unprocessable entity",
        };
        let answer = self.dress(error(refusal.status(), message, None), now);
        match refusal {
            // SendGrid sends no Retry-After; the client has to work it out.
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => answer
                .with("x-ratelimit-remaining", 0)
                .with("x-ratelimit-reset", now.as_second() + refusal.seconds()),
            _ => answer,
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

fn told(key: Key) -> Seeded {
    let mut scopes = key.scopes;
    scopes.sort();
    Seeded { value: key.value, id: Some(key.id), scopes: Some(scopes), owner: None }
}

impl Twin for World {
    fn scopes(&self, _kind: &str) -> &'static [&'static str] {
        &["mail.send"]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-key")
            .then(|| told(self.ring.add(new_key("seeded", vec!["mail.send".to_owned()], now))))
    }

    fn seed_manager(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "api-key").then(|| told(self.ring.add(new_key("manager", every_scope(), now))))
    }

    fn kill(&mut self, value: &str, now: Timestamp) -> bool {
        self.ring.kill(value, now)
    }

    fn is_live(&self, value: &str, now: Timestamp) -> bool {
        self.ring.is_live(value, now)
    }
}

/// Seeding and inspection of the SendGrid service.
#[derive(Clone)]
pub struct SendGrid {
    emulator: Emulator,
}

impl Emulator {
    /// The SendGrid service, from the inside.
    #[must_use]
    pub fn sendgrid(&self) -> SendGrid {
        SendGrid { emulator: self.clone() }
    }
}

impl SendGrid {
    fn with<T>(&self, act: impl FnOnce(&mut Keyring, Timestamp) -> T) -> T {
        let mut state = self.emulator.lock();
        let now = state.clock.now();
        act(&mut state.worlds.sendgrid.ring, now)
    }

    /// A key with these scopes, as though made in the web page.
    pub fn add_key(&self, name: &str, scopes: &[&str]) -> Key {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.with(|ring, now| ring.add(new_key(name, scopes, now)))
    }

    /// A key with every scope.
    pub fn add_full_access_key(&self, name: &str) -> Key {
        self.with(|ring, now| ring.add(new_key(name, every_scope(), now)))
    }

    /// Deletes a key, as though in the web page; false when there is none.
    pub fn delete_key(&self, id: &str) -> bool {
        self.with(|ring, now| ring.delete(id, now))
    }

    /// The keys that were not deleted, oldest first.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.with(|ring, _| ring.live().cloned().collect())
    }

    /// Whether a value is accepted right now, the slow death of deleted keys included.
    #[must_use]
    pub fn is_live(&self, value: &str) -> bool {
        self.with(|ring, now| ring.is_live(value, now))
    }

    /// Ids of the keys that were deleted, in the order they were made.
    #[must_use]
    pub fn deleted_ids(&self) -> Vec<String> {
        self.with(|ring, _| ring.deleted_ids())
    }

    /// How many keys were made through the API.
    #[must_use]
    pub fn created_count(&self) -> usize {
        self.with(|ring, _| ring.created)
    }

    /// How long a deleted key goes on working; five minutes to begin with.
    pub fn set_revoke_lag(&self, lag: SignedDuration) {
        self.with(|ring, _| ring.revoke_lag = lag);
    }

    /// How late the list of keys is; not at all to begin with.
    pub fn set_list_lag(&self, lag: SignedDuration) {
        self.with(|ring, _| ring.list_lag = lag);
    }
}
