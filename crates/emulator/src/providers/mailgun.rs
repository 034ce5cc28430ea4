//! Mailgun: keys with one role. A sending key may send from its domain, and is told everywhere else
//! that it is no key at all; a new key is answered with 200.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const DOMAIN: &str = "mg.acme.example";
const ROLES: [&str; 4] = ["admin", "developer", "basic", "sending"];
const KINDS: [&str; 3] = ["domain", "user", "web"];
/// The real number depends on the plan.
const MAX_KEYS: usize = 40;

/// Mailgun's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_key(description: &str, role: &str, domain: Option<&str>, now: Timestamp) -> Key {
    let id = format!("{}-{}", random::hex(8), random::hex(8));
    let value = format!("{}-{id}", random::hex(32));
    let mut key = Key::new(id, value, description, vec![role.to_owned()], now);
    key.domain_id = domain.map(str::to_owned);
    key
}

fn message(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({"message": text}))
}

fn no_key() -> Answer {
    message(401, "Invalid private key")
}

/// UTC, and does not say so.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let path = request.path();
        let is_sending = matches!(path.as_slice(), ["v3", _, "messages"]);
        let refused = || if is_sending { Answer::json(401, &json!("Forbidden")) } else { no_key() };
        let (_, value) = request.basic().filter(|(user, _)| user == "api").ok_or_else(refused)?;
        let key = self.ring.authenticate(&value, now).ok_or_else(refused)?;
        if let ["v3", domain, "messages"] = path.as_slice() {
            let own = key.domain_id.as_deref().is_none_or(|own| own == *domain);
            return if own { send(request, domain) } else { Err(refused()) };
        }
        if key.may("sending") {
            return Err(no_key());
        }
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["v4" | "v3", "domains"]) => Ok(Answer::json(200, &domains())),
            (_, ["v1", "keys", ..]) if !key.may("admin") => Err(message(403, "Forbidden")),
            ("GET", ["v1", "keys"]) => self.list(request, now),
            ("POST", ["v1", "keys"]) => self.create(request, now),
            ("DELETE", ["v1", "keys", id]) if self.ring.delete(id, now) => {
                Ok(message(200, "key deleted"))
            }
            ("DELETE", ["v1", "keys", _]) => Err(message(404, "no key matching id")),
            _ => Err(message(404, "Not found")),
        }
    }

    fn list(&self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let wanted = request.query("kind");
        if wanted.is_some_and(|kind| !KINDS.contains(&kind)) {
            return Err(message(
                400,
                "expected `kind` param to be one of [domain user web] or absent",
            ));
        }
        let domain = request.query("domain_name");
        let shown = self.ring.listed(now).filter(|key| {
            wanted.is_none_or(|kind| kind == kind_of(key))
                && domain.is_none_or(|domain| key.domain_id.as_deref() == Some(domain))
        });
        let items: Vec<Value> = shown.map(describe).collect();
        Ok(Answer::json(200, &json!({"total_count": items.len(), "items": items})))
    }

    fn create(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let role = request.field("role").filter(|role| ROLES.contains(&role.as_str()));
        let role = role.ok_or_else(|| {
            message(400, "expected `role` param to be one of [admin basic developer sending]")
        })?;
        let kind = request.field("kind").unwrap_or_else(|| "user".to_owned());
        let domain = request.field("domain_name");
        match (kind.as_str(), role.as_str(), &domain) {
            ("domain", "sending", Some(_)) | ("user", "admin" | "developer" | "basic", _) => {}
            ("domain", "sending", None) => {
                return Err(message(400, "`domain_name` is required for domain keys"));
            }
            _ => return Err(message(400, "`role` does not fit `kind`")),
        }
        if self.ring.live().count() >= MAX_KEYS {
            return Err(message(403, "could not create key, account limit reached"));
        }
        let domain = domain.filter(|_| kind == "domain");
        let description = request.field("description").unwrap_or_default();
        let mut key = new_key(&description, &role, domain.as_deref(), now);
        if let Some(seconds) = request.field("expiration") {
            let lives =
                seconds.parse().ok().filter(|seconds| *seconds > 0).map(SignedDuration::from_secs);
            key.expires_at = lives.and_then(|lives| now.checked_add(lives).ok());
            let end = key
                .expires_at
                .ok_or_else(|| message(400, "`expiration` must be greater than 0"))?;
            key.shown.insert("expires_at".to_owned(), json!(moment(end)));
        }
        let key = self.ring.add(key);
        self.ring.created += 1;
        let mut told = describe(&key);
        told["secret"] = json!(key.value);
        Ok(Answer::json(200, &json!({"message": "great success", "key": told})))
    }
}

