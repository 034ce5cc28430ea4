//! api.github.com, as far as rotating secrets needs it. This file holds the state and the front
//! door: user agent, limits, credentials, which room answers. What a room does is the room's own
//! business.

mod alerts;
mod auth;
mod call;
mod credentials;
mod deployments;
mod environments;
mod git;
mod git_objects;
mod handle;
mod handle_git;
mod issues;
mod limits;
mod logs;
mod org_secrets;
mod people;
mod repos;
mod rules;
mod runs;
mod seal;
mod secrets;
mod seed;
mod store;
mod texts;

pub use auth::{Credential, CredentialKind};
pub use handle::{GitHub, SecretPlace, Visibility};
pub use issues::Issue;
pub use texts::TextKind;

use crate::http::{Answer, Request};
use crate::world::{self, ProviderError};

use call::{Call, error, not_found};
use credentials::Credentials;
use jiff::Timestamp;
use limits::Limits;
use org_secrets::Org;
use repos::Repo;
use std::collections::BTreeMap;

/// Everything GitHub knows. Names are looked up in lower case, as GitHub ignores case.
#[derive(Clone, Default)]
pub(crate) struct World {
    repos: BTreeMap<String, Repo>,
    orgs: BTreeMap<String, Org>,
    credentials: Credentials,
    limits: Limits,
    last_id: u64,
}

