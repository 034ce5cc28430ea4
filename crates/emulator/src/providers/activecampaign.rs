//! ActiveCampaign: a key is a user. The body of a refusal is not documented; 403 with a message is
//! what its page of errors describes.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<ActiveCampaign>;

/// How ActiveCampaign says things.
#[derive(Clone, Default)]
pub(crate) struct ActiveCampaign;

fn message(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "message": message }))
}

impl Provider for ActiveCampaign {
    fn make(kind: &str) -> Option<String> {
        (kind == "api-key").then(|| random::hex(72))
    }

    fn presented(request: &Request) -> Option<String> {
        request.header("api-token").map(str::to_owned)
    }

    fn answer(key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["api", "3", "users", "me"]) => {
                let name = format!("api-user-{}", key.id);
                let user = json!({"id": key.id, "username": name, "firstName": "Api", "lastName": "User", "email": "api@acme.example"});
                Answer::json(200, &json!({ "user": user }))
            }
            _ => message(404, "No Result found"),
        }
    }

    fn unknown(_request: &Request) -> Answer {
        message(
            403,
            "The request could not be authenticated or the authenticated user is not authorized.",
        )
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        let answer = match refusal {
            ProviderError::ServerError => message(500, "Internal server error"),
            ProviderError::Unavailable => message(503, "Service unavailable"),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                message(429, "Rate limit exceeded")
            }
            other => message(other.status(), "Refused"),
        };
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                answer.with("ratelimit-remaining", 0).with("retry-after", refusal.seconds())
            }
            _ => answer,
        }
    }

    fn with() -> Vec<(&'static str, String)> {
        vec![("account", "acme".to_owned())]
    }

    fn dress(answer: Answer) -> Answer {
        if answer.headers.iter().any(|(name, _)| *name == "ratelimit-remaining") {
            return answer;
        }
        answer.with("ratelimit-limit", 5).with("ratelimit-remaining", 4)
    }
}
