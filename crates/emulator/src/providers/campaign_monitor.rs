//! Campaign Monitor: every refusal is 401, and a code in the body says which.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<CampaignMonitor>;

/// How Campaign Monitor says things.
#[derive(Clone, Default)]
pub(crate) struct CampaignMonitor;

fn error(status: u16, code: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"Code": code, "Message": message}))
}

impl Provider for CampaignMonitor {
    fn make(kind: &str) -> Option<String> {
        (kind == "api-key").then(|| random::hex(32))
    }

    fn presented(request: &Request) -> Option<String> {
        request.basic().map(|(user, _)| user)
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.raw_path()) {
            ("GET", "/api/v3.3/systemdate.json") => {
                Answer::json(200, &json!({"SystemDate": "2026-11-24 10:27:00"}))
            }
            _ => error(404, 404, "We couldn't find the resource you're looking for."),
        }
    }

    fn unknown(_request: &Request) -> Answer {
        error(401, 100, "Invalid API Key")
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::Forbidden => error(403, 403, "Not allowed for a Non-agency Customer"),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, 429, "Rate limit exceeded")
                    .with("x-ratelimit-remaining", 0)
                    .with("x-ratelimit-reset", refusal.seconds())
            }
            other => error(other.status(), other.status(), "Refused"),
        }
    }
}
