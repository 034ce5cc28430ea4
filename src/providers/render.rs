//! Fills a provider file's templates and builds requests. Sees only the public parts of a value.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::model::template::{Piece, parse};
use super::model::{Auth, Call, Method};
use crate::domain::KeyId;
use crate::net::auth::{self, Credential, Pattern, Place, encoded};
use crate::net::{Body, Draft};

/// The name of the token that a credential was exchanged for.
pub(super) const EXCHANGED: &str = "{{access}}";

/// The variables of templates.
#[derive(Clone, Default)]
pub(super) struct Vars<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) scopes: Option<&'a [String]>,
    pub(super) id: Option<&'a KeyId>,
    /// The id of the region in use.
    pub(super) region: Option<&'a str>,
    /// The slot to regenerate.
    pub(super) slot: Option<&'a str>,
    /// The order's entries of `with`, which override the defaults.
    pub(super) with: Option<&'a BTreeMap<String, String>>,
    pub(super) defaults: Option<&'a BTreeMap<String, String>>,
    /// Restrictions carried over from an older key, which override entries of `with`.
    pub(super) carried: Option<&'a [(String, Value)]>,
    /// The public parts of the value.
    pub(super) parts: BTreeMap<String, String>,
}

impl Vars<'_> {
    fn text(&self, name: &str) -> Option<String> {
        match name {
            "name" => self.name.map(str::to_owned),
            "id" => self.id.map(|id| id.as_str().to_owned()),
            "region" => self.region.map(str::to_owned),
            "slot" => self.slot.map(str::to_owned),
            "scope" => match self.scopes {
                Some([one]) => Some(one.clone()),
                _ => None,
            },
            _ if self.carried(name).is_some() => self.carried(name).and_then(written),
            _ => {
                let with = name.strip_prefix("with.").and_then(|key| {
                    [self.with, self.defaults].into_iter().flatten().find_map(|own| own.get(key))
                });
                with.or_else(|| self.parts.get(name.strip_prefix("part.")?)).cloned()
            }
        }
    }

    fn carried(&self, name: &str) -> Option<&Value> {
        let wanted = name.strip_prefix("with.")?;
        self.carried?.iter().find(|(with, _)| with == wanted).map(|(_, value)| value)
    }

    /// `Ok(None)` if an optional entry is absent, so that what needs it is omitted.
    fn fill(
        &self,
        template: &str,
        write: impl Fn(&str) -> String,
    ) -> Result<Option<String>, String> {
        let mut text = String::new();
        for piece in parse(template)? {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Var { name: "scopes", filter: Some("json") } => {
                    text.push_str(&write(
                        &Value::from(self.scopes.unwrap_or_default().to_vec()).to_string(),
                    ));
                }
                Piece::Var { name, .. } => match self.text(name) {
                    Some(value) => text.push_str(&write(&value)),
                    None if name.starts_with("with.") => return Ok(None),
                    None => return Err(missing(name)),
                },
            }
        }
        Ok(Some(text))
    }

    /// All variables must be set.
    fn whole(&self, template: &str, write: impl Fn(&str) -> String) -> Result<String, String> {
        self.fill(template, write)?.ok_or_else(|| {
            let names = super::model::template::variables(template);
            missing(names.into_iter().find(|name| self.text(name).is_none()).unwrap_or_default())
        })
    }

    fn pairs(&self, entries: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, String> {
        let mut pairs = Vec::new();
        for (name, template) in entries {
            if let Some(text) = self.fill(template, str::to_owned)? {
                pairs.push((name.clone(), text));
            }
        }
        Ok(pairs)
    }

    fn json(&self, template: &Value) -> Result<Option<Value>, String> {
        Ok(Some(match template {
            Value::String(text) => return self.json_text(text),
            Value::Array(items) => {
                let mut filled = Vec::new();
                for item in items {
                    filled.extend(self.json(item)?);
                }
                Value::Array(filled)
            }
            Value::Object(entries) => {
                let mut filled = Map::new();
                for (key, entry) in entries {
                    if let Some(value) = self.json(entry)? {
                        filled.insert(key.clone(), value);
                    }
                }
                Value::Object(filled)
            }
            plain => plain.clone(),
        }))
    }

    fn json_text(&self, text: &str) -> Result<Option<Value>, String> {
        let pieces = parse(text)?;
        if let [Piece::Var { name: "scopes", .. }] = pieces[..] {
            return Ok(Some(Value::from(self.scopes.unwrap_or_default().to_vec())));
        }
        if let [Piece::Var { name, .. }] = pieces[..]
            && let Some(value) = self.carried(name)
        {
            return Ok(Some(value.clone()).filter(|value| !value.is_null()));
        }
        let Some(filled) = self.fill(text, str::to_owned)? else {
            return Ok(None);
        };
        if let [Piece::Var { filter: Some("list"), .. }] = pieces[..] {
            let words = filled.split([',', ' ']).filter(|word| !word.is_empty());
            return Ok(Some(Value::from(words.map(str::to_owned).collect::<Vec<_>>())));
        }
        if let [Piece::Var { name, filter: Some("number") }] = pieces[..] {
            let number =
                filled.parse::<i64>().map_err(|_| format!("`{name}` must be a whole number"))?;
            return Ok(Some(Value::from(number)));
        }
        Ok(Some(Value::String(filled)))
    }
}