impl World {
    fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        1_000_000 + self.last_id
    }

    fn repo(&self, full_name: &str) -> Option<&Repo> {
        self.repos.get(&full_name.to_lowercase())
    }

    fn repo_mut(&mut self, full_name: &str) -> Option<&mut Repo> {
        self.repos.get_mut(&full_name.to_lowercase())
    }

    fn admit_and_route(&mut self, call: &Call) -> Answer {
        let request = call.request;
        if logs::is_for_store(request) {
            return logs::blob(self, call);
        }
        if request.header("user-agent").is_none_or(str::is_empty) {
            let text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.";
            return Answer::text(403, "text/html; charset=utf-8", text);
        }
        if request.raw_path() == "/credentials/revoke" {
            return self.credentials.revoke_leaked(call);
        }
        let credential = match self.credentials.authenticate(call) {
            Ok(credential) => credential,
            Err(refused) => return refused,
        };
        if let Some(refused) = self.limits.admit(request, call.now) {
            return refused;
        }
        let answer = self.route(call, &credential);
        credential.announce_expiry(answer)
    }

    fn route(&mut self, call: &Call, credential: &Credential) -> Answer {
        let path = call.request.path();
        // Where an Enterprise Server has its API.
        let path = path.strip_prefix(&["api", "v3"]).unwrap_or(&path);
        match path {
            ["graphql"] | ["api", "graphql"] => people::viewer(call),
            ["rate_limit"] => self.limits.overview(call.now),
            ["orgs", org, rest @ ..] => self.in_org(&org.to_lowercase(), rest, call, credential),
            ["repos", owner, name, rest @ ..] => {
                let key = format!("{owner}/{name}").to_lowercase();
                let Some(repo) = self.repos.get(&key) else {
                    return not_found();
                };
                if repo.private && !credential.reaches(&repo.full_name()) {
                    return not_found();
                }
                let need = auth::need_in_repo(call.request, rest);
                // What is public, anybody may read who has any credential.
                let is_open = !repo.private
                    && call.request.is_read()
                    && need.is_contents()
                    && !credential.reaches(&repo.full_name());
                if let Some(refused) =
                    credential.refuse(&need, Some(&repo.full_name())).filter(|_| !is_open)
                {
                    return refused;
                }
                if let Some(refused) = self.closed(&key, call) {
                    return refused;
                }
                need.announce(self.in_repo(&key, rest, call, credential.login()))
            }
            _ => not_found(),
        }
    }

    fn in_org(&mut self, org: &str, rest: &[&str], call: &Call, credential: &Credential) -> Answer {
        let Some(found) = self.orgs.get(org) else {
            return not_found();
        };
        let need = auth::need_in_org(call.request, rest);
        if let Some(refused) = credential.refuse(&need, None) {
            return refused;
        }
        let answer = match rest {
            [] if call.request.is_read() => Answer::json(200, &people::organization(found, call)),
            ["actions", "secrets", rest @ ..] => self.org_secrets(org, rest, call),
            _ => not_found(),
        };
        need.announce(answer)
    }

    fn in_repo(&mut self, key: &str, rest: &[&str], call: &Call, login: &str) -> Answer {
        if let ["actions", "organization-secrets"] = rest {
            return self.org_secrets_seen_by(key, call);
        }
        if rest.is_empty() {
            return self.repo_answer(key, call);
        }
        let id = self.new_id();
        let Some(repo) = self.repos.get_mut(key) else {
            return not_found();
        };
        match rest {
            ["actions", "secrets", rest @ ..] => secrets::answer(&mut repo.actions, rest, call),
            ["dependabot", "secrets", rest @ ..] => {
                secrets::answer(&mut repo.dependabot, rest, call)
            }
            ["codespaces", "secrets", rest @ ..] => {
                secrets::answer(&mut repo.codespaces, rest, call)
            }
            ["environments", rest @ ..] => environments::answer(repo, rest, call),
            ["git", rest @ ..] => git::answer(repo, rest, call),
            ["commits"] => git::history(repo, call),
            ["rules", "branches", branch] => rules::of_branch(repo, branch, call),
            ["rulesets", id] => rules::ruleset(repo, id, call),
            ["branches", branch] => rules::branch(repo, branch, call),
            ["deployments", rest @ ..] => deployments::answer(repo, rest, call, id, login),
            ["issues", rest @ ..] => issues::answer(repo, rest, call, id),
            ["pulls" | "comments" | "releases", ..] => texts::answer(repo, rest, call),
            ["actions", "artifacts", rest @ ..] => texts::artifacts(repo, rest, call),
            ["actions", "runs", rest @ ..] => runs::answer(repo, rest, call),
            ["secret-scanning", "alerts", rest @ ..] => alerts::answer(repo, rest, call),
            _ => not_found(),
        }
    }
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        let answer = self.admit_and_route(&Call { request, now });
        self.limits.dress(answer, now)
    }

    fn refuse(&mut self, refusal: ProviderError, request: &Request, now: Timestamp) -> Answer {
        let message = match refusal {
            ProviderError::ServerError => "Server Error",
            ProviderError::Unavailable => "Secrets service unavailable",
            ProviderError::Unauthorized => "Bad credentials",
            ProviderError::Forbidden => "Resource not accessible by integration",
            ProviderError::RateLimit403 => "API rate limit exceeded for installation.",
            ProviderError::RateLimit429 { .. } => {
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            }
            ProviderError::NotFound => "Not Found",
            ProviderError::Conflict => "Conflict",
            ProviderError::Unprocessable if request.raw_path().contains("/secrets/") => {
                "improperly encrypted secret"
            }
            ProviderError::Unprocessable if request.raw_path().ends_with("/git/refs") => {
                "Reference already exists"
            }
            ProviderError::Unprocessable if request.raw_path().contains("/git/refs") => {
                "Update is not a fast forward"
            }
            ProviderError::Unprocessable => "Validation Failed",
        };
        let answer = self.limits.dress(error(refusal.status(), message), now);
        match refusal {
            ProviderError::Forbidden => auth::need_of(request).announce(answer),
            ProviderError::RateLimit403 => answer
                .with("x-ratelimit-remaining", 0)
                .with("x-ratelimit-reset", now.as_second() + refusal.seconds()),
            ProviderError::RateLimit429 { retry_after } => answer.with("retry-after", retry_after),
            _ => answer,
        }
    }

    fn proxy_status(&self) -> u16 {
        502
    }
}
