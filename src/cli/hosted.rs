//! Reads what a repository has on GitHub besides its files, for `scan --github`: issues, pull
//! requests, comments, reviews, releases, and the logs and artifacts of workflow runs. It stays in
//! memory, because a leaked value in it must not reach a disk as well.

use std::sync::Arc;

use serde_json::Value;

use super::client;
use super::env::Env;
use super::logs::{Run, ZIP};
use super::look;
use super::problems::{arguments, hosted as problems, logs};
use crate::domain::{Problem, Repo, Span, Timestamp};
use crate::net::github::{GitHub, GitHubError};
use crate::scan::{self, Options, Progress, Report};

/// A list of texts, and where each text is in its items.
struct List {
    /// What it is, for messages.
    what: &'static str,
    /// Its path behind the repository's, and what its query begins with.
    path: &'static str,
    /// Whether GitHub can leave out what did not change since a moment.
    takes_since: bool,
    fields: &'static [&'static str],
}

/// Source: GitHub's REST API. A pull request is in the list of issues too.
const LISTS: [List; 5] = [
    List {
        what: "issues and pull requests",
        path: "issues?state=all&",
        takes_since: true,
        fields: &["title", "body"],
    },
    List {
        what: "comments on issues and pull requests",
        path: "issues/comments?",
        takes_since: true,
        fields: &["body"],
    },
    List {
        what: "comments in reviews",
        path: "pulls/comments?",
        takes_since: true,
        fields: &["body"],
    },
    List { what: "comments on commits", path: "comments?", takes_since: false, fields: &["body"] },
    List { what: "releases", path: "releases?", takes_since: false, fields: &["name", "body"] },
];
/// When an item changed, in the order in which the first one there counts.
const CHANGED: [&str; 4] = ["updated_at", "submitted_at", "published_at", "created_at"];
/// A run can be started again so long after it was created. Source: GitHub's documentation,
/// "Re-running workflows and jobs".
const RERUNS: Span = Span::days(31);
/// After this many errors the remaining runs and artifacts are not requested.
const MOST_ERRORS: usize = 5;

/// What is scanned of one repository.
pub(super) struct Hosted<'a> {
    env: &'a Env,
    github: Arc<GitHub>,
    repo: Repo,
    since: Option<Timestamp>,
    options: &'a Options<'a>,
    progress: &'a dyn Fn(Progress),
    report: Report,
}

/// Scans a repository on GitHub.
pub(super) async fn scan(
    env: &Env,
    (repo, since): (&str, Option<&str>),
    options: &Options<'_>,
    progress: &dyn Fn(Progress),
) -> Result<Report, Problem> {
    let repo = Repo::parse(repo).ok_or_else(|| arguments::bad_repository_name(repo))?;
    let since = match since {
        Some(text) => Some(moment(env, text).await?),
        None => None,
    };
    let github = Arc::new(client::reader(env)?);
    let report = Report::default();
    let mut hosted = Hosted { env, github, repo, since, options, progress, report };
    let mut pulls = Vec::new();
    for list in &LISTS {
        if let Err(trouble) = hosted.texts(list, &mut pulls).await {
            hosted.lose(&trouble, &format!("read the {}", list.what))?;
        }
    }
    hosted.reviews(&pulls).await?;
    hosted.runs().await?;
    hosted.artifacts().await?;
    Ok(hosted.report)
}

/// `30d`, before GitHub's time, or a date.
async fn moment(env: &Env, text: &str) -> Result<Timestamp, Problem> {
    if let Some(span) = Span::parse(text) {
        return Ok(look::clock(env).await.before(span));
    }
    let moment = Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")));
    moment.ok_or_else(|| problems::bad_since(text))
}

