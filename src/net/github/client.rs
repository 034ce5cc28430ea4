//! One GitHub and one credential. Reads are retried, writes are sent once, and every request is
//! counted. Time is GitHub's: the `Date` of its last response, so that a runner's wrong clock has
//! no effect.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, Uri};
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::dates::{Dates, Jump};
use super::error::{GitHubError, Reader};
use super::pace::{Pace, Use};
use super::place::{Api, is_public, people};
use super::problems;
use super::refusal::Cause;
use super::service::{self, TransportService};
use crate::domain::text::sanitize;
use crate::domain::{Problem, Secret, SecretMasker, Span, Timestamp, Wait, locked};
use crate::net::address::may_be_sent_to;
use crate::net::origin::is_loopback;
use crate::net::{Answer, Pages, Readings, Request, Transport, TransportError, next_link, quoted};

/// We wait out a rate limit shorter than this; the next run continues after a longer one.
const PATIENCE: Span = Span::seconds(60);
/// How often a read is tried.
const READ_ATTEMPTS: u32 = 3;
/// More pages, of a hundred entries each, than any list has that tokenward reads.
const MOST_PAGES: usize = 100;

/// For the one query that the REST API answers only to a person's token.
pub(super) const GRAPHQL: &str = "/graphql";

/// A success.
pub struct Reply {
    /// The status, 200 to 299.
    pub status: u16,
    /// The body; null where there is none.
    pub body: Value,
    /// The next page of a list, as a path.
    next: Result<Option<String>, String>,
}

/// A list on its way. See [`GitHub::pages`].
pub struct Paged<'a> {
    github: &'a GitHub,
    next: Option<String>,
    asked: Pages,
}

impl Paged<'_> {
    /// The next page's body; `None` after the last.
    ///
    /// # Errors
    /// As [`GitHub::get`]; and where the list goes on in a way that is not followed.
    pub async fn next(&mut self) -> Result<Option<Value>, GitHubError> {
        let Some(path) = self.next.take() else { return Ok(None) };
        self.asked.visit(&path).map_err(|why| GitHubError::Unlisted { why })?;
        let reply = self.github.get(&path).await?;
        self.next = reply.next.map_err(|why| GitHubError::Unlisted { why })?;
        Ok(Some(reply.body))
    }
}

/// How many requests were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that only read.
    pub reads: u64,
    /// Requests that change something.
    pub writes: u64,
}

/// GitHub, as one credential sees it.
pub struct GitHub {
    octocrab: Octocrab,
    /// Removed from GitHub's messages, should they repeat it.
    token: Secret,
    transport: Arc<dyn Transport>,
    base: Uri,
    pace: Arc<Pace>,
    reads: AtomicU64,
    writes: AtomicU64,
    dates: Arc<Mutex<Dates>>,
    /// When our own credential expires, as GitHub last said.
    ends: AtomicI64,
    /// Our account, once GitHub told us.
    us: OnceCell<String>,
    /// Knows every value, so that nothing we write to GitHub repeats one.
    masker: Option<Arc<dyn SecretMasker>>,
}

impl GitHub {
    /// A client for an API.
    ///
    /// # Errors
    /// When its address cannot be used.
    pub fn new(transport: Arc<dyn Transport>, api: &Api, token: &Secret) -> Result<Self, Problem> {
        let base: Uri =
            api.address().to_string().parse().map_err(|_| problems::address_unusable())?;
        let pace = Arc::new(Pace::new(api.address().host()));
        Ok(Self::with(transport, base, token, pace, Arc::default()))
    }

    /// The same GitHub with another credential. GitHub does not document whether it counts requests
    /// by credential or by account, so both share one pace and one budget.
    #[must_use]
    pub fn beside(&self, token: &Secret) -> Self {
        let beside = Self::with(
            Arc::clone(&self.transport),
            self.base.clone(),
            token,
            Arc::clone(&self.pace),
            Arc::clone(&self.dates),
        );
        Self { masker: self.masker.clone(), ..beside }
    }

