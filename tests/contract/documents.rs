//! The vendors' documents in the form Prism loads. Only what it cannot load is changed, in copies that are made for each run.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::outcome::{Outcome, While, ensure};
use crate::tools;

/// GitHub's document, as it is.
pub(crate) fn github(folder: &Path) -> Outcome<PathBuf> {
    write(folder, "github.json", &read("github/api.github.com.subset.json")?)
}

/// SendGrid describes keys and scopes in two documents; Prism takes one.
pub(crate) fn sendgrid(folder: &Path) -> Outcome<PathBuf> {
    let mut keys = read("sendgrid/tsg_api_keys_v3.yaml")?;
    let scopes = read("sendgrid/tsg_scopes_v3.yaml")?;
    ensure(keys["servers"] == scopes["servers"] && keys["security"] == scopes["security"], || {
        "SendGrid's documents differ in more than paths".to_owned()
    })?;
    merge(&mut keys["paths"], &scopes["paths"]);
    // Of two components with one name, each document must find its own.
    for (kind, named) in scopes["components"].as_object().into_iter().flatten() {
        for (name, component) in named.as_object().into_iter().flatten() {
            let known = &keys["components"][kind][name];
            ensure(known.is_null() || without_words(known) == without_words(component), || {
                format!("SendGrid's documents disagree on {kind}/{name}")
            })?;
        }
    }
    for (kind, named) in scopes["components"].as_object().into_iter().flatten() {
        merge(&mut keys["components"][kind], named);
    }
    write(folder, "sendgrid.json", &keys)
}

/// Resend's excerpt has a `webhooks` section whose schemas were left out; it describes no request of ours.
pub(crate) fn resend(folder: &Path) -> Outcome<PathBuf> {
    let mut document = read("resend/resend-keys.json")?;
    if let Some(document) = document.as_object_mut() {
        document.remove("webhooks");
    }
    write(folder, "resend.json", &document)
}

fn read(name: &str) -> Outcome<Value> {
    let text = fs::read_to_string(tools::vendor_documents().join(name)).while_(name)?;
    serde_yaml::from_str(&text).while_(name)
}

fn write(folder: &Path, name: &str, document: &Value) -> Outcome<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, document.to_string()).while_(name)?;
    Ok(path)
}

/// Adds what is not there yet.
fn merge(into: &mut Value, from: &Value) {
    if into.is_null() {
        *into = Value::Object(serde_json::Map::new());
    }
    let Some(into) = into.as_object_mut() else { return };
    for (name, value) in from.as_object().into_iter().flatten() {
        into.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

/// A component without its prose and examples.
fn without_words(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| !matches!(key.as_str(), "description" | "example" | "examples"));
            kept.map(|(key, value)| (key.clone(), without_words(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_words).collect(),
        other => other.clone(),
    }
}
