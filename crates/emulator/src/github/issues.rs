//! Issues and their comments: enough to open, find by label, update, comment on and close one.

use super::call::{Call, error, not_found};
use super::people;
use super::repos::Repo;
use super::texts::is_since;
use crate::clock::rfc3339;
use crate::http::{Answer, percent_encode};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An issue as tests look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its number in the repository.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// `open` or `closed`.
    pub state: String,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Logins of those it is assigned to.
    pub assignees: Vec<String>,
    /// Texts of its comments, oldest first.
    pub comments: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Record {
    pub(super) issue: Issue,
    id: u64,
    state_reason: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    closed_at: Option<Timestamp>,
    comments: Vec<(u64, Timestamp, String)>,
    /// The login of who opened it.
    author: String,
    pub(super) is_pull: bool,
}

pub(super) fn answer(repo: &mut Repo, rest: &[&str], call: &Call, id: u64) -> Answer {
    let done = match (call.method(), rest) {
        ("GET", []) => Ok(list(repo, call)),
        ("POST", []) => create(repo, call, id),
        ("GET", ["comments"]) => {
            let all = repo.issues.iter().flat_map(|record| {
                let since = move |n: &usize| is_since(record.comments[*n].1, call);
                (0..record.comments.len()).filter(since).map(move |n| (record, n))
            });
            Ok(call.list(all.map(|(record, n)| comment(repo, record, n, call)).collect()))
        }
        ("GET", [number]) => {
            find(repo, number).map(|at| Answer::json(200, &describe(repo, &repo.issues[at], call)))
        }
        ("PATCH", [number]) => find(repo, number).and_then(|at| update(repo, at, call)),
        ("GET", [number, "comments"]) => find(repo, number).map(|at| {
            let record = &repo.issues[at];
            call.list((0..record.comments.len()).map(|n| comment(repo, record, n, call)).collect())
        }),
        ("POST", [number, "comments"]) => find(repo, number).and_then(|at| {
            let body = call.body()?;
            let text = body["body"].as_str().ok_or_else(|| error(422, "Validation Failed"))?;
            let record = &mut repo.issues[at];
            record.issue.comments.push(text.to_owned());
            record.comments.push((id, call.now, people::BOT.0.to_owned()));
            record.updated_at = call.now;
            let record = &repo.issues[at];
            Ok(Answer::json(201, &comment(repo, record, record.comments.len() - 1, call)))
        }),
        ("PATCH", ["comments", comment]) => rewrite(repo, comment, call),
        _ => Err(not_found()),
    };
    done.unwrap_or_else(|refused| refused)
}

/// Gives a comment another text.
fn rewrite(repo: &mut Repo, wanted: &str, call: &Call) -> Result<Answer, Answer> {
    let wanted: u64 = wanted.parse().map_err(|_| not_found())?;
    let body = call.body()?;
    let text = body["body"].as_str().ok_or_else(|| error(422, "Validation Failed"))?;
    let number_of = |record: &Record| record.comments.iter().position(|(id, ..)| *id == wanted);
    let at =
        repo.issues.iter().position(|record| number_of(record).is_some()).ok_or_else(not_found)?;
    let record = &mut repo.issues[at];
    let n = number_of(record).ok_or_else(not_found)?;
    text.clone_into(&mut record.issue.comments[n]);
    record.updated_at = call.now;
    let record = &repo.issues[at];
    Ok(Answer::json(200, &comment(repo, record, n, call)))
}

fn find(repo: &Repo, number: &str) -> Result<usize, Answer> {
    let number: u64 = number.parse().map_err(|_| not_found())?;
    repo.issues.iter().position(|record| record.issue.number == number).ok_or_else(not_found)
}

fn list(repo: &Repo, call: &Call) -> Answer {
    let state = call.request.query("state").unwrap_or("open");
    let labels: Vec<&str> = call
        .request
        .query("labels")
        .unwrap_or_default()
        .split(',')
        .filter(|l| !l.is_empty())
        .collect();
    let wanted = |issue: &Issue| {
        let labelled = labels
            .iter()
            .all(|label| issue.labels.iter().any(|known| known.eq_ignore_ascii_case(label)));
        labelled && (state == "all" || issue.state == state)
    };
    let newest_first = repo
        .issues
        .iter()
        .rev()
        .filter(|record| wanted(&record.issue) && is_since(record.updated_at, call));
    call.list(newest_first.map(|record| describe(repo, record, call)).collect())
}

fn names(labels: &Value) -> Option<Vec<String>> {
    let name = |label: &Value| label.as_str().or_else(|| label["name"].as_str()).map(str::to_owned);
    labels.as_array().map(|labels| labels.iter().filter_map(name).collect())
}

/// A comment that somebody wrote.
pub(super) fn comment_by(
    repo: &mut Repo,
    number: u64,
    (login, text): (&str, &str),
    id: u64,
    now: Timestamp,
) {
    if let Some(record) = repo.issues.iter_mut().find(|record| record.issue.number == number) {
        record.issue.comments.push(text.to_owned());
        record.comments.push((id, now, login.to_owned()));
    }
}