    fn with(
        transport: Arc<dyn Transport>,
        base: Uri,
        token: &Secret,
        pace: Arc<Pace>,
        dates: Arc<Mutex<Dates>>,
    ) -> Self {
        let auth = AuthState::AccessToken { token: token.expose().to_owned().into() };
        let service = TransportService::new(Arc::clone(&transport), base.clone());
        let Ok(octocrab) =
            OctocrabBuilder::new_empty().with_service(service).with_auth(auth).build();
        let token = token.clone();
        Self {
            octocrab,
            token,
            transport,
            base,
            pace,
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            dates,
            ends: AtomicI64::new(i64::MIN),
            us: OnceCell::new(),
            masker: None,
        }
    }

    /// With a masker that knows every value. Text for people is written without them; any other
    /// request that contains one is not sent.
    #[must_use]
    pub fn guarded(self, masker: Arc<dyn SecretMasker>) -> Self {
        Self { masker: Some(masker), ..self }
    }

    fn fit(&self, path: &str, body: &Value) -> Result<Value, GitHubError> {
        let Some(masker) = &self.masker else { return Ok(body.clone()) };
        if path.split('/').nth(4) == Some("issues") {
            return Ok(mapped(body, &|text| masker.cleaned(text)));
        }
        // Only a certain match stops a record: text from elsewhere was checked when it came in.
        if !masker.is_in(&body.to_string()) {
            return Ok(body.clone());
        }
        let why =
            "the request was not sent: it would publish a value that this run holds".to_owned();
        Err(GitHubError::Silent { why, without_effect: true })
    }

