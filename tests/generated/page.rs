//! A provider's page, and the tables of all providers, generated from the provider files alone. No
//! text here has the shape of a token.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use tokenward::providers::Spec;
use tokenward::providers::model::template::variables;
use tokenward::providers::model::{
    BodyTest, Call, ClientAuth, Kind, Limits, Method, ResponseMatcher, Rotate, TokenKind,
    TokenStatus, VerdictRule,
};

/// Where the pages lie.
pub(crate) const FOLDER: &str = "docs/providers";

/// One provider's page.
pub(crate) fn page(spec: &Spec) -> String {
    let mut text = format!(
        "# {}\n\n<!-- generated from src/providers/specs/{}.yaml -->\n\n",
        spec.name, spec.id
    );
    let _ = write!(text, "`provider: {}` · [documentation]({})", spec.id, spec.docs);
    if let Some(console) = &spec.console {
        let _ = write!(text, " · [console]({console})");
    }
    let _ = writeln!(text, " · [all providers](README.md)\n\n{}\n", summary(spec));
    kinds(&mut text, spec);
    for (title, rotate) in ways(spec) {
        way(&mut text, spec, &title, rotate);
    }
    examples(&mut text, spec);
    test_calls(&mut text, spec);
    limits(&mut text, spec);
    if !spec.hazards.is_empty() {
        text.push_str("## Caveats\n\n");
        for hazard in &spec.hazards {
            let _ = writeln!(text, "- {hazard}");
        }
        text.push('\n');
    }
    let hosts: Vec<String> = spec.hosts.iter().map(|host| format!("`{host}`")).collect();
    let _ = writeln!(text, "## Hosts\n\ntokenward sends values only to {}.", listed(&hosts));
    if spec.regions.len() > 1 {
        let regions: Vec<String> = spec
            .regions
            .iter()
            .map(|region| format!("`{}` ({})", region.id, bare(&region.base)))
            .collect();
        let _ = writeln!(text, "\nRegions; the first one is the default: {}.", regions.join(", "));
    }
    text
}

/// In one sentence, what is possible.
pub(crate) fn summary(spec: &Spec) -> String {
    let kinds: BTreeSet<&str> = ways(spec)
        .into_iter()
        .map(|(_, rotate)| match rotate.kind {
            Kind::ApiKey => "issues, lists and revokes keys by API",
            Kind::Slots => "regenerates the provider's fixed keys in turn",
            Kind::Oauth => "refreshes OAuth tokens",
            Kind::Manual if rotate.disable.is_some() => {
                "manual rotation; disables the old value by API"
            }
            Kind::Manual => "manual rotation, verified by a test call",
        })
        .collect();
    let mut sentence = kinds.into_iter().collect::<Vec<_>>().join("; ");
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence + "."
}

/// Every way its tokens come and go that differs, each with the kinds it is for.
fn ways(spec: &Spec) -> Vec<(String, &Rotate)> {
    let plain: Vec<&TokenKind> =
        spec.tokens.iter().filter(|kind| kind.rotate.is_none() && is_kept(spec, kind)).collect();
    let own =
        spec.tokens.iter().filter_map(|kind| Some((kind.name.clone(), kind.rotate.as_deref()?)));
    let names = plain.iter().map(|kind| kind.name.clone()).collect::<Vec<_>>();
    (!plain.is_empty()).then(|| (listed(&names), &spec.rotate)).into_iter().chain(own).collect()
}

/// Whether a value of this kind can be a token of the config: a test call is for it.
fn is_kept(spec: &Spec, kind: &TokenKind) -> bool {
    kind.testable && !kind.identifier && probes(spec, kind).next().is_some()
}

fn probes<'a>(
    spec: &'a Spec,
    kind: &'a TokenKind,
) -> impl Iterator<Item = &'a tokenward::providers::model::Probe> {
    spec.verify.iter().filter(|probe| probe.kinds.is_empty() || probe.kinds.contains(&kind.id))
}

