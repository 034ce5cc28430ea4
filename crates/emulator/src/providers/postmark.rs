//! Postmark: server tokens and account tokens, alike in form, each for its own header. Shows a
//! server's tokens in the clear.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::Seeded;
use crate::world::ProviderError;
use serde_json::{Value, json};

pub(crate) type World = plain::World<Postmark>;

/// How Postmark says things.
#[derive(Clone, Default)]
pub(crate) struct Postmark;

/// The one server there is; it may have several tokens.
const ID: u64 = 1_049_128;
const SERVER: &str = "x-postmark-server-token";
const ACCOUNT: &str = "x-postmark-account-token";

fn error(status: u16, code: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"ErrorCode": code, "Message": message}))
}

fn server(key: &Key) -> Value {
    json!({
        "ID": ID,
        "Name": "Staging Testing",
        "ApiTokens": [key.value],
        "Color": "red",
        "SmtpApiActivated": true,
        "RawEmailEnabled": false,
        "DeliveryType": "Live",
        "ServerLink": format!("https://postmarkapp.com/servers/{ID}/streams"),
        "TrackOpens": false,
        "TrackLinks": "None",
    })
}

impl Provider for Postmark {
    fn make(kind: &str) -> Option<String> {
        (kind == "server-token").then(random::uuid)
    }

    fn presented(request: &Request) -> Option<String> {
        let header = if request.path().first() == Some(&"servers") { ACCOUNT } else { SERVER };
        // A server's token is unknown as an account's.
        request.header(header).filter(|_| header == SERVER).map(str::to_owned)
    }

    fn answer(key: &Key, request: &Request) -> Answer {
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["server"]) => Answer::json(200, &server(key)),
            ("GET", ["deliverystats"]) => {
                Answer::json(200, &json!({"InactiveMails": 0, "Bounces": []}))
            }
            _ => error(404, 404, "The requested resource does not exist."),
        }
    }

    fn unknown(request: &Request) -> Answer {
        let kind = if request.path().first() == Some(&"servers") { "Account" } else { "Server" };
        error(401, 10, &format!("Request does not contain a valid {kind} token."))
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::ServerError => error(500, 0, "Internal server error."),
            ProviderError::Unavailable => error(503, 100, "Maintenance."),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, 429, "Rate limit exceeded.")
            }
            other => error(other.status(), 402, "Refused."),
        }
    }

    fn told(key: &Key) -> Seeded {
        Seeded {
            value: key.value.clone(),
            id: None,
            scopes: Some(vec!["server".to_owned()]),
            owner: Some(ID.to_string()),
        }
    }
}
