//! Secret scanning alerts: listed, read, and closed as revoked.

use super::call::{Call, error, not_found};
use super::people;
use super::repos::Repo;
use crate::clock::rfc3339;
use crate::http::Answer;
use jiff::Timestamp;
use serde_json::{Value, json};

#[derive(Clone)]
pub(super) struct Alert {
    pub(super) number: u64,
    pub(super) secret_type: String,
    pub(super) secret: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// Resolution and comment, once resolved.
    pub(super) resolved: Option<(String, Option<String>, Timestamp)>,
    pub(super) validity: String,
}

pub(super) fn answer(repo: &mut Repo, rest: &[&str], call: &Call) -> Answer {
    let at = rest
        .first()
        .and_then(|n| n.parse::<u64>().ok())
        .and_then(|n| repo.alerts.iter().position(|a| a.number == n));
    match (call.method(), rest, at) {
        ("GET", [], _) => {
            let state = call.request.query("state");
            let kinds: Option<Vec<&str>> =
                call.request.query("secret_type").map(|kinds| kinds.split(',').collect());
            let wanted = |a: &&Alert| {
                state.is_none_or(|s| s == a.state())
                    && kinds.as_ref().is_none_or(|k| k.contains(&a.secret_type.as_str()))
            };
            call.list(
                repo.alerts.iter().rev().filter(wanted).map(|a| a.describe(repo, call)).collect(),
            )
        }
        ("GET", [_], Some(at)) => Answer::json(200, &repo.alerts[at].describe(repo, call)),
        ("GET", [_, "locations"], Some(_)) => call.list(Vec::new()),
        ("PATCH", [_], Some(at)) => {
            match call.body().and_then(|body| repo.alerts[at].update(&body, call.now)) {
                Ok(()) => Answer::json(200, &repo.alerts[at].describe(repo, call)),
                Err(refused) => refused,
            }
        }
        _ => not_found(),
    }
}

impl Alert {
    pub(super) fn state(&self) -> &'static str {
        if self.resolved.is_some() { "resolved" } else { "open" }
    }

    fn update(&mut self, body: &Value, now: Timestamp) -> Result<(), Answer> {
        match (body["state"].as_str(), body["resolution"].as_str()) {
            (
                Some("resolved"),
                Some(resolution @ ("false_positive" | "wont_fix" | "revoked" | "used_in_tests")),
            ) => {
                let comment = body["resolution_comment"].as_str().map(str::to_owned);
                self.resolved = Some((resolution.to_owned(), comment, now));
            }
            (Some("open"), _) => self.resolved = None,
            (Some(_), _) => return Err(error(422, "Validation Failed")),
            (None, _) => {}
        }
        if let Some(validity) = body["validity"].as_str() {
            validity.clone_into(&mut self.validity);
        }
        self.updated_at = now;
        Ok(())
    }

    fn describe(&self, repo: &Repo, call: &Call) -> Value {
        let api = repo.url(call, &format!("/secret-scanning/alerts/{}", self.number));
        let resolved = self.resolved.as_ref();
        let hidden = call.request.query("hide_secret") == Some("true");
        json!({
            "number": self.number,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.updated_at),
            "url": api,
            "html_url": format!("https://github.com/{}/security/secret-scanning/{}", repo.full_name(), self.number),
            "locations_url": format!("{api}/locations"),
            "state": self.state(),
            "resolution": resolved.map(|(resolution, _, _)| resolution),
            "resolution_comment": resolved.and_then(|(_, comment, _)| comment.as_ref()),
            "resolved_at": resolved.map(|(_, _, at)| rfc3339(*at)),
            "resolved_by": resolved.map(|_| people::bot(call)),
            "secret_type": self.secret_type,
            "secret_type_display_name": self.secret_type.replace('_', " "),
            "secret": if hidden { "" } else { self.secret.as_str() },
            "push_protection_bypassed": false,
            "push_protection_bypassed_by": null,
            "push_protection_bypassed_at": null,
            "validity": self.validity,
            "publicly_leaked": false,
            "multi_repo": false,
        })
    }
}
