//! A small client for the tests: requests as GitHub's clients send them, and a seal of our own.

#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto_box::{PublicKey, aead::OsRng};
use serde_json::{Value, json};
use tokenward_emulator::{Dropped, Emulator, Fault, FaultKind, FaultMatch, Service};

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) raw: Vec<u8>,
    pub(crate) json: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// One service, asked with one token.
pub(crate) struct Client {
    pub(crate) emulator: Emulator,
    pub(crate) service: Service,
    pub(crate) token: String,
}

impl Client {
    pub(crate) fn new(emulator: &Emulator, service: Service, token: &str) -> Self {
        Self { emulator: emulator.clone(), service, token: token.to_owned() }
    }

    pub(crate) async fn try_ask(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Reply, Dropped> {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("user-agent", "test")
            .header("authorization", format!("Bearer {}", self.token))
            .body(body.map(|body| body.to_string().into_bytes()).unwrap_or_default())
            .unwrap();
        let (parts, raw) = self.emulator.handle(self.service, request).await?.into_parts();
        let json = serde_json::from_slice(&raw).unwrap_or_default();
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, raw, json })
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.try_ask("GET", path, None).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.try_ask("DELETE", path, None).await.unwrap()
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> Reply {
        self.try_ask(method, path, Some(body)).await.unwrap()
    }

    /// Seals a value to the store's current key and puts it there; `extra` joins the body.
    pub(crate) async fn put_secret(
        &self,
        store: &str,
        name: &str,
        value: &str,
        extra: Value,
    ) -> Reply {
        let body = self.sealed(store, value, extra).await;
        self.send("PUT", &format!("{store}/{name}"), body).await
    }

    pub(crate) async fn sealed(&self, store: &str, value: &str, extra: Value) -> Value {
        let key = self.get(&format!("{store}/public-key")).await.json;
        let mut body = json!({"encrypted_value": seal(key["key"].as_str().unwrap(), value), "key_id": key["key_id"]});
        for (name, value) in extra.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body
    }
}

pub(crate) fn seal(public_base64: &str, value: &str) -> String {
    let bytes: [u8; 32] = STANDARD.decode(public_base64).unwrap().try_into().unwrap();
    STANDARD.encode(PublicKey::from(bytes).seal(&mut OsRng, value.as_bytes()).unwrap())
}

/// An emulator with organization `acme`, repository `acme/site` and a client that may do
/// everything.
pub(crate) fn acme() -> (Emulator, Client) {
    let emulator = Emulator::new();
    emulator.github().add_org("acme");
    emulator.github().add_repo("acme/site");
    let token = emulator.github().add_app_credential_with_all();
    let client = Client::new(&emulator, Service::GitHub, &token);
    (emulator, client)
}

/// One fault on the next request whose method and path agree.
pub(crate) fn once(method: &str, path: &str, kind: FaultKind) -> Fault {
    let matches = FaultMatch::Where {
        service: None,
        method: Some(method.to_owned()),
        path_contains: Some(path.to_owned()),
    };
    Fault { matches, kind, times: 1 }
}
