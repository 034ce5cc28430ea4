//! Klaviyo: private keys that a person makes. A beta API, asked for by its revision, lists and
//! disables them.

use super::grants::{Access, Grants, field};
use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const SITE: &str = "AbC123";
const MEDIA_TYPE: &str = "application/vnd.api+json";

/// Klaviyo's state.
#[derive(Clone)]
pub(crate) struct World {
    ring: Keyring,
    grants: Grants,
}

impl Default for World {
    fn default() -> Self {
        Self {
            ring: Keyring::default(),
            grants: Grants::new(SignedDuration::from_hours(1), true, || random::alphanumeric(64)),
        }
    }
}

fn new_key(name: &str, scopes: &[&str], now: Timestamp) -> Key {
    let value = ["pk", SITE, &random::hex(34)].join("_");
    let mut key = Key::new(
        random::alphanumeric(26).to_uppercase(),
        value,
        name,
        scopes.iter().map(|s| (*s).to_owned()).collect(),
        now,
    );
    key.account = Some(SITE.to_owned());
    key
}

fn error(status: u16, code: &str, title: &str) -> Answer {
    let error = json!({"id": random::uuid(), "status": status, "code": code, "title": title, "detail": title, "source": {"pointer": "/data/"}});
    Answer::json(status, &json!({"errors": [error]})).with("content-type", MEDIA_TYPE)
}

fn denied() -> Answer {
    error(403, "permission_denied", "You do not have permission to perform this action.")
}

fn not_found() -> Answer {
    error(404, "not_found", "Not found.")
}

fn wrong_key() -> Answer {
    error(401, "authentication_failed", "Incorrect authentication credentials.")
}

fn ok(body: &Value) -> Answer {
    Answer::json(200, body).with("content-type", MEDIA_TYPE)
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        match (request.method.as_str(), request.path().as_slice()) {
            ("POST", ["oauth", "token"]) => return self.token(request, now),
            ("POST", ["oauth", "revoke"]) => return self.revoke(request),
            _ => {}
        }
        if let Some(token) = request.bearer() {
            let Access::Live(scopes) = self.grants.access(token, now) else {
                return Err(wrong_key());
            };
            let may = scopes.iter().any(|scope| scope == "accounts:read");
            return match (request.method.as_str(), request.path().as_slice()) {
                ("GET", ["api", "accounts"]) if may => Ok(ok(&account())),
                ("GET", ["api", "accounts"]) => Err(denied()),
                _ => Err(not_found()),
            };
        }
        let value =
            request.header("authorization").and_then(|text| text.strip_prefix("Klaviyo-API-Key "));
        let value = value.ok_or_else(|| {
            error(401, "not_authenticated", "Authentication credentials were not provided.")
        })?;
        let key = self.ring.authenticate(value, now).ok_or_else(wrong_key)?;
        let revision = request.header("revision").unwrap_or_default();
        if revision.is_empty() {
            return Err(error(400, "invalid", "The revision header is required."));
        }
        let path = request.path();
        let allow = |scope: &str| if key.may(scope) { Ok(()) } else { Err(denied()) };
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["api", "accounts"]) => {
                allow("accounts:read")?;
                Ok(ok(&account()))
            }
            (_, ["api", "api-keys", ..]) if !revision.ends_with(".pre") => Err(not_found()),
            ("GET", ["api", "api-keys"]) => {
                allow("credentials:read")?;
                let redacted = request
                    .query("additional-fields[api-key]")
                    .is_some_and(|fields| fields.contains("redacted_key"));
                let keys: Vec<Value> =
                    self.ring.listed(now).map(|key| describe(key, redacted)).collect();
                let own = "https://a.klaviyo.com/api/api-keys";
                Ok(ok(&json!({"data": keys, "links": {"self": own}})))
            }
            ("GET", ["api", "api-keys", id]) => {
                allow("credentials:read")?;
                let key = self.ring.get_mut(id).ok_or_else(not_found)?;
                Ok(ok(&json!({"data": describe(key, false)})))
            }
            ("PATCH", ["api", "api-keys", id]) => {
                allow("credentials:write")?;
                if request.header("content-type") != Some(MEDIA_TYPE) {
                    return Err(error(415, "unsupported_media_type", "Unsupported media type."));
                }
                let attributes = request.json().unwrap_or_default()["data"]["attributes"].clone();
                let key = self.ring.get_mut(id).ok_or_else(not_found)?;
                if let Some(status) = attributes["status"].as_str() {
                    key.disabled = status == "disabled";
                }
                Ok(ok(&json!({"data": describe(key, false)})))
            }
            _ => Err(not_found()),
        }
    }

    fn token(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let refused =
            |error: &str| Answer::json(400, &json!({"error": error, "error_description": "no"}));
        if !self.grants.is_client_by_basic(request) {
            return Err(refused("invalid_client"));
        }
        let sent = field(request, "refresh_token")
            .filter(|_| field(request, "grant_type").as_deref() == Some("refresh_token"));
        let fresh = sent
            .and_then(|refresh| self.grants.refresh(&refresh, now))
            .ok_or_else(|| refused("invalid_grant"))?;
        let body = json!({
            "access_token": fresh.access,
            "token_type": "bearer",
            "expires_in": fresh.seconds,
            "refresh_token": fresh.refresh,
            "scope": fresh.scopes.join(" "),
        });
        Ok(Answer::json(200, &body))
    }

    fn revoke(&mut self, request: &Request) -> Result<Answer, Answer> {
        if !self.grants.is_client_by_basic(request) {
            return Err(Answer::json(400, &json!({"error": "invalid_client"})));
        }
        self.grants.end(&request.field("token").unwrap_or_default());
        Ok(Answer::json(200, &json!({"success": true})))
    }
}

