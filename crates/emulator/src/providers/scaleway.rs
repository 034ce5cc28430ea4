//! Scaleway: IAM keys, a public access key and a secret each, that belong to an application and may
//! do what it may.

use super::keyring::{Key, Keyring};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::Timestamp;
use serde_json::{Value, json};

const MANAGES: &str = "IAMManager";
const SENDS: &str = "TransactionalEmailFullAccess";
/// The application that sends.
const APPLICATION: &str = "6170692d-6b65-4973-a465-6d6f61636d65";
/// The organization's quota of keys here; the real one is told by another call.
const QUOTA: usize = 20;

/// Scaleway's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    ring: Keyring,
    /// Applications, by what they may do.
    applications: Vec<(String, String)>,
    /// The longest life the organization allows, in days.
    longest: Option<i64>,
}

fn secret(key: &Key) -> &str {
    key.value.split_once(':').map_or(key.value.as_str(), |(_, secret)| secret)
}

fn error(status: u16, kind: &str, more: Value) -> Answer {
    let mut body = json!({ "type": kind });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    Answer::json(status, &body)
}

fn denied(reason: &str) -> Answer {
    error(
        401,
        "denied_authentication",
        json!({"method": "api_key", "reason": reason, "message": "authentication is denied"}),
    )
}

fn permissions(resource: &str, action: &str) -> Answer {
    let details = json!([{"resource": resource, "action": action}]);
    error(
        403,
        "permissions_denied",
        json!({"message": "insufficient permissions", "details": details}),
    )
}

fn not_found(id: &str) -> Answer {
    error(
        404,
        "not_found",
        json!({"resource": "api_key", "resource_id": id, "message": "resource is not found"}),
    )
}

impl World {
    fn application(&mut self, may: &str) -> String {
        if let Some((id, _)) = self.applications.iter().find(|(_, holds)| holds == may) {
            return id.clone();
        }
        let id = if may == SENDS { APPLICATION.to_owned() } else { random::uuid() };
        self.applications.push((id.clone(), may.to_owned()));
        id
    }

    fn add(&mut self, application: &str, name: &str, now: Timestamp) -> Key {
        let access = format!("SCW{}", random::alphanumeric(17).to_uppercase());
        let may =
            self.applications.iter().find(|(id, _)| id == application).map(|(_, may)| may.clone());
        let mut key = Key::new(
            access.clone(),
            format!("{access}:{}", random::uuid()),
            name,
            may.into_iter().collect(),
            now,
        );
        key.account = Some(application.to_owned());
        self.ring.add(key)
    }

    fn authenticate(&mut self, request: &Request, now: Timestamp) -> Result<Key, Answer> {
        let presented = request.header("x-auth-token").unwrap_or_default().to_owned();
        let value = self
            .ring
            .all()
            .find(|key| secret(key) == presented)
            .map(|key| key.value.clone())
            .ok_or_else(|| denied("not_found"))?;
        let key = self.ring.by_value(&value).cloned().ok_or_else(|| denied("not_found"))?;
        if key.deleted_at.is_none() && key.expires_at.is_some_and(|at| at <= now) {
            return Err(denied("expired"));
        }
        self.ring.authenticate(&value, now).ok_or_else(|| denied("not_found"))
    }

    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let key = self.authenticate(request, now)?;
        let path = request.path();
        if let ["transactional-email", "v1alpha1", "regions", _, "domains"] = path.as_slice() {
            let answer = Answer::json(200, &json!({"domains": [], "total_count": 0}));
            return if key.may(SENDS) {
                Ok(answer)
            } else {
                Err(permissions("temdomains", "read"))
            };
        }
        let ["iam", "v1alpha1", "api-keys", rest @ ..] = path.as_slice() else {
            return Err(not_found(""));
        };
        // A key may see itself, and nothing else without the right.
        let may = |action: &str, own: bool| {
            if own || key.may(MANAGES) { Ok(()) } else { Err(permissions("apikeys", action)) }
        };
        match (request.method.as_str(), rest) {
            ("GET", []) => {
                may("read", false)?;
                Ok(self.list(request, now))
            }
            ("POST", []) => {
                may("write", false)?;
                self.create(request, now)
            }
            ("GET", [id]) => {
                may("read", *id == key.id)?;
                self.ring
                    .live()
                    .find(|key| key.id == *id)
                    .map(|key| Answer::json(200, &describe(key, false)))
                    .ok_or_else(|| not_found(id))
            }
            ("DELETE", [id]) => {
                may("write", false)?;
                if self.ring.delete(id, now) { Ok(Answer::empty(204)) } else { Err(not_found(id)) }
            }
            _ => Err(not_found("")),
        }
    }

    fn list(&self, request: &Request, now: Timestamp) -> Answer {
        let bearer = request.query("bearer_id");
        let keys: Vec<_> = self
            .ring
            .listed(now)
            .filter(|key| bearer.is_none_or(|id| key.account.as_deref() == Some(id)))
            .collect();
        let size = request.query_number("page_size", 20).clamp(1, 100);
        let page = request.query_number("page", 1).max(1);
        let shown: Vec<Value> = keys
            .iter()
            .skip((page - 1) * size)
            .take(size)
            .map(|key| describe(key, false))
            .collect();
        Answer::json(200, &json!({"api_keys": shown, "total_count": keys.len()}))
    }

    fn create(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        let body = request.json().unwrap_or_default();
        let wrong = |name: &str, why: &str| {
            error(
                400,
                "invalid_arguments",
                json!({"message": "invalid argument(s)", "details": [{"argument_name": name, "reason": why}]}),
            )
        };
        let application =
            body["application_id"].as_str().ok_or_else(|| wrong("application_id", "required"))?;
        if !self.applications.iter().any(|(id, _)| id == application) {
            return Err(error(
                404,
                "not_found",
                json!({"resource": "application", "resource_id": application}),
            ));
        }
        let name = body["description"].as_str().unwrap_or_default();
        if name.chars().count() > 200 {
            return Err(wrong("description", "constraint"));
        }
        if self.longest.is_some() && body["expires_at"].is_null() {
            return Err(wrong("expires_at", "required"));
        }
        if self.ring.live().count() >= QUOTA {
            let details = json!([{"resource": "IamApiKeys", "quota": QUOTA, "current": QUOTA}]);
            return Err(error(
                403,
                "quotas_exceeded",
                json!({"message": "quota(s) exceeded", "details": details}),
            ));
        }
        let end = body["expires_at"]
            .as_str()
            .map(|end| end.parse().map_err(|_| wrong("expires_at", "format")))
            .transpose()?;
        let key = self.add(application, name, now);
        self.ring.created += 1;
        let key = match self.ring.get_mut(&key.id) {
            Some(made) => {
                made.expires_at = end;
                made.clone()
            }
            None => key,
        };
        Ok(Answer::json(200, &describe(&key, true)))
    }
}

