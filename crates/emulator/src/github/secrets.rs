//! The secrets endpoints every store has in common: public key, list, get, put, delete.
//! Organization secrets add who may see them; that is `org_secrets.rs`.

use super::call::{Call, error, not_found};
use super::store::{Secret, Store, name_fault};
use crate::clock::rfc3339;
use crate::http::Answer;
use serde_json::{Value, json};

pub(super) fn answer(store: &mut Store, rest: &[&str], call: &Call) -> Answer {
    match (call.method(), rest) {
        ("GET", []) => {
            let secrets =
                store.secrets.iter().map(|(name, secret)| describe(name, secret)).collect();
            call.counted("secrets", secrets)
        }
        ("GET", ["public-key"]) => public_key(store),
        ("GET", [name]) => match store.get(name) {
            Some(secret) => Answer::json(200, &describe(&name.to_uppercase(), secret)),
            None => not_found(),
        },
        ("PUT", [name]) => put(store, name, call).unwrap_or_else(|refused| refused),
        ("DELETE", [name]) if store.remove(name) => Answer::empty(204),
        _ => not_found(),
    }
}

pub(super) fn public_key(store: &Store) -> Answer {
    Answer::json(200, &json!({"key_id": store.key.id, "key": store.key.public_base64()}))
}

pub(super) fn describe(name: &str, secret: &Secret) -> Value {
    json!({
        "name": name,
        "created_at": rfc3339(secret.created_at),
        "updated_at": rfc3339(secret.updated_at),
    })
}

fn put(store: &mut Store, name: &str, call: &Call) -> Result<Answer, Answer> {
    let body = call.body()?;
    check_name(name)?;
    let value = open(store, &body)?;
    Ok(written(store.set(name, value, call.now)))
}

pub(super) fn check_name(name: &str) -> Result<(), Answer> {
    name_fault(name).map_or(Ok(()), |fault| Err(error(422, fault)))
}

/// The value sealed in a request body, really opened.
pub(super) fn open(store: &Store, body: &Value) -> Result<String, Answer> {
    let field = |name: &str| {
        let missing = || error(422, &format!("Invalid request.\n\n\"{name}\" wasn't supplied."));
        body[name].as_str().ok_or_else(missing)
    };
    store.open(field("encrypted_value")?, field("key_id")?).map_err(|fault| error(422, fault))
}

/// 201 with an empty object for a new secret, 204 without a body for a known one.
pub(super) fn written(new: bool) -> Answer {
    if new { Answer::json(201, &json!({})) } else { Answer::empty(204) }
}
