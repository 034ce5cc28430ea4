//! HubSpot: tokens a person makes by hand. Only looking at one works by API: there is no way to
//! mint or revoke.

use super::grants::{Access, Grants, field};
use super::keyring::{Key, Keyring};
use crate::Emulator;
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const UNAUTHENTICATED: &str = "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview";
const UNSCOPED: &str = "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.";

/// Whose grants are seeded.
const GRANTED_BY: u64 = 456;

/// HubSpot's state.
#[derive(Clone)]
pub(crate) struct World {
    ring: Keyring,
    grants: Grants,
}

impl Default for World {
    fn default() -> Self {
        Self {
            ring: Keyring::default(),
            grants: Grants::new(SignedDuration::from_mins(30), false, || {
                ["na1", &random::uuid()].join("-")
            }),
        }
    }
}

fn new_token(scopes: Vec<String>, hub_id: u64, now: Timestamp) -> Key {
    let value = ["pat", "na1", &random::uuid()].join("-");
    let mut key = Key::new(random::digits(8), value, "private app", scopes, now);
    key.account = Some(hub_id.to_string());
    key
}

fn error(status: u16, category: &str, message: &str) -> Answer {
    let body = json!({
        "status": "error",
        "message": message,
        "correlationId": random::uuid(),
        "category": category,
    });
    Answer::json(status, &body)
}

fn unauthenticated() -> Answer {
    error(401, "INVALID_AUTHENTICATION", UNAUTHENTICATED)
        .with("x-hubspot-auth-failure", "401 Unauthorized")
}

fn missing_scopes(scopes: &[&str]) -> Answer {
    let body = json!({
        "status": "error",
        "message": UNSCOPED,
        "correlationId": random::uuid(),
        "errors": [{"message": "One or more of the following scopes are required.", "context": {"missingScopes": scopes}}],
        "links": {"scopes": "https://developers.hubspot.com/scopes"},
        "category": "MISSING_SCOPES",
    });
    Answer::json(403, &body)
}

fn hub_id(key: &Key) -> u64 {
    key.account.as_deref().and_then(|id| id.parse().ok()).unwrap_or_default()
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let path = request.path();
        if let ["oauth", "v2", "private-apps", "get", "access-token-info"] = path.as_slice() {
            return self.token_info(request, now);
        }
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["oauth", "2026-03" | "2026-09" | "v3", "token"]) => {
                return self.token(request, now);
            }
            ("POST", ["oauth", "2026-03" | "2026-09" | "v3", "token", "revoke"]) => {
                return self.revoke(request);
            }
            _ => {}
        }
        let bearer = request.bearer().ok_or_else(unauthenticated)?;
        let key = match self.grants.access(bearer, now) {
            Access::Live(scopes) => {
                let mut key = new_token(scopes, GRANTED_BY, now);
                key.value.clear();
                key
            }
            Access::Expired => {
                return Err(error(
                    401,
                    "EXPIRED_AUTHENTICATION",
                    "The OAuth token used to make this call expired 5 second(s) ago.",
                ));
            }
            Access::Unknown => self.ring.authenticate(bearer, now).ok_or_else(unauthenticated)?,
        };
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["account-info", "2026-09" | "2026-03" | "v3", "details"]) => {
                Ok(Answer::json(200, &details(&key)))
            }
            ("GET", ["account-info", "v3", "api-usage", "daily", "private-apps"]) => {
                Ok(Answer::json(200, &json!({"results": []})))
            }
            ("GET", ["crm", _, "objects", "contacts"] | ["crm", "objects", _, "contacts"]) => {
                let scope = "crm.objects.contacts.read";
                if key.may(scope) {
                    Ok(Answer::json(200, &json!({"results": []})))
                } else {
                    Err(missing_scopes(&[scope]))
                }
            }
            _ => Err(error(404, "OBJECT_NOT_FOUND", "resource not found")),
        }
    }

    fn token(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        if !self.grants.is_client_by_body(request) {
            return Err(error(400, "BAD_CLIENT_SECRET", "missing or invalid client secret"));
        }
        let dead = || {
            let body = json!({"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token", "correlationId": random::uuid()});
            Answer::json(400, &body)
        };
        let sent = field(request, "refresh_token")
            .filter(|_| field(request, "grant_type").as_deref() == Some("refresh_token"));
        let fresh = sent.and_then(|refresh| self.grants.refresh(&refresh, now)).ok_or_else(dead)?;
        let body = json!({
            "access_token": fresh.access,
            "refresh_token": fresh.refresh,
            "expires_in": fresh.seconds,
            "token_type": "bearer",
            "token_use": "access_token",
            "hub_id": GRANTED_BY,
            "scopes": fresh.scopes,
        });
        Ok(Answer::json(200, &body))
    }

    fn revoke(&mut self, request: &Request) -> Result<Answer, Answer> {
        if !self.grants.is_client_by_body(request) {
            return Err(error(400, "BAD_CLIENT_SECRET", "missing or invalid client secret"));
        }
        self.grants.end(&request.field("token").unwrap_or_default());
        Ok(Answer::empty(204))
    }

    /// Needs the token twice, and says 404 for one that is unknown or dead.
    fn token_info(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        if request.method != http::Method::POST {
            return Err(error(405, "METHOD_NOT_ALLOWED", "method not allowed"));
        }
        let bearer = request.bearer().ok_or_else(unauthenticated)?;
        let body = request.json().unwrap_or_default();
        let asked = body["tokenKey"].as_str().unwrap_or_default();
        if asked != bearer {
            return Err(error(
                400,
                "VALIDATION_ERROR",
                "The token in the body does not match the token of the request",
            ));
        }
        let unknown = || error(404, "OBJECT_NOT_FOUND", "The token was not found");
        let key = self.ring.authenticate(asked, now).ok_or_else(unknown)?;
        let app: u64 = key.id.parse().unwrap_or_default();
        let scopes: Vec<&str> = key.scopes.iter().map(String::as_str).chain(["oauth"]).collect();
        let body = json!({"userId": 1001, "hubId": hub_id(&key), "appId": app, "scopes": scopes, "isUserToken": false});
        Ok(Answer::json(200, &body))
    }
}

