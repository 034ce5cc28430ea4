//! What people write in a repository besides issues: reviews, comments on commits, releases; and
//! the artifacts of its runs. Sources: GitHub's REST API, "Pull request reviews", "Pull request
//! review comments", "Commit comments", "Releases", "Artifacts".

use super::call::{Call, error, not_found};
use super::logs::{self, Link};
use super::people;
use super::repos::Repo;
use crate::clock::{rfc3339, whole_second};
use crate::http::Answer;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Where a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// A comment on a line, in a review of this pull request.
    ReviewComment(u64),
    /// The summary of a review of this pull request.
    Review(u64),
    /// A comment on a commit.
    CommitComment,
    /// The notes of a release.
    Release,
}

/// A text.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) kind: TextKind,
    pub(super) id: u64,
    pub(super) body: String,
    pub(super) at: Timestamp,
}

/// A file that a run has kept: a zip.
#[derive(Clone)]
pub(super) struct Artifact {
    pub(super) id: u64,
    pub(super) zip: Vec<u8>,
    pub(super) at: Timestamp,
    pub(super) expired: bool,
    pub(super) link: Option<Link>,
}

pub(super) fn answer(repo: &Repo, rest: &[&str], call: &Call) -> Answer {
    let wanted: Box<dyn Fn(&Text) -> bool> = match (call.method(), rest) {
        ("GET", ["pulls", "comments"]) => {
            Box::new(|text| matches!(text.kind, TextKind::ReviewComment(_)))
        }
        ("GET", ["pulls", number, "reviews"]) => {
            let number = number.parse().ok();
            Box::new(move |text| matches!(text.kind, TextKind::Review(n) if Some(n) == number))
        }
        ("GET", ["comments"]) => Box::new(|text| text.kind == TextKind::CommitComment),
        ("GET", ["releases"]) => Box::new(|text| text.kind == TextKind::Release),
        _ => return not_found(),
    };
    let is_since = |text: &&Text| is_since(text.at, call);
    let found = repo.texts.iter().filter(|text| wanted(text)).filter(is_since);
    call.list(found.map(|text| describe(repo, text, call)).collect())
}

/// Whether something changed since the moment that a request names.
pub(super) fn is_since(at: Timestamp, call: &Call) -> bool {
    let since = call.request.query("since").and_then(|since| since.parse().ok());
    since.is_none_or(|since: Timestamp| whole_second(at) >= since)
}

fn describe(repo: &Repo, text: &Text, call: &Call) -> Value {
    let (id, sha, at) = (text.id, "a".repeat(40), rfc3339(text.at));
    let page = format!("https://github.com/{}", repo.full_name());
    let (path, html, more) = match text.kind {
        TextKind::ReviewComment(pull) => {
            let api = repo.url(call, &format!("/pulls/{pull}"));
            let html = format!("{page}/pull/{pull}#discussion_r{id}");
            let more = json!({
                "pull_request_review_id": null, "diff_hunk": "@@ -1 +1 @@", "path": "a.txt",
                "original_commit_id": sha, "pull_request_url": api, "updated_at": at,
                "_links": {"self": {"href": api}, "html": {"href": html}, "pull_request": {"href": api}},
            });
            (format!("/pulls/comments/{id}"), html, more)
        }
        TextKind::Review(pull) => {
            let api = repo.url(call, &format!("/pulls/{pull}"));
            let html = format!("{page}/pull/{pull}#pullrequestreview-{id}");
            let more = json!({
                "state": "COMMENTED", "pull_request_url": api, "submitted_at": at,
                "_links": {"html": {"href": html}, "pull_request": {"href": api}},
            });
            (format!("/pulls/{pull}/reviews/{id}"), html, more)
        }
        TextKind::CommitComment => {
            let html = format!("{page}/commit/{sha}#commitcomment-{id}");
            let more = json!({"position": null, "line": null, "path": null, "updated_at": at});
            (format!("/comments/{id}"), html, more)
        }
        TextKind::Release => {
            let api = repo.url(call, &format!("/releases/{id}"));
            let more = json!({
                "name": "A release", "tag_name": format!("v{id}"), "target_commitish": "main",
                "draft": false, "prerelease": false, "assets": [], "assets_url": format!("{api}/assets"),
                "upload_url": format!("{api}/assets{{?name,label}}"), "tarball_url": null,
                "zipball_url": null, "published_at": at, "author": people::who("mallory", call),
            });
            (format!("/releases/{id}"), format!("{page}/releases/tag/v{id}"), more)
        }
    };
    let mut item = json!({
        "id": id, "node_id": format!("T_{id}"), "url": repo.url(call, &path), "html_url": html,
        "body": text.body, "commit_id": sha, "created_at": at, "author_association": "NONE",
        "user": people::who("mallory", call),
    });
    if let (Some(item), Value::Object(more)) = (item.as_object_mut(), more) {
        item.extend(more);
    }
    item
}

pub(super) fn artifacts(repo: &mut Repo, rest: &[&str], call: &Call) -> Answer {
    match (call.method(), rest) {
        ("GET", []) => {
            let all = repo.artifacts.iter().map(|one| artifact(repo, one, call)).collect();
            call.counted("artifacts", all)
        }
        ("GET", [id, "zip"]) => {
            let full_name = repo.full_name();
            let id = id.parse::<u64>().ok();
            let Some(found) = repo.artifacts.iter_mut().find(|one| Some(one.id) == id) else {
                return not_found();
            };
            if found.expired {
                return error(410, "Artifact has expired");
            }
            let (link, answer) = logs::link(&format!("{full_name}/artifacts/{}", found.id), call);
            found.link = Some(link);
            answer
        }
        _ => not_found(),
    }
}

fn artifact(repo: &Repo, one: &Artifact, call: &Call) -> Value {
    let api = repo.url(call, &format!("/actions/artifacts/{}", one.id));
    json!({
        "id": one.id,
        "node_id": format!("MDg6_{}", one.id),
        "name": "report",
        "size_in_bytes": one.zip.len(),
        "url": api,
        "archive_download_url": format!("{api}/zip"),
        "expired": one.expired,
        "created_at": rfc3339(one.at),
        "updated_at": rfc3339(one.at),
        "expires_at": rfc3339(one.at + SignedDuration::from_hours(90 * 24)),
    })
}