fn describe(key: &Key, with_secret: bool) -> Value {
    key.dressed(json!({
        "access_key": key.id,
        "secret_key": with_secret.then(|| secret(key)),
        "application_id": key.account,
        "user_id": null,
        "description": key.name,
        "created_at": key.created_at.to_string(),
        "updated_at": key.created_at.to_string(),
        "expires_at": key.expires_at.map(|at| at.to_string()),
        "default_project_id": "11111111-2222-4333-a444-555555555555",
        "editable": true,
        "deletable": true,
        "managed": false,
        "creation_ip": "203.0.113.7",
    }))
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, _request: &Request, _now: Timestamp) -> Answer {
        match refusal {
            ProviderError::Unauthorized => denied("not_found"),
            ProviderError::Forbidden => permissions("apikeys", "read"),
            ProviderError::NotFound => not_found(""),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                let limit = json!({"quota": 10, "window_seconds": refusal.seconds()});
                error(
                    429,
                    "too_many_requests",
                    json!({"help_message": "too many requests", "limit": limit, "reset_seconds": refusal.seconds()}),
                )
            }
            other => error(other.status(), "unknown", json!({"message": "refused"})),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn with(&self, _kind: &str) -> Vec<(&'static str, String)> {
        vec![("application_id", APPLICATION.to_owned())]
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let application = self.application(SENDS);
        let key = self.add(&application, "seeded", now);
        match kind {
            "api-key" => Some(Seeded {
                value: key.value,
                id: Some(key.id),
                scopes: None,
                owner: key.account,
            }),
            "secret-key" => Some(Seeded::of(secret(&key))),
            _ => None,
        }
    }

    fn seed_manager(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        if kind != "api-key" {
            return None;
        }
        let application = self.application(MANAGES);
        let key = self.add(&application, "manager", now);
        Some(Seeded { value: key.value, id: Some(key.id), scopes: None, owner: key.account })
    }

    fn kill(&mut self, value: &str, now: Timestamp) -> bool {
        let whole = self
            .ring
            .all()
            .find(|key| key.value == value || secret(key) == value)
            .map(|key| key.value.clone());
        whole.is_some_and(|value| self.ring.kill(&value, now))
    }

    fn expire(&mut self, value: &str, now: Timestamp) -> bool {
        let id = self
            .ring
            .all()
            .find(|key| key.value == value || secret(key) == value)
            .map(|key| key.id.clone());
        id.and_then(|id| self.ring.get_mut(&id)).map(|key| key.expires_at = Some(now)).is_some()
    }

    fn is_live(&self, value: &str, now: Timestamp) -> bool {
        let whole = self.ring.all().find(|key| key.value == value || secret(key) == value);
        whole.is_some_and(|key| self.ring.is_live(&key.value, now))
    }
}
