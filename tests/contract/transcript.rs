//! What the documents say of the life: nothing may have been refused or objected to, and nothing
//! may have gone around Prism.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use tokenward_emulator::{Fault, FaultKind, FaultMatch, Service};

use crate::outcome::{Outcome, While, ensure};
use crate::stage::Stage;

/// The life itself.
pub(crate) fn whole_life(stage: &Stage) -> Outcome<()> {
    stage.transcript()?.life.clone()
}

pub(crate) fn github(stage: &Stage) -> Outcome<()> {
    // A write of each of the five kinds, the public key and the state of each, and the journal's
    // objects.
    let every_kind = [
        "PUT /repos/acme/site/actions/secrets/SENDGRID_API_KEY",
        "PUT /repos/acme/site/environments/prod%2Feu%20west/secrets/SENDGRID_API_KEY",
        "PUT /orgs/acme/actions/secrets/SENDGRID_API_KEY",
        "PUT /repos/acme/site/dependabot/secrets/RESEND_API_KEY",
        "PUT /repos/acme/site/codespaces/secrets/RESEND_API_KEY",
        "GET /orgs/acme/actions/secrets/RESEND_API_KEY/repositories",
        "GET /repos/acme/site/codespaces/secrets/public-key",
        "POST /repos/acme/site/git/commits",
        "PATCH /repos/acme/site/git/refs/tokenward%2Fjournal",
        "GET /repos/acme/site/actions/runs/",
        "GET /repos/acme/site/actions/runs/1/attempts/1/logs",
        "GET /repos/acme/site/issues/comments",
        "GET /repos/acme/site/pulls/comments",
        "GET /repos/acme/site/pulls/2/reviews",
        "GET /repos/acme/site/comments",
        "GET /repos/acme/site/releases",
        "GET /repos/acme/site/actions/artifacts",
        "GET /repos/acme/site/actions/artifacts/",
        "GET /repos/acme/site/secret-scanning/alerts/1",
        "PATCH /repos/acme/site/secret-scanning/alerts/1",
        "POST /repos/acme/shop/deployments",
        "POST /repos/acme/shop/deployments/",
        "GET /repos/acme/shop/deployments",
        "GET /repos/acme/site/issues",
        "POST /repos/acme/site/issues",
        "PATCH /repos/acme/site/issues/",
        "POST /repos/acme/site/issues/1/comments",
        "DELETE /repos/acme/site/actions/secrets/HUBSPOT_TOKEN_NEXT",
        "DELETE /repos/acme/site/actions/secrets/HUBSPOT_TOKEN_OLD",
    ];
    passed(stage, Service::GitHub, &every_kind)
}

pub(crate) fn sendgrid(stage: &Stage) -> Outcome<()> {
    passed(
        stage,
        Service::SendGrid,
        &["GET /v3/scopes", "GET /v3/api_keys", "POST /v3/api_keys", "DELETE /v3/api_keys/"],
    )
}

pub(crate) fn resend(stage: &Stage) -> Outcome<()> {
    passed(
        stage,
        Service::Resend,
        &["GET /domains", "GET /api-keys", "POST /api-keys", "DELETE /api-keys/"],
    )
}

/// Whether a service's document has nothing against what was asked and answered, and `must_have`
/// was among it.
fn passed(stage: &Stage, service: Service, must_have: &[&str]) -> Outcome<()> {
    let transcript = stage.transcript()?;
    let (arrived, log) = transcript.seen.get(&service).ok_or("no such service")?;
    ensure(log.objections.is_empty(), || format!("Prism objects:\n{}", log.objections.join("\n")))?;
    ensure(*arrived == log.requests, || {
        format!(
            "not every request went through Prism.\nPrism saw: {:#?}\nThe emulator saw: {arrived:#?}",
            log.requests
        )
    })?;
    let life = || {
        transcript
            .life
            .as_ref()
            .err()
            .map(|why| format!("; the life was cut short: {why}"))
            .unwrap_or_default()
    };
    for wanted in must_have {
        ensure(arrived.keys().any(|request| request.starts_with(wanted)), || {
            format!("there was no {wanted}{}", life())
        })?;
    }
    let figures = format!(
        "{} requests, none objected to; {} refusals that the document leaves out",
        log.count(),
        log.undocumented
    );
    writeln!(std::io::stdout(), "{}: {figures}", service.id()).while_("say the figures")
}

/// Prism refuses what it should, and we notice: otherwise the tests above would prove nothing.
pub(crate) fn canary(stage: &Stage) -> Outcome<()> {
    stage.with_proxies(|proxied| {
        let key = "/repos/acme/site/actions/secrets/public-key";
        let wrong_answer = FaultMatch::Where {
            service: Some(Service::GitHub),
            method: None,
            path_contains: Some(key.to_owned()),
        };
        proxied.emulator.inject(Fault {
            matches: wrong_answer,
            kind: FaultKind::Oversized { bytes: 100 },
            times: 1,
        });
        let url = proxied.url(Service::GitHub);
        let token = proxied.emulator.github().add_app_credential_with_all();
        let requests = [
            ("PUT", "/repos/acme/site/actions/secrets/KEY", r#"{"encrypted_value":"YWJj"}"#, 422),
            ("GET", "/not/in/the/document", "", 404),
            ("GET", key, "", 500),
        ];
        let (prism, _) = proxied.prisms.get_mut(&Service::GitHub).ok_or("no proxy")?;
        let before = prism.log(0)?;
        for (method, path, body, status) in requests {
            let answer = ask(&url, &token, method, path, body)?;
            let wanted = format!("HTTP/1.1 {status} ");
            let is_prisms = answer.contains("https://stoplight.io/prism/errors#");
            ensure(answer.starts_with(&wanted) && is_prisms, || {
                format!("{method} {path} was not refused with {status} by Prism: {answer}")
            })?;
        }
        let after = prism.log(before.count() + requests.len())?;
        let noticed = after.objections.len() - before.objections.len();
        ensure(noticed >= requests.len(), || {
            format!("only {noticed} of {} objections were noticed in {after:#?}", requests.len())
        })
    })
}

/// One plain HTTP request.
pub(crate) fn ask(url: &str, token: &str, method: &str, path: &str, body: &str) -> Outcome<String> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).while_("connect to Prism")?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).while_("connect to Prism")?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: contract\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .while_("ask Prism")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).while_("read Prism's answer")?;
    Ok(answer)
}
