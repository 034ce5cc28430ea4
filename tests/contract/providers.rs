//! Each provider's requests, and its twin's answers, through a proxy that lets through only what
//! the vendor's own document describes: the test calls with a living and with a dead value, and a
//! key's whole life where there is one.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokenward::domain::{ProviderId, Secret, SecretMasker};
use tokenward::net::{Https, Origin};
use tokenward::providers::{Driver, Order, Registry};
use tokenward_emulator::{Emulator, Fault, FaultKind, FaultMatch, TwinOf};

use crate::outcome::{Outcome, While, ensure};
use crate::prism::Prism;
use crate::{documents, process, stage, tools, transcript};

/// One vendor's document, and what of it is asked.
pub(crate) struct Case {
    pub(crate) provider: &'static str,
    /// The kind of token; none: the file's first.
    kind: Option<&'static str>,
    document: fn(&Path) -> Outcome<PathBuf>,
    /// Whether the document describes the test calls.
    tested: bool,
    /// What a key is made with, where the provider makes keys by API.
    scopes: &'static [&'static str],
    must_have: &'static [&'static str],
}

pub(crate) const CASES: [Case; 13] = [
    Case {
        kind: None,
        provider: "mailgun",
        document: documents::mailgun,
        tested: true,
        scopes: &["developer"],
        must_have: &[
            "GET /v4/domains",
            "POST /v3/mg.acme.example/messages",
            "GET /v1/keys",
            "POST /v1/keys",
            "DELETE /v1/keys/",
        ],
    },
    Case {
        kind: None,
        provider: "twilio",
        document: documents::twilio,
        // They go to Verify, which is another document's.
        tested: false,
        scopes: &["/twilio/messaging/messages/read"],
        must_have: &["GET /v1/Keys", "POST /v1/Keys", "GET /v1/Keys/", "DELETE /v1/Keys/"],
    },
    Case {
        kind: None,
        provider: "elastic-email",
        document: documents::elastic_email,
        tested: true,
        scopes: &["SendHttp", "ViewReports"],
        must_have: &[
            "GET /v4/statistics",
            "GET /v4/security/apikeys",
            "POST /v4/security/apikeys",
            "DELETE /v4/security/apikeys/",
        ],
    },
    Case {
        kind: None,
        provider: "klaviyo",
        document: documents::klaviyo,
        tested: true,
        scopes: &[],
        must_have: &[
            "GET /api/accounts",
            "GET /api/api-keys",
            "GET /api/api-keys/",
            "PATCH /api/api-keys/",
        ],
    },
    Case {
        kind: None,
        provider: "mailjet",
        document: documents::mailjet,
        tested: true,
        scopes: &[],
        must_have: &["GET /v3/REST/apikey"],
    },
    Case {
        kind: None,
        provider: "mandrill",
        document: documents::mandrill,
        tested: true,
        scopes: &[],
        must_have: &["POST /api/1.0/users/info", "POST /api/1.0/users/ping2"],
    },
    Case {
        kind: None,
        provider: "kit",
        document: documents::kit,
        tested: true,
        scopes: &[],
        must_have: &["GET /v4/account"],
    },
    Case {
        kind: None,
        provider: "mailtrap",
        document: documents::mailtrap,
        tested: true,
        scopes: &["10"],
        must_have: &[
            "GET /api/accounts",
            "GET /api/api_tokens",
            "POST /api/api_tokens",
            "GET /api/api_tokens/",
            "DELETE /api/api_tokens/",
        ],
    },
    Case {
        kind: None,
        provider: "buttondown",
        document: documents::buttondown,
        tested: true,
        scopes: &[],
        must_have: &["GET /v1/accounts/me"],
    },
    Case {
        kind: None,
        provider: "brevo",
        document: documents::brevo,
        tested: true,
        scopes: &[],
        must_have: &["GET /v3/account"],
    },
    Case {
        kind: Some("m2m-app"),
        provider: "brevo",
        document: documents::brevo,
        tested: true,
        scopes: &[],
        must_have: &["POST /realms/partner/oauth/token", "GET /v3/account"],
    },
    Case {
        kind: None,
        provider: "sparkpost",
        document: documents::sparkpost,
        tested: true,
        scopes: &[],
        must_have: &["GET /api/v1/account"],
    },
    Case {
        kind: None,
        provider: "mailersend",
        document: documents::mailersend,
        tested: true,
        scopes: &["email_full"],
        must_have: &["GET /v1/api-quota", "POST /v1/token", "PUT /v1/token/", "DELETE /v1/token/"],
    },
];

struct Unheard;

impl SecretMasker for Unheard {
    fn mask(&self, _: &Secret) {}
}

impl Case {
    /// What it is called.
    pub(crate) fn name(&self) -> String {
        self.kind
            .map_or_else(|| self.provider.to_owned(), |kind| format!("{}_{kind}", self.provider))
            .replace('-', "_")
    }
}