    /// GitHub's clock at its last response. A `Date` that jumped does not count.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        locked(&self.dates).now()
    }

    /// The latest `Date` that GitHub sent, whether we trust it or not.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        locked(&self.dates).latest()
    }

    /// A `Date` that cannot be right if the earlier ones were.
    #[must_use]
    pub fn jump(&self) -> Option<Jump> {
        locked(&self.dates).jump()
    }

    /// When our own credential expires, if GitHub said so
    /// (`github-authentication-token-expiration`).
    #[must_use]
    pub fn credential_ends(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.ends.load(Ordering::Relaxed))
    }

    /// What has been sent so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
        }
    }

    /// Reads `path`. Tried up to three times if there is no response.
    ///
    /// # Errors
    /// What GitHub answered instead of a success.
    pub async fn get(&self, path: &str) -> Result<Reply, GitHubError> {
        let mut attempt = 1;
        loop {
            let outcome = self
                .ask(&Method::GET, path, None, Use::Read)
                .await
                .and_then(|answer| self.read(&answer));
            if !is_worth_another(&outcome, attempt).await {
                return outcome;
            }
            attempt += 1;
        }
    }

    /// Whether this credential's own account wrote an issue or a comment. Anybody can write a text
    /// with our marker, and can edit it later, so we trust only our own.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn wrote(&self, item: &Value) -> Result<bool, GitHubError> {
        let us = self.us.get_or_try_init(|| self.viewer()).await?;
        Ok(item.pointer("/user/login").and_then(Value::as_str) == Some(us.as_str()))
    }

    /// The login that GitHub shows on what this credential writes. REST answers this only to a
    /// person's token (`GET /user` refuses those of an App or a workflow); GraphQL answers it to
    /// all.
    async fn viewer(&self) -> Result<String, GitHubError> {
        let body = serde_json::json!({"query": "query { viewer { login } }"});
        let answer = self.ask(&Method::POST, GRAPHQL, Some(&body), Use::Read).await?;
        let reply = self.read(&answer)?;
        let login = reply
            .body
            .pointer("/data/viewer/login")
            .and_then(Value::as_str)
            .filter(|login| !login.is_empty());
        login.map(str::to_owned).ok_or_else(|| GitHubError::Silent {
            why: "GitHub does not say which account the credential belongs to".to_owned(),
            without_effect: true,
        })
    }

    /// Reads a file that GitHub stores elsewhere and redirects to. Retried as in [`Self::get`].
    ///
    /// # Errors
    /// What GitHub, or the server with the file, answered instead; a partial file is never
    /// returned.
    pub async fn get_file(&self, path: &str) -> Result<Zeroizing<Vec<u8>>, GitHubError> {
        let mut attempt = 1;
        loop {
            // A link is valid for a minute, so each attempt requests its own.
            let outcome = self.file(path).await;
            if !is_worth_another(&outcome, attempt).await {
                return outcome;
            }
            attempt += 1;
        }
    }

    async fn file(&self, path: &str) -> Result<Zeroizing<Vec<u8>>, GitHubError> {
        let answer = self.ask(&Method::GET, path, None, Use::Read).await?;
        let status = answer.status;
        let refused =
            |message: String| GitHubError::Refused { status, cause: Cause::Other, message };
        if status != 302 {
            return self
                .read(&answer)
                .and_then(|_| Err(refused("GitHub did not redirect to the file".to_owned())));
        }
        // The link works like a credential: nothing may show it, not even an error. Our own
        // credential is not sent with it: the file's server must not get it.
        let link = answer
            .header("location")
            .and_then(|link| link.parse::<Uri>().ok())
            .filter(|link| link.host().is_some());
        let url =
            link.ok_or_else(|| refused("GitHub's redirect has no valid address".to_owned()))?;
        let is_here = |url: &Uri| url.host().is_some_and(is_loopback);
        if is_here(&url) && !is_here(&self.base) {
            return Err(refused("GitHub's redirect leads to this machine".to_owned()));
        }
        may_be_sent_to(&url).map_err(|why| refused(why.to_owned()))?;
        // If GitHub is on the internet, so is the file's server.
        let public = self.base.host().is_some_and(is_public);
        let request = Request { public, file: true, ..Request::new(Method::GET, url) };
        let host = sanitize(request.host());
        self.reads.fetch_add(1, Ordering::Relaxed);
        match self.transport.send(request).await {
            Ok(answer) if answer.status == 200 => Ok(answer.body),
            Ok(answer) => {
                let why = format!("{host}, to which GitHub redirected, answered {}", answer.status);
                Err(GitHubError::Silent { why, without_effect: true })
            }
            Err(failure @ (TransportError::TooLarge { .. } | TransportError::Forbidden { .. })) => {
                Err(refused(failure.to_string()))
            }
            Err(failure) => Err(GitHubError::from_failure(&failure)),
        }
    }

    /// A list, to be read page by page.
    #[must_use]
    pub fn pages(&self, path: &str) -> Paged<'_> {
        Paged { github: self, next: Some(path.to_owned()), asked: Pages::at_most(MOST_PAGES) }
    }

    /// Reads every page of a list and gives each page's body.
    ///
    /// # Errors
    /// As [`Self::get`]; a list is never given in part.
    pub async fn get_pages(&self, path: &str) -> Result<Vec<Value>, GitHubError> {
        let (mut list, mut pages) = (self.pages(path), Vec::new());
        while let Some(page) = list.next().await? {
            pages.push(page);
        }
        Ok(pages)
    }

    /// Changes something: sent once, in turn, never repeated here.
    ///
    /// # Errors
    /// What GitHub answered instead of a success; [`GitHubError::is_without_effect`] tells whether
    /// it certainly did nothing.
    pub async fn write(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        purpose: Use,
    ) -> Result<Reply, GitHubError> {
        let body = body.map(|body| self.fit(path, body)).transpose()?;
        let _turn = self.pace.turn().await;
        let answer = self.ask(&method, path, body.as_ref(), purpose).await?;
        self.read(&answer)
    }

    /// Counts writes of runs before this one, at these moments of GitHub's clock, against the
    /// hour's budget.
    pub fn spent_before(&self, moments: impl IntoIterator<Item = Timestamp>) {
        if let Some(now) = self.now() {
            // A write of the future was not sent.
            let before = moments.into_iter().filter(|moment| *moment <= now);
            self.pace.spent_before(before.map(|moment| Span::between(moment, now).as_duration()));
        }
    }

    /// Reserves writes of this hour's budget, if enough are left. Those that
    /// are sent count against them.
    #[must_use]
    pub fn reserve(&self, writes: usize) -> bool {
        self.pace.reserve(writes)
    }

    /// Waits out a rate limit that is short enough; says whether it did.
    pub async fn wait_out(&self, trouble: &GitHubError) -> bool {
        match trouble {
            GitHubError::RateLimited { wait } if wait.span() <= PATIENCE => {
                sleep(wait.span().as_duration()).await;
                true
            }
            _ => false,
        }
    }

    async fn ask(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        purpose: Use,
    ) -> Result<Answer, GitHubError> {
        if let Some(left) = self.pace.held(purpose) {
            return Err(GitHubError::RateLimited {
                wait: Wait::asked(Span::seconds(left.as_secs().saturating_add(1))),
            });
        }
        self.pace.spend(purpose).await;
        let count = if purpose == Use::Read { &self.reads } else { &self.writes };
        count.fetch_add(1, Ordering::Relaxed);
        let request = self
            .octocrab
            .build_request(http::Request::builder().method(method).uri(path), body)
            .map_err(|error| nothing_sent(&error))?;
        service::answer(self.octocrab.execute(request).await).await
    }

    fn read(&self, answer: &Answer) -> Result<Reply, GitHubError> {
        if let Some(date) = answer.date() {
            locked(&self.dates).hear(date);
        }
        if let Some(end) = answer.header("github-authentication-token-expiration").and_then(expiry)
        {
            self.ends.store(end.as_second(), Ordering::Relaxed);
        }
        if !(200..300).contains(&answer.status) {
            let trouble = GitHubError::of(
                answer,
                &Reader {
                    quote: &|text| quoted(text, |readings| readings.hold(self.token.expose())),
                    repeats: &|text| Readings::of(text).hold(self.token.expose()),
                    people: people(
                        self.base.authority().map(http::uri::Authority::as_str).unwrap_or_default(),
                    ),
                },
            );
            if let GitHubError::RateLimited { wait } = &trouble {
                self.pace.hold(*wait);
            }
            return Err(trouble);
        }
        let body = match answer.json() {
            Some(body) => body,
            None if answer.body.is_empty() => Value::Null,
            None => {
                return Err(GitHubError::Silent {
                    why: "GitHub's response was truncated or is not JSON".to_owned(),
                    without_effect: false,
                });
            }
        };
        Ok(Reply { status: answer.status, body, next: next_page(answer) })
    }
}

