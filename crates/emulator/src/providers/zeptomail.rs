//! ZeptoMail: two nameless tokens an agent, managed with an OAuth access token of Zoho's; outer
//! error codes that say little.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const AGENT: &str = "1f8d45e7a2b9c603";
const TOKEN: &str = "send-mail-token";
const MANAGES: &str = "Zeptomail.MailAgents.All";
const MOST: usize = 2;
/// How long an access token works.
const LIVES: SignedDuration = SignedDuration::from_hours(1);

/// ZeptoMail's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
    /// OAuth clients with their refresh tokens, as `ID:SECRET:REFRESH`.
    clients: Vec<String>,
}

fn new_token(now: Timestamp) -> Key {
    Key::new(
        random::hex(16),
        format!("{}==", random::alphanumeric(118)),
        "",
        vec![TOKEN.to_owned()],
        now,
    )
}

/// The inner code says what the outer one does not.
fn refused(status: u16, outer: &str, inner: &str, message: &str) -> Answer {
    let details = json!([{"code": inner, "message": message}]);
    Answer::json(
        status,
        &json!({"error": {"code": outer, "details": details, "message": "Access Denied", "request_id": random::hex(12)}}),
    )
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"error": {"code": code, "message": message}}))
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let header = request.header("authorization").unwrap_or_default().to_owned();
        let path = request.path();
        if let ("POST", ["v1.1", "email"]) = (request.method.as_str(), path.as_slice()) {
            let value = header.strip_prefix("Zoho-enczapikey ").unwrap_or_default();
            let known = self.ring.authenticate(value, now).is_some_and(|key| key.may(TOKEN));
            return Ok(if known {
                Self::sent(request)
            } else {
                refused(401, "TM_4001", "SERR_157", "Invalid API Token found")
            });
        }
        if request.raw_path() == "/oauth/v2/token" {
            return Ok(self.token(request, now));
        }
        let value = header.strip_prefix("Zoho-oauthtoken ").unwrap_or_default();
        let manager = self.ring.authenticate(value, now).filter(|key| key.may(MANAGES));
        if manager.is_none() {
            return Err(error(401, "INVALID_OAUTHTOKEN", "Invalid OAuth token"));
        }
        let ["v1.1", "agents", agent, "apikeys", rest @ ..] = path.as_slice() else {
            return Err(error(404, "URL_RULE_NOT_CONFIGURED", "Not found"));
        };
        if *agent != AGENT {
            return Err(error(400, "MA_101", "Invalid mail agent"));
        }
        match (request.method.as_str(), rest) {
            ("GET", []) => {
                let keys: Vec<Value> =
                    self.ring.listed(now).filter(|key| key.may(TOKEN)).map(describe).collect();
                Ok(Answer::json(200, &json!({"data": keys, "status": "success"})))
            }
            ("POST", []) => {
                if self.ring.live().filter(|key| key.may(TOKEN)).count() >= MOST {
                    return Err(error(400, "GE_117", "Threshold reached"));
                }
                let key = self.ring.add(new_token(now));
                self.ring.created += 1;
                let mut data = describe(&key);
                data["password"] = json!(key.value);
                Ok(Answer::json(200, &json!({"data": data, "status": "success"})))
            }
            ("DELETE", [id]) => {
                // The 204 is told in the body.
                let done = json!({"status": {"code": 204, "description": "success"}});
                if self.ring.delete(id, now) {
                    Ok(Answer::json(200, &done))
                } else {
                    Err(error(400, "GE_124", "No record found"))
                }
            }
            _ => Err(error(404, "URL_RULE_NOT_CONFIGURED", "Not found")),
        }
    }

    /// Accounts: a refresh token that lasts gives access tokens of an hour. Its errors come with
    /// 200.
    fn token(&mut self, request: &Request, now: Timestamp) -> Answer {
        let field = |name: &str| request.field(name).unwrap_or_default();
        let client = [field("client_id"), field("client_secret"), field("refresh_token")].join(":");
        if field("grant_type") != "refresh_token" || !self.clients.contains(&client) {
            return Answer::json(200, &json!({"error": "invalid_code"}));
        }
        let value = ["1000", &random::hex(32), &random::hex(32)].join(".");
        let mut key = Key::new(random::hex(16), value, "", vec![MANAGES.to_owned()], now);
        key.expires_at = now.checked_add(LIVES).ok();
        let key = self.ring.add(key);
        let body = json!({"access_token": key.value, "api_domain": "https://www.zohoapis.com", "token_type": "Bearer", "expires_in": 3600});
        Answer::json(200, &body)
    }

    fn sent(request: &Request) -> Answer {
        let body = request.json().unwrap_or_default();
        let from = body["from"]["address"].as_str().unwrap_or_default();
        if from.is_empty() || body["to"].as_array().is_none_or(Vec::is_empty) {
            return refused(400, "TM_3201", "GE_102", "Mandatory Field was set as Empty Value");
        }
        if from.ends_with("@acme.example") {
            return Answer::json(
                201,
                &json!({"data": [{"code": "EM_104", "message": "Email request received"}], "message": "OK"}),
            );
        }
        refused(401, "TM_4001", "SM_111", "Sender address domain is not verified in your Agent")
    }
}

fn describe(key: &Key) -> Value {
    json!({
        "created_time": key.created_at.strftime("%d %b %Y %I:%M %p").to_string(),
        "apikey": format!("{}***", key.value.get(..6).unwrap_or_default()),
        "id": key.id,
        "username": "emailapikey",
    })
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, request: &Request, _now: Timestamp) -> Answer {
        let sends = request.raw_path().ends_with("/email");
        match refusal {
            ProviderError::Unauthorized if sends => {
                refused(401, "TM_4001", "SERR_157", "Invalid API Token found")
            }
            ProviderError::Unauthorized => error(401, "INVALID_OAUTHTOKEN", "Invalid OAuth token"),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(429, "TM_5001", "Too many requests")
            }
            other => error(other.status(), "GE_100", "Refused"),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn with(&self, _kind: &str) -> Vec<(&'static str, String)> {
        vec![("agent", AGENT.to_owned())]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == TOKEN).then(|| {
            let key = self.ring.add(new_token(now));
            Seeded { value: key.value, id: Some(key.id), scopes: None, owner: None }
        })
    }

    fn seed_manager(&mut self, kind: &str, _now: Timestamp) -> Option<Seeded> {
        (kind == TOKEN).then(|| {
            let (id, refresh) = (
                random::alphanumeric(30).to_uppercase(),
                format!("1000.{}.{}", random::hex(32), random::hex(32)),
            );
            let client = format!("1000.{id}:{}:{refresh}", random::hex(42));
            self.clients.push(client.clone());
            Seeded::of(client)
        })
    }

    by_ring!();
}