/// Every provider whose documents are at hand is held against them: here, in the whole life, or at
/// moto. Documents of services that no provider file speaks to say nothing about tokenward.
pub(crate) fn none_is_left_out(_: &stage::Stage) -> Outcome<()> {
    let elsewhere = ["amazon-ses", "github", "resend", "sendgrid"];
    let registry = Registry::built_in();
    let mut held = 0;
    for entry in std::fs::read_dir(tools::vendor_documents()).while_("list the vendors")? {
        let folder = entry.while_("list the vendors")?.file_name().to_string_lossy().into_owned();
        // Of Mailchimp's two products only one has a document.
        let provider = if folder == "mailchimp" { "mandrill" } else { folder.as_str() };
        if provider != "github" && registry.get(&ProviderId::new(provider)).is_none() {
            continue;
        }
        let is_held =
            elsewhere.contains(&provider) || CASES.iter().any(|case| case.provider == provider);
        ensure(is_held, || format!("nothing is held against the documents in {folder}"))?;
        held += 1;
    }
    ensure(held >= 15, || format!("only {held} documents are held against anything"))
}

/// Asks everything, and holds what Prism saw against what arrived.
pub(crate) fn passes(case: &Case) -> Outcome<()> {
    let folder = tools::scratch(&case.name());
    std::fs::create_dir_all(&folder).while_("make a folder")?;
    let done = run(case, &folder);
    let _ = std::fs::remove_dir_all(&folder);
    done
}

fn run(case: &Case, folder: &Path) -> Outcome<()> {
    let runtime = process::runtime()?;
    let emulator = Emulator::new();
    let served = runtime.block_on(emulator.serve()).while_("serve the emulator")?;
    let twin = emulator.twin(case.provider).ok_or("no twin")?;
    let document = (case.document)(folder)?;
    let mut prism = Prism::start(case.provider, &document, &served.url(twin.service()), folder)?;
    let url = prism.url()?;
    if let Err(why) = runtime.block_on(asked(case, &emulator, &twin, &url)) {
        let log = prism.log(stage::tally(&emulator, twin.service()).values().sum())?;
        return Err(format!("{why}\nPrism says:\n{}", log.objections.join("\n")));
    }
    let arrived = stage::tally(&emulator, twin.service());
    let log = prism.log(arrived.values().sum())?;
    ensure(log.objections.is_empty(), || format!("Prism objects:\n{}", log.objections.join("\n")))?;
    ensure(arrived == log.requests, || {
        format!("Prism saw {:#?}\nThe twin saw {arrived:#?}", log.requests)
    })?;
    for wanted in case.must_have {
        ensure(arrived.keys().any(|request| request.starts_with(wanted)), || {
            format!("there was no {wanted} in {arrived:#?}")
        })?;
    }
    // What the document has not is noticed: otherwise this would prove nothing.
    let answer = transcript::ask(&url, "none", "GET", "/not/in/the/document", "")?;
    ensure(answer.contains("https://stoplight.io/prism/errors#"), || {
        format!("not refused by Prism: {answer}")
    })?;
    let figures = format!(
        "{} requests, none objected to; {} refusals that the document leaves out",
        log.count(),
        log.undocumented
    );
    writeln!(std::io::stdout(), "{}: {figures}", case.name()).while_("say the figures")
}

