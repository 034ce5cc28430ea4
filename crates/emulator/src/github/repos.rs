//! Repositories: what one holds, and how GitHub describes it.

use super::alerts::Alert;
use super::call::{Call, error, not_found};
use super::deployments::Deployment;
use super::environments::Environment;
use super::git_objects::Objects;
use super::issues::Record;
use super::people;
use super::rules::Rules;
use super::runs::Run;
use super::store::Store;
use super::texts::{Artifact, Text};
use super::{GitHub, World};
use crate::clock::rfc3339;
use crate::http::Answer;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Clone)]
pub(super) struct Repo {
    pub(super) id: u64,
    pub(super) owner: String,
    pub(super) owner_id: u64,
    pub(super) owner_kind: &'static str,
    pub(super) name: String,
    pub(super) private: bool,
    pub(super) created_at: Timestamp,
    pub(super) actions: Store,
    pub(super) dependabot: Store,
    pub(super) codespaces: Store,
    pub(super) environments: BTreeMap<String, Environment>,
    pub(super) objects: Objects,
    pub(super) refs: BTreeMap<String, String>,
    pub(super) issues: Vec<Record>,
    pub(super) texts: Vec<Text>,
    pub(super) artifacts: Vec<Artifact>,
    pub(super) runs: BTreeMap<u64, Run>,
    pub(super) alerts: Vec<Alert>,
    pub(super) rules: Rules,
    /// Logins of the people who may write to it.
    pub(super) members: Vec<String>,
    /// Read-only, by its owner's wish.
    pub(super) archived: bool,
    /// Closed by GitHub.
    pub(super) disabled: bool,
    pub(super) deployments: Vec<Deployment>,
}

/// Links of a repository that are nothing but its URL and a suffix.
const LINKS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
];

impl Repo {
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// A URL of the API under this repository.
    pub(super) fn url(&self, call: &Call, path: &str) -> String {
        call.url(&format!("/repos/{}{path}", self.full_name()))
    }

    /// The short form, used inside lists and runs.
    pub(super) fn brief(&self, call: &Call) -> Value {
        Value::Object(self.brief_fields(call))
    }

    fn brief_fields(&self, call: &Call) -> Map<String, Value> {
        let mut fields = Map::new();
        for (name, suffix) in LINKS {
            fields.insert((*name).to_owned(), self.url(call, suffix).into());
        }
        fields.insert("id".to_owned(), self.id.into());
        fields.insert("node_id".to_owned(), format!("R_{}", self.id).into());
        fields.insert("name".to_owned(), self.name.clone().into());
        fields.insert("full_name".to_owned(), self.full_name().into());
        fields.insert(
            "owner".to_owned(),
            people::account(&self.owner, self.owner_id, self.owner_kind, call),
        );
        fields.insert("private".to_owned(), self.private.into());
        fields.insert(
            "html_url".to_owned(),
            format!("https://github.com/{}", self.full_name()).into(),
        );
        fields.insert("description".to_owned(), Value::Null);
        fields.insert("fork".to_owned(), false.into());
        fields
    }

    /// The long form, for a repository asked for by itself.
    fn full(&self, call: &Call) -> Value {
        let web = format!("github.com/{}", self.full_name());
        let more = json!({
            "clone_url": format!("https://{web}.git"),
            "git_url": format!("git://{web}.git"),
            "ssh_url": format!("git@github.com:{}.git", self.full_name()),
            "svn_url": format!("https://{web}"),
            "mirror_url": null, "homepage": null, "language": null, "license": null,
            "default_branch": "main",
            "visibility": if self.private { "private" } else { "public" },
            "forks": 0, "forks_count": 0, "network_count": 0, "subscribers_count": 0,
            "open_issues": 0, "open_issues_count": 0, "size": 0,
            "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
            "has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false, "has_discussions": false,
            "archived": self.archived, "disabled": self.disabled,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.created_at),
            "pushed_at": rfc3339(self.created_at),
        });
        let mut fields = self.brief_fields(call);
        if let Value::Object(more) = more {
            fields.extend(more);
        }
        Value::Object(fields)
    }
}

impl GitHub {
    /// Makes a repository read-only: it is shown as before, and every write is refused.
    pub fn archive(&self, full_name: &str) {
        self.with(|world, now| world.ensure_repo(full_name, now).archived = true);
    }

    /// Closes a repository: it is shown as before, and every write is refused.
    pub fn disable(&self, full_name: &str) {
        self.with(|world, now| world.ensure_repo(full_name, now).disabled = true);
    }
}

impl World {
    /// GitHub's refusal of a write to a repository that takes none.
    pub(super) fn closed(&self, key: &str, call: &Call) -> Option<Answer> {
        let repo = self.repos.get(key).filter(|_| !call.request.is_read())?;
        let why = match (repo.archived, repo.disabled) {
            (true, _) => "Repository was archived so is read-only.",
            (false, true) => "Repository access blocked",
            (false, false) => return None,
        };
        Some(error(403, why))
    }

    pub(super) fn repo_answer(&self, key: &str, call: &Call) -> Answer {
        match self.repos.get(key) {
            Some(repo) if call.request.is_read() => Answer::json(200, &repo.full(call)),
            _ => not_found(),
        }
    }
}