fn kinds(text: &mut String, spec: &Spec) {
    text.push_str(
        "## Tokens\n\n| kind | what it is | form | in a config |\n| --- | --- | --- | --- |\n",
    );
    for kind in &spec.tokens {
        let use_of = if is_kept(spec, kind) { "yes" } else { "no: only found by `scan`" };
        let _ = writeln!(
            text,
            "| `{}` | {} | `{}` | {use_of} |",
            kind.id,
            kind.name,
            cell(&kind.shape)
        );
    }
    text.push('\n');
    for kind in &spec.tokens {
        if !kind.context.is_empty() {
            let words: Vec<String> = kind.context.iter().map(|word| format!("`{word}`")).collect();
            let _ = writeln!(
                text,
                "- `scan` finds `{}` only near one of these words: {}.",
                kind.id,
                words.join(", ")
            );
        }
        let parts: Vec<String> = spec
            .parts_of(Some(&kind.id))
            .into_iter()
            .map(|part| format!("`part: {part}`"))
            .collect();
        if !parts.is_empty() {
            let _ = writeln!(
                text,
                "- A destination can hold a part of `{}`: {}.",
                kind.id,
                parts.join(", ")
            );
        }
    }
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
}

fn way(text: &mut String, spec: &Spec, title: &str, rotate: &Rotate) {
    let _ = writeln!(text, "## Rotation: {title}\n");
    let line = match rotate.kind {
        Kind::ApiKey => {
            "tokenward issues a new key by API, tests it, delivers it and proves that it arrived. After the grace period, it revokes the old key by API and verifies that it is gone."
        }
        Kind::Slots => {
            "The provider has a fixed number of keys. tokenward regenerates the one that is not in use, tests it, delivers it and proves that it arrived. After the grace period, it also regenerates the old one, which invalidates its value."
        }
        Kind::Oauth => {
            "The primary destination holds `REFRESH;ACCESS`. tokenward refreshes the access token before it expires and writes the result to the primary destination first. Other destinations get only the access token."
        }
        Kind::Manual => {
            "No API issues these tokens, so a person has to create them. tokenward opens an issue with the steps below, takes the new value from the secret `NAME_NEXT` next to the primary destination, tests it, compares its account and scopes, and delivers it. After the grace period, it asks you to revoke the old value, and verifies the revocation with a test call."
        }
    };
    let _ = writeln!(text, "{line}\n");
    let mut facts: Vec<String> = Vec::new();
    if rotate.disable.is_some() {
        let first = if rotate.revoke.is_some() {
            "tokenward disables an old key first, which can be undone, and deletes it an hour later at the earliest."
        } else {
            "If the config names a `manager`, tokenward disables the old key by API; a person deletes it."
        };
        facts.push(first.to_owned());
    }
    match rotate.kind {
        Kind::Manual => {}
        Kind::Oauth => facts.push(client_of(rotate)),
        Kind::ApiKey | Kind::Slots if rotate.self_managed => {
            facts.push("`manager` is optional: a key manages its own user's keys.".to_owned())
        }
        Kind::ApiKey | Kind::Slots => facts.push(
            "`manager` is a separate credential, which issues and revokes the keys.".to_owned(),
        ),
    }
    if !rotate.manager_needs.is_empty() {
        facts.push(format!(
            "The manager needs these permissions: {}.",
            coded(&rotate.manager_needs)
        ));
    }
    if rotate.needs_scopes {
        let full = rotate.create.as_ref().and_then(|create| create.scoped.as_ref()).map(|scoped| {
            format!(" The single scope `{}` requests a key with full access.", scoped.full)
        });
        facts.push(format!(
            "A new key never gets full access by accident: without `scopes` it gets the scopes of the key in use; if those are unknown, the config must set `scopes`.{}",
            full.unwrap_or_default()
        ));
    }
    if let Some(oauth) = &rotate.oauth {
        facts.push(if oauth.single_use {
            "A refresh token is treated as single-use, so if a response is lost, a person might have to authorize again.".to_owned()
        } else {
            "A refresh token can be used more than once.".to_owned()
        });
        facts.extend(
            oauth.access_lives.map(|span| format!("An access token expires after {span}.")),
        );
        facts.extend(
            oauth
                .refresh_lives
                .map(|span| format!("A refresh token that is not used for {span} expires.")),
        );
        facts.push(if oauth.revoke.is_some() {
            "A leaked grant is revoked by API.".to_owned()
        } else {
            "No API revokes a grant, so a person has to revoke it.".to_owned()
        });
    }
    facts.push(match rotate.tells_last_use() {
        true => "The provider reports when a key was last used: `grace: {last-used: ...}` works, and `check` reports an old key that is still in use.".to_owned(),
        false => "The provider does not report when a value was last used.".to_owned(),
    });
    let restricts = rotate.list.iter().flat_map(|list| &list.restricts);
    facts.extend(restricts.map(|own| match own.carry {
        Some(_) => {
            format!("A new key gets the {} of the old one, unless the config sets it: `with: {{{}: ...}}`, or `none`.", own.name, own.with)
        }
        None => format!(
            "If the old key has a {}, the config must set it for the new one: `with: {{{}: ...}}`, or `none`.",
            own.name, own.with
        ),
    }));
    if rotate.list.as_ref().is_some_and(|list| list.own) {
        facts.push("`check` reports keys in the same list that are not in the config.".to_owned());
    } else if rotate.list.is_some() && rotate.create.is_some() {
        facts.push(
            "`check` reports keys with tokenward's name that are not in the journal.".to_owned(),
        );
    }
    if rotate.create.as_ref().is_some_and(|create| create.nameless) {
        facts.push(
            "Keys have no names at this provider: if the response to the creation of a key is lost, a person has to find and delete that key."
                .to_owned(),
        );
    }
    facts.extend(numbers(&rotate.limits));
    if let Some(manual) = &rotate.manual {
        facts.extend(manual.overlap.map(|span| {
            format!(
                "The old and the new value both work for {span}, then the provider revokes the old one."
            )
        }));
        if rotate.kind == Kind::Manual {
            let beside = if manual.several {
                "The old and the new value both work until a person revokes one of them."
            } else {
                "There is no overlap: the old value stops working when the new one is created."
            };
            facts.extend(manual.overlap.is_none().then(|| beside.to_owned()));
        }
    }
    for fact in &facts {
        let _ = writeln!(text, "- {fact}");
    }
    if let Some(manual) = &rotate.manual {
        text.push_str("\nManual steps:\n\n");
        for (number, step) in manual.steps().iter().enumerate() {
            let _ = writeln!(text, "{}. {step}", number + 1);
        }
        if let Some(link) = manual.link.as_ref().or(spec.console.as_ref()) {
            let _ = writeln!(
                text,
                "\nWhere: {}",
                if link.contains("{{") {
                    format!("`{}`", link.replace("{{owner}}", "ACCOUNT"))
                } else {
                    format!("<{link}>")
                }
            );
        }
    }
    text.push('\n');
}