async fn asked(case: &Case, emulator: &Emulator, twin: &TwinOf, url: &str) -> Outcome<()> {
    let registry = Registry::built_in();
    let spec = registry.get(&ProviderId::new(case.provider)).ok_or("no such provider file")?;
    let origin = Origin::parse(url).ok_or("no address")?;
    let (transport, masker) = (Https::new(), Unheard);
    let kind = case.kind.unwrap_or(&spec.tokens[0].id);
    let own = [("kind", kind.to_owned())];
    let with: BTreeMap<String, String> =
        twin.with(kind).into_iter().chain(own).map(|(key, text)| (key.to_owned(), text)).collect();
    let driver = Driver::new(spec, None, Some(&origin), &transport, &masker)
        .map_err(|problem| problem.what)?
        .with(&with);
    let told = |refusal: tokenward::providers::ProviderError| refusal.to_string();

    if case.tested {
        for value in [twin.seed(kind), twin.seed_narrow(kind)]
            .into_iter()
            .flatten()
            .map(|seeded| seeded.value)
        {
            let secret = Secret::new(value.clone());
            let verdict = driver.verify(&secret).await;
            ensure(verdict.is_alive(), || format!("a living value is {verdict:?}"))?;
            if let [first, _, ..] = &spec.verify[..] {
                // The other calls are made where the first one says nothing.
                let matches = FaultMatch::Where {
                    service: None,
                    method: None,
                    path_contains: Some(first.request.path.clone()),
                };
                emulator.inject(Fault { matches, kind: FaultKind::Forbidden, times: 1 });
                driver.verify(&secret).await;
            }
            ensure(twin.kill(&value), || "it could not be ended".to_owned())?;
            let verdict = driver.verify(&secret).await;
            ensure(!verdict.is_alive(), || format!("a dead value is {verdict:?}"))?;
        }
    }
    let Some(manager) = twin.seed_manager(kind).map(|seeded| Secret::new(seeded.value)) else {
        if spec.rotate.list.is_some() {
            let own = twin.seed(kind).ok_or("no value")?;
            driver.list(&Secret::new(own.value)).await.map_err(told)?;
        }
        return Ok(());
    };
    let id = if spec.rotate.create.is_some() {
        let scopes: Vec<String> = case.scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let order = Order {
            name: "tw1-0a1b2c3d-v1-4e5f60",
            scopes: &scopes,
            with: &with,
            in_use: &[],
            carried: &[],
        };
        let minted = driver.create(&manager, &order).await.map_err(told)?;
        if let Some(got) = &minted.scopes {
            ensure(*got == scopes, || format!("asked for {scopes:?} and got {got:?}"))?;
        }
        minted.id
    } else {
        let seeded = twin.seed(kind).and_then(|seeded| seeded.id).ok_or("no id")?;
        tokenward::domain::KeyId::new(seeded)
    };
    let listed = driver.list(&manager).await.map_err(told)?;
    ensure(listed.iter().any(|key| key.is(&id)), || format!("{id} is not listed"))?;
    ensure(!driver.is_gone(&manager, &id).await.map_err(told)?, || {
        "it is said to be gone".to_owned()
    })?;
    if spec.rotate.disable.is_some() {
        driver.disable(&manager, &id).await.map_err(told)?;
    }
    if spec.rotate.revoke.is_some() {
        driver.revoke(&manager, &id).await.map_err(told)?;
        ensure(driver.is_gone(&manager, &id).await.map_err(told)?, || {
            "it is still there".to_owned()
        })?;
        driver.revoke(&manager, &id).await.map_err(told)?;
    }
    Ok(())
}

/// MailerSend publishes no document of its tokens, but exchanges it recorded: the twin answers each
/// as the real one did.
pub(crate) fn recorded(_: &stage::Stage) -> Outcome<()> {
    let runtime = process::runtime()?;
    let emulator = Emulator::new();
    let served = runtime.block_on(emulator.serve()).while_("serve the emulator")?;
    let twin = emulator.twin("mailersend").ok_or("no twin")?;
    let url = served.url(twin.service());
    let manager = twin.seed_manager("api-token").ok_or("no manager")?.value;
    let own = twin.seed("api-token").and_then(|seeded| seeded.id).ok_or("no token")?;
    let mut replayed = 0;
    for name in ["tokens_create", "tokens_update", "tokens_delete", "api_quota_get"] {
        for exchange in documents::recorded(&format!("mailersend/vcr/{name}.yml"))? {
            let (request, response) = (&exchange["request"], &exchange["response"]);
            let path = request["uri"]
                .as_str()
                .and_then(|uri| uri.strip_prefix("https://api.mailersend.com"))
                .ok_or("another host")?;
            // The recorded token is not in the emulator: one of its own stands for it.
            let path: Vec<&str> = path
                .split('/')
                .map(|step| if step.len() > 60 { own.as_str() } else { step })
                .collect();
            let method = request["method"].as_str().unwrap_or_default().to_uppercase();
            let body = request["body"]["string"].as_str().unwrap_or_default();
            let answer = transcript::ask(&url, &manager, &method, &path.join("/"), body)?;
            let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
            let status = response["status"]["code"].as_u64().unwrap_or_default();
            ensure(head.starts_with(&format!("HTTP/1.1 {status} ")), || {
                format!("{name}: recorded {status}, got {head}")
            })?;
            let (told, real) =
                (form(body), form(response["body"]["string"].as_str().unwrap_or_default()));
            ensure(told == real, || format!("{name}: recorded {real}, got {told}"))?;
            replayed += 1;
        }
    }
    ensure(replayed == 4, || format!("{replayed} exchanges were replayed, not 4"))
}

/// What a body is made of: its keys, and of which kind each value is.
fn form(body: &str) -> String {
    fn of(value: &Value) -> String {
        match value {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "bool".to_owned(),
            Value::Number(_) => "number".to_owned(),
            Value::String(_) => "text".to_owned(),
            Value::Array(items) => format!("[{}]", items.first().map(of).unwrap_or_default()),
            Value::Object(map) => {
                let fields: BTreeMap<&String, String> =
                    map.iter().map(|(key, value)| (key, of(value))).collect();
                format!("{fields:?}")
            }
        }
    }
    serde_json::from_str(body).map_or_else(|_| body.to_owned(), |value| of(&value))
}
