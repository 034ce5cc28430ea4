//! Mailchimp Marketing: keys that a person makes, whose end is the data center they belong to.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::json;

const ACCOUNT: &str = "3a8d6f1b2c4e5a6b7c8d9e0f1";
const DATA_CENTRE: &str = "us6";

/// Mailchimp's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
}

fn new_key(now: Timestamp) -> Key {
    let value = [random::hex(32).as_str(), DATA_CENTRE].join("-");
    let mut key = Key::new(random::hex(10), value, "key", Vec::new(), now);
    key.account = Some(ACCOUNT.to_owned());
    key
}

fn problem(status: u16, title: &str, detail: &str) -> Answer {
    let kind = "https://mailchimp.com/developer/marketing/docs/errors/";
    let body = json!({"type": kind, "title": title, "status": status, "detail": detail, "instance": random::uuid()});
    Answer::json(status, &body).with("content-type", "application/problem+json; charset=utf-8")
}

fn invalid() -> Answer {
    problem(
        401,
        "API Key Invalid",
        "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
    )
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let missing =
            || problem(401, "API Key Missing", "Your request did not include an API key.");
        // The user name may be anything.
        let value = request
            .basic()
            .map(|(_, key)| key)
            .or_else(|| request.bearer().map(str::to_owned))
            .ok_or_else(missing)?;
        self.ring.authenticate(&value, now).ok_or_else(invalid)?;
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["3.0", ""] | ["3.0"]) => Ok(Answer::json(
                200,
                &json!({"account_id": ACCOUNT, "account_name": "Acme", "role": "admin"}),
            )),
            ("GET", ["3.0", "ping"]) => {
                Ok(Answer::json(200, &json!({"health_status": "Everything's Chimpy!"})))
            }
            _ => Err(problem(
                404,
                "Resource Not Found",
                "The requested resource could not be found.",
            )),
        }
    }
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        match refusal {
            ProviderError::Unauthorized => invalid(),
            ProviderError::Forbidden => {
                problem(status, "Forbidden", "You are not permitted to access this resource.")
            }
            // No header says for how long.
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => problem(
                status,
                "Too Many Requests",
                "You have exceeded the limit of 10 simultaneous connections.",
            ),
            ProviderError::NotFound => {
                problem(status, "Resource Not Found", "The requested resource could not be found.")
            }
            ProviderError::ServerError
            | ProviderError::Unavailable
            | ProviderError::Conflict
            | ProviderError::Unprocessable => problem(
                status,
                "Internal Server Error",
                "An unexpected internal error has occurred.",
            ),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let key = (kind == "api-key").then(|| self.ring.add(new_key(now)))?;
        Some(Seeded { id: None, ..key.seeded() })
    }

    by_ring!();
}
