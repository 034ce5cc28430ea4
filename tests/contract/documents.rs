//! The vendors' documents in the form Prism loads. Only what it cannot load is changed, in copies
//! that are made for each run.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

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

/// Resend's excerpt has a `webhooks` section whose schemas were left out; it describes no request
/// of ours.
pub(crate) fn resend(folder: &Path) -> Outcome<PathBuf> {
    let mut document = read("resend/resend-keys.json")?;
    if let Some(document) = document.as_object_mut() {
        document.remove("webhooks");
    }
    write(folder, "resend.json", &document)
}

/// Prism cannot read a list out of a multipart form, not even one of one, so that the one list sent
/// is described as a text.
pub(crate) fn mailgun(folder: &Path) -> Outcome<PathBuf> {
    let mut document = read("mailgun/mailgun-openapi-trimmed.yaml")?;
    let message = &mut document["components"]["schemas"]["POST-v3-domain_name-messages-multipart-form-data-RequestBody"];
    ensure(message["properties"]["to"]["type"] == "array", || {
        "Mailgun's document describes `to` otherwise by now".to_owned()
    })?;
    message["properties"]["to"] = json!({"type": "string"});
    write(folder, "mailgun.json", &document)
}

pub(crate) fn mailjet(folder: &Path) -> Outcome<PathBuf> {
    write(folder, "mailjet.json", &read("mailjet/mailjet-openapi-trimmed.yaml")?)
}

pub(crate) fn twilio(folder: &Path) -> Outcome<PathBuf> {
    write(folder, "twilio.json", &read("twilio/twilio_iam_v1-trimmed.json")?)
}

pub(crate) fn mailtrap(folder: &Path) -> Outcome<PathBuf> {
    write(folder, "mailtrap.json", &read("mailtrap/account-management.openapi.yml")?)
}

/// Under the path of its server, which Prism does not look at; without its webhooks, whose schemas
/// the excerpt has not.
pub(crate) fn buttondown(folder: &Path) -> Outcome<PathBuf> {
    let mut document = read("buttondown/buttondown.json")?;
    under(&mut document, "/v1");
    if let Some(document) = document.as_object_mut() {
        document.remove("webhooks");
    }
    write(folder, "buttondown.json", &document)
}

/// Prism does not look at the path of a document's server.
pub(crate) fn elastic_email(folder: &Path) -> Outcome<PathBuf> {
    let mut document = read("elastic-email/openapi.security-subset.json")?;
    under(&mut document, "/v4");
    write(folder, "elastic-email.json", &document)
}

/// The vendor's clients ask under `/api/1.0`, whatever its document calls itself.
pub(crate) fn mandrill(folder: &Path) -> Outcome<PathBuf> {
    let mut document = read("mailchimp/transactional-users-trimmed.json")?;
    under(&mut document, "/api/1.0");
    write(folder, "mandrill.json", &document)
}

/// Klaviyo describes accounts and keys in two documents, of two revisions.
pub(crate) fn klaviyo(folder: &Path) -> Outcome<PathBuf> {
    let mut accounts = read("klaviyo/stable-accounts-2026-07-15.json")?;
    let keys = read("klaviyo/beta-api_keys-2026-07-15.pre.json")?;
    merge(&mut accounts["paths"], &keys["paths"]);
    for (kind, named) in keys["components"].as_object().into_iter().flatten() {
        merge(&mut accounts["components"][kind], named);
    }
    write(folder, "klaviyo.json", &accounts)
}

/// A transcript of Kit's pages: of it, the one path that is described as OpenAPI wants it.
pub(crate) fn kit(folder: &Path) -> Outcome<PathBuf> {
    let mut document = read("kit/kit-verify.transcribed-openapi.json")?;
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.retain(|path, _| path == "/v4/account");
    }
    let ok = &mut document["paths"]["/v4/account"]["get"]["responses"]["200"];
    let schema = properties(&ok["schema"]);
    *ok = json!({"description": "ok", "content": {"application/json": {"schema": schema}}});
    document["paths"]["/v4/account"]["get"]["security"] = json!([]);
    write(folder, "kit.json", &document)
}

