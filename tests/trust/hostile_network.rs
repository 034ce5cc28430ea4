//! A network that means harm: in front of the emulator, it answers what a broken or malicious
//! server could answer, and says every credential it was sent back to whoever will print it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use tokenward::net::{Answer, Request, Transport, TransportError};
use zeroize::Zeroizing;

use crate::support::InProcess;

/// Who means harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    GitHub,
    Provider,
}

/// Which of its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    Writes,
    AfterTheFirst,
}

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Nothing: everything is done, and every new value is made and delivered.
    Nothing,
    /// No connection.
    Refuse,
    /// No answer.
    Silence,
    /// This status, and every credential in the message.
    Echo(u16),
    /// The same as a web page.
    Page(u16),
    /// Success, and every credential wherever a text is expected.
    Flatter,
    /// Somewhere else, with the credential in the address.
    Redirect,
    /// Headers that repeat the credential.
    Headers,
    /// Done, and the answer cut in half.
    Cut,
    /// Commands for a runner, a terminal and a Markdown page, with the credential in them.
    Inject,
}

/// Every one of them.
pub(crate) const HARMS: &[Harm] = &[
    Harm::Nothing,
    Harm::Refuse,
    Harm::Silence,
    Harm::Echo(400),
    Harm::Echo(401),
    Harm::Echo(403),
    Harm::Echo(404),
    Harm::Echo(409),
    Harm::Echo(422),
    Harm::Echo(429),
    Harm::Echo(500),
    Harm::Echo(503),
    Harm::Page(200),
    Harm::Page(403),
    Harm::Page(502),
    Harm::Flatter,
    Harm::Redirect,
    Harm::Headers,
    Harm::Cut,
    Harm::Inject,
];

/// What a runner, a terminal and a page must never be given.
pub(crate) const COMMAND: &str = "::set-output name=leaked::0";

/// The network.
pub(crate) struct Hostile {
    pub(crate) inner: InProcess,
    pub(crate) who: Who,
    pub(crate) when: When,
    pub(crate) harm: Harm,
    seen: AtomicUsize,
}

impl Hostile {
    pub(crate) fn new(inner: InProcess, who: Who, when: When, harm: Harm) -> Arc<Self> {
        Arc::new(Self { inner, who, when, harm, seen: AtomicUsize::new(0) })
    }

    fn strikes(&self, request: &Request) -> bool {
        let who = if request.host() == "api.github.com" { Who::GitHub } else { Who::Provider };
        if who != self.who {
            return false;
        }
        let count = self.seen.fetch_add(1, Ordering::Relaxed);
        match self.when {
            When::Always => true,
            When::Writes => !request.is_read(),
            When::AfterTheFirst => count > 0,
        }
    }
}

/// Every credential of a request, as a server sees it, in each form in turn: what is shown of a
/// message is short.
fn credentials(request: &Request, turn: usize) -> String {
    let mut said = Vec::new();
    let known = ["content-type", "accept", "user-agent", "x-github-api-version"];
    for (_, value) in request.headers.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        for word in text.split(' ').filter(|word| word.len() > 12) {
            let opened = STANDARD
                .decode(word)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .unwrap_or_default();
            let hex = word.bytes().map(|byte| format!("{byte:02x}")).collect();
            let backwards = word.chars().rev().collect();
            let (first, second) = word.split_at(word.len() / 2);
            said.extend([
                word.to_owned(),
                opened,
                STANDARD.encode(word),
                STANDARD.encode(format!("k{word}")),
                backwards,
                hex,
            ]);
            said.extend([first.to_owned(), second.to_owned()]);
        }
    }
    said.push(String::from_utf8_lossy(&request.body).into_owned());
    said.push(request.url.query().unwrap_or_default().to_owned());
    said.retain(|form| !form.is_empty());
    let turn = turn % said.len().max(1);
    said.rotate_left(turn);
    said.join(" ")
}

fn answer(status: u16, kind: &'static str, body: String) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static(kind));
    headers.insert("date", HeaderValue::from_static("Tue, 24 Nov 2026 12:00:00 GMT"));
    Answer { status, headers, body: Zeroizing::new(body.into_bytes()) }
}

/// An error in the words of every provider at once.
fn error(said: &str) -> String {
    let said = serde_json::Value::from(said);
    serde_json::json!({
        "message": said, "error": said, "name": said, "detail": said, "title": said, "status": "error", "category": said,
        "errors": [{"message": said, "detail": said, "title": said, "code": said, "field": said}],
        "documentation_url": said,
    })
    .to_string()
}

/// A success in the words of every provider at once.
fn flattery(said: &str) -> String {
    let said = serde_json::Value::from(said);
    let item = serde_json::json!({"id": said, "name": said, "api_key_id": said, "updated_at": said, "created_at": said, "key_id": said, "sha": said, "number": 1});
    serde_json::json!({
        "scopes": [said], "result": [item], "data": [item], "secrets": [item], "key_id": said, "key": said, "visibility": said,
        "updated_at": said, "created_at": said, "object": {"sha": said}, "sha": said, "message": said, "hubId": said, "userId": said,
        "workflow_runs": [item], "status": said, "conclusion": said, "full_name": said, "title": said, "html_url": said, "name": said,
    })
    .to_string()
}

impl Transport for Hostile {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        if self.harm == Harm::Nothing || !self.strikes(&request) {
            return self.inner.send(request);
        }
        let host = request.host().to_owned();
        let said = credentials(&request, self.seen.load(Ordering::Relaxed));
        let harm = self.harm;
        Box::pin(async move {
            Ok(match harm {
                Harm::Nothing => return self.inner.send(request).await,
                Harm::Refuse => {
                    return Err(TransportError::NotSent {
                        host,
                        why: "connection refused".to_owned(),
                    });
                }
                Harm::Silence => {
                    return Err(TransportError::NoAnswer { host, why: "nothing came".to_owned() });
                }
                Harm::Echo(status) => {
                    answer(status, "application/json", error(&format!("bad credential {said}")))
                }
                Harm::Page(status) => {
                    answer(status, "text/html", format!("<html><h1>Blocked</h1>{said}</html>"))
                }
                Harm::Flatter => answer(200, "application/json", flattery(&said)),
                Harm::Redirect => {
                    let mut answer = answer(302, "application/json", "{}".to_owned());
                    let place = format!(
                        "https://evil.example/?{}",
                        said.replace(|c: char| !c.is_ascii_graphic(), "_")
                    );
                    answer.headers.insert("location", HeaderValue::from_str(&place).unwrap());
                    answer
                }
                Harm::Headers => {
                    let mut answer = answer(403, "application/json", error("no"));
                    let value = HeaderValue::from_str(
                        &said.replace(|c: char| !c.is_ascii_graphic() && c != ' ', "_"),
                    )
                    .unwrap();
                    for name in [
                        "x-accepted-github-permissions",
                        "x-github-request-id",
                        "retry-after",
                        "x-ratelimit-reset",
                        "github-authentication-token-expiration",
                        "link",
                        "date",
                    ] {
                        answer.headers.insert(name, value.clone());
                    }
                    answer
                }
                Harm::Cut => {
                    let mut answer = self.inner.send(request).await?;
                    let half = answer.body.len() / 2;
                    answer.body.truncate(half);
                    answer
                }
                Harm::Inject => {
                    let text = format!(
                        "x\n{COMMAND}\r\n%0A{COMMAND}\u{1b}[2J\u{1b}]0;t\u{7}\u{202e}</code><img src=x onerror=alert(1)>`|[a](javascript:1) {said}"
                    );
                    answer(400, "application/json", error(&text))
                }
            })
        })
    }
}