fn client_of(rotate: &Rotate) -> String {
    match rotate.oauth.as_ref().map(|oauth| oauth.client) {
        Some(ClientAuth::None) | None => "A refresh needs no client.".to_owned(),
        Some(ClientAuth::Public) => "`manager` is the client's id.".to_owned(),
        Some(ClientAuth::Basic | ClientAuth::Body) => {
            "`manager` is the client, as `ID:SECRET`.".to_owned()
        }
    }
}

/// What the provider sets, in sentences.
fn numbers(limits: &Limits) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(limits.keys.map(|keys| format!("The provider allows at most {keys} keys.")));
    said.extend(
        limits.name.map(|name| format!("The name of a key has at most {name} characters.")),
    );
    said.extend(
        limits.settle.map(|span| format!("The provider can refuse a new key for up to {span}.")),
    );
    said.extend(
        limits
            .list_lag
            .map(|span| format!("A new key can be missing from the list for up to {span}.")),
    );
    said.extend(
        limits
            .revoke_lag
            .map(|span| format!("The provider can accept a revoked key for up to {span}.")),
    );
    said.extend(limits.use_lag.map(|span| {
        format!(
            "The provider can report a use up to {span} late; `last-used` waits for that time, too."
        )
    }));
    said.extend(
        limits.lifetime.map(|span| format!("A token expires {span} after its creation; `check` warns before that, based on its age in the journal.")),
    );
    said.extend(limits.inactive_after.map(|span| {
        format!(
            "A token that is not used for {span} expires. Each test call of `check` is a use, so a more frequent schedule keeps it alive."
        )
    }));
    said
}

fn test_calls(text: &mut String, spec: &Spec) {
    text.push_str("## Test call\n\n");
    if spec.verify.is_empty() {
        text.push_str(
            "The provider has no call that tests a value without changing something.\n\n",
        );
        return;
    }
    text.push_str("tokenward checks the status and the body of the response. A response that matches no row means `unknown`, which never counts as OK.\n\n");
    let exchanges =
        spec.exchanges.iter().map(|exchange| (&exchange.request, Vec::new(), &exchange.verdicts));
    let probes =
        spec.verify.iter().map(|probe| (&probe.request, probe.kinds.clone(), &probe.verdicts));
    for (request, kinds, rules) in exchanges.chain(probes) {
        let whose = if kinds.is_empty() { String::new() } else { format!(" ({})", coded(&kinds)) };
        let _ = writeln!(text, "`{} {}`{whose}\n", word(request.method), address(spec, request));
        text.push_str("| status | body | means |\n| --- | --- | --- |\n");
        for rule in rules {
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                status(&rule.when),
                body(&rule.when),
                means(rule)
            );
        }
        text.push('\n');
    }
}

