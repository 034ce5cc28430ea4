//! Requests: every variable must be known in its place, only `auth` may use the value, and there is
//! at most one body.

use super::super::call::{Call, Method};
use super::super::template::{Piece, parse, variables};
use super::super::{Auth, ClientAuth, Rotate, Spec};
use super::SpecErrors;

/// Parts that a value has independently of its shape: those of `ID:SECRET` and of an OAuth value.
const PARTS: [&str; 5] = ["client_id", "client_secret", "refresh", "access", "ended"];

pub(super) fn check(spec: &Spec, flaws: &mut SpecErrors) {
    auth("auth", &spec.auth, spec, flaws);
    for (place, rotate) in spec.rotations() {
        if let Some(own) = &rotate.auth {
            auth(&format!("{place}.auth"), own, spec, flaws);
        }
        oauth(&place, rotate, flaws);
    }
    for (index, exchange) in spec.exchanges.iter().enumerate() {
        let carries = exchange.request.auth.as_ref().is_some_and(|auth| auth.exchange.is_none());
        if !carries {
            flaws.add(
                format!("exchanges[{index}].request.auth"),
                "must say where this request carries the value, and must not exchange it again",
            );
        }
    }
    for (name, text) in &spec.headers {
        header(&format!("headers.{name}"), name, flaws);
        carried(&format!("headers.{name}"), text, flaws);
        names(&format!("headers.{name}"), text, &[], flaws);
    }
    if let Some(limit) = &spec.rate_limit {
        limit.reset.iter().for_each(|name| header("rate-limit.reset", name, flaws));
        limit.remaining.iter().for_each(|name| header("rate-limit.remaining", name, flaws));
    }
    for (place, call) in spec.calls() {
        request(&place, call, spec, flaws);
    }
    for (place, rotate) in spec.rotations() {
        if let Some(create) = rotate.create.as_ref().filter(|create| create.scoped.is_some()) {
            // With the fields for scopes it is another request.
            request(&format!("{place}.create.request"), &create.narrowed(), spec, flaws);
        }
    }
}

/// A refresh carries two credentials, so the file does not decide where they go.
fn oauth(at: &str, rotate: &Rotate, flaws: &mut SpecErrors) {
    let Some(oauth) = &rotate.oauth else { return };
    let calls = [("refresh", Some(&oauth.refresh)), ("revoke", oauth.revoke.as_ref())];
    for (name, call) in calls.into_iter().filter_map(|(name, call)| Some((name, call?))) {
        let place = format!("{at}.oauth.{name}");
        if call.method != Method::Post || (call.form.is_none() && call.json.is_none()) {
            flaws.add(&*place, "must be a POST with a form or JSON, as token endpoints require");
        }
        if call.auth.is_some() || call.repeatable {
            flaws.add(
                &*place,
                "must not have `auth` or `repeatable`: `client` says where the credentials go, and the request is sent once",
            );
        }
    }
    if oauth.client == ClientAuth::None && oauth.revoke.is_some() {
        flaws.add(format!("{at}.oauth.revoke"), "has no client authentication; set `client`");
    }
}

fn request(at: &str, call: &Call, spec: &Spec, flaws: &mut SpecErrors) {
    let step = at.rsplit_once("rotate.").map_or("", |(_, step)| step);
    let known: &[&str] = match step {
        "create.request" => &["name", "scopes", "scope", "region"],
        "get.request" | "last-used.request" | "disable.request" | "revoke.request" => {
            &["id", "region"]
        }
        "slots.fill" => &["slot", "region"],
        _ => &["region"],
    };
    path(&format!("{at}.path"), &call.path, flaws);
    for (name, text) in &call.headers {
        header(&format!("{at}.headers.{name}"), name, flaws);
        carried(&format!("{at}.headers.{name}"), text, flaws);
    }
    for (key, text) in call.texts() {
        let place = format!("{at}.{key}");
        // A base can use parts of the value; `address` checks those.
        if key == "path" {
            // A path is logged, so it may use only those parts of the value that are not secret.
            let public: Vec<_> = spec
                .public_parts()
                .filter(|name| is_group(spec, name))
                .map(|name| format!("part.{name}"))
                .collect();
            let known: Vec<_> =
                known.iter().copied().chain(public.iter().map(String::as_str)).collect();
            names(&place, text, &known, flaws);
        } else if key != "base" {
            names(&place, text, known, flaws);
        }
        let pieces = parse(text).unwrap_or_default();
        let list = |piece: &Piece<'_>| matches!(piece, Piece::Var { name: "scopes", filter: None });
        if pieces.iter().any(list) && !(key.starts_with("json") && text.trim() == "{{scopes}}") {
            flaws.add(
                &*place,
                "uses `{{scopes}}`, which is a list; it must be a whole string of a JSON body, or `{{scopes|json}}` inside another text",
            );
        }
        if pieces.iter().any(
            |piece| matches!(piece, Piece::Var { name, filter: Some("json") } if *name != "scopes"),
        ) {
            flaws.add(&*place, "uses `|json`, which is only for `scopes`");
        }
        for filter in ["number", "list"] {
            let has = |piece: &Piece<'_>| matches!(piece, Piece::Var { filter: Some(own), .. } if *own == filter);
            if pieces.iter().any(has) && !(key.starts_with("json") && pieces.len() == 1) {
                flaws.add(
                    &*place,
                    format!("uses `|{filter}`, which must be a whole string of a JSON body"),
                );
            }
        }
    }
    let bodies = usize::from(call.json.is_some())
        + usize::from(call.form.is_some())
        + usize::from(call.multipart.is_some());
    if bodies > 1 {
        flaws.add(at, "has more than one body; keep one of `json`, `form` and `multipart`");
    }
    if bodies > 0 && call.method == Method::Get {
        flaws.add(at, "is a GET with a body");
    }
    if let Some(own) = &call.auth {
        auth(&format!("{at}.auth"), own, spec, flaws);
    }
    let rotations = spec.rotations();
    let rotation = rotations
        .iter()
        .rev()
        .find(|(place, _)| at.starts_with(place.as_str()))
        .and_then(|(_, rotate)| rotate.auth.as_ref());
    let used = call.auth.as_ref().or(rotation).unwrap_or(&spec.auth);
    if !used.body.is_empty() && bodies == 0 && !step.starts_with("oauth.") {
        flaws.add(
            at,
            "carries the value in its body, but has no body; add `json: {}` or `form: {}`",
        );
    }
}

