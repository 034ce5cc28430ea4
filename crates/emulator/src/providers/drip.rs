//! Drip: API tokens by Basic; the answer to a used-up rate limit is of another form than its other
//! errors.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::Seeded;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<Drip>;

/// How Drip says things.
#[derive(Clone, Default)]
pub(crate) struct Drip;

const ACCOUNT: &str = "9999999";

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"errors": [{"code": code, "message": message}]}))
}

impl Provider for Drip {
    fn make(kind: &str) -> Option<String> {
        (kind == "api-token").then(|| random::hex(32))
    }

    fn presented(request: &Request) -> Option<String> {
        request.basic().map(|(user, _)| user)
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.raw_path()) {
            ("GET", "/v2/accounts") => {
                let account = json!({"id": ACCOUNT, "name": "Acme", "url": "acme.example", "default_from_name": "Acme"});
                Answer::json(200, &json!({"links": {}, "accounts": [account]}))
            }
            _ => error(404, "not_found_error", "The resource you requested was not found"),
        }
    }

    fn unknown(_request: &Request) -> Answer {
        error(401, "authentication_error", "Authentication failed, check your credentials")
    }

    fn forbidden(_request: &Request) -> Option<Answer> {
        Some(error(403, "authorization_error", "You are not authorized to access this resource"))
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                let message = "API rate limit exceeded. Please try again in an hour.";
                Answer::json(
                    429,
                    &json!({"message": message, "documentation": "https://developer.drip.com/#rate-limiting"}),
                )
            }
            other => error(other.status(), "refused", "Refused"),
        }
    }

    fn told(key: &Key) -> Seeded {
        Seeded { value: key.value.clone(), id: None, scopes: None, owner: Some(ACCOUNT.to_owned()) }
    }

    fn dress(answer: Answer) -> Answer {
        let left = if answer.status == 429 { 0 } else { 3_599 };
        answer.with("x-ratelimit-limit", 3_600).with("x-ratelimit-remaining", left)
    }
}
