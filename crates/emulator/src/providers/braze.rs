//! Braze: keys with a permission for each endpoint, on an instance of their own.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<Braze>;

/// How Braze says things.
#[derive(Clone, Default)]
pub(crate) struct Braze;

fn message(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "message": message }))
}

impl Provider for Braze {
    fn make(kind: &str) -> Option<String> {
        (kind == "rest-api-key").then(random::uuid)
    }

    fn presented(request: &Request) -> Option<String> {
        request.bearer().map(str::to_owned)
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.raw_path()) {
            ("GET", "/campaigns/list") => {
                Answer::json(200, &json!({"campaigns": [], "message": "success"}))
            }
            ("GET", "/segments/list") => {
                Answer::json(200, &json!({"segments": [], "message": "success"}))
            }
            _ => message(404, "Invalid URL"),
        }
    }

    fn unknown(_request: &Request) -> Answer {
        message(401, "Invalid API key")
    }

    fn forbidden(_request: &Request) -> Option<Answer> {
        Some(message(403, "Access Denied"))
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                message(429, "Rate limited").with("x-ratelimit-remaining", 0)
            }
            other => message(other.status(), "Refused"),
        }
    }

    fn dress(answer: Answer) -> Answer {
        if answer.status == 429 {
            answer
        } else {
            answer.with("x-ratelimit-limit", 250_000).with("x-ratelimit-remaining", 249_999)
        }
    }
}
