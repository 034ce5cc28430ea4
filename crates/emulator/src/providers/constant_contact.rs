//! Constant Contact: OAuth alone. A refresh ends the refresh token that was sent; access tokens are
//! JWTs that live for a day.

use super::grants::{Access, Grants, field};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const ACCOUNT: &str = "a07e1jq3xg2k";
const SCOPES: &[&str] = &["account_read", "contact_data", "offline_access"];

/// Constant Contact's state.
#[derive(Clone)]
pub(crate) struct World {
    grants: Grants,
}

impl Default for World {
    fn default() -> Self {
        Self {
            grants: Grants::new(SignedDuration::from_hours(24), true, || random::alphanumeric(43)),
        }
    }
}

fn error(status: u16, key: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"error_key": key, "error_message": message}))
}

fn unauthorized() -> Answer {
    error(401, "unauthorized", "Unauthorized")
}

/// Some errors are lists.
fn forbidden() -> Answer {
    Answer::json(
        403,
        &json!([{"error_key": "unauthorized", "error_message": "The account does not have the needed scope"}]),
    )
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        if let ("POST", ["oauth2", "default", "v1", "token"]) =
            (request.method.as_str(), request.path().as_slice())
        {
            return self.token(request, now);
        }
        let Some(Access::Live(scopes)) =
            request.bearer().map(|token| self.grants.access(token, now))
        else {
            return Err(unauthorized());
        };
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["v3", "account", "summary"])
                if scopes.iter().any(|scope| scope == "account_read") =>
            {
                Ok(Answer::json(200, &summary()))
            }
            ("GET", ["v3", "account", "summary"]) => Err(forbidden()),
            ("GET", ["v3", "account", "user", "privileges"]) => Ok(Answer::json(
                200,
                &json!([{"privilege_id": 30, "privilege_name": "campaign:create"}]),
            )),
            _ => Err(error(404, "not_found", "Not found")),
        }
    }

    fn token(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        if !self.grants.is_client_by_basic(request) {
            return Err(Answer::json(
                401,
                &json!({"error": "invalid_client", "error_description": "Client authentication failed."}),
            ));
        }
        let dead = || {
            Answer::json(
                400,
                &json!({"error": "invalid_grant", "error_description": "unknown, invalid, or expired refresh token"}),
            )
        };
        let sent = field(request, "refresh_token")
            .filter(|_| field(request, "grant_type").as_deref() == Some("refresh_token"));
        let fresh = sent.and_then(|refresh| self.grants.refresh(&refresh, now)).ok_or_else(dead)?;
        let body = json!({
            "access_token": fresh.access,
            "refresh_token": fresh.refresh,
            "expires_in": fresh.seconds,
            "scope": fresh.scopes.join(" "),
            "token_type": "Bearer",
        });
        Ok(Answer::json(200, &body))
    }
}

fn summary() -> Value {
    json!({"encoded_account_id": ACCOUNT, "organization_name": "Acme", "contact_email": "jane@acme.example", "country_code": "US"})
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        match refusal {
            ProviderError::Unauthorized => unauthorized(),
            ProviderError::Forbidden => forbidden(),
            // No header says for how long.
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(status, "throttled", "Too Many Requests")
            }
            ProviderError::NotFound => error(status, "not_found", "Not found"),
            ProviderError::ServerError
            | ProviderError::Unavailable
            | ProviderError::Conflict
            | ProviderError::Unprocessable => {
                error(status, "server_error", "Internal server error")
            }
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let value = (kind == "oauth").then(|| self.grants.add(SCOPES, now))?;
        Some(Seeded { owner: Some(ACCOUNT.to_owned()), ..Seeded::of(value) })
    }

    fn seed_narrow(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "oauth")
            .then(|| Seeded::of(self.grants.add(&["contact_data", "offline_access"], now)))
    }

    fn seed_manager(&mut self, _kind: &str, _now: Timestamp) -> Option<Seeded> {
        Some(Seeded::of(self.grants.client()))
    }

    fn kill(&mut self, value: &str, _now: Timestamp) -> bool {
        self.grants.end(value)
    }

    fn expire(&mut self, value: &str, now: Timestamp) -> bool {
        self.grants.expire(value, now)
    }

    fn is_live(&self, value: &str, now: Timestamp) -> bool {
        self.grants.is_live(value, now)
    }
}
