//! Salesforce Marketing Cloud: the client of an installed package, which is exchanged for short
//! tokens. Staged and active secret both work.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::Seeded;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<MarketingCloud>;

/// How Marketing Cloud says things.
#[derive(Clone, Default)]
pub(crate) struct MarketingCloud;

const SUBDOMAIN: &str = "mc563885gzs27c5t9-63k636ttgm";
const CLIENT: &str = "acme-client";

fn error(status: u16, name: &str, description: &str) -> Answer {
    let body = json!({"error": name, "error_description": description, "error_uri": "https://developer.salesforce.com/docs"});
    Answer::json(status, &body)
}

impl Provider for MarketingCloud {
    fn make(kind: &str) -> Option<String> {
        (kind == "client-secret").then(|| random::alphanumeric(24))
    }

    fn presented(request: &Request) -> Option<String> {
        let body = request.json()?;
        (body["client_id"] == CLIENT).then(|| body["client_secret"].as_str().map(str::to_owned))?
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        let body = request.json().unwrap_or_default();
        match (request.method.as_str(), request.raw_path()) {
            ("POST", "/v2/token") if body["grant_type"] == "client_credentials" => {
                let base =
                    |kind: &str| format!("https://{SUBDOMAIN}.{kind}.marketingcloudapis.com/");
                let body = json!({
                    "access_token": random::alphanumeric(120),
                    "token_type": "Bearer",
                    "expires_in": 1_079,
                    "scope": "email_read email_send",
                    "soap_instance_url": base("soap"),
                    "rest_instance_url": base("rest"),
                });
                Answer::json(200, &body)
            }
            ("POST", "/v2/token") => {
                error(400, "unsupported_grant_type", "The grant type is not supported.")
            }
            _ => error(404, "not_found", "Not found."),
        }
    }

    fn unknown(_request: &Request) -> Answer {
        error(
            401,
            "invalid_client",
            "Invalid client ID. Use the client ID in Marketing Cloud Installed Packages.",
        )
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, "rate_limited", "Too many requests.")
            }
            other => error(other.status(), "refused", "Refused."),
        }
    }

    fn told(key: &Key) -> Seeded {
        let scopes = ["email_read", "email_send"].map(str::to_owned).to_vec();
        Seeded { value: key.value.clone(), id: None, scopes: Some(scopes), owner: None }
    }

    fn with() -> Vec<(&'static str, String)> {
        vec![("subdomain", SUBDOMAIN.to_owned()), ("client_id", CLIENT.to_owned())]
    }
}