fn path(at: &str, path: &str, flaws: &mut SpecErrors) {
    if !path.starts_with('/')
        || path.contains(['?', '#', '\\'])
        || path.contains(char::is_whitespace)
    {
        flaws.add(at, "is not a path; a path begins with `/` and has no query");
    } else if path.contains("//") || path.split('/').any(|part| matches!(part, "." | "..")) {
        flaws.add(at, "contains `//`, `.` or `..`");
    }
}

/// Whether a shape has a group of this name.
fn is_group(spec: &Spec, name: &str) -> bool {
    spec.tokens.iter().any(|kind| kind.shape.contains(&format!("<{name}>")))
}

/// Every variable of a text must be one of `known`, or a `with` entry.
fn names(at: &str, text: &str, known: &[&str], flaws: &mut SpecErrors) {
    if let Err(error) = parse(text) {
        return flaws.add(at, error);
    }
    for name in variables(text) {
        if known.contains(&name) || name.starts_with("with.") {
            continue;
        }
        if name == "token" || name.starts_with("part.") {
            flaws.add(
                at,
                format!(
                    "uses `{{{{{name}}}}}`; only `auth` may use the value, and never in a path"
                ),
            );
        } else {
            flaws.add(at, format!("uses `{{{{{name}}}}}`, which is unknown here"));
        }
    }
}

fn auth(at: &str, auth: &Auth, spec: &Spec, flaws: &mut SpecErrors) {
    let texts = auth.texts();
    if texts.is_empty() {
        flaws.add(at, "does not say where to put the value");
    }
    let mut carries = false;
    for (key, text) in &texts {
        let place = format!("{at}.{key}");
        if let Err(error) = parse(text) {
            flaws.add(&*place, error);
        }
        for name in variables(text) {
            carries = true;
            let part = name.strip_prefix("part.");
            let known = part.is_some_and(|part| PARTS.contains(&part) || is_group(spec, part))
                || (name == "access" && auth.exchange.is_some());
            if name != "token" && !known {
                flaws.add(
                    &*place,
                    format!("uses `{{{{{name}}}}}`; use `{{{{token}}}}`, or a named group of a shape as `{{{{part.NAME}}}}`"),
                );
            }
        }
    }
    if !texts.is_empty() && !carries {
        flaws.add(at, "never uses the value");
    }
    if let Some(id) = &auth.exchange {
        if !spec.exchanges.iter().any(|exchange| exchange.id == *id) {
            flaws.add(
                format!("{at}.exchange"),
                format!("is `{id}`, which `exchanges` does not define"),
            );
        }
        if !texts.iter().any(|(_, text)| variables(text).contains(&"access")) {
            flaws.add(at, "exchanges the value for a token, but never uses `{{access}}`");
        }
    }
    if auth.body.len() == 2 && auth.body.contains_key("name") && auth.body.contains_key("value") {
        flaws.add(
            format!("{at}.body"),
            "has the fields `name` and `value`; write the fields of the body, as `FIELD: text`",
        );
    }
    if let Some(aws) = &auth.sigv4 {
        for (key, text) in [("region", &aws.region), ("service", &aws.service)] {
            let plain = !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            let in_use = key == "region" && text == "{{region}}";
            if !plain && !in_use {
                flaws.add(
                    format!("{at}.sigv4.{key}"),
                    format!("is `{text}`, which is not an AWS {key}"),
                );
            }
        }
    }
    if let Some(named) = &auth.header {
        header(&format!("{at}.header.name"), &named.name, flaws);
    }
    let own =
        auth.header.as_ref().is_some_and(|named| named.name.eq_ignore_ascii_case("authorization"));
    let filled = [
        auth.bearer.is_some(),
        own,
        auth.basic.is_some(),
        auth.sigv4.is_some(),
        auth.azure_hmac.is_some(),
    ];
    if filled.into_iter().filter(|is| *is).count() > 1 {
        flaws.add(at, "sets the header `Authorization` twice");
    }
}

/// A line break would start another header.
fn carried(at: &str, text: &str, flaws: &mut SpecErrors) {
    if text.chars().any(char::is_control) {
        flaws.add(
            at,
            "contains a control character, such as a line break, which headers do not allow",
        );
    }
}

fn header(at: &str, name: &str, flaws: &mut SpecErrors) {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        flaws.add(at, format!("is `{name}`, which is not a valid header name"));
    } else if ["host", "content-length", "transfer-encoding", "connection", "proxy-authorization"]
        .contains(&name.to_ascii_lowercase().as_str())
    {
        flaws.add(at, format!("is `{name}`, a header that only the HTTP client sets"));
    }
}
