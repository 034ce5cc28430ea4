//! Iterable: keys of a project, whose one code `BadApiKey` stands for an unknown key and for one
//! that may not make the call.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::world::ProviderError;
use serde_json::{Value, json};

pub(crate) type World = plain::World<Iterable>;

/// How Iterable says things.
#[derive(Clone, Default)]
pub(crate) struct Iterable;

fn error(status: u16, code: &str, message: &str, params: &Value) -> Answer {
    Answer::json(status, &json!({"msg": message, "code": code, "params": params}))
}

impl Provider for Iterable {
    fn make(kind: &str) -> Option<String> {
        (kind == "api-key").then(|| random::hex(32))
    }

    fn presented(request: &Request) -> Option<String> {
        request.header("api-key").map(str::to_owned)
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.raw_path()) {
            ("GET", "/api/channels") => {
                let channel = json!({"id": 1, "name": "Marketing Channel", "channelType": "Marketing", "messageMedium": "Email"});
                Answer::json(200, &json!({"channels": [channel]}))
            }
            _ => error(404, "NotFound", "Not found", &Value::Null),
        }
    }

    fn unknown(request: &Request) -> Answer {
        let params = json!({"ip": "203.0.113.7", "endpoint": request.raw_path(), "apiKeyIdentifier": null, "apiKeyType": null});
        error(401, "BadApiKey", "Invalid API key", &params)
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, "RateLimitExceeded", "Rate limit exceeded", &Value::Null)
            }
            ProviderError::Forbidden => {
                error(403, "Forbidden", "The API key may not call this", &Value::Null)
            }
            other => error(other.status(), "GenericError", "Refused", &Value::Null),
        }
    }
}
