//! Names and addresses: where a value may go, and nothing but TLS on the way.

use super::super::Spec;
use super::super::template::variables;
use super::{SpecErrors, is_id, twice};

pub(super) fn check(spec: &Spec, flaws: &mut SpecErrors) {
    if !is_id(&spec.id) {
        flaws.add(
            "id",
            format!(
                "is `{}`; an id consists of lowercase letters, digits and single hyphens, and begins with a letter",
                spec.id
            ),
        );
    }
    if spec.name.trim().is_empty() {
        flaws.add("name", "is empty");
    }
    link("docs", &spec.docs, flaws);
    if let Some(console) = &spec.console {
        link("console", console, flaws);
    }
    for (place, rotate) in spec.rotations() {
        let Some(page) = rotate.manual.as_ref().and_then(|manual| manual.link.as_deref()) else {
            continue;
        };
        let at = format!("{place}.manual.link");
        link(&at, page, flaws);
        if let Some(other) =
            variables(page).into_iter().find(|name| *name != "owner" && !name.starts_with("with."))
        {
            flaws.add(at, format!("uses `{{{{{other}}}}}`; only `{{{{owner}}}}` and `with` entries are known there"));
        }
    }
    if spec.hosts.is_empty() {
        flaws.add("hosts", "is empty, so no request could be sent");
    }
    for (index, host) in spec.hosts.iter().enumerate() {
        if !is_host(host) {
            flaws.add(
                format!("hosts[{index}]"),
                format!("is `{host}`, which is not a lowercase host name (or `*.` followed by a name of at least two labels)"),
            );
        }
    }
    if spec.regions.is_empty() {
        flaws.add("regions", "is empty; name at least one, with its base address");
    }
    if let Some(id) = twice(spec.regions.iter().map(|region| region.id.as_str())) {
        flaws.add("regions", format!("has `{id}` twice"));
    }
    for (index, region) in spec.regions.iter().enumerate() {
        if !is_id(&region.id) {
            flaws.add(
                format!("regions[{index}].id"),
                format!(
                    "is `{}`; an id consists of lowercase letters, digits and single hyphens",
                    region.id
                ),
            );
        }
        base(&format!("regions[{index}].base"), &region.base, spec, flaws);
    }
    for (place, call) in spec.calls() {
        if let Some(other) = &call.base {
            base(&format!("{place}.base"), other, spec, flaws);
        }
    }
}

fn link(at: &str, address: &str, flaws: &mut SpecErrors) {
    if !address.starts_with("https://") || address.contains(char::is_whitespace) {
        flaws.add(at, "is not an https address");
    }
}

/// A base address: https, a declared host, and a path without an end slash. Nothing else.
fn base(at: &str, address: &str, spec: &Spec, flaws: &mut SpecErrors) {
    let Some(rest) = address.strip_prefix("https://") else {
        return flaws.add(at, "is not an https address; a value is never sent in the clear");
    };
    if rest.contains(['?', '#', '@', '\\'])
        || rest.ends_with('/')
        || rest.contains(char::is_whitespace)
    {
        return flaws.add(at, "must be only a scheme, a host and a path, without a trailing slash");
    }
    let host = rest.split('/').next().unwrap_or_default();
    // A variable stands for one label, as `*` does in `hosts`.
    let pattern = match host.split_once("}}.") {
        Some((variable, domain)) if variable.starts_with("{{") => format!("*.{domain}"),
        _ => host.to_owned(),
    };
    if pattern.contains("{{") {
        flaws.add(at, "may use a variable only as the whole first label of its host");
    } else if !spec.hosts.contains(&pattern) {
        flaws.add(at, format!("is on `{pattern}`, which `hosts` does not declare"));
    }
    for name in variables(host) {
        let public = name.strip_prefix("part.").is_some_and(|part| {
            spec.tokens.iter().any(|kind| kind.public.iter().any(|own| own == part))
        });
        if !public && !name.starts_with("with.") {
            flaws.add(at, format!("uses `{{{{{name}}}}}`; a host may name a public part of the value or a `with` entry, nothing else"));
        }
    }
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let (domain, least) = name.strip_prefix("*.").map_or((name, 1), |domain| (domain, 2));
    let labels: Vec<_> = domain.split('.').collect();
    let letters = |label: &&str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    labels.len() >= least
        && labels.iter().all(letters)
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}