/// A schema of an example whose leaves name their types.
fn properties(example: &Value) -> Value {
    match example {
        Value::Object(map) => {
            let required: Vec<_> = map.keys().collect();
            let fields: Value =
                map.iter().map(|(key, value)| (key.clone(), properties(value))).collect();
            json!({"type": "object", "properties": fields, "required": required})
        }
        Value::Array(items) => {
            json!({"type": "array", "items": items.first().map(properties).unwrap_or_else(|| json!({}))})
        }
        Value::String(kind) => json!({"type": kind.split(' ').next()}),
        _ => json!({}),
    }
}

/// A transcript of Brevo's pages: the account, and the token of an M2M app.
pub(crate) fn brevo(folder: &Path) -> Outcome<PathBuf> {
    let pages = read("brevo/brevo-keys.transcribed.json")?;
    let account = &pages["GET /account"];
    let fields: Vec<&str> =
        account["200_fields"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    // `relay{enabled,...}`: what is inside is not told apart.
    let fields: Vec<&str> = fields.iter().filter_map(|field| field.split('{').next()).collect();
    ensure(fields.contains(&"organization_id"), || {
        "the transcript does not describe the account by now".to_owned()
    })?;
    let properties: Value = fields.iter().map(|field| ((*field).to_owned(), json!({}))).collect();
    let refused: Value = account["401"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, text)| (name.clone(), json!({"type": "string", "example": text})))
        .collect();
    let token = &pages["POST https://api.brevo.com/realms/partner/oauth/token"];
    let sent: Value = token["fields"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| (name.clone(), json!({"type": "string"})))
        .collect();
    let needed: Vec<&String> = token["fields"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, says)| !says.as_str().is_some_and(|says| says.contains("optional")))
        .map(|(name, _)| name)
        .collect();
    let got = schema_of(&token["200"]);
    let answer = |schema: Value| json!({"description": "as told", "content": {"application/json": {"schema": schema}}});
    let security = json!([{"key": []}, {"bearer": []}]);
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Brevo, from its pages", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "api-key"}, "bearer": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/v3/account": {"get": {"security": security, "responses": {
                "200": answer(json!({"type": "object", "required": fields, "properties": properties})),
                "401": answer(json!({"type": "object", "required": ["code", "message"], "properties": refused})),
            }}},
            "/realms/partner/oauth/token": {"post": {
                "requestBody": {"required": true, "content": {token["contentType"].as_str().unwrap_or_default(): {
                    "schema": {"type": "object", "required": needed, "properties": sent, "additionalProperties": false},
                }}},
                "responses": {"200": answer(got)},
            }},
        },
    });
    write(folder, "brevo.json", &document)
}

/// SparkPost writes API Blueprint, which Prism does not read: of it, the one call that is made,
/// with the form of its example.
pub(crate) fn sparkpost(folder: &Path) -> Outcome<PathBuf> {
    let text = fs::read_to_string(tools::vendor_documents().join("sparkpost/account.apib"))
        .while_("account.apib")?;
    let call = "[GET /v1/account{?include}]";
    let (_, part) =
        text.split_once(call).ok_or_else(|| format!("the blueprint has no {call} by now"))?;
    let (_, part) = part
        .split_once("+ Response 200 (application/json)")
        .ok_or("the blueprint shows no answer")?;
    let shown: String = part
        .lines()
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with("    "))
        .collect();
    let shown: Value = serde_json::from_str(&shown).while_("the blueprint's example")?;
    let mut schema = schema_of(&shown);
    schema["properties"]["results"]["required"] = json!(["customer_id", "status"]);
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "SparkPost, from its blueprint", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "Authorization"}}},
        "paths": {"/api/v1/account": {"get": {
            "security": [{"key": []}],
            "parameters": [{"name": "include", "in": "query", "schema": {"type": "string", "enum": ["usage"]}}],
            "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}},
        }}},
    });
    write(folder, "sparkpost.json", &document)
}