fn describe(key: impl std::borrow::Borrow<Key>, redacted: bool) -> Value {
    let key = key.borrow();
    let mut told = json!({
        "type": "api-key",
        "id": key.id,
        "attributes": {
            "name": key.name,
            "status": if key.disabled { "disabled" } else { "active" },
            "scopes": key.scopes,
            "created": key.created_at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        },
        "links": {"self": format!("https://a.klaviyo.com/api/api-keys/{}", key.id)},
    });
    if redacted {
        told["attributes"]["redacted_key"] =
            json!(format!("pk_****{}", &key.value[key.value.len() - 4..]));
    }
    told
}

fn account() -> Value {
    json!({
        "data": [{
            "type": "account",
            "id": SITE,
            "attributes": {
                "test_account": false,
                "contact_information": {
                    "default_sender_name": "Acme",
                    "default_sender_email": "hello@acme.example",
                    "website_url": "https://acme.example",
                    "organization_name": "Acme",
                    "street_address": {
                        "address1": "1 Main Street",
                        "address2": "",
                        "city": "Boston",
                        "region": "MA",
                        "country": "US",
                        "zip": "02110",
                    },
                },
                "industry": "Software / SaaS",
                "timezone": "US/Eastern",
                "preferred_currency": "USD",
                "public_api_key": SITE,
                "locale": "en-US",
            },
            "links": {"self": format!("https://a.klaviyo.com/api/accounts/{SITE}")},
        }],
        "links": {"self": "https://a.klaviyo.com/api/accounts"},
    })
}

fn dress(answer: Answer) -> Answer {
    answer
        .with("ratelimit-limit", "1, 1;w=1, 15;w=60")
        .with("ratelimit-remaining", 14)
        .with("ratelimit-reset", 45)
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        dress(self.route(request, now).unwrap_or_else(|refused| refused))
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        dress(match refusal {
            ProviderError::Unauthorized => wrong_key(),
            ProviderError::Forbidden => denied(),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                // The other headers are not on this answer.
                return error(status, "throttled", "Request was throttled.")
                    .with("retry-after", refusal.seconds());
            }
            ProviderError::NotFound => not_found(),
            ProviderError::ServerError
            | ProviderError::Unavailable
            | ProviderError::Conflict
            | ProviderError::Unprocessable => error(status, "error", "A server error occurred."),
        })
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        match kind {
            "private-key" => Some(
                self.ring.add(new_key("seeded", &["accounts:read", "profiles:read"], now)).seeded(),
            ),
            "oauth" => Some(Seeded {
                owner: Some(SITE.to_owned()),
                ..Seeded::of(self.grants.add(&["accounts:read"], now))
            }),
            _ => None,
        }
    }

    fn seed_narrow(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        if kind == "oauth" {
            return Some(Seeded::of(self.grants.add(&["profiles:read"], now)));
        }
        let key = (kind == "private-key")
            .then(|| self.ring.add(new_key("seeded", &["profiles:read"], now)))?;
        Some(Seeded { owner: None, ..key.seeded() })
    }

    fn seed_manager(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        if kind == "oauth" {
            return Some(Seeded::of(self.grants.client()));
        }
        Some(
            self.ring
                .add(new_key("manager", &["credentials:read", "credentials:write"], now))
                .seeded(),
        )
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
