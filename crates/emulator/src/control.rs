//! The control port: how a program other than a Rust test seeds the emulator, moves its clock and
//! looks inside. It answers JSON on loopback only, and is not recorded.

use crate::http::{Answer, Request};
use crate::{Emulator, SecretPlace};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Answers requests on the control port.
#[derive(Clone)]
pub struct Control {
    emulator: Emulator,
}

impl Control {
    /// Controls this emulator.
    #[must_use]
    pub fn new(emulator: &Emulator) -> Self {
        Self { emulator: emulator.clone() }
    }

    /// `POST /seed`, `POST /advance`, `POST /make`, `POST /revoke`, `GET /requests`, `GET
    /// /secret?place=..&name=..`, `GET /handed?repo=..`; and in plain text, for a shell, `GET
    /// /export/OWNER/REPO`, `POST /make/PROVIDER` and `POST /revoke/PROVIDER` with the value as body.
    pub fn answer<B: AsRef<[u8]>>(&self, request: http::Request<B>) -> http::Response<Vec<u8>> {
        let request = Request::from_http(request);
        if let Some(text) = self.for_shell(&request) {
            return Answer::text(200, "text/plain", &text).into_http();
        }
        let body = request.json().unwrap_or_default();
        let found = match (request.method.as_str(), request.path().as_slice()) {
            ("POST", ["seed"]) => Some(self.seed(&body)),
            ("POST", ["advance"]) => {
                self.emulator.advance(SignedDuration::from_secs(
                    body["seconds"].as_i64().unwrap_or_default(),
                ));
                Some(json!({"now": self.emulator.now().to_string()}))
            }
            ("POST", ["make"]) => self.make(&body),
            ("POST", ["revoke"]) => {
                let twin =
                    body["provider"].as_str().and_then(|provider| self.emulator.twin(provider));
                twin.map(|twin| json!({"revoked": twin.kill(body["value"].as_str().unwrap_or_default())}))
            }
            ("GET", ["requests"]) => Some(self.requests()),
            ("GET", ["secret"]) => {
                let place = request.query("place").and_then(place);
                let name = request.query("name").unwrap_or_default();
                place.map(
                    |place| json!({"value": self.emulator.github().secret_value(&place, name)}),
                )
            }
            ("GET", ["handed"]) => {
                let repo = request.query("repo").unwrap_or_default();
                Some(json!(
                    self.emulator.github().handed_secrets(repo, request.query("environment"))
                ))
            }
            _ => None,
        };
        match found {
            Some(body) => Answer::json(200, &body).into_http(),
            None => Answer::json(404, &json!({"message": "no such control"})).into_http(),
        }
    }

    /// What a person types in a shell, without JSON.
    fn for_shell(&self, request: &Request) -> Option<String> {
        match (request.method.as_str(), request.path().as_slice()) {
            ("GET", ["export", owner, name]) => Some(self.exports(&format!("{owner}/{name}"))),
            ("POST", ["make", provider]) => {
                let made = self.make(&json!({"provider": provider}))?;
                Some(format!("{}\n", made["value"].as_str()?))
            }
            ("POST", ["revoke", provider]) => {
                let value = String::from_utf8_lossy(&request.body);
                let is_done = self.emulator.twin(provider)?.kill(value.trim());
                Some(if is_done { "revoked\n" } else { "no such value\n" }.to_owned())
            }
            _ => None,
        }
    }

    /// Shell commands that give a shell what a run of this repository would be handed now, and take
    /// from it the additional secrets that are gone.
    fn exports(&self, repo: &str) -> String {
        let handed = self.emulator.github().handed_secrets(repo, None);
        let beside =
            handed.keys().flat_map(|name| ["NEXT", "OLD"].map(|end| format!("{name}_{end}")));
        let gone = beside.filter(|name| !handed.contains_key(name));
        let unset = gone.map(|name| format!("unset {name}\n"));
        let set = handed
            .iter()
            .map(|(name, value)| format!("export {name}='{}'\n", value.replace('\'', "'\\''")));
        unset.chain(set).collect()
    }

    /// Adds what the body names, and always one fresh credential for each service.
    fn seed(&self, body: &Value) -> Value {
        let github = self.emulator.github();
        texts(&body["orgs"]).for_each(|org| github.add_org(org));
        texts(&body["repos"]).for_each(|repo| github.add_repo(repo));
        texts(&body["private_repos"]).for_each(|repo| github.add_private_repo(repo));
        for pair in body["environments"].as_array().into_iter().flatten() {
            if let (Some(repo), Some(name)) = (pair[0].as_str(), pair[1].as_str()) {
                github.add_environment(repo, name);
            }
        }
        for (spelled, secrets) in body["secrets"].as_object().into_iter().flatten() {
            let Some(place) = place(spelled) else {
                continue;
            };
            for (name, value) in secrets.as_object().into_iter().flatten() {
                github.put_secret(&place, name, value.as_str().unwrap_or_default());
            }
        }
        for pair in body["runs"].as_array().into_iter().flatten() {
            if let (Some(repo), Some(id)) = (pair[0].as_str(), pair[1].as_u64()) {
                github.start_run(repo, id, 1);
            }
        }
        for pair in body["alerts"].as_array().into_iter().flatten() {
            if let (Some(repo), Some(kind), Some(secret)) =
                (pair[0].as_str(), pair[1].as_str(), pair[2].as_str())
            {
                github.add_alert(repo, kind, secret);
            }
        }
        json!({
            "github": github.add_app_credential_with_all(),
            "sendgrid": self.emulator.sendgrid().add_full_access_key("manager").value,
            "resend": self.emulator.resend().add_full_access_key("manager").value,
            "hubspot": self.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 77).value,
        })
    }

    /// A value as a person makes it in the provider's page: of the kind, the account and the scopes
    /// of what is there.
    fn make(&self, body: &Value) -> Option<Value> {
        let value = match body["provider"].as_str()? {
            "hubspot" => {
                let last = self.emulator.hubspot().tokens().pop()?;
                let scopes: Vec<&str> = last.scopes.iter().map(String::as_str).collect();
                self.emulator.hubspot().add_token(&scopes, last.account?.parse().ok()?).value
            }
            "klaviyo" => self.emulator.twin("klaviyo")?.seed("private-key")?.value,
            _ => return None,
        };
        Some(json!({"value": value}))
    }

    fn requests(&self) -> Value {
        let one = |r: &crate::Recorded| json!({"service": r.service.id(), "method": r.method, "path": r.path, "status": r.status});
        self.emulator.requests().iter().map(one).collect()
    }
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// `repo:acme/site`, `environment:acme/site:production`, `org:acme`, `dependabot:..`,
/// `codespaces:..`.
fn place(spelled: &str) -> Option<SecretPlace> {
    let (kind, rest) = spelled.split_once(':')?;
    let rest = rest.to_owned();
    Some(match kind {
        "repo" => SecretPlace::Repo(rest),
        "org" => SecretPlace::Org(rest),
        "dependabot" => SecretPlace::Dependabot(rest),
        "codespaces" => SecretPlace::Codespaces(rest),
        "environment" => {
            let (repo, name) = rest.split_once(':')?;
            SecretPlace::Environment(repo.to_owned(), name.to_owned())
        }
        _ => return None,
    })
}
