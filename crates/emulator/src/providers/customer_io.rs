//! Customer.io: App API keys by Bearer, Track pairs by Basic, each on hosts of its own.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::Seeded;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<CustomerIo>;

/// How Customer.io says things.
#[derive(Clone, Default)]
pub(crate) struct CustomerIo;

const TRACK: &str = "track-key";
const ENVIRONMENT: u64 = 3;

fn is_track(request: &Request) -> bool {
    request.raw_path().starts_with("/api/v1/")
}

fn error(request: &Request, status: u16, words: &str) -> Answer {
    let body = if is_track(request) {
        json!({"meta": {"error": words}})
    } else {
        json!({"errors": [{"detail": words, "status": status.to_string()}]})
    };
    Answer::json(status, &body)
}

impl Provider for CustomerIo {
    fn make(kind: &str) -> Option<String> {
        match kind {
            "app-api-key" => Some(random::hex(32)),
            TRACK => Some(format!("{}:{}", random::hex(20), random::hex(20))),
            _ => None,
        }
    }

    fn presented(request: &Request) -> Option<String> {
        if is_track(request) {
            return request.basic().map(|(site, key)| format!("{site}:{key}"));
        }
        request.bearer().map(str::to_owned)
    }

    fn answer(key: &Key, request: &Request) -> Answer {
        match (key.name.as_str(), request.method.as_str(), request.raw_path()) {
            (TRACK, "GET", "/api/v1/accounts/region") => {
                let body = json!({"url": "track.customer.io", "data_center": "us", "region": "us", "environment_id": ENVIRONMENT});
                Answer::json(200, &body)
            }
            ("app-api-key", "GET", "/v1/segments") => Answer::json(200, &json!({"segments": []})),
            _ => error(request, 404, "not found"),
        }
    }

    fn unknown(request: &Request) -> Answer {
        error(request, 401, "Unauthorized request")
    }

    fn refuse(refusal: ProviderError, request: &Request) -> Answer {
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(request, 429, "too many requests")
            }
            other => error(request, other.status(), "refused"),
        }
    }

    fn told(key: &Key) -> Seeded {
        let owner = (key.name == TRACK).then(|| ENVIRONMENT.to_string());
        Seeded { value: key.value.clone(), id: None, scopes: None, owner }
    }
}