fn details(key: &Key) -> Value {
    json!({
        "portalId": hub_id(key),
        "accountType": "STANDARD",
        "timeZone": "US/Eastern",
        "companyCurrency": "USD",
        "additionalCurrencies": [],
        "utcOffset": "-05:00",
        "utcOffsetMilliseconds": -18_000_000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    })
}

fn dress(answer: Answer) -> Answer {
    answer
        .with("x-hubspot-ratelimit-max", 100)
        .with("x-hubspot-ratelimit-remaining", 99)
        .with("x-hubspot-ratelimit-interval-milliseconds", 10_000)
        .with("x-hubspot-ratelimit-daily", 250_000)
        .with("x-hubspot-ratelimit-daily-remaining", 249_000)
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        dress(self.route(request, now).unwrap_or_else(|refused| refused))
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        dress(match refusal {
            ProviderError::ServerError => error(status, "INTERNAL_ERROR", "internal error"),
            ProviderError::Unavailable => {
                error(status, "SERVICE_UNAVAILABLE", "service unavailable")
            }
            ProviderError::Unauthorized => unauthenticated(),
            ProviderError::Forbidden => missing_scopes(&["crm.objects.contacts.read"]),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                let body = json!({
                    "status": "error",
                    "message": "You have reached your ten_secondly_rolling limit.",
                    "errorType": "RATE_LIMIT",
                    "correlationId": random::uuid(),
                    "policyName": "TEN_SECONDLY_ROLLING",
                });
                return dress(Answer::json(status, &body))
                    .with("x-hubspot-ratelimit-remaining", 0)
                    .with("retry-after", refusal.seconds());
            }
            ProviderError::NotFound => error(status, "OBJECT_NOT_FOUND", "resource not found"),
            ProviderError::Conflict => error(status, "CONFLICT", "conflict"),
            ProviderError::Unprocessable => error(status, "VALIDATION_ERROR", "unprocessable"),
        })
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        if kind == "oauth" {
            let value = self.grants.add(&["crm.objects.contacts.read"], now);
            return Some(Seeded { owner: Some(GRANTED_BY.to_string()), ..Seeded::of(value) });
        }
        if kind != "access-token" {
            return None;
        }
        let key = self.ring.add(new_token(vec!["crm.objects.contacts.read".to_owned()], 456, now));
        Some(Seeded { value: key.value, id: None, scopes: Some(key.scopes), owner: key.account })
    }

    fn seed_manager(&mut self, kind: &str, _now: Timestamp) -> Option<Seeded> {
        (kind == "oauth").then(|| Seeded::of(self.grants.client()))
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

/// Seeding and inspection of the HubSpot service: the person who clicks.
#[derive(Clone)]
pub struct HubSpot {
    emulator: Emulator,
}

impl Emulator {
    /// The HubSpot service, from the inside.
    #[must_use]
    pub fn hubspot(&self) -> HubSpot {
        HubSpot { emulator: self.clone() }
    }
}

impl HubSpot {
    fn with<T>(&self, act: impl FnOnce(&mut Keyring, Timestamp) -> T) -> T {
        let mut state = self.emulator.lock();
        let now = state.clock.now();
        act(&mut state.worlds.hubspot.ring, now)
    }

    /// A new token of an account; its `id` is the app's.
    pub fn add_token(&self, scopes: &[&str], hub_id: u64) -> Key {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.with(|ring, now| ring.add(new_token(scopes, hub_id, now)))
    }

    /// Deactivates a token; false when there is none.
    pub fn revoke(&self, value: &str) -> bool {
        self.with(|ring, now| {
            let id = ring.by_value(value).map(|key| key.id.clone());
            id.is_some_and(|id| ring.delete(&id, now))
        })
    }

    /// The tokens that were not deactivated.
    #[must_use]
    pub fn tokens(&self) -> Vec<Key> {
        self.with(|ring, _| ring.live().cloned().collect())
    }

    /// Whether a value is accepted right now.
    #[must_use]
    pub fn is_live(&self, value: &str) -> bool {
        self.with(|ring, now| ring.is_live(value, now))
    }
}
