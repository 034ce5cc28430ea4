//! Twilio: API keys that are pairs, standard or restricted by a policy. Only a Main key, or the
//! account itself, manages keys; a standard key that tries is told that it is no key.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::{Value, json};

const MAX_NAME: usize = 64;
const MAX_PERMISSIONS: usize = 100;
const MAIN: &str = "main";
const STANDARD: &str = "standard";

/// Twilio's state.
#[derive(Clone)]
pub(crate) struct World {
    ring: Keyring,
    account: String,
}

impl Default for World {
    fn default() -> Self {
        Self { ring: Keyring::default(), account: ["AC", &random::hex(32)].concat() }
    }
}

fn new_key(name: &str, may: Vec<String>, now: Timestamp) -> Key {
    let sid = ["SK", &random::hex(32)].concat();
    let value = format!("{sid}:{}", random::alphanumeric(32));
    Key::new(sid, value, name, may, now)
}

fn error(status: u16, code: u32, text: &str) -> Answer {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    Answer::json(
        status,
        &json!({"code": code, "message": text, "more_info": more, "status": status}),
    )
}

fn unauthenticated() -> Answer {
    error(401, 20003, "Authenticate")
}

fn unauthorized() -> Answer {
    error(401, 70051, "Authorization failed")
}

fn not_found() -> Answer {
    error(404, 20404, "The requested resource was not found")
}

fn moment(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

impl World {
    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let value = request
            .basic()
            .map(|(user, password)| format!("{user}:{password}"))
            .ok_or_else(unauthenticated)?;
        let key = self.ring.authenticate(&value, now).ok_or_else(unauthenticated)?;
        let path = request.path();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["v2", "Services"]) => {
                let all = key.may(MAIN) || key.may(STANDARD);
                if !all
                    && !key
                        .scopes
                        .iter()
                        .any(|permission| permission.starts_with("/twilio/verify/"))
                {
                    return Err(unauthorized());
                }
                Ok(Answer::json(
                    200,
                    &json!({"services": [], "meta": meta(request, None, "services")}),
                ))
            }
            (_, ["v1", "Keys", ..]) if key.may(STANDARD) => Err(unauthenticated()),
            (_, ["v1", "Keys", ..]) if !key.may(MAIN) => Err(unauthorized()),
            ("POST", ["v1", "Keys"]) => self.create(request, now),
            ("GET", ["v1", "Keys"]) => self.list(request, now),
            ("GET", ["v1", "Keys", sid]) => {
                let key = self.ring.get_mut(sid).ok_or_else(not_found)?;
                Ok(Answer::json(200, &described(key, true)))
            }
            ("DELETE", ["v1", "Keys", sid]) => {
                if self.ring.delete(sid, now) {
                    Ok(Answer::empty(204))
                } else {
                    Err(not_found())
                }
            }
            _ => Err(not_found()),
        }
    }

    fn of_account(&self, asked: Option<&str>) -> Result<(), Answer> {
        if asked == Some(&self.account) {
            Ok(())
        } else {
            Err(error(400, 20001, "AccountSid is missing or is another account's"))
        }
    }

    fn create(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        self.of_account(request.field("AccountSid").as_deref())?;
        let name = request.field("FriendlyName").unwrap_or_default();
        if name.chars().count() > MAX_NAME {
            return Err(error(400, 20001, "FriendlyName is longer than 64 characters"));
        }
        let may = match request.field("KeyType").as_deref() {
            None => vec![STANDARD.to_owned()],
            Some("restricted") => permissions(request.field("Policy").as_deref())?,
            Some(_) => return Err(error(400, 20001, "KeyType is not one")),
        };
        let key = self.ring.add(new_key(&name, may, now));
        self.ring.created += 1;
        let mut told = described(&key, true);
        told["secret"] = json!(key.value.split_once(':').map(|(_, secret)| secret));
        Ok(Answer::json(201, &told))
    }

    fn list(&self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        self.of_account(request.query("AccountSid"))?;
        let (page, size) =
            (request.query_number("Page", 0), request.query_number("PageSize", 50).clamp(1, 1000));
        // The Main key is the console's.
        let keys: Vec<Value> = self
            .ring
            .listed(now)
            .filter(|key| !key.may(MAIN))
            .map(|key| described(key, false))
            .collect();
        let shown: Vec<&Value> = keys.iter().skip(page * size).take(size).collect();
        let next = (keys.len() > (page + 1) * size).then_some(page + 1);
        Ok(Answer::json(200, &json!({"keys": shown, "meta": meta(request, next, "keys")})))
    }
}