/// JSON with every text in it as this makes it.
fn mapped(json: &Value, text: &dyn Fn(&str) -> String) -> Value {
    match json {
        Value::String(own) => Value::String(text(own)),
        Value::Array(items) => items.iter().map(|item| mapped(item, text)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), mapped(value, text))).collect()
        }
        other => other.clone(),
    }
}

/// Whether a read should be tried once more, after this has waited as long as it should.
async fn is_worth_another<T>(outcome: &Result<T, GitHubError>, attempt: u32) -> bool {
    match outcome {
        Err(GitHubError::Silent { .. }) if attempt < READ_ATTEMPTS => {
            sleep(Duration::from_millis(500 << attempt)).await
        }
        Err(GitHubError::RateLimited { wait })
            if wait.span() <= PATIENCE && attempt < READ_ATTEMPTS =>
        {
            sleep(wait.span().as_duration()).await
        }
        _ => return false,
    }
    true
}

/// The path and query of the next page. Its host is not used: a page may not send our credential
/// elsewhere.
fn next_page(answer: &Answer) -> Result<Option<String>, String> {
    let Some(address) = next_link(&answer.headers)? else { return Ok(None) };
    let uri: Option<Uri> = address.parse().ok();
    let path = uri.as_ref().and_then(Uri::path_and_query).map(http::uri::PathAndQuery::as_str);
    let path =
        path.filter(|path| path.starts_with('/')).ok_or("the next page's address is invalid")?;
    // An Enterprise Server's pages name its prefix, which the service adds itself.
    Ok(Some(path.strip_prefix("/api/v3").unwrap_or(path).to_owned()))
}

/// GitHub writes `2026-12-24 03:00:00 UTC`.
fn expiry(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once(' ')?;
    let time = rest.split(' ').next()?;
    Timestamp::parse(&format!("{date}T{time}Z"))
}

