//! AWeber: OAuth alone. A refresh gives a new pair and ends the refresh token that was sent, which
//! is the stricter of what is known. Its rate limit is a 403.

use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const ACCOUNT: u64 = 1_967_381;
const LIVES: SignedDuration = SignedDuration::from_secs(7200);

/// What one consent of a person gave.
#[derive(Clone)]
struct Grant {
    refresh: String,
    access: Vec<(String, Timestamp)>,
    ended: bool,
}

/// AWeber's state.
#[derive(Clone, Default)]
pub(crate) struct World {
    clients: Vec<(String, String)>,
    grants: Vec<Grant>,
}

fn error(status: u16, kind: &str, message: &str) -> Answer {
    let body = json!({"error": {"status": status, "type": kind, "message": message, "documentation_url": "https://api.aweber.com/"}});
    Answer::json(status, &body)
}

fn oauth_error(status: u16, name: &str) -> Answer {
    Answer::json(status, &json!({"error": name, "error_description": "the request was refused"}))
}

impl World {
    fn client(&self, request: &Request) -> Result<(), Answer> {
        let known = request.basic().is_some_and(|pair| self.clients.contains(&pair));
        if known { Ok(()) } else { Err(oauth_error(401, "invalid_client")) }
    }

    fn give(&mut self, at: usize, now: Timestamp) -> (String, String) {
        let (refresh, access) = (random::alphanumeric(32), random::alphanumeric(32));
        let grant = &mut self.grants[at];
        grant.refresh.clone_from(&refresh);
        grant.access.push((access.clone(), now.checked_add(LIVES).unwrap_or(now)));
        (refresh, access)
    }

    fn begin(&mut self, now: Timestamp) -> (String, String) {
        self.grants.push(Grant { refresh: String::new(), access: Vec::new(), ended: false });
        self.give(self.grants.len() - 1, now)
    }

    fn accepts(&self, access: &str, now: Timestamp) -> bool {
        let mut grants = self.grants.iter().filter(|grant| !grant.ended);
        grants
            .any(|grant| grant.access.iter().any(|(known, until)| known == access && now < *until))
    }

    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Answer> {
        match (request.method.as_str(), request.raw_path()) {
            ("POST", "/oauth2/token") => {
                self.client(request)?;
                if request.field("grant_type").as_deref() != Some("refresh_token") {
                    return Err(oauth_error(400, "unsupported_grant_type"));
                }
                let sent = request.field("refresh_token").unwrap_or_default();
                let at = self.grants.iter().position(|grant| !grant.ended && grant.refresh == sent);
                let (refresh, access) =
                    self.give(at.ok_or_else(|| oauth_error(400, "invalid_grant"))?, now);
                let body = json!({"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": LIVES.as_secs()});
                Ok(Answer::json(200, &body))
            }
            ("POST", "/oauth2/revoke") => {
                self.client(request)?;
                let sent = request.field("token").unwrap_or_default();
                // RFC 7009: 200 also for a token that is not known.
                for grant in &mut self.grants {
                    grant.ended |= grant.refresh == sent
                        || grant.access.iter().any(|(access, _)| *access == sent);
                }
                Ok(Answer::empty(200))
            }
            ("GET", path) => {
                let Some(bearer) = request.bearer() else {
                    return Err(error(
                        400,
                        "BadRequestError",
                        "Missing required parameter: oauth_consumer_key",
                    ));
                };
                if !self.accepts(bearer, now) {
                    return Err(error(401, "UnauthorizedError", "Invalid Token"));
                }
                if path != "/1.0/accounts" {
                    return Err(error(404, "NotFoundError", "Not found"));
                }
                let entry = json!({"id": ACCOUNT, "company": "Acme", "self_link": format!("https://api.aweber.com/1.0/accounts/{ACCOUNT}")});
                Ok(Answer::json(200, &json!({"start": 0, "total_size": 1, "entries": [entry]})))
            }
            _ => Err(error(405, "MethodNotAllowedError", "Method not allowed")),
        }
    }

    /// The grant behind `REFRESH;ACCESS`, a refresh token or an access token.
    fn grant(&self, value: &str) -> Option<usize> {
        let mut parts = value.split(';').peekable();
        let first = parts.next()?;
        let access = parts.next();
        let holds =
            |grant: &Grant, wanted: &str| grant.access.iter().any(|(known, _)| known == wanted);
        self.grants.iter().position(|grant| {
            grant.refresh == first
                || holds(grant, first)
                || access.is_some_and(|own| holds(grant, own))
        })
    }
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|refused| refused)
    }

    fn refuse(&mut self, refusal: ProviderError, request: &Request, _now: Timestamp) -> Answer {
        let oauth = request.raw_path().starts_with("/oauth2/");
        match refusal {
            ProviderError::Unauthorized if oauth => oauth_error(401, "invalid_client"),
            ProviderError::Unauthorized => error(401, "UnauthorizedError", "Invalid Token"),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                error(403, "ForbiddenError", "Rate Limit Error")
            }
            ProviderError::Forbidden => {
                error(403, "ForbiddenError", "Method requires access to extended subscriber data")
            }
            other => error(other.status(), "ServiceError", "Refused"),
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

impl Twin for World {
    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "oauth").then(|| {
            let (refresh, access) = self.begin(now);
            Seeded {
                value: format!("{refresh};{access}"),
                id: None,
                scopes: None,
                owner: Some(ACCOUNT.to_string()),
            }
        })
    }

    fn seed_manager(&mut self, kind: &str, _now: Timestamp) -> Option<Seeded> {
        (kind == "oauth").then(|| {
            let client = (random::alphanumeric(32), random::alphanumeric(32));
            self.clients.push(client.clone());
            Seeded::of(format!("{}:{}", client.0, client.1))
        })
    }

    fn kill(&mut self, value: &str, _now: Timestamp) -> bool {
        self.grant(value).map(|at| self.grants[at].ended = true).is_some()
    }

    fn expire(&mut self, value: &str, now: Timestamp) -> bool {
        let Some(at) = self.grant(value) else { return false };
        self.grants[at].access.iter_mut().for_each(|(_, until)| *until = now);
        true
    }

    fn is_live(&self, value: &str, now: Timestamp) -> bool {
        let access = value.split_once(';').map_or(value, |(_, access)| access);
        self.accepts(access, now)
    }
}