/// A carried value as text.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(items) => Some(items.iter().filter_map(written).collect::<Vec<_>>().join(",")),
        Value::Null | Value::Object(_) => None,
    }
}

fn missing(name: &str) -> String {
    match name.split_once('.') {
        Some(("with", key)) => format!("the config must set `{key}` under `with`"),
        Some(("part", _)) => {
            "the value does not have the form of this provider's tokens, so the request cannot be built"
                .to_owned()
        }
        _ if name == "scope" => "the provider accepts exactly one scope".to_owned(),
        _ => format!("`{name}` is unknown here"),
    }
}

/// The request of a call, without its credential. `base` is the region's.
pub(super) fn draft(
    call: &Call,
    base: &str,
    headers: &BTreeMap<String, String>,
    vars: &Vars<'_>,
) -> Result<Draft, String> {
    let base = vars.whole(call.base.as_deref().unwrap_or(base), host_label)?;
    let path = vars.whole(&call.path, step)?;
    let method = match call.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    };
    let mut draft = Draft::new(method, format!("{base}{path}"));
    draft.query = vars.pairs(&call.query)?;
    for (name, text) in vars.pairs(headers)?.into_iter().chain(vars.pairs(&call.headers)?) {
        let name =
            name.parse::<HeaderName>().map_err(|_| "a header's name is invalid".to_owned())?;
        let value = HeaderValue::from_str(&text).map_err(|_| {
            format!("the value of the header `{name}` contains a forbidden character")
        })?;
        draft = draft.header(name, value);
    }
    if let Some(json) = &call.json {
        draft.body = vars.json(json)?.map_or(Body::None, Body::Json);
    } else if let Some(form) = &call.form {
        draft.body = Body::Form(vars.pairs(form)?);
    } else if let Some(fields) = &call.multipart {
        draft.body = Body::Multipart(vars.pairs(fields)?);
    }
    Ok(draft)
}

/// One step of a path. `.` and `..` would lead upwards, whatever their encoding.
fn step(text: &str) -> String {
    if matches!(text, "." | "..") { text.replace('.', "%252E") } else { encoded(text) }
}

/// One label of a host; anything else becomes an impossible name, which the host allowlist refuses.
fn host_label(text: &str) -> String {
    let label = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if label { text.to_ascii_lowercase() } else { "not_a_label".to_owned() }
}

/// Where the file puts the value. `region` is the id of the region in use.
pub(super) fn places(auth: &Auth, region: &str) -> Result<Vec<Place>, String> {
    let mut places = Vec::new();
    if let Some(text) = &auth.bearer {
        places.push(Place::Bearer(pattern(text)?));
    }
    if let Some(basic) = &auth.basic {
        places.push(Place::Basic {
            user: pattern(&basic.user)?,
            password: pattern(&basic.password)?,
        });
    }
    if let Some(named) = &auth.header {
        let name = named.name.parse().map_err(|_| "a header's name is invalid".to_owned())?;
        places.push(Place::Header(name, pattern(&named.value)?));
    }
    if let Some(named) = &auth.query {
        places.push(Place::Query(named.name.clone(), pattern(&named.value)?));
    }
    for (field, text) in &auth.body {
        places.push(Place::Body(field.clone(), pattern(text)?));
    }
    if let Some(aws) = &auth.sigv4 {
        places.push(Place::SigV4 {
            access_key: pattern(&aws.access_key)?,
            secret: pattern(&aws.secret)?,
            session: aws.session.as_deref().map(pattern).transpose()?,
            service: aws.service.clone(),
            region: if aws.region == "{{region}}" { region.to_owned() } else { aws.region.clone() },
        });
    }
    if let Some(azure) = &auth.azure_hmac {
        places.push(Place::AzureHmac(pattern(&azure.key)?));
    }
    Ok(places)
}

fn pattern(template: &str) -> Result<Pattern, String> {
    let pieces = parse(template)?.into_iter().map(|piece| match piece {
        Piece::Text(text) => Ok(auth::Piece::Text(text.to_owned())),
        Piece::Var { name: "token", .. } => Ok(auth::Piece::Value),
        // The exchanged token is stored with the value, under a name that no part has.
        Piece::Var { name: "access", .. } => Ok(auth::Piece::Part(EXCHANGED.to_owned())),
        Piece::Var { name, .. } => name
            .strip_prefix("part.")
            .map(|part| auth::Piece::Part(part.to_owned()))
            .ok_or_else(|| missing(name)),
    });
    pieces.collect::<Result<_, _>>().map(Pattern)
}

/// The public parts of a value, for templates.
pub(super) fn public_parts<'n>(
    names: impl IntoIterator<Item = &'n str>,
    credential: &Credential<'_>,
) -> BTreeMap<String, String> {
    names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), credential.public_part(name)?)))
        .collect()
}
