//! SparkPost: keys with grants; a missing grant is 403, an unknown key 401.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::Seeded;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<SparkPost>;

/// How SparkPost says things.
#[derive(Clone, Default)]
pub(crate) struct SparkPost;

const CUSTOMER: u64 = 2_600_413;

fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"errors": [{"message": message}]}))
}

impl Provider for SparkPost {
    fn make(kind: &str) -> Option<String> {
        (kind == "api-key").then(|| random::hex(40))
    }

    fn presented(request: &Request) -> Option<String> {
        // Bare, or as the user of Basic.
        match request.basic() {
            Some((user, _)) => Some(user),
            None => request.header("authorization").map(str::to_owned),
        }
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.raw_path()) {
            ("GET", "/api/v1/account") => {
                let results = json!({
                    "customer_id": CUSTOMER,
                    "company_name": "Acme",
                    "country_code": "US",
                    "created": "2015-01-11T08:00:00.000Z",
                    "status": "active",
                    "subscription": {"code": "bronze1", "name": "Bronze"},
                });
                Answer::json(200, &json!({ "results": results }))
            }
            _ => error(404, "Resource could not be found"),
        }
    }

    fn unknown(_request: &Request) -> Answer {
        error(401, "Unauthorized.")
    }

    fn forbidden(_request: &Request) -> Option<Answer> {
        Some(error(403, "Forbidden."))
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, "Too many requests")
            }
            ProviderError::ServerError => error(500, "Internal Server Error"),
            ProviderError::Unavailable => error(503, "Service Temporarily Unavailable"),
            other => error(other.status(), "Refused"),
        }
    }

    fn told(key: &Key) -> Seeded {
        Seeded {
            value: key.value.clone(),
            id: None,
            scopes: None,
            owner: Some(CUSTOMER.to_string()),
        }
    }
}
