//! Azure Communication Services: two keys a resource, filled anew one at a time through Azure's own
//! API; mail itself is signed with HMAC, which is really checked here, clock and all.

use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const SUBSCRIPTION: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";
const GROUP: &str = "mail";
const RESOURCE: &str = "acme-mail";
/// How far a request's date may be off, in seconds.
const TOLERANCE: i64 = 300;

/// The state of one resource.
#[derive(Clone, Default)]
pub(crate) struct World {
    /// Primary and secondary, once somebody asked for one.
    keys: Option<[String; 2]>,
    /// Tokens of Azure Resource Manager, and whether each may fill a key anew.
    managers: Vec<(String, bool)>,
    filled: usize,
}

fn new_key() -> String {
    STANDARD.encode(random::bytes::<64>())
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"error": {"code": code, "message": message}}))
}

impl World {
    fn keys(&mut self) -> &mut [String; 2] {
        self.keys.get_or_insert_with(|| [new_key(), new_key()])
    }

    fn shown(&mut self) -> Value {
        let [primary, secondary] = self.keys().clone();
        let connection = |key: &str| {
            format!("endpoint=https://{RESOURCE}.communication.azure.com/;accesskey={key}")
        };
        json!({
            "primaryKey": primary,
            "secondaryKey": secondary,
            "primaryConnectionString": connection(&primary),
            "secondaryConnectionString": connection(&secondary),
        })
    }

    fn manage(&mut self, action: &str, request: &Request) -> Result<Answer, Answer> {
        let token = request.bearer().unwrap_or_default();
        let manager = self.managers.iter().find(|(known, _)| known == token);
        let invalid = || error(401, "InvalidAuthenticationToken", "The access token is invalid.");
        let (_, may_fill) = manager.ok_or_else(invalid)?.clone();
        if request.query("api-version").is_none() {
            return Err(error(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required.",
            ));
        }
        match action {
            "listKeys" => Ok(Answer::json(200, &self.shown())),
            "regenerateKey" if !may_fill => Err(error(
                403,
                "AuthorizationFailed",
                "The client does not have authorization to perform action 'regenerateKey/action'.",
            )),
            "regenerateKey" => {
                let asked = request.json().unwrap_or_default()["keyType"]
                    .as_str()
                    .unwrap_or_default()
                    .to_lowercase();
                let slot = ["primary", "secondary"].iter().position(|slot| *slot == asked);
                let slot = slot.ok_or_else(|| {
                    error(400, "BadRequest", "keyType is not one of Primary, Secondary.")
                })?;
                self.keys()[slot] = new_key();
                self.filled += 1;
                Ok(Answer::json(200, &self.shown()))
            }
            _ => Err(error(404, "NotFound", "Not found.")),
        }
    }

    /// Whether a request is signed with one of the two keys, now.
    fn is_signed(&self, request: &Request, now: Timestamp) -> bool {
        let (Some(date), Some(hash)) =
            (request.header("x-ms-date"), request.header("x-ms-content-sha256"))
        else {
            return false;
        };
        let fresh = jiff::fmt::rfc2822::parse(date)
            .is_ok_and(|at| (at.timestamp().as_second() - now.as_second()).abs() <= TOLERANCE);
        if !fresh || STANDARD.encode(Sha256::digest(&request.body)) != hash {
            return false;
        }
        let host = request.host();
        let signed = format!("{}\n{}\n{date};{host};{hash}", request.method, request.target);
        let wanted = request.header("authorization").and_then(|header| {
            header
                .strip_prefix(
                    "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=",
                )
                .map(str::to_owned)
        });
        let signature = |key: &String| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(key).ok()?).ok()?;
            mac.update(signed.as_bytes());
            Some(STANDARD.encode(mac.finalize().into_bytes()))
        };
        wanted.is_some() && self.keys.iter().flatten().any(|key| signature(key) == wanted)
    }

    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let path = request.path();
        if let [
            "subscriptions",
            SUBSCRIPTION,
            "resourceGroups",
            GROUP,
            "providers",
            "Microsoft.Communication",
            kind,
            RESOURCE,
            action,
        ] = path.as_slice()
            && kind.eq_ignore_ascii_case("communicationServices")
            && request.method == http::Method::POST
        {
            return self.manage(action, request);
        }
        if path.first() == Some(&"subscriptions") {
            return Err(error(404, "ResourceNotFound", "The Resource was not found."));
        }
        if !self.is_signed(request, now) {
            return Err(denied());
        }
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["emails", "operations", _]) => {
                Err(error(404, "OperationNotFound", "The operation was not found.")
                    .with("x-ms-error-code", "OperationNotFound"))
            }
            _ => Err(error(404, "NotFound", "Not found.")),
        }
    }
}

fn denied() -> Answer {
    error(401, "Denied", "Denied by the resource provider.").with("x-ms-error-code", "Denied")
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized => denied(),
            ProviderError::Forbidden => error(
                403,
                "AuthorizationFailed",
                "The client does not have authorization to perform the action.",
            ),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, "TooManyRequests", "Too many requests.")
                    .with("retry-after", refusal.seconds())
            }
            ProviderError::NotFound => {
                error(404, "ResourceNotFound", "The Resource was not found.")
            }
            other => error(other.status(), "Refused", "Refused."),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn with(&self, _kind: &str) -> Vec<(&'static str, String)> {
        let entries =
            [("resource", RESOURCE), ("resource_group", GROUP), ("subscription", SUBSCRIPTION)];
        entries.map(|(name, text)| (name, text.to_owned())).to_vec()
    }

    fn seed(&mut self, kind: &str, _now: Timestamp) -> Option<Seeded> {
        let key = self.keys()[0].clone();
        match kind {
            "access-key" => Some(Seeded { id: Some("Primary".to_owned()), ..Seeded::of(key) }),
            "connection-string" => {
                let value =
                    format!("endpoint=https://{RESOURCE}.communication.azure.com/;accesskey={key}");
                Some(Seeded { id: Some("Primary".to_owned()), ..Seeded::of(value) })
            }
            _ => None,
        }
    }

    fn seed_manager(&mut self, kind: &str, _now: Timestamp) -> Option<Seeded> {
        ["access-key", "connection-string"].contains(&kind).then(|| {
            let token = random::alphanumeric(200);
            self.managers.push((token.clone(), true));
            Seeded::of(token)
        })
    }

    fn kill(&mut self, value: &str, _now: Timestamp) -> bool {
        let value = value.rsplit_once("accesskey=").map_or(value, |(_, key)| key);
        let slot = self.keys.iter_mut().flatten().find(|key| *key == value);
        slot.map(|key| *key = new_key()).is_some()
    }

    fn is_live(&self, value: &str, _now: Timestamp) -> bool {
        let value = value.rsplit_once("accesskey=").map_or(value, |(_, key)| key);
        self.keys.iter().flatten().any(|key| key == value)
            || self.managers.iter().any(|(token, _)| token == value)
    }
}
