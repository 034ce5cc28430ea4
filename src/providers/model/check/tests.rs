//! Files with one flaw each, and the sentence that names it.

use serde_json::{Value, json as j};

use super::*;
use crate::providers::fake::spec;
use crate::providers::model::examples::expand;

/// Sets what stands at a pointer, or takes it away where `value` is null. A list's `-` is its end.
fn set(file: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match file.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is there")) {
        Value::Object(entries) if value.is_null() => drop(entries.remove(key)),
        Value::Object(entries) => drop(entries.insert(key.to_owned(), value)),
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no `{key}`"),
    }
}

fn flaws(id: &str, changes: &[(&str, Value)]) -> String {
    let mut file = serde_json::to_value(spec(id)).unwrap();
    for (pointer, value) in changes {
        set(&mut file, pointer, value.clone());
    }
    let flaws = read(file).err().unwrap_or_default();
    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_flaw_has_its_sentence() {
    let create = "/rotate/create/request";
    let value = expand("SG.{w:22}.{w:43}", 1).unwrap();
    let cases: &[(&str, Value, &str)] = &[
        // Names and addresses.
        ("/id", j!("SendGrid"), "`id` is `SendGrid`"),
        ("/name", j!(" "), "`name` is empty"),
        ("/docs", j!("http://example.com"), "`docs` is not an https address"),
        ("/console", j!("ftp://x"), "`console` is not an https address"),
        ("/hosts", j!([]), "`hosts` is empty"),
        ("/hosts/-", j!("API.example.com"), "not a lowercase host name"),
        ("/hosts/-", j!("*.com"), "not a lowercase host name"),
        ("/hosts/-", j!("*"), "not a lowercase host name"),
        ("/regions", j!([]), "`regions` is empty"),
        ("/regions/0/base", j!("http://api.sendgrid.com"), "never sent in the clear"),
        ("/regions/0/base", j!("https://evil.example"), "which `hosts` does not declare"),
        (
            "/regions/0/base",
            j!("https://api.sendgrid.com@evil.example"),
            "must be only a scheme, a host and a path",
        ),
        (
            "/regions/0/base",
            j!("https://api.sendgrid.com/"),
            "must be only a scheme, a host and a path",
        ),
        ("/regions/0/base", j!("https://{{token}}.sendgrid.com"), "which `hosts` does not declare"),
        (
            "/regions/0/base",
            j!("https://a.{{with.x}}.sendgrid.com"),
            "only as the whole first label",
        ),
        ("/regions/1/id", j!("global"), "has `global` twice"),
        // Shapes.
        ("/tokens", j!([]), "`tokens` is empty"),
        ("/tokens/0/id", j!("API key"), "`tokens[0].id` is `API key`"),
        ("/tokens/0/shape", j!("SG\\.("), "is not a regular expression"),
        ("/tokens/0/shape", j!("^SG"), "has an anchor"),
        ("/tokens/0/shape", j!("SG\\b"), "has an anchor"),
        ("/tokens/0/shape", j!("(x)*"), "matches the empty text"),
        ("/tokens/0/public", j!(["dc"]), "names the group `dc`, which the shape does not have"),
        ("/tokens/0/context", j!(["SendGrid"]), "has a word that is not lowercase"),
        ("/tokens/0/examples/match", j!([]), "is empty; add at least one"),
        ("/tokens/0/examples/match", j!(["SG.{w:3}"]), "does not match the shape completely"),
        (
            "/tokens/0/examples/match",
            j!(["SG.{klingon:3}"]),
            "; its alphabet must be one of `hex`, ",
        ),
        ("/tokens/0/examples/clean", j!(["x SG.{w:22}.{w:43}"]), "contains a match of the shape"),
        (
            "/tokens/0/samples",
            j!(["KEY=x"]),
            "`tokens[0].samples[0]` must contain `{{token}}` once",
        ),
        ("/tokens/0/samples", j!(["{{token}} {{token}}"]), "must contain `{{token}}` once"),
        ("/tokens/0/samples", j!(["{{token}} {{id}}"]), "has `{id}` without a length"),
        ("/tokens/0/samples", j!([format!("{value} {{{{token}}}}")]), "contains a token"),
        ("/tokens/0/examples/match", j!(["SG.{w:1000000}"]), "must be between 1 and 2000"),
        // Rate limits.
        ("/rate-limit", j!({"windows": [{"requests": 0, "per": "1s"}]}), "requests` is 0"),
        (
            "/rate-limit",
            j!({"windows": [{"requests": 1, "per": "0s"}]}),
            "per` must be between 1s and 31d",
        ),
        (
            "/rate-limit",
            j!({"windows": [{"requests": 1, "per": "3650d"}]}),
            "per` must be between 1s and 31d",
        ),
        ("/rate-limit", j!({"concurrent": 0}), "`rate-limit.concurrent` is 0"),
        // Answers.
        (
            "/verify/0/examples",
            j!([{"status": 401, "body": {"error": "no"}, "is": "invalid"}]),
            "`verify[0].examples[0]` is classified as `unknown` by the rules, but `is` says `invalid`",
        ),
        ("/verify/0/examples", j!([{"status": 401, "is": "dead"}]), "unknown variant `dead`"),
        (
            "/verify/0/examples",
            j!([{"status": 99, "is": "unknown"}]),
            "is not a status from 200 to 599",
        ),
        (
            "/verify/0/examples",
            j!([{"status": 403, "body": {"sent": value}, "is": "unknown"}]),
            "`verify[0].examples[0].body` contains a token",
        ),
        // Requests.
        ("/auth", j!({}), "`auth` does not say where"),
        ("/auth", j!({"bearer": "token"}), "never uses the value"),
        ("/auth", j!({"bearer": "{{tokens}}"}), "use `{{token}}`"),
        ("/auth", j!({"bearer": "{{part.nope}}"}), "use `{{token}}`"),
        ("/auth", j!({"bearer": "{{token"}), "`{{` without `}}`"),
        (
            "/auth",
            j!({"header": {"name": "X Key", "value": "{{token}}"}}),
            "not a valid header name",
        ),
        (
            "/auth",
            j!({"header": {"name": "Host", "value": "{{token}}"}}),
            "only the HTTP client sets",
        ),
        (
            "/auth",
            j!({"bearer": "{{token}}", "basic": {"user": "api", "password": "{{token}}"}}),
            "sets the header `Authorization` twice",
        ),
        (
            "/auth",
            j!({"body": {"name": "key", "value": "{{token}}"}}),
            "carries the value in its body, but has no body",
        ),
        ("/headers", j!({"x-key": "{{token}}"}), "only `auth` may use the value"),
        ("/verify/0/request/path", j!("/v3/scopes/{{token}}"), "never in a path"),
        ("/verify/0/request/path", j!("v3/scopes"), "is not a path"),
        ("/verify/0/request/path", j!("/v3/scopes?x=y"), "is not a path"),
        ("/verify/0/request/path", j!("/v3/../scopes"), "contains `//`, `.` or `..`"),
        ("/verify/0/request/path", j!("/v3/{{id}}"), "uses `{{id}}`, which is unknown here"),
        ("/verify/0/request/query", j!({"q": "{{part.key_id}}"}), "only `auth` may use the value"),
        ("/verify/0/request/path", j!("/v3/{{part.nope}}"), "never in a path"),
        ("/verify/0/kinds", j!(["nope"]), "names `nope`, which `tokens` does not define"),
        ("/verify/0/request/method", j!("POST"), "is not a GET"),
        ("/verify/0/request/json", j!({}), "is a GET with a body"),
        ("/verify/0/request/base", j!("https://evil.example"), "which `hosts` does not declare"),
        ("/rotate/create/request/form", j!({"name": "{{name}}"}), "has more than one body"),
        ("/rotate/create/request/multipart", j!({"name": "{{name}}"}), "has more than one body"),
        (
            "/rotate/create/request/json/scopes",
            j!("all of {{scopes}}"),
            "it must be a whole string of a JSON body",
        ),
        (
            "/rotate/create/request/json/n",
            j!("{{with.n|json}}"),
            "`|json`, which is only for `scopes`",
        ),
        (
            "/rotate/create/scoped",
            j!({"full": "all", "form": {"x": "y"}}),
            "adds form fields to a request without a form",
        ),
        (
            "/rotate/create/scoped",
            j!({"full": " ", "form": {"x": "y"}}),
            "name the word for full access",
        ),
        (
            "/rotate/create/request/json/n",
            j!("x{{with.n|number}}"),
            "`|number`, which must be a whole string",
        ),
        (
            "/rotate/create/request/json/n",
            j!("{{with.n|upper}}"),
            "the only filters are `number`, `json` and `list`",
        ),
        ("/rate-limit/reset", j!("a b"), "not a valid header name"),
        // Answers.
        ("/verify/0/verdicts", j!([]), "every response would be inconclusive"),
        ("/verify/0/verdicts/0/when", j!({}), "matches every response"),
        ("/verify/0/verdicts/0/when/status", j!([]), "must list statuses from 200 to 599"),
        ("/verify/0/verdicts/0/when/status", j!(99), "must list statuses from 200 to 599"),
        (
            "/verify/0/verdicts/0",
            j!({"when": {"status": 503}, "is": "invalid"}),
            "dead because of a redirect, a rate limit or an outage",
        ),
        (
            "/verify/0/verdicts/0",
            j!({"when": {"status": 302}, "is": "revoked"}),
            "dead because of a redirect",
        ),
        (
            "/verify/0/verdicts/0",
            j!({"when": {"status": 500}, "is": "live"}),
            "live because of a server error",
        ),
        (
            "/verify/0/verdicts/0",
            j!({"when": {"status": 401, "unparsed": true}, "is": "invalid"}),
            "a body that could come from a proxy",
        ),
        (
            "/verify/0/verdicts/0",
            j!({"when": {"status": 401}, "is": "invalid", "scopes": "/x"}),
            "for a token that is not live",
        ),
        (
            "/verify/0/verdicts/0",
            j!({"when": {"status": 401}, "is": "invalid", "confirm": true}),
            "but there is no next probe",
        ),
        (
            "/verify/0/verdicts/0/confirm",
            j!(true),
            "which is only for a verdict that the token is dead",
        ),
        ("/verify/0/verdicts/0/scopes", j!("scopes"), "is not a JSON pointer"),
        ("/verify/0/verdicts/0/owner", j!("/a/*/b"), "`*` is not allowed here"),
        ("/verify/0/verdicts/0/scopes-are", j!(["a"]), "has both `scopes` and `scopes-are`"),
        ("/verify/0/verdicts/0/when/body", j!([{}]), "tests nothing"),
        (
            "/verify/0/verdicts/0/when/body",
            j!([{"equals": 1}]),
            "select a part of it with `pointer`",
        ),
        ("/verify/0/verdicts/0/when/body", j!([{"contains": " "}]), "is in every text"),
        ("/rotate/create/ok", j!(404), "must list statuses from 200 to 299"),
        ("/rotate/revoke/ok", j!([204, 404]), "put statuses for `no such key` into `gone`"),
        (
            "/rotate/revoke/gone",
            j!([{"status": [404, 500]}]),
            "an outage or a success is not a refusal",
        ),
        (
            "/rotate/create/quota",
            j!([{"body": [{"contains": "max"}]}]),
            "an outage or a success is not a refusal",
        ),
        // The life of a key.
        ("/rotate/create", Value::Null, "of kind `api-key` but has no `create`"),
        ("/rotate/list", Value::Null, "of kind `api-key` but has no `list`"),
        ("/rotate/revoke", Value::Null, "of kind `api-key` but has no `revoke`"),
        ("/rotate/kind", j!("manual"), "describe what a person must do"),
        ("/rotate/kind", j!("oauth"), "is only for the kind `api-key`"),
        ("/rotate/create/request/json", j!({"scopes": "{{scopes}}"}), "never uses `{{name}}`"),
        (
            "/rotate/create/request/json",
            j!({"name": "{{name}}"}),
            "never sends scopes, although `needs-scopes` is set",
        ),
        (
            "/rotate/create/request/repeatable",
            j!(true),
            "repeating the request would issue two keys",
        ),
        ("/rotate/create/request/method", j!("GET"), "is a GET, which changes nothing"),
        ("/rotate/create/value", j!("api_key"), "is not a JSON pointer"),
        ("/rotate/revoke/request/path", j!("/v3/api_keys"), "never uses `{{id}}`"),
        ("/rotate/revoke/gone", j!([]), "would try forever"),
        ("/rotate/get/gone", j!([]), "could never see that a key is gone"),
        ("/rotate/list/id", j!("/*/id"), "`*` is not allowed here"),
        (
            "/rotate/list/paging",
            j!({"number": {"param": "page", "first": 1, "step": 0}}),
            "every page would be the first",
        ),
        (
            "/rotate/list/paging",
            j!({"cursor": {"param": "", "next": "/n"}}),
            "names no query parameter",
        ),
        ("/rotate/limits/name", j!(20), "is too short for the names of keys"),
        ("/rotate/limits/keys", j!(1), "the old and the new key exist at the same time"),
        (
            "/rotate/manual",
            j!({"create": ["x"], "store": "{{secret}}", "link": "https://x.example/{{id}}"}),
            "only `{{owner}}` and `with` entries are known there",
        ),
        ("/rotate/manual", j!({"steps": ["x"]}), "unknown field `steps`"),
        // What serde says.
        ("/colour", j!("red"), "unknown field `colour`"),
        ("/rotate/limits/revoke-lag", j!("10 minutes"), "not a duration"),
        ("/rotate/create/ok", j!("201"), "an HTTP status such as 201"),
        ("/rotate/create/ok", j!(-1), "an HTTP status is not negative"),
        ("/hosts", Value::Null, "missing field `hosts`"),
    ];
    for (pointer, value, sentence) in cases {
        let found = flaws("sendgrid", &[(pointer, value.clone())]);
        assert!(found.contains(sentence), "{pointer} = {value}: {found:?} has no {sentence:?}");
    }
    let lost = flaws("resend", &[("/rotate/create/id", Value::Null)]);
    assert!(lost.contains("the key could never be revoked"), "{lost}");
    assert!(
        flaws("sendgrid", &[(&format!("{create}/json/account"), j!("{{with.account|number}}"))])
            .is_empty()
    );
}

#[test]
fn a_host_may_name_a_public_part_of_the_value_and_no_other() {
    let dc = |public: Value| {
        flaws(
            "sendgrid",
            &[
                ("/tokens/0/shape", j!("[0-9a-f]{32}-(?<dc>us[0-9]{1,2})")),
                ("/tokens/0/public", public),
                ("/tokens/0/examples", j!({"match": ["{hex:32}-us{digit:1}"]})),
                ("/hosts", j!(["*.api.example.com"])),
                (
                    "/regions",
                    j!([{"id": "global", "base": "https://{{part.dc}}.api.example.com/3.0"}]),
                ),
            ],
        )
    };
    assert_eq!(dc(j!(["dc"])), "");
    assert!(dc(j!([])).contains("a host may name a public part of the value or a `with` entry"));
}

#[test]
fn a_flaw_says_where_it_is() {
    let flaw = SpecError { at: "rotate.create.ok".to_owned(), says: "is wrong".to_owned() };
    assert_eq!(flaw.to_string(), "`rotate.create.ok` is wrong");
}

#[test]
fn each_scheme_has_its_flaws() {
    let cases: &[(&str, &str, Value, &str)] = &[
        // OAuth: a refresh carries two credentials.
        ("constant-contact", "/rotate/oauth", Value::Null, "of kind `oauth` but has no `oauth`"),
        (
            "constant-contact",
            "/rotate/oauth/refresh/method",
            j!("GET"),
            "must be a POST with a form or JSON",
        ),
        (
            "constant-contact",
            "/rotate/oauth/refresh/form",
            Value::Null,
            "must be a POST with a form or JSON",
        ),
        (
            "constant-contact",
            "/rotate/oauth/refresh/auth",
            j!({"bearer": "{{token}}"}),
            "must not have `auth` or `repeatable`",
        ),
        (
            "constant-contact",
            "/rotate/oauth/refresh/repeatable",
            j!(true),
            "must not have `auth` or `repeatable`",
        ),
        (
            "constant-contact",
            "/rotate/oauth/refresh/base",
            j!("https://collector.example/oauth"),
            "which `hosts` does not declare",
        ),
        (
            "constant-contact",
            "/rotate/oauth/refresh/path",
            j!("/token/{{part.refresh}}"),
            "never in a path",
        ),
        ("constant-contact", "/rotate/oauth/refresh/path", j!("/token?refresh=x"), "is not a path"),
        (
            "constant-contact",
            "/rotate/oauth/refresh/form/refresh_token",
            j!("{{part.refresh}}"),
            "only `auth` may use the value",
        ),
        (
            "constant-contact",
            "/verify/0/request/path",
            j!("/v3/{{part.access}}"),
            "never in a path",
        ),
        (
            "aweber",
            "/rotate/oauth/revoke/base",
            j!("https://collector.example"),
            "which `hosts` does not declare",
        ),
        ("aweber", "/rotate/oauth/revoke/path", j!("/revoke/{{token}}"), "never in a path"),
        ("aweber", "/rotate/oauth/client", j!("none"), "has no client authentication"),
        ("aweber", "/rotate/kind", j!("manual"), "is only for the kind `oauth`"),
        ("sendgrid", "/rotate/kind", j!("oauth"), "of kind `oauth` but has no `oauth`"),
        // Fixed keys.
        ("azure-communication", "/rotate/slots", Value::Null, "of kind `slots` but has no `slots`"),
        (
            "azure-communication",
            "/rotate/slots/slots",
            j!([{"id": "Primary", "value": "/primaryKey"}]),
            "has fewer than two slots",
        ),
        ("azure-communication", "/rotate/slots/slots/1/id", j!("Primary"), "has `Primary` twice"),
        (
            "azure-communication",
            "/rotate/slots/slots/0/value",
            j!("primaryKey"),
            "is not a JSON pointer",
        ),
        ("azure-communication", "/rotate/slots/show/repeatable", j!(false), "is not a GET"),
        (
            "azure-communication",
            "/rotate/slots/show/base",
            j!("https://collector.example"),
            "which `hosts` does not declare",
        ),
        (
            "azure-communication",
            "/rotate/slots/fill/base",
            j!("https://collector.example"),
            "which `hosts` does not declare",
        ),
        (
            "azure-communication",
            "/rotate/slots/fill/json",
            j!({"keyType": "Primary"}),
            "never uses `{{slot}}`",
        ),
        (
            "azure-communication",
            "/rotate/slots/fill/method",
            j!("GET"),
            "is a GET, which changes nothing",
        ),
        (
            "azure-communication",
            "/rotate/slots/fill/path",
            j!("/keys/{{token}}"),
            "never in a path",
        ),
        ("azure-communication", "/rotate/kind", j!("manual"), "is only for the kind `slots`"),
        // Azure's signature.
        ("azure-communication", "/auth/azure-hmac/key", j!("{{part.nope}}"), "use `{{token}}`"),
        ("azure-communication", "/auth/azure-hmac/key", j!("a fixed text"), "never uses the value"),
        (
            "azure-communication",
            "/auth/bearer",
            j!("{{token}}"),
            "sets the header `Authorization` twice",
        ),
        // AWS's.
        ("amazon-ses", "/auth/sigv4/service", j!("SES/v2"), "which is not an AWS service"),
        ("amazon-ses", "/auth/sigv4/region", j!("EU (Ireland)"), "which is not an AWS region"),
        ("amazon-ses", "/auth/sigv4/region", j!("{{with.region}}"), "which is not an AWS region"),
        ("amazon-ses", "/auth/sigv4/secret", j!("{{part.nope}}"), "use `{{token}}`"),
        (
            "amazon-ses",
            "/auth/basic",
            j!({"user": "x", "password": "{{token}}"}),
            "sets the header `Authorization` twice",
        ),
        (
            "amazon-ses",
            "/verify/0/request/base",
            j!("https://sts.amazonaws.example"),
            "which `hosts` does not declare",
        ),
        ("amazon-ses", "/verify/0/request/path", j!("/{{part.secret}}"), "never in a path"),
        // In the query.
        (
            "sendgrid",
            "/auth",
            j!({"query": {"name": "key", "value": "{{tokens}}"}}),
            "use `{{token}}`",
        ),
        (
            "sendgrid",
            "/auth",
            j!({"query": {"name": "key", "value": "fixed"}}),
            "never uses the value",
        ),
        (
            "sendgrid",
            "/verify/0/request/query",
            j!({"key": "{{token}}"}),
            "only `auth` may use the value",
        ),
        // In the body.
        (
            "mandrill",
            "/verify/0/request/json",
            Value::Null,
            "carries the value in its body, but has no body",
        ),
        (
            "mandrill",
            "/verify/0/request/json",
            j!({"key": "{{token}}"}),
            "only `auth` may use the value",
        ),
        ("mandrill", "/auth/body/key", j!("{{part.nope}}"), "use `{{token}}`"),
        (
            "smtp2go",
            "/rotate/revoke/request/path",
            j!("/api_keys/remove/{{part.ended}}"),
            "never in a path",
        ),
        (
            "smtp2go",
            "/rotate/revoke/request/base",
            j!("https://collector.example"),
            "which `hosts` does not declare",
        ),
        // Exchanged for a token first.
        (
            "sendpulse",
            "/exchanges/0/request/auth",
            Value::Null,
            "must say where this request carries the value",
        ),
        (
            "sendpulse",
            "/exchanges/0/request/base",
            j!("https://collector.example"),
            "which `hosts` does not declare",
        ),
        (
            "sendpulse",
            "/exchanges/0/request/path",
            j!("/oauth/{{part.client_secret}}"),
            "never in a path",
        ),
        ("sendpulse", "/exchanges/0/id", j!("other"), "which `exchanges` does not define"),
        (
            "zeptomail",
            "/rotate/auth/header/value",
            j!("Zoho-oauthtoken {{token}}"),
            "never uses `{{access}}`",
        ),
        // What restricts a key goes over to the next.
        (
            "onesignal",
            "/rotate/create/request/json/ip_allowlist",
            Value::Null,
            "never uses `{{with.ip_allowlist}}`",
        ),
        ("onesignal", "/rotate/list/restricts/1/with", j!("app_id"), "is part of an address"),
        (
            "onesignal",
            "/rotate/list/restricts/1/with",
            j!("ip_allowlist_mode"),
            "has `with: ip_allowlist_mode` twice",
        ),
        (
            "onesignal",
            "/rotate/list/restricts/1/with",
            j!("IpAllowlist"),
            "an entry of `with` consists of lowercase",
        ),
        ("onesignal", "/rotate/list/restricts/0/at", j!(""), "would select the whole item"),
        (
            "onesignal",
            "/rotate/list/restricts/0/name",
            j!(" "),
            "write the name that the provider's users know",
        ),
        ("elastic-email", "/rotate/list/restricts/1/open", j!("never"), "needs `carry: value`"),
        ("elastic-email", "/rotate/list/plain/0", j!("AccessLevel"), "which is not a JSON pointer"),
        (
            "elastic-email",
            "/rotate/create/request/path",
            j!("/v4/{{with.x|list}}"),
            "must be a whole string of a JSON body",
        ),
        // What is called public stands in paths.
        (
            "sendgrid",
            "/tokens/0/shape",
            j!("(?<key_id>SG\\.[A-Za-z0-9_-]{20,24}\\.[A-Za-z0-9_-]{39,50})"),
            "nearly the whole value public",
        ),
        (
            "mailchimp",
            "/tokens/0",
            j!({
                "id": "api-key", "name": "x", "shape": "(?<dc>[0-9a-f]{32}-us[0-9]{1,2})", "public": ["dc"], "examples": {"match": ["{hex:32}-us{digit:1}"]},
            }),
            "nearly the whole value public",
        ),
    ];
    for (id, pointer, value, sentence) in cases {
        let found = flaws(id, &[(pointer, value.clone())]);
        assert!(
            found.contains(sentence),
            "{id} {pointer} = {value}: {found:?} has no {sentence:?}"
        );
    }
}
