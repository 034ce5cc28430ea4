//! Omnisend, the newer dialect: a header for the version in every request, and errors as problems
//! of its own.

use super::keyring::Key;
use super::plain::{self, Provider};
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::Seeded;
use crate::world::ProviderError;
use serde_json::json;

pub(crate) type World = plain::World<Omnisend>;

/// How Omnisend says things.
#[derive(Clone, Default)]
pub(crate) struct Omnisend;

const BRAND: &str = "5f8d0e2b4c1a3b5d7e9f0123";

fn problem(status: u16, kind: &str, title: &str) -> Answer {
    let kind = format!("https://problems.omnisend.com/api/{kind}");
    Answer::json(status, &json!({"type": kind, "title": title, "status": status}))
        .with("content-type", "application/problem+json")
}

impl Provider for Omnisend {
    fn make(kind: &str) -> Option<String> {
        (kind == "api-key").then(|| format!("{}-{}", random::hex(24), random::alphanumeric(50)))
    }

    fn presented(request: &Request) -> Option<String> {
        request.header("authorization")?.strip_prefix("Omnisend-API-Key ").map(str::to_owned)
    }

    fn answer(_key: &Key, request: &Request) -> Answer {
        if request.header("omnisend-version").is_none() {
            return problem(400, "missing-version", "Omnisend-Version header is required");
        }
        match (request.method.as_str(), request.raw_path()) {
            ("GET", "/api/brands/current") => {
                let body = json!({"brandID": BRAND, "name": "Acme", "website": "https://acme.example", "currency": "EUR", "connected": true});
                Answer::json(200, &body)
            }
            _ => problem(404, "not-found", "Not found"),
        }
    }

    fn unknown(_request: &Request) -> Answer {
        problem(401, "unauthorized", "Unauthorized")
    }

    fn forbidden(_request: &Request) -> Option<Answer> {
        Some(problem(403, "forbidden", "The API key lacks a permission"))
    }

    fn refuse(refusal: ProviderError, _request: &Request) -> Answer {
        match refusal {
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                problem(429, "rate-limit-exceeded", "Rate limit exceeded")
            }
            other => problem(other.status(), "internal", "Refused"),
        }
    }

    fn told(key: &Key) -> Seeded {
        Seeded { value: key.value.clone(), id: None, scopes: None, owner: Some(BRAND.to_owned()) }
    }
}