/// What a policy allows.
fn permissions(policy: Option<&str>) -> Result<Vec<String>, Answer> {
    let policy: Value = policy.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let allowed =
        policy["allow"].as_array().filter(|list| !list.is_empty() && list.len() <= MAX_PERMISSIONS);
    let texts = allowed.and_then(|list| {
        list.iter()
            .map(|item| {
                item.as_str().filter(|text| text.starts_with("/twilio/")).map(str::to_owned)
            })
            .collect()
    });
    texts.ok_or_else(|| error(400, 20001, "Policy is not one"))
}

fn described(key: impl std::borrow::Borrow<Key>, whole: bool) -> Value {
    let key = key.borrow();
    let mut told = json!({
        "sid": key.id,
        "friendly_name": key.name,
        "date_created": moment(key.created_at),
        "date_updated": moment(key.created_at),
    });
    if whole && !key.may(STANDARD) {
        told["policy"] = json!({"allow": key.scopes});
    } else if !whole {
        told["flags"] = json!(["rest_api", "signing"]);
    }
    told
}

fn meta(request: &Request, next: Option<usize>, key: &str) -> Value {
    let path = request.raw_path();
    let account = request.query("AccountSid").unwrap_or_default();
    let size = request.query_number("PageSize", 50);
    let url = |page: usize| {
        format!("https://iam.twilio.com{path}?AccountSid={account}&PageSize={size}&Page={page}")
    };
    let page = request.query_number("Page", 0);
    json!({
        "page": page,
        "page_size": size,
        "first_page_url": url(0),
        "previous_page_url": null,
        "url": url(page),
        "next_page_url": next.map(url),
        "key": key,
    })
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        let status = refusal.status();
        match refusal {
            ProviderError::Unauthorized => unauthenticated(),
            ProviderError::Forbidden => error(status, 70051, "Authorization failed"),
            // No header says for how long.
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(status, 20429, "Too Many Requests")
            }
            ProviderError::NotFound => not_found(),
            ProviderError::ServerError
            | ProviderError::Unavailable
            | ProviderError::Conflict
            | ProviderError::Unprocessable => {
                error(status, 20500, "An internal server error has occurred")
            }
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn with(&self, _kind: &str) -> Vec<(&'static str, String)> {
        vec![("account", self.account.clone())]
    }

    fn scopes(&self, _kind: &str) -> &'static [&'static str] {
        &["/twilio/messaging/messages/read"]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        match kind {
            "api-key" => {
                Some(self.ring.add(new_key("seeded", vec![STANDARD.to_owned()], now)).seeded())
            }
            "account" => {
                let value = format!("{}:{}", self.account, random::hex(32));
                Some(
                    self.ring
                        .add(Key::new(
                            self.account.clone(),
                            value,
                            "account",
                            vec![MAIN.to_owned()],
                            now,
                        ))
                        .seeded(),
                )
            }
            _ => None,
        }
    }

    fn seed_narrow(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let may = vec!["/twilio/messaging/messages/create".to_owned()];
        (kind == "api-key").then(|| self.ring.add(new_key("seeded", may, now)).seeded())
    }

    fn seed_manager(&mut self, _kind: &str, now: Timestamp) -> Option<Seeded> {
        Some(self.ring.add(new_key("manager", vec![MAIN.to_owned()], now)).seeded())
    }

    by_ring!();
}