fn status(when: &ResponseMatcher) -> String {
    let statuses =
        when.status.iter().flat_map(|statuses| &statuses.0).map(u16::to_string).collect::<Vec<_>>();
    if statuses.is_empty() { "any".to_owned() } else { statuses.join(", ") }
}

fn body(when: &ResponseMatcher) -> String {
    let tests: Vec<String> = when.body.iter().map(said).collect();
    cell(&tests.join(" and "))
}

fn said(test: &BodyTest) -> String {
    let place = test
        .pointer
        .as_ref()
        .filter(|pointer| !pointer.is_empty())
        .map_or_else(|| "the body".to_owned(), |pointer| format!("`{pointer}`"));
    match (&test.equals, &test.contains) {
        (Some(value), _) => format!(
            "{place} is `{}`",
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        ),
        (None, Some(part)) => format!("{place} contains `{part}`"),
        (None, None) => format!("{place} exists"),
    }
}

fn means(rule: &VerdictRule) -> String {
    let word = match rule.is {
        TokenStatus::Live => "live",
        TokenStatus::Limited => "limited: valid, but without permission for this call",
        TokenStatus::Expired => "expired",
        TokenStatus::Revoked => "revoked",
        TokenStatus::Invalid => "invalid",
        TokenStatus::RateLimited => "rate-limited",
        TokenStatus::Unknown => "unknown",
    };
    let mut told = Vec::new();
    told.extend((rule.scopes.is_some() || rule.scopes_are.is_some()).then_some("scopes"));
    told.extend(rule.owner.as_ref().map(|_| "owner"));
    told.extend(rule.expires_at.as_ref().map(|_| "expiry"));
    let told =
        if told.is_empty() { String::new() } else { format!("; reports {}", told.join(", ")) };
    let next = if rule.confirm { "; the next call can override this" } else { "" };
    format!("{word}{next}{told}")
}

fn limits(text: &mut String, spec: &Spec) {
    let Some(limit) = &spec.rate_limit else {
        text.push_str("## Rate limits\n\nNone documented except `429` and `Retry-After`, which tokenward respects.\n\n");
        return;
    };
    text.push_str("## Rate limits\n\n");
    for window in &limit.windows {
        let _ = writeln!(
            text,
            "- {} in {}, for all tokens together; tokenward stays below this limit.",
            count(window.requests, "request"),
            window.per
        );
    }
    if let Some(most) = limit.concurrent {
        let _ = writeln!(text, "- {most} at once.");
    }
    if let (Some(remaining), Some(reset)) = (&limit.remaining, &limit.reset) {
        let _ = writeln!(text, "- tokenward respects `{remaining}` and `{reset}`.");
    } else if let Some(remaining) = &limit.remaining {
        let _ = writeln!(text, "- tokenward respects `{remaining}`.");
    }
    text.push_str("- tokenward respects `Retry-After`.\n\n");
}

/// A config for each way, which loads.
fn examples(text: &mut String, spec: &Spec) {
    let kept: Vec<&TokenKind> = spec.tokens.iter().filter(|kind| is_kept(spec, kind)).collect();
    let firsts = kept
        .iter()
        .copied()
        .filter(|kind| kind.rotate.is_none())
        .take(1)
        .chain(kept.iter().copied().filter(|kind| kind.rotate.is_some()));
    text.push_str("## Config\n\n");
    for kind in firsts {
        let _ = writeln!(text, "```yaml\n{}```\n", example(spec, kind));
    }
}

