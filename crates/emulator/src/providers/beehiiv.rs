//! beehiiv: keys of a workspace, some of which may not do everything.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::Seeded;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<Beehiiv>;

/// How beehiiv says things.
#[derive(Clone, Default)]
pub(crate) struct Beehiiv;

const PUBLICATION: &str = "pub_ad76629e-4a39-43ad-8055-0ee89dc6db15";

fn error(status: u16, words: &str, code: &str) -> Answer {
    Answer::json(
        status,
        &json!({"status": status, "statusText": words, "errors": [{"message": words, "code": code}]}),
    )
}

impl Provider for Beehiiv {
    fn make(kind: &str) -> Option<String> {
        (kind == "api-key").then(|| random::alphanumeric(64))
    }

    fn presented(request: &Request) -> Option<String> {
        request.bearer().map(str::to_owned)
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.raw_path()) {
            ("GET", "/v2/publications") => {
                let publication = json!({"id": PUBLICATION, "name": "The daily Acme", "organization_name": "Acme", "created": 1_666_800_076});
                Answer::json(
                    200,
                    &json!({"data": [publication], "limit": 1, "page": 1, "total_results": 1, "total_pages": 1}),
                )
            }
            _ => error(404, "not_found", "NOT_FOUND"),
        }
    }

    fn unknown(_request: &Request) -> Answer {
        error(401, "unauthorized", "UNAUTHORIZED")
    }

    fn forbidden(_request: &Request) -> Option<Answer> {
        Some(error(403, "forbidden", "FORBIDDEN"))
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, "too_many_requests", "RATE_LIMITED").with("ratelimit-remaining", 0)
            }
            other => error(other.status(), "refused", "REFUSED"),
        }
    }

    fn told(key: &Key) -> Seeded {
        Seeded {
            value: key.value.clone(),
            id: None,
            scopes: None,
            owner: Some(PUBLICATION.to_owned()),
        }
    }

    fn dress(answer: Answer) -> Answer {
        if answer.status == 429 {
            answer
        } else {
            answer.with("ratelimit-limit", 180).with("ratelimit-remaining", 179)
        }
    }
}