/// An issue that somebody opened, such as the one every pull request is; gives its number.
pub(super) fn open(
    repo: &mut Repo,
    login: &str,
    (title, body): (&str, &str),
    id: u64,
    now: Timestamp,
) -> u64 {
    let number = repo.issues.len() as u64 + 1;
    let (title, body, state) = (title.to_owned(), body.to_owned(), "open".to_owned());
    let issue = Issue {
        number,
        title,
        body,
        state,
        labels: Vec::new(),
        assignees: Vec::new(),
        comments: Vec::new(),
    };
    let author = login.to_owned();
    let record = Record {
        issue,
        id,
        state_reason: None,
        created_at: now,
        updated_at: now,
        closed_at: None,
        comments: Vec::new(),
        author,
        is_pull: false,
    };
    repo.issues.push(record);
    number
}

fn create(repo: &mut Repo, call: &Call, id: u64) -> Result<Answer, Answer> {
    let body = call.body()?;
    let title = body["title"].as_str().filter(|title| !title.is_empty());
    // Who may not write to the repository is left out without a word.
    let is_member =
        |login: &&Value| repo.members.iter().any(|member| Some(member.as_str()) == login.as_str());
    let wanted = body["assignees"].as_array().into_iter().flatten().filter(is_member);
    let assignees = wanted.filter_map(Value::as_str).map(str::to_owned).collect();
    let issue = Issue {
        number: repo.issues.len() as u64 + 1,
        title: title.ok_or_else(|| error(422, "Validation Failed"))?.to_owned(),
        body: body["body"].as_str().unwrap_or_default().to_owned(),
        state: "open".to_owned(),
        labels: names(&body["labels"]).unwrap_or_default(),
        assignees,
        comments: Vec::new(),
    };
    let (created_at, updated_at, author) = (call.now, call.now, people::BOT.0.to_owned());
    let record = Record {
        issue,
        id,
        state_reason: None,
        created_at,
        updated_at,
        closed_at: None,
        comments: Vec::new(),
        author,
        is_pull: false,
    };
    let described = describe(repo, &record, call);
    repo.issues.push(record);
    Ok(Answer::json(201, &described))
}

fn update(repo: &mut Repo, at: usize, call: &Call) -> Result<Answer, Answer> {
    let body = call.body()?;
    let record = &mut repo.issues[at];
    if let Some(title) = body["title"].as_str() {
        title.clone_into(&mut record.issue.title);
    }
    if let Some(text) = body["body"].as_str() {
        text.clone_into(&mut record.issue.body);
    }
    if let Some(labels) = names(&body["labels"]) {
        record.issue.labels = labels;
    }
    match body["state"].as_str() {
        Some(state @ ("open" | "closed")) => {
            state.clone_into(&mut record.issue.state);
            record.closed_at = (state == "closed").then_some(call.now);
            let default = if state == "closed" { "completed" } else { "reopened" };
            record.state_reason = Some(body["state_reason"].as_str().unwrap_or(default).to_owned());
        }
        Some(_) => return Err(error(422, "Validation Failed")),
        None => {}
    }
    record.updated_at = call.now;
    Ok(Answer::json(200, &describe(repo, &repo.issues[at], call)))
}

fn describe(repo: &Repo, record: &Record, call: &Call) -> Value {
    let issue = &record.issue;
    let api = repo.url(call, &format!("/issues/{}", issue.number));
    let label = |(at, name): (usize, &String)| {
        json!({
            "id": record.id * 100 + at as u64,
            "node_id": format!("LA_{at}"),
            "url": repo.url(call, &format!("/labels/{}", percent_encode(name))),
            "name": name,
            "description": null,
            "color": "ededed",
            "default": false,
        })
    };
    let assignees: Vec<Value> =
        issue.assignees.iter().map(|login| people::who(login, call)).collect();
    let mut described = json!({
        "id": record.id,
        "node_id": format!("I_{}", record.id),
        "url": api,
        "repository_url": repo.url(call, ""),
        "labels_url": format!("{api}/labels{{/name}}"),
        "comments_url": format!("{api}/comments"),
        "events_url": format!("{api}/events"),
        "html_url": format!("https://github.com/{}/issues/{}", repo.full_name(), issue.number),
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": record.state_reason,
        "locked": false,
        "user": people::who(&record.author, call),
        "labels": issue.labels.iter().enumerate().map(label).collect::<Vec<_>>(),
        "assignee": assignees.first(),
        "assignees": assignees,
        "milestone": null,
        "comments": issue.comments.len(),
        "created_at": rfc3339(record.created_at),
        "updated_at": rfc3339(record.updated_at),
        "closed_at": record.closed_at.map(rfc3339),
        "author_association": "NONE",
    });
    if record.is_pull {
        let page = format!("https://github.com/{}/pull/{}", repo.full_name(), issue.number);
        described["html_url"] = json!(page);
        described["pull_request"] = json!({
            "url": repo.url(call, &format!("/pulls/{}", issue.number)),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
        });
    }
    described
}

fn comment(repo: &Repo, record: &Record, at: usize, call: &Call) -> Value {
    let (id, when, login) = &record.comments[at];
    let number = record.issue.number;
    json!({
        "id": id,
        "node_id": format!("IC_{id}"),
        "url": repo.url(call, &format!("/issues/comments/{id}")),
        "html_url": format!("https://github.com/{}/issues/{number}#issuecomment-{id}", repo.full_name()),
        "issue_url": repo.url(call, &format!("/issues/{number}")),
        "body": record.issue.comments[at],
        "user": people::who(login, call),
        "created_at": rfc3339(*when),
        "updated_at": rfc3339(*when),
        "author_association": "NONE",
    })
}