fn example(spec: &Spec, kind: &TokenKind) -> String {
    let rotate = spec.rotation_of(Some(&kind.id));
    let upper = spec.id.to_uppercase().replace('-', "_");
    // As `init` names them.
    let what = match rotate.kind {
        Kind::Oauth => "GRANT",
        _ if kind.id.ends_with("api-key") => "API_KEY",
        _ => "TOKEN",
    };
    let secret = format!("{upper}_{what}");
    let mut text = format!(
        "version: 1\ntokens:\n  {}:\n    provider: {}\n    value: env:{secret}\n",
        spec.id, spec.id
    );
    let managed = match rotate.kind {
        Kind::ApiKey | Kind::Slots => !rotate.self_managed,
        Kind::Oauth => rotate.oauth.as_ref().is_some_and(|oauth| oauth.client != ClientAuth::None),
        Kind::Manual => rotate.disable.is_some(),
    };
    if managed {
        let _ = writeln!(
            text,
            "    manager: env:{upper}_{}",
            if rotate.kind == Kind::Oauth { "CLIENT" } else { "MANAGER_KEY" }
        );
    }
    if spec.regions.len() > 1 && spec.regions.len() < 6 {
        let others: Vec<&str> =
            spec.regions.iter().skip(1).map(|region| region.id.as_str()).collect();
        let _ = writeln!(text, "    region: {}  # or {}", spec.regions[0].id, others.join(", "));
    } else if spec.regions.len() > 1 {
        let _ = writeln!(text, "    region: {}", spec.regions[0].id);
    }
    if takes_scopes(rotate) {
        let mark = if rotate.needs_scopes { "" } else { "# " };
        let _ = writeln!(text, "    {mark}scopes: [SCOPE]  # in the provider's own terms");
    }
    with(&mut text, spec, kind, rotate);
    let _ = writeln!(text, "    destinations:\n      - {{github: acme/site, secret: {secret}}}");
    for part in spec.parts_of(Some(&kind.id)).into_iter().filter(|part| *part != "refresh-token") {
        let _ = writeln!(
            text,
            "      - {{github: acme/site, environment: production, secret: {upper}_{}, part: {part}}}",
            part.to_uppercase().replace('-', "_")
        );
    }
    text
}

fn takes_scopes(rotate: &Rotate) -> bool {
    let create = rotate.create.as_ref().map(tokenward::providers::model::Create::narrowed);
    let uses = |call: &Call| {
        call.texts()
            .iter()
            .any(|(_, text)| variables(text).iter().any(|name| matches!(*name, "scopes" | "scope")))
    };
    create.as_ref().is_some_and(uses)
}

/// What the config has to say under `with`, and what it may say.
fn with(text: &mut String, spec: &Spec, kind: &TokenKind, rotate: &Rotate) {
    let mut wanted: BTreeMap<String, bool> = BTreeMap::new();
    let mut take = |text: &str, needed: bool| {
        for name in variables(text).into_iter().filter_map(|name| name.strip_prefix("with.")) {
            *wanted.entry(name.to_owned()).or_default() |= needed;
        }
    };
    spec.regions.iter().take(1).for_each(|region| take(&region.base, true));
    spec.headers.values().for_each(|header| take(header, false));
    let probed = probes(spec, kind).map(|probe| &probe.request);
    let calls: Vec<Call> = probed
        .cloned()
        .chain(rotate.calls().into_iter().map(|(_, call)| call.clone()))
        .chain(rotate.create.iter().map(tokenward::providers::model::Create::narrowed))
        .collect();
    for call in &calls {
        call.texts().iter().for_each(|(place, own)| take(own, place == "path" || place == "base"));
    }
    let own_kind = spec.tokens.iter().position(|own| own.id == kind.id) != Some(0);
    if wanted.is_empty() && !own_kind {
        return;
    }
    text.push_str("    with:\n");
    if own_kind {
        let _ = writeln!(text, "      kind: {}", kind.id);
    }
    for (name, needed) in &wanted {
        let value = name.to_uppercase();
        // What is not always needed is shown, and commented out.
        let _ = if *needed {
            writeln!(text, "      {name}: {value}")
        } else {
            writeln!(text, "      # {name}: {value}  # if needed")
        };
    }
    if !own_kind && !wanted.values().any(|needed| *needed) {
        // A mapping of comments alone is no mapping.
        *text = text.replace("    with:\n", "    # with:\n");
    }
}

fn address(spec: &Spec, call: &Call) -> String {
    let base = call
        .base
        .as_deref()
        .unwrap_or_else(|| spec.regions.first().map_or("", |region| &region.base));
    format!("{}{}", bare(base), call.path).replace("{{", "{").replace("}}", "}")
}

fn bare(base: &str) -> String {
    base.trim_start_matches("https://").replace("{{", "{").replace("}}", "}")
}

fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

fn count(number: u32, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn coded(texts: &[String]) -> String {
    texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
}

fn listed(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// A text inside a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
