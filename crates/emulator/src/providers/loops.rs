//! Loops: keys that may do everything, and one call that is there to test them.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::Seeded;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<Loops>;

/// How Loops says things.
#[derive(Clone, Default)]
pub(crate) struct Loops;

const TEAM: &str = "Acme";

fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"success": false, "message": message, "error": message}))
}

impl Provider for Loops {
    fn make(kind: &str) -> Option<String> {
        (kind == "api-key").then(|| random::hex(32))
    }

    fn presented(request: &Request) -> Option<String> {
        request.bearer().map(str::to_owned)
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.raw_path()) {
            ("GET", "/api/v1/api-key") => {
                Answer::json(200, &json!({"success": true, "teamName": TEAM}))
            }
            _ => error(404, "Not found"),
        }
    }

    fn unknown(_request: &Request) -> Answer {
        error(401, "Invalid API key")
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, "Rate limit exceeded").with("x-ratelimit-remaining", 0)
            }
            other => error(other.status(), "Refused"),
        }
    }

    fn told(key: &Key) -> Seeded {
        Seeded { value: key.value.clone(), id: None, scopes: None, owner: Some(TEAM.to_owned()) }
    }

    fn dress(answer: Answer) -> Answer {
        if answer.status == 429 {
            answer
        } else {
            answer.with("x-ratelimit-limit", 10).with("x-ratelimit-remaining", 9)
        }
    }
}
