//! Requests: every variable known where it stands, the value only where `auth` puts it, one body at most.

use super::super::call::{Call, Method};
use super::super::template::{Piece, parse, variables};
use super::super::{Auth, Spec};
use super::Flaws;

pub(super) fn check(spec: &Spec, flaws: &mut Flaws) {
    auth("auth", &spec.auth, spec, flaws);
    if let Some(own) = &spec.rotate.auth {
        auth("rotate.auth", own, spec, flaws);
    }
    for (name, text) in &spec.headers {
        header(&format!("headers.{name}"), name, flaws);
        carried(&format!("headers.{name}"), text, flaws);
        names(&format!("headers.{name}"), text, &[], flaws);
    }
    if let Some(limit) = &spec.rate_limit {
        header("rate-limit.reset", &limit.reset, flaws);
        limit.remaining.iter().for_each(|name| header("rate-limit.remaining", name, flaws));
    }
    for (place, call) in spec.calls() {
        request(&place, call, spec, flaws);
    }
    if let Some(create) = spec.rotate.create.as_ref().filter(|create| create.scoped.is_some()) {
        // With the fields for scopes it is a request of its own.
        request("rotate.create.request", &create.narrowed(), spec, flaws);
    }
}

fn request(at: &str, call: &Call, spec: &Spec, flaws: &mut Flaws) {
    let known: &[&str] = match at {
        "rotate.create.request" => &["name", "scopes", "scope"],
        "rotate.get.request" | "rotate.disable.request" | "rotate.revoke.request" => &["id"],
        _ => &[],
    };
    path(&format!("{at}.path"), &call.path, flaws);
    for (name, text) in &call.headers {
        header(&format!("{at}.headers.{name}"), name, flaws);
        carried(&format!("{at}.headers.{name}"), text, flaws);
    }
    for (key, text) in call.texts() {
        let place = format!("{at}.{key}");
        // A base may name parts of the value; `address` judges those.
        if key == "path" {
            // A path gets logged: of the value it may name what is no secret, and nothing else.
            let public: Vec<_> = spec.public_parts().filter(|name| is_group(spec, name)).map(|name| format!("part.{name}")).collect();
            let known: Vec<_> = known.iter().copied().chain(public.iter().map(String::as_str)).collect();
            names(&place, text, &known, flaws);
        } else if key != "base" {
            names(&place, text, known, flaws);
        }
        let pieces = parse(text).unwrap_or_default();
        let list = |piece: &Piece<'_>| matches!(piece, Piece::Var { name: "scopes", filter: None });
        if pieces.iter().any(list) && !(key.starts_with("json") && text.trim() == "{{scopes}}") {
            flaws.add(
                &*place,
                "uses `{{scopes}}`, which is a list: it can only be a whole text of a JSON body, or `{{scopes|json}}` inside another text",
            );
        }
        if pieces.iter().any(|piece| matches!(piece, Piece::Var { name, filter: Some("json") } if *name != "scopes")) {
            flaws.add(&*place, "uses `|json`, which is for `scopes` alone");
        }
        let counted = |piece: &Piece<'_>| matches!(piece, Piece::Var { filter: Some("number"), .. });
        if pieces.iter().any(counted) && !(key.starts_with("json") && pieces.len() == 1) {
            flaws.add(&*place, "uses `|number`, which can only be a whole text of a JSON body");
        }
    }
    let bodies = usize::from(call.json.is_some()) + usize::from(call.form.is_some()) + usize::from(call.multipart.is_some());
    if bodies > 1 {
        flaws.add(at, "has a JSON body and a form body, or two forms");
    }
    if bodies > 0 && call.method == Method::Get {
        flaws.add(at, "is a GET with a body");
    }
    if let Some(own) = &call.auth {
        auth(&format!("{at}.auth"), own, spec, flaws);
    }
    let used = call.auth.as_ref().or(if at.starts_with("rotate") { spec.rotate.auth.as_ref() } else { None }).unwrap_or(&spec.auth);
    if used.body.is_some() && bodies == 0 {
        flaws.add(at, "carries the value in its body, but has none; write `json: {}` or `form: {}`");
    }
}

fn path(at: &str, path: &str, flaws: &mut Flaws) {
    if !path.starts_with('/') || path.contains(['?', '#', '\\']) || path.contains(char::is_whitespace) {
        flaws.add(at, "is not a path: it begins with `/` and has no query");
    } else if path.contains("//") || path.split('/').any(|part| matches!(part, "." | "..")) {
        flaws.add(at, "has an empty or a dotted step");
    }
}

/// Whether a shape has a group of this name.
fn is_group(spec: &Spec, name: &str) -> bool {
    spec.tokens.iter().any(|kind| kind.shape.contains(&format!("<{name}>")))
}

/// Every variable of a text is one of `known`, or a `with` entry.
fn names(at: &str, text: &str, known: &[&str], flaws: &mut Flaws) {
    if let Err(error) = parse(text) {
        return flaws.add(at, error);
    }
    for name in variables(text) {
        if known.contains(&name) || name.starts_with("with.") {
            continue;
        }
        if name == "token" || name.starts_with("part.") {
            flaws.add(at, format!("uses `{{{{{name}}}}}`; only `auth` may put the value anywhere, and never into a path"));
        } else {
            flaws.add(at, format!("uses `{{{{{name}}}}}`, which is not known there"));
        }
    }
}

fn auth(at: &str, auth: &Auth, spec: &Spec, flaws: &mut Flaws) {
    let texts = auth.texts();
    if texts.is_empty() {
        flaws.add(at, "names no place for the value");
    }
    let mut carries = false;
    for (key, text) in &texts {
        let place = format!("{at}.{key}");
        if let Err(error) = parse(text) {
            flaws.add(&*place, error);
        }
        for name in variables(text) {
            carries = true;
            let known = name.strip_prefix("part.").is_some_and(|part| is_group(spec, part));
            if name != "token" && !known {
                flaws.add(
                    &*place,
                    format!("uses `{{{{{name}}}}}`; known are `{{{{token}}}}` and the named groups of a shape as `{{{{part.NAME}}}}`"),
                );
            }
        }
    }
    if !texts.is_empty() && !carries {
        flaws.add(at, "never uses the value");
    }
    if let Some(named) = &auth.header {
        header(&format!("{at}.header.name"), &named.name, flaws);
    }
    if (auth.bearer.is_some() || auth.header.as_ref().is_some_and(|named| named.name.eq_ignore_ascii_case("authorization")))
        && auth.basic.is_some()
    {
        flaws.add(at, "fills the header `Authorization` twice");
    }
}

/// A line break would begin another header.
fn carried(at: &str, text: &str, flaws: &mut Flaws) {
    if text.chars().any(char::is_control) {
        flaws.add(at, "has a line break or another control character, which no header can carry");
    }
}

fn header(at: &str, name: &str, flaws: &mut Flaws) {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        flaws.add(at, format!("is `{name}`, which is not a header's name"));
    } else if ["host", "content-length", "transfer-encoding", "connection", "proxy-authorization"]
        .contains(&name.to_ascii_lowercase().as_str())
    {
        flaws.add(at, format!("is `{name}`, a header that belongs to the connection"));
    }
}