fn nothing_sent(error: &octocrab::Error) -> GitHubError {
    let failure =
        TransportError::NotSent { host: "GitHub".to_owned(), why: sanitize(&error.to_string()) };
    GitHubError::from_failure(&failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_a_path_on_the_same_host() {
        let next = |link: &str| {
            let mut answer =
                Answer { status: 200, headers: http::HeaderMap::new(), body: Zeroizing::default() };
            answer.headers.insert("link", link.parse().unwrap());
            next_page(&answer)
        };
        let link = "<https://evil.example/repositories/1/secrets?page=2>; rel=\"next\", <https://api.github.com/x?page=9>; rel=\"last\"";
        assert_eq!(next(link), Ok(Some("/repositories/1/secrets?page=2".to_owned())));
        assert_eq!(next("<https://api.github.com/x?page=9>; rel=\"last\""), Ok(None));
        assert!(next("<https:// >; rel=\"next\"").is_err());
    }

    /// Answers in order, and keeps what was sent.
    #[derive(Default)]
    struct Script(std::sync::Mutex<(std::collections::VecDeque<Answer>, Vec<Request>)>);

    impl Transport for Script {
        fn send(
            &self,
            request: Request,
        ) -> futures::future::BoxFuture<'_, Result<Answer, TransportError>> {
            let mut script = self.0.lock().unwrap();
            script.1.push(request);
            let answer = script.0.pop_front().ok_or(TransportError::NoAnswer {
                host: String::new(),
                why: "the script is over".to_owned(),
            });
            Box::pin(std::future::ready(answer))
        }
    }

    fn led_to(link: &str) -> Answer {
        let mut answer =
            Answer { status: 302, headers: http::HeaderMap::new(), body: Zeroizing::default() };
        answer.headers.insert("location", link.parse().unwrap());
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_is_followed_without_our_credential_and_to_the_internet_alone() {
        let script = Arc::new(Script::default());
        let file =
            Answer { status: 200, headers: http::HeaderMap::new(), body: b"file".to_vec().into() };
        script.0.lock().unwrap().0.extend([led_to("https://store.example/x?sig=a%2Bb%3D"), file]);
        let token = Secret::new("hunter2".to_owned());
        let github =
            GitHub::new(script.clone(), &Api::of(Api::PUBLIC, None).unwrap(), &token).unwrap();
        assert_eq!(&*github.get_file("/logs").await.unwrap(), b"file");
        let sent = std::mem::take(&mut script.0.lock().unwrap().1);
        assert_eq!(sent[1].url.to_string(), "https://store.example/x?sig=a%2Bb%3D");
        assert!(
            sent[0].headers.contains_key("authorization")
                && sent[1].headers.is_empty()
                && sent[1].body.is_empty()
        );
        assert!(sent[1].public && sent[1].file && !sent[0].file);
        assert_eq!(github.counts().reads, 2);
        // Where it leads nowhere, nobody else is asked, and asking again would change nothing.
        for odd in [
            led_to("/relative"),
            led_to("::sig=secret"),
            Answer { status: 200, headers: http::HeaderMap::new(), body: b"{}".to_vec().into() },
        ] {
            script.0.lock().unwrap().0.push_back(odd);
            let trouble = github.get_file("/logs").await.unwrap_err();
            assert!(
                matches!(&trouble, GitHubError::Refused { message, .. } if !message.contains("sig")),
                "{trouble:?}"
            );
            assert_eq!(std::mem::take(&mut script.0.lock().unwrap().1).len(), 1);
        }
        // An Enterprise Server leads into its own network, and not here.
        let api =
            Api::of("https://github.corp.example/api/v3", Some("https://github.corp.example"))
                .unwrap();
        script
            .0
            .lock()
            .unwrap()
            .0
            .extend([led_to("http://127.0.0.1:2375/x"), led_to("https://github.corp.example/x")]);
        let github = GitHub::new(script.clone(), &api, &token).unwrap();
        assert!(matches!(github.get_file("/logs").await, Err(GitHubError::Refused { .. })));
        let _ = github.get_file("/logs").await;
        let sent = &script.0.lock().unwrap().1;
        assert!(sent[2].url.host() == Some("github.corp.example") && !sent[2].public);
    }

    #[test]
    fn githubs_own_date_form_is_read() {
        assert_eq!(expiry("2026-12-24 03:00:00 UTC"), Timestamp::parse("2026-12-24T03:00:00Z"));
    }
}
