//! The vendors' documents in the form Prism loads. Only what it cannot load is changed, in copies that are made for each run.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::outcome::{Outcome, While, ensure};
use crate::tools;

/// GitHub marks parameters that may hold slashes (`x-multi-segment`); Prism knows no such mark. Their paths are given twice:
/// as they are, and with room for one slash, which is what a ref such as `tokenward/journal` has.
pub(crate) fn github(folder: &Path) -> Outcome<PathBuf> {
    let mut document = read("github/api.github.com.subset.json")?;
    let roomy: Vec<(String, Value)> =
        document["paths"].as_object().into_iter().flatten().filter_map(|path| roomier(path, &document)).collect();
    ensure(!roomy.is_empty(), || "GitHub's document marks no parameter that may hold slashes".to_owned())?;
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.extend(roomy);
    }
    write(folder, "github.json", &document)
}

/// The twin of a path whose last parameter may hold slashes.
fn roomier((path, item): (&String, &Value), document: &Value) -> Option<(String, Value)> {
    let name = path.rsplit_once("/{")?.1.strip_suffix('}')?;
    let second = json!({"name": format!("{name}-rest"), "in": "path", "required": true, "schema": {"type": "string"}});
    let mut twin = item.clone();
    let mut marked = false;
    for operation in twin.as_object_mut()?.values_mut() {
        // Else the two paths would have operations of one name.
        operation.as_object_mut()?.remove("operationId");
        let parameters = operation.get_mut("parameters")?.as_array_mut()?;
        marked |= parameters.iter().map(|parameter| meant(parameter, document)).any(|p| p["name"] == name && p["x-multi-segment"] == true);
        parameters.push(second.clone());
    }
    marked.then(|| (format!("{path}/{{{name}-rest}}"), twin))
}

/// A parameter, wherever it is written down.
fn meant<'d>(parameter: &'d Value, document: &'d Value) -> &'d Value {
    parameter["$ref"].as_str().and_then(|place| document.pointer(place.strip_prefix('#')?)).unwrap_or(parameter)
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
