//! Buttondown: keys with permissions, by a scheme of its own. Its `/ping` answers everybody.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::Seeded;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<Buttondown>;

/// How Buttondown says things.
#[derive(Clone, Default)]
pub(crate) struct Buttondown;

const USER: &str = "acme";

fn error(status: u16, code: &str, detail: &str) -> Answer {
    Answer::json(status, &json!({"code": code, "detail": detail, "metadata": {}}))
}

impl Provider for Buttondown {
    fn make(kind: &str) -> Option<String> {
        (kind == "api-key").then(random::uuid)
    }

    fn presented(request: &Request) -> Option<String> {
        request.header("authorization")?.strip_prefix("Token ").map(str::to_owned)
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.raw_path()) {
            ("GET", "/v1/accounts/me") => {
                Answer::json(200, &json!({"username": USER, "email_address": "acme@acme.example"}))
            }
            _ => error(404, "not_found", "Not found."),
        }
    }

    fn unknown(request: &Request) -> Answer {
        if request.raw_path() == "/v1/ping" {
            return Answer::json(200, &json!("pong"));
        }
        error(401, "unauthorized", "Unauthorized")
    }

    fn forbidden(_request: &Request) -> Option<Answer> {
        Some(error(403, "missing_permission", "This API key lacks a permission."))
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        let answer = error(refusal.status(), "refused", "Refused.");
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, "rate_limited", "Too many requests.")
                    .with("x-ratelimit-remaining", 0)
                    .with("retry-after", refusal.seconds())
            }
            _ => answer,
        }
    }

    fn told(key: &Key) -> Seeded {
        Seeded { value: key.value.clone(), id: None, scopes: None, owner: Some(USER.to_owned()) }
    }

    fn dress(answer: Answer) -> Answer {
        if answer.status == 429 {
            answer
        } else {
            answer.with("x-ratelimit-limit", 100).with("x-ratelimit-remaining", 99)
        }
    }
}