impl Hosted<'_> {
    /// Scans a list's texts, and notes the numbers of pull requests.
    async fn texts(&mut self, list: &List, pulls: &mut Vec<u64>) -> Result<(), GitHubError> {
        let since = self.since.filter(|_| list.takes_since);
        let since = since.map_or_else(String::new, |since| format!("&since={since}"));
        let path = format!("/repos/{}/{}per_page=100{since}", self.repo, list.path);
        let github = Arc::clone(&self.github);
        let mut pages = github.pages(&path);
        while let Some(page) = pages.next().await? {
            for item in items(&page, "")? {
                if item.get("pull_request").is_some_and(|pull| !pull.is_null()) {
                    pulls.extend(item.get("number").and_then(Value::as_u64));
                }
                if is_wanted(self.since, item) {
                    self.text(item, list.what, list.fields);
                }
            }
        }
        Ok(())
    }

    /// Scans the summaries of reviews, which no list of the repository has.
    async fn reviews(&mut self, pulls: &[u64]) -> Result<(), Problem> {
        let (since, mut errors) = (self.since, 0);
        for number in pulls {
            let path = format!("/repos/{}/pulls/{number}/reviews?per_page=100", self.repo);
            let found = self.github.get_pages(&path).await.and_then(|pages| {
                let reviews = pages.iter().map(|page| items(page, "").map(<[Value]>::to_vec));
                Ok(reviews.collect::<Result<Vec<_>, _>>()?.concat())
            });
            match found {
                Ok(reviews) => {
                    for review in reviews.iter().filter(|review| is_wanted(since, review)) {
                        self.text(review, "reviews", &["body"]);
                    }
                }
                Err(trouble) => {
                    self.lose(&trouble, &format!("read the reviews of pull request {number}"))?;
                    errors += 1;
                }
            }
            if errors == MOST_ERRORS {
                self.report.problems.push(problems::gave_up("reviews"));
                break;
            }
        }
        Ok(())
    }

    /// Scans the logs of every attempt of every run that has ended.
    async fn runs(&mut self) -> Result<(), Problem> {
        let path = format!("/repos/{}/actions/runs?per_page=100", self.repo);
        let Some(found) = self.all(&path, "workflow_runs", "runs").await? else { return Ok(()) };
        let own = self.env.text("GITHUB_RUN_ID").and_then(|id| id.parse::<u64>().ok());
        let (since, mut in_progress, mut deleted, mut errors) = (self.since, 0_usize, 0_usize, 0);
        for run in found.iter().filter(|run| is_wanted(since, run)) {
            let Some(run) = Run::of(&self.github, &self.repo, run) else {
                let id = run.get("id").and_then(Value::as_u64);
                in_progress += usize::from(id.is_none() || id != own);
                continue;
            };
            for attempt in 1..=run.attempts {
                match run.zip(attempt).await {
                    Ok(logs) => {
                        self.archive(
                            &logs,
                            &format!("github:{}/actions/{}", self.repo, run.path(attempt)),
                        );
                    }
                    Err(GitHubError::Refused { status: 410, .. }) => deleted += 1,
                    Err(trouble) => {
                        let what = format!("read the logs of attempt {attempt} of run {}", run.id);
                        self.lose(&trouble, &what)?;
                        errors += 1;
                    }
                }
            }
            if errors >= MOST_ERRORS {
                self.report.problems.push(problems::gave_up("workflow logs"));
                break;
            }
        }
        for (number, why) in [(in_progress, "are in progress"), (deleted, "were deleted")] {
            if number > 0 {
                self.env.note(&problems::logs_left_out(number, why));
            }
        }
        Ok(())
    }

    /// Scans the artifacts that still exist.
    async fn artifacts(&mut self) -> Result<(), Problem> {
        let path = format!("/repos/{}/actions/artifacts?per_page=100", self.repo);
        let Some(found) = self.all(&path, "artifacts", "artifacts").await? else { return Ok(()) };
        let (since, mut errors) = (self.since, 0);
        for artifact in found.iter().filter(|artifact| is_wanted(since, artifact)) {
            let id = artifact.get("id").and_then(Value::as_u64);
            let is_gone = artifact.get("expired").and_then(Value::as_bool) == Some(true);
            let Some(id) = id.filter(|_| !is_gone) else { continue };
            let name = format!("github:{}/actions/artifacts/{id}.zip", self.repo);
            let path = format!("/repos/{}/actions/artifacts/{id}/zip", self.repo);
            match self.github.get_file(&path).await {
                Ok(zip) => self.archive(&zip, &name),
                Err(GitHubError::Refused { status: 410, .. }) => {}
                Err(trouble) => {
                    self.lose(&trouble, &format!("read artifact {id}"))?;
                    errors += 1;
                }
            }
            if errors == MOST_ERRORS {
                self.report.problems.push(problems::gave_up("artifacts"));
                break;
            }
        }
        Ok(())
    }

    /// The items of a list that says how many there are, newest first. It ends before what is too
    /// old to have changed since the moment that was asked for. `None` if it could not be read.
    async fn all(
        &mut self,
        path: &str,
        name: &str,
        what: &str,
    ) -> Result<Option<Vec<Value>>, Problem> {
        let oldest = self.since.map(|since| since.before(RERUNS));
        let is_old = |item: &Value| {
            let created = item.get("created_at").and_then(Value::as_str);
            let created = created.and_then(Timestamp::parse);
            oldest.is_some_and(|oldest| created.is_some_and(|created| created < oldest))
        };
        let github = Arc::clone(&self.github);
        let (mut pages, mut found, mut total) = (github.pages(path), Vec::new(), None);
        loop {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(trouble) => {
                    self.lose(&trouble, &format!("list the {what}"))?;
                    return Ok((!found.is_empty()).then_some(found));
                }
            };
            match items(&page, name) {
                Ok(items) => found.extend_from_slice(items),
                Err(trouble) => self.lose(&trouble, &format!("list the {what}"))?,
            }
            total = page.get("total_count").and_then(Value::as_u64);
            if found.last().is_some_and(is_old) {
                return Ok(Some(found));
            }
        }
        if total.is_none_or(|total| total > found.len() as u64) {
            self.report.problems.push(problems::list_is_short(what, found.len(), total));
        }
        Ok(Some(found))
    }

    fn text(&mut self, item: &Value, what: &str, fields: &[&str]) {
        let path = self.place(item, what);
        for text in fields.iter().filter_map(|field| item.get(field)?.as_str()) {
            self.bytes(text.as_bytes(), &path);
        }
    }

    /// The page of an item without its server: `github:acme/site/issues/3#issuecomment-5`.
    fn place(&self, item: &Value, what: &str) -> String {
        let page = item.get("html_url").and_then(Value::as_str);
        let page = page.and_then(|page| page.split_once("://")?.1.split_once('/'));
        match page {
            Some((_, path)) if path.len() < 300 => format!("github:{path}"),
            _ => {
                let id = item.get("id").and_then(Value::as_u64).unwrap_or_default();
                format!("github:{}/{what}/{id}", self.repo)
            }
        }
    }

    fn archive(&mut self, zip: &[u8], path: &str) {
        // A zip without entries begins otherwise.
        if zip.starts_with(ZIP) || zip.starts_with(b"PK\x05\x06") {
            self.bytes(zip, path);
        } else {
            self.report.problems.push(logs::not_an_archive(&format!("read {path}")));
        }
    }

    fn bytes(&mut self, bytes: &[u8], path: &str) {
        let report = scan::scan_unreviewed(bytes, path, self.options, &|_| {});
        self.report.join(report);
        (self.progress)(Progress { files: self.report.files, bytes: self.report.bytes });
    }

    /// Notes what could not be read. A credential or a repository that nothing can be read with
    /// ends the scan.
    fn lose(&mut self, trouble: &GitHubError, what: &str) -> Result<(), Problem> {
        let what = format!("{what} of {}", self.repo);
        let problem = problems::of_github(trouble, &what);
        if matches!(trouble, GitHubError::Dead { .. } | GitHubError::RateLimited { .. })
            && self.report.files == 0
        {
            return Err(problem);
        }
        self.report.problems.push(problem);
        Ok(())
    }
}

/// The items of a page: of a list, or of the list with this name in it.
fn items<'p>(page: &'p Value, name: &str) -> Result<&'p [Value], GitHubError> {
    let list = if name.is_empty() { Some(page) } else { page.get(name) };
    list.and_then(Value::as_array).map(Vec::as_slice).ok_or_else(|| GitHubError::Unlisted {
        why: "GitHub's response is not the list that its documentation describes".to_owned(),
    })
}

/// Whether an item changed since the moment that was asked for. Without a date it may have.
fn is_wanted(since: Option<Timestamp>, item: &Value) -> bool {
    let changed = CHANGED.iter().find_map(|field| item.get(field)?.as_str());
    let changed = changed.and_then(Timestamp::parse);
    since.is_none_or(|since| changed.is_none_or(|changed| changed >= since))
}
