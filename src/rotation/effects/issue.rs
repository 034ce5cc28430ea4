//! Reads and writes the tracking issue in the primary repository. It is identified by a mark in its
//! text, and searched among all open issues before it is opened, so that there is never a second
//! one.

use http::Method;
use serde_json::{Value, json};

use crate::config::Asking;
use crate::domain::{Foreign, Repo};
use crate::net::github::{GitHub, GitHubError, Reply, Use};

/// The numbers that an issue can have: GitHub counts from 1, in 32 bits.
const NUMBERS: std::ops::RangeInclusive<u64> = 1..=i32::MAX as u64;

/// The placeholder for the number of an issue that a plan would open.
pub(crate) const NOT_OPEN: u64 = 0;

/// An issue as GitHub returns it.
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) open: bool,
    /// The logins of its assignees.
    pub(crate) assignees: Vec<String>,
    /// Its labels.
    pub(crate) labels: Vec<String>,
}

/// The text of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) title: String,
    pub(crate) body: String,
}

/// The issues of one repository.
pub(crate) struct Issues<'a> {
    pub(crate) github: &'a GitHub,
    pub(crate) repo: &'a Repo,
}

impl Issues<'_> {
    fn path(&self, rest: &str) -> String {
        format!("/repos/{}/issues{rest}", self.repo)
    }

    /// The open issue that tokenward wrote and that has this mark.
    pub(crate) async fn find(&self, mark: &str) -> Result<Option<Issue>, GitHubError> {
        let pages = self
            .github
            .get_pages(&self.path("?state=open&sort=created&direction=desc&per_page=100"))
            .await?;
        for page in &pages {
            let issues = page.as_array().ok_or_else(|| unreadable("the list of issues"))?;
            // Pull requests are in the list as well.
            for found in issues.iter().filter(|issue| {
                issue.get("pull_request").is_none() && field(issue, "body").contains(mark)
            }) {
                if self.github.wrote(found).await? {
                    return read(found).map(Some).ok_or_else(|| unreadable("an issue's number"));
                }
            }
        }
        Ok(None)
    }

    /// The issue with this number; `None` if it was deleted or transferred.
    pub(crate) async fn get(&self, number: u64) -> Result<Option<Issue>, GitHubError> {
        match self.github.get(&self.path(&format!("/{number}"))).await {
            Ok(reply) => match issue(&reply)? {
                found if found.number == number => Ok(Some(found)),
                _ => Err(unreadable("the requested issue")),
            },
            Err(
                GitHubError::NotFound
                | GitHubError::Moved
                | GitHubError::Refused { status: 410, .. },
            ) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Opens an issue. GitHub ignores an assignee who cannot be assigned, or refuses the issue
    /// because of one: then the issue is opened without assignees and labels.
    pub(crate) async fn open(&self, text: &Text, ask: &Asking) -> Result<Issue, GitHubError> {
        let plain = json!({"title": text.title, "body": text.body});
        let mut body = plain.clone();
        for (field, names) in [("assignees", &ask.assignees), ("labels", &ask.labels)] {
            if let Some(fields) = body.as_object_mut().filter(|_| !names.is_empty()) {
                fields.insert(field.to_owned(), json!(names));
            }
        }
        let sent = self.github.write(Method::POST, &self.path(""), Some(&body), Use::Journal).await;
        match sent {
            Err(GitHubError::Refused { status: 422, .. }) if body != plain => written(
                &self
                    .github
                    .write(Method::POST, &self.path(""), Some(&plain), Use::Journal)
                    .await?,
            ),
            reply => written(&reply?),
        }
    }

    /// Replaces the text of an issue, and reopens it if somebody closed it.
    pub(crate) async fn update(&self, number: u64, text: &Text) -> Result<Issue, GitHubError> {
        let body = json!({"title": text.title, "body": text.body, "state": "open"});
        let path = self.path(&format!("/{number}"));
        let changed =
            written(&self.github.write(Method::PATCH, &path, Some(&body), Use::Journal).await?)?;
        if changed.number == number { Ok(changed) } else { Err(unclear("the changed issue")) }
    }

    /// Adds a comment, unless tokenward already wrote one with this mark: GitHub notifies people of
    /// each comment.
    pub(crate) async fn comment(
        &self,
        number: u64,
        mark: &str,
        text: &str,
    ) -> Result<(), GitHubError> {
        if self.has_comment(number, mark).await? {
            return Ok(());
        }
        let body = json!({"body": format!("{text}\n\n{mark}")});
        self.github
            .write(
                Method::POST,
                &self.path(&format!("/{number}/comments")),
                Some(&body),
                Use::Journal,
            )
            .await
            .map(drop)
    }

    pub(crate) async fn has_comment(&self, number: u64, mark: &str) -> Result<bool, GitHubError> {
        for page in
            self.github.get_pages(&self.path(&format!("/{number}/comments?per_page=100"))).await?
        {
            let comments = page.as_array().ok_or_else(|| unreadable("the list of comments"))?;
            for comment in comments.iter().filter(|comment| field(comment, "body").contains(mark)) {
                if self.github.wrote(comment).await? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Adds a last comment to an open issue and closes it.
    pub(crate) async fn say_and_close(
        &self,
        number: u64,
        mark: &str,
        text: &str,
    ) -> Result<(), GitHubError> {
        if self.get(number).await?.is_some_and(|issue| issue.open) {
            self.comment(number, mark, text).await?;
            self.close(number).await?;
        }
        Ok(())
    }

    async fn close(&self, number: u64) -> Result<(), GitHubError> {
        let body = json!({"state": "closed", "state_reason": "completed"});
        self.github
            .write(Method::PATCH, &self.path(&format!("/{number}")), Some(&body), Use::Journal)
            .await
            .map(drop)
    }
}

/// The name of an issue, for people.
pub(crate) fn name(number: u64) -> String {
    if number == NOT_OPEN { "issue ?".to_owned() } else { format!("issue {number}") }
}

fn issue(reply: &Reply) -> Result<Issue, GitHubError> {
    read(&reply.body).ok_or_else(|| unreadable("the issue's number"))
}

fn read(issue: &Value) -> Option<Issue> {
    Some(Issue {
        number: issue.get("number")?.as_u64().filter(|number| NUMBERS.contains(number))?,
        title: field(issue, "title"),
        body: field(issue, "body"),
        open: issue.get("state").and_then(Value::as_str) != Some("closed"),
        assignees: names(issue, "assignees", "login"),
        labels: names(issue, "labels", "name"),
    })
}

/// The names in a list of GitHub's response.
fn names(issue: &Value, list: &str, name: &str) -> Vec<String> {
    let list = issue.get(list).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|item| item.get(name)?.as_str())
        .map(str::to_owned)
        .collect()
}

/// The assignees and labels that the config names and an issue lacks, for people.
pub(crate) fn lacking(issue: &Issue, ask: &Asking) -> Option<String> {
    let lacking = |wanted: &[String], there: &[String], what: &str| {
        let without = wanted
            .iter()
            .filter(|name| !there.iter().any(|known| known.eq_ignore_ascii_case(name)));
        let names = without.map(|name| Foreign::new(name).line()).collect::<Vec<_>>().join(", ");
        (!names.is_empty()).then(|| format!("{what} {names}"))
    };
    let both = [
        lacking(&ask.assignees, &issue.assignees, "assignee"),
        lacking(&ask.labels, &issue.labels, "label"),
    ];
    let both: Vec<String> = both.into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join(", "))
}

/// A text of GitHub's response. GitHub may return other line endings than were sent.
fn field(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().replace("\r\n", "\n")
}

/// The issue in the response to a write, which happened even if the response does not show it.
fn written(reply: &Reply) -> Result<Issue, GitHubError> {
    read(&reply.body).ok_or_else(|| unclear("the issue's number"))
}

fn unclear(what: &str) -> GitHubError {
    GitHubError::Silent { why: format!("GitHub's response lacks {what}"), without_effect: false }
}

fn unreadable(what: &str) -> GitHubError {
    GitHubError::Silent { why: format!("GitHub's response lacks {what}"), without_effect: true }
}
