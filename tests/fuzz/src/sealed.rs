//! What is sealed: any value of any length, under any public key GitHub could name. What is sent
//! holds no word of it, and the holder of the private key, and nobody else, reads exactly the
//! value.

use std::sync::{Arc, Mutex};

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::SecretKey;
use futures::future::{BoxFuture, ready};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokenward::destinations::{Secrets, Snapshot};
use tokenward::domain::Secret;
use tokenward::net::github::{Api, GitHub};
use tokenward::net::{Answer, Request, Transport, TransportError};
use zeroize::Zeroizing;

use super::answers::destination;
use super::input;
use super::network::at_once;

/// The public key GitHub names.
#[derive(Arbitrary, Debug)]
enum Key {
    /// One whose private half is known here.
    Ours([u8; 32]),
    /// Any text.
    Text(String),
    /// Any bytes, in base64.
    Bytes(Vec<u8>),
    /// A point of small order, for which every shared secret is the same.
    Weak,
}

/// Any value under any key.
pub fn sealed_box(bytes: &[u8]) {
    let Some((key, id, value)) = input::<(Key, String, String)>(bytes) else { return };
    let private = if let Key::Ours(bytes) = &key { Some(SecretKey::from(*bytes)) } else { None };
    let public = match (&key, &private) {
        (_, Some(private)) => STANDARD.encode(private.public_key().as_bytes()),
        (Key::Text(text), _) => text.clone(),
        (Key::Bytes(bytes), _) => STANDARD.encode(bytes),
        _ => STANDARD.encode([0; 32]),
    };
    let store = Arc::new(Store { public, id: id.clone(), sent: Mutex::default() });
    let credential = Secret::new("the credential".to_owned());
    let Some(destination) = destination(false) else { return };
    let secret = Secret::new(value.clone());
    let before = Snapshot { updated_at: None, reach: None };
    let arrived = at_once(async {
        let api = Api::of(Api::PUBLIC, None).ok()?;
        let github =
            GitHub::new(Arc::clone(&store) as Arc<dyn Transport>, &api, &credential).ok()?;
        Secrets::new(&github).put(&destination, &secret, &before).await.ok()
    });
    let sent = store.sent.lock().map(|mut sent| std::mem::take(&mut *sent)).unwrap_or_default();
    let is_key = STANDARD.decode(&store.public).is_ok_and(|bytes| bytes.len() == 32);
    assert_eq!(sent.is_empty(), !is_key, "what is no key seals nothing, and a key seals");
    assert_eq!(arrived.is_some(), is_key, "what was not sent did not arrive");
    for body in sent {
        assert_eq!(body["key_id"], id.as_str());
        let sealed = STANDARD
            .decode(body["encrypted_value"].as_str().unwrap_or_default())
            .unwrap_or_default();
        // A sealed box is an ephemeral public key, a tag, and the text's own length: 32 + 16 + n.
        assert_eq!(sealed.len(), 48 + value.len());
        if value.len() >= 12 {
            assert!(
                !sealed.windows(value.len()).any(|window| window == value.as_bytes()),
                "the value is in the box as it is"
            );
        }
        if let Some(private) = &private {
            assert!(
                private.unseal(&sealed).is_ok_and(|opened| opened == value.as_bytes()),
                "the holder of the key reads something else"
            );
        }
        assert!(
            SecretKey::from([7; 32]).unseal(&sealed).is_err()
                || private.as_ref().is_some_and(|key| key.to_bytes() == [7; 32])
        );
    }
}

/// A secret store with one public key.
struct Store {
    public: String,
    id: String,
    sent: Mutex<Vec<Value>>,
}

impl Transport for Store {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let (status, body) = if request.method == Method::PUT {
            if let Ok(mut sent) = self.sent.lock() {
                sent.push(serde_json::from_slice(&request.body).unwrap_or_default());
            }
            (201, json!({}))
        } else if request.url.path().ends_with("/public-key") {
            (200, json!({"key_id": self.id, "key": self.public}))
        } else {
            let name = request.url.path().rsplit('/').next().unwrap_or_default();
            (200, json!({"name": name, "updated_at": "2026-11-24T12:00:00Z"}))
        };
        let body = Zeroizing::new(body.to_string().into_bytes());
        Box::pin(ready(Ok(Answer { status, headers: HeaderMap::new(), body })))
    }
}