fn kind_of(key: &Key) -> &'static str {
    if key.domain_id.is_some() { "domain" } else { "user" }
}

fn describe(key: &Key) -> Value {
    key.dressed(json!({
        "id": key.id,
        "description": key.name,
        "kind": kind_of(key),
        "role": key.scopes.first(),
        "created_at": moment(key.created_at),
        "updated_at": moment(key.created_at),
        "domain_name": key.domain_id,
        "requestor": "jane@acme.example",
        "user_name": "Jane Doe",
        "is_disabled": false,
    }))
}

fn domains() -> Value {
    json!({"total_count": 1, "items": [{
        "created_at": "Mon, 02 Jan 2006 15:04:05 UTC",
        "id": "59ea1d1c5e3ad0a7b3b2c1d0",
        "name": DOMAIN,
        "state": "active",
        "type": "custom",
        "web_prefix": "email",
        "web_scheme": "https",
        "is_disabled": false,
        "require_tls": false,
        "skip_verification": false,
        "smtp_login": format!("postmaster@{DOMAIN}"),
        "spam_action": "disabled",
        "use_automatic_sender_security": false,
        "wildcard": false,
        "encrypt_incoming_message": false,
        "message_ttl": 259_200,
    }]})
}

/// What is sent needs addresses; they are looked at before anything is queued.
fn send(request: &Request, domain: &str) -> Result<Answer, Answer> {
    for name in ["from", "to"] {
        let text = request
            .field(name)
            .ok_or_else(|| message(400, &format!("{name} parameter is missing")))?;
        if !text.contains('@') {
            return Err(message(
                400,
                &format!("{name} parameter is not a valid address. please check documentation"),
            ));
        }
    }
    Ok(Answer::json(
        200,
        &json!({"id": format!("<{}@{domain}>", random::hex(20)), "message": "Queued. Thank you."}),
    ))
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        match refusal {
            ProviderError::Unauthorized => no_key(),
            ProviderError::Forbidden => message(status, "Forbidden"),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                let text = format!(
                    "account-requests-per-sec limit exceeded, try again after {} seconds",
                    refusal.seconds()
                );
                message(status, &text).with("retry-after", refusal.seconds())
            }
            ProviderError::NotFound => message(status, "no key matching id"),
            ProviderError::ServerError
            | ProviderError::Unavailable
            | ProviderError::Conflict
            | ProviderError::Unprocessable => message(status, "Internal Server Error"),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn with(&self, _kind: &str) -> Vec<(&'static str, String)> {
        vec![("domain", DOMAIN.to_owned())]
    }

    fn scopes(&self, _kind: &str) -> &'static [&'static str] {
        &["developer"]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let mut key = new_key("seeded", "developer", None, now);
        match kind {
            "api-key" => {}
            // Their ids are not in them.
            "legacy-api-key" => key.value = format!("key-{}", random::hex(32)),
            _ => return None,
        }
        Some(self.ring.add(key).seeded())
    }

    fn seed_narrow(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let key = (kind == "api-key")
            .then(|| self.ring.add(new_key("seeded", "sending", Some(DOMAIN), now)))?;
        Some(Seeded { scopes: Some(key.scopes.clone()), ..key.seeded() })
    }

    fn seed_manager(&mut self, _kind: &str, now: Timestamp) -> Option<Seeded> {
        Some(self.ring.add(new_key("manager", "admin", None, now)).seeded())
    }

    by_ring!();
}