/// MailerSend publishes no document of its tokens: of each exchange it recorded, the form of the
/// request and of the answer. Calls that only look were not recorded, and stand there without a
/// form.
pub(crate) fn mailersend(folder: &Path) -> Outcome<PathBuf> {
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let unrecorded = json!({"200": {"description": "not recorded"}});
    let mut paths = json!({
        "/v1/token": {"get": {"responses": unrecorded}},
        "/v1/token/{id}": {"get": {"parameters": id, "responses": unrecorded}},
    });
    for name in ["tokens_create", "tokens_update", "tokens_delete", "api_quota_get"] {
        for exchange in recorded(&format!("mailersend/vcr/{name}.yml"))? {
            let (request, response) = (&exchange["request"], &exchange["response"]);
            let path = request["uri"]
                .as_str()
                .and_then(|uri| uri.strip_prefix("https://api.mailersend.com"))
                .ok_or("another host")?;
            let path = path
                .split('/')
                .map(|step| if step.len() > 60 { "{id}" } else { step })
                .collect::<Vec<_>>()
                .join("/");
            let body = |of: &Value| {
                serde_json::from_str::<Value>(of["body"]["string"].as_str().unwrap_or_default())
                    .ok()
            };
            let mut answer = json!({"description": "recorded"});
            if let Some(got) = body(response) {
                answer["content"] = json!({"application/json": {"schema": schema_of(&got)}});
            }
            let mut operation =
                json!({"responses": {response["status"]["code"].to_string(): answer}});
            if path.contains("{id}") {
                operation["parameters"] = id.clone();
            }
            if let Some(sent) = body(request) {
                let mut schema = schema_of(&sent);
                // The vendor's other clients allow none of it.
                let needed: Vec<&String> = sent
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, _)| key)
                    .filter(|key| *key != "domain_id")
                    .collect();
                schema["required"] = json!(needed);
                schema["additionalProperties"] = json!(false);
                operation["requestBody"] =
                    json!({"required": true, "content": {"application/json": {"schema": schema}}});
            }
            paths[path][request["method"].as_str().unwrap_or_default()] = operation;
        }
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "MailerSend, from its recordings", "version": "1"},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "security": [{"bearer": []}],
        "paths": paths,
    });
    write(folder, "mailersend.json", &document)
}

/// The schema of an example: of which type each value is.
fn schema_of(example: &Value) -> Value {
    match example {
        Value::Object(map) => {
            let fields: Value =
                map.iter().map(|(key, value)| (key.clone(), schema_of(value))).collect();
            json!({"type": "object", "properties": fields})
        }
        Value::Array(items) => {
            json!({"type": "array", "items": items.first().map(schema_of).unwrap_or_else(|| json!({}))})
        }
        Value::String(_) => json!({"type": "string"}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(_) => json!({"type": "number"}),
        Value::Null => json!({}),
    }
}

/// The exchanges of a recording.
pub(crate) fn recorded(name: &str) -> Outcome<Vec<Value>> {
    let recording = read(name)?;
    recording["http_interactions"]
        .as_array()
        .cloned()
        .ok_or_else(|| format!("{name} has no exchanges"))
}

/// Puts every path of a document under another.
fn under(document: &mut Value, base: &str) {
    if let Some(paths) = document["paths"].as_object_mut() {
        *paths = std::mem::take(paths)
            .into_iter()
            .map(|(path, operations)| (format!("{base}{path}"), operations))
            .collect();
    }
}

fn read(name: &str) -> Outcome<Value> {
    let text = fs::read_to_string(tools::vendor_documents().join(name)).while_(name)?;
    if name.ends_with(".json") {
        serde_json::from_str(&text).while_(name)
    } else {
        serde_yaml::from_str(&text).while_(name)
    }
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
            let kept = map
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "description" | "example" | "examples"));
            kept.map(|(key, value)| (key.clone(), without_words(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_words).collect(),
        other => other.clone(),
    }
}
