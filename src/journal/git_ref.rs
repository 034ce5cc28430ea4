//! The journal on a git ref, through GitHub's Git Database API: one commit per record, with the
//! record in its message, over a tree that never changes. Two writes per record; `git log
//! refs/tokenward/journal` is the audit log. The ref moves only forward.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::record::{Owner, Record};
use super::store::{AppendError, Store, StoreError, Tip, Writable};
use super::{problems, rules};
use crate::domain::text::sanitize;
use crate::domain::{Problem, Repo, locked};
use crate::net::github::{Cause, GitHub, GitHubError, Use};

/// How much of an event is shown in a list of commits.
const LONGEST_SUBJECT: usize = 300;

/// All but RFC 3986's unreserved characters.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// For a person who checks out the ref.
const README: &str = "This ref is tokenward's journal. Each commit's message holds one record: names, ids, fingerprints and times, never a value.\n\nDo not edit it. `tokenward status` shows its content.\n";

/// A journal on a ref of a repository.
pub struct GitRefStore<'a> {
    github: &'a GitHub,
    repo: Repo,
    name: String,
    number: Option<u64>,
    tree: std::sync::Mutex<Option<String>>,
}

impl<'a> GitRefStore<'a> {
    /// The journal on the ref `name` (`refs/tokenward/journal`) of `repo`.
    #[must_use]
    pub fn new(github: &'a GitHub, repo: Repo, name: String) -> Self {
        Self { github, repo, name, number: None, tree: std::sync::Mutex::new(None) }
    }

    /// With GitHub's id of the repository, so that the journal still belongs to it after a rename.
    #[must_use]
    pub fn numbered(self, number: Option<u64>) -> Self {
        Self { number, ..self }
    }

    fn path(&self, tail: &str) -> String {
        format!("/repos/{}{tail}", self.repo)
    }

    /// The ref without its leading `refs/`, as one part of a path.
    fn short(&self) -> String {
        utf8_percent_encode(self.name.strip_prefix("refs/").unwrap_or(&self.name), PART).to_string()
    }

    async fn head(&self) -> Result<Option<String>, StoreError> {
        let unavailable =
            |trouble: GitHubError| StoreError::Unavailable(Box::new(self.failed("read", &trouble)));
        match self.github.get(&self.path(&format!("/git/ref/{}", self.short()))).await {
            Ok(reply) => match reply.body.pointer("/object/type").and_then(Value::as_str) {
                Some(kind) if kind != "commit" => Err(StoreError::Broken {
                    why: format!(
                        "the ref {} points at a {}, not at a commit",
                        self.name,
                        sanitize(kind)
                    ),
                }),
                _ => Ok(Some(text(&reply.body, "/object/sha").map_err(unavailable)?)),
            },
            Err(GitHubError::NotFound) => Ok(None),
            Err(trouble) => Err(unavailable(trouble)),
        }
    }

    async fn records(&self) -> Result<Option<Tip>, StoreError> {
        let unavailable =
            |trouble: GitHubError| StoreError::Unavailable(Box::new(self.failed("read", &trouble)));
        let Some(version) = self.head().await? else { return Ok(None) };
        let (mut records, mut before, mut enough, mut signed_before) =
            (Vec::new(), Vec::new(), false, false);
        let mut pages =
            self.github.pages(&self.path(&format!("/commits?sha={version}&per_page=100")));
        while !enough && let Some(page) = pages.next().await.map_err(unavailable)? {
            for commit in page.as_array().into_iter().flatten() {
                if records.is_empty() {
                    // If the newest commits were missing, the rest would still be a valid chain,
                    // of an older state.
                    if commit.pointer("/sha").and_then(Value::as_str) != Some(version.as_str()) {
                        return Err(StoreError::Unavailable(Box::new(problems::list_outdated(
                            &self.place(),
                        ))));
                    }
                    let tree = text(commit, "/commit/tree/sha").map_err(unavailable)?;
                    self.remember(tree);
                }
                let message =
                    commit.pointer("/commit/message").and_then(Value::as_str).unwrap_or_default();
                let line = message.lines().find(|line| line.starts_with('{'));
                let sha = commit.pointer("/sha").and_then(Value::as_str).unwrap_or("?");
                let line = line.ok_or_else(|| StoreError::Broken {
                    why: format!("commit {} on the ref contains no record", sanitize(sha)),
                })?;
                if enough {
                    if let Ok(record) = Record::parse(line) {
                        signed_before |= record.mac.is_some();
                        before.push(record.at);
                    }
                    continue;
                }
                enough = records.iter().any(|record: &Record| record.full);
                records.push(Record::parse(line).map_err(|failure| failure.in_commit(sha))?);
            }
        }
        Ok(Some(Tip { version, records, before, signed_before }))
    }

    fn remember(&self, sha: String) {
        *locked(&self.tree) = Some(sha);
    }

    async fn tree(&self) -> Result<String, GitHubError> {
        if let Some(sha) = locked(&self.tree).clone() {
            return Ok(sha);
        }
        self.make_tree().await
    }

    /// The tree is the same each time, so creating it again changes nothing.
    async fn make_tree(&self) -> Result<String, GitHubError> {
        let body = json!({"tree": [{"path": "README.md", "mode": "100644", "type": "blob", "content": README}]});
        let reply = self
            .github
            .write(Method::POST, &self.path("/git/trees"), Some(&body), Use::Journal)
            .await?;
        let sha = text(&reply.body, "/sha")?;
        self.remember(sha.clone());
        Ok(sha)
    }

    /// Creates the commit of a record, which no ref leads to yet.
    async fn commit(&self, parent: Option<&str>, record: &Record) -> Result<String, GitHubError> {
        let tree = self.tree().await?;
        let message = format!("{}\n\n{}\n", subject(&record.event), record.to_line());
        let parents: Vec<&str> = parent.into_iter().collect();
        let body = json!({"message": message, "tree": tree, "parents": parents});
        let reply = self
            .github
            .write(Method::POST, &self.path("/git/commits"), Some(&body), Use::Journal)
            .await?;
        text(&reply.body, "/sha")
    }

    /// Moves the ref to a commit, or creates it if it has no parent.
    async fn move_ref(&self, parent: Option<&str>, sha: &str) -> Result<(), GitHubError> {
        let (method, path, body) = if parent.is_some() {
            let path = self.path(&format!("/git/refs/{}", self.short()));
            (Method::PATCH, path, json!({"sha": sha, "force": false}))
        } else {
            (Method::POST, self.path("/git/refs"), json!({"ref": self.name, "sha": sha}))
        };
        let reply = self.github.write(method, &path, Some(&body), Use::Journal).await?;
        // A response that does not name our commit proves nothing.
        if text(&reply.body, "/object/sha")? == sha { Ok(()) } else { Err(foreign()) }
    }

    async fn add(&self, parent: Option<&str>, record: &Record) -> Result<String, AppendError> {
        let unavailable = |trouble: GitHubError| {
            AppendError::Unavailable(Box::new(self.failed("write", &trouble)))
        };
        let sha = self.commit(parent, record).await.map_err(unavailable)?;
        match self.move_ref(parent, &sha).await {
            Ok(()) => Ok(sha),
            // GitHub says that the ref already exists, or points elsewhere by now.
            Err(GitHubError::Refused {
                cause: Cause::RefExists | Cause::NotFastForward, ..
            }) => Err(AppendError::Lost),
            // Deleted between our read and our write.
            Err(GitHubError::NotFound | GitHubError::Refused { cause: Cause::RefMissing, .. })
                if parent.is_some() =>
            {
                Err(AppendError::Lost)
            }
            // GitHub names no cause, or one that both a race and a rule have: the ref itself shows
            // whether another run was first.
            Err(
                trouble @ GitHubError::Refused {
                    status: 409 | 422,
                    cause: Cause::RefUnclear | Cause::Other,
                    ..
                },
            ) => match self.head().await {
                Ok(head) if head.as_deref() != parent => Err(AppendError::Lost),
                _ => Err(unavailable(trouble)),
            },
            Err(trouble) if trouble.is_without_effect() => Err(unavailable(trouble)),
            // The response was lost: the ref itself shows whether it moved.
            Err(trouble) => match self.head().await {
                Ok(Some(head)) if head == sha => Ok(sha),
                Ok(head) if head.as_deref() != parent => Err(AppendError::Lost),
                _ => Err(unavailable(trouble)),
            },
        }
    }

    /// Creates the tree, which no ref leads to, and updates the ref to the commit that it names. A
    /// missing ref is not created: for a branch the rules are read; for others GitHub tells none.
    async fn look_whether_writable(&self) -> Result<Writable, Problem> {
        let refused = |trouble: GitHubError| self.failed("write", &trouble);
        let head = self.head().await.map_err(StoreError::into_problem)?;
        self.make_tree().await.map_err(refused)?;
        if let Some(head) = &head {
            let body = json!({"sha": head, "force": false});
            let path = self.path(&format!("/git/refs/{}", self.short()));
            match self.github.write(Method::PATCH, &path, Some(&body), Use::Journal).await {
                Ok(_) => {}
                Err(
                    GitHubError::NotFound
                    | GitHubError::Refused {
                        cause: Cause::NotFastForward | Cause::RefMissing, ..
                    },
                ) => {
                    let unseen = format!(
                        "could not check whether {} can be written: another run is writing it",
                        self.name
                    );
                    return Ok(Writable { how: None, unseen: Some(unseen) });
                }
                Err(trouble) => return Err(refused(trouble)),
            }
        }
        if let Some(branch) = self.name.strip_prefix("refs/heads/") {
            return rules::of(self.github, &self.repo, branch, head.is_some()).await;
        }
        Ok(match head {
            Some(_) => Writable {
                how: Some("GitHub accepted an update of the ref to its current commit".to_owned()),
                unseen: None,
            },
            None => Writable {
                how: None,
                unseen: Some(format!(
                    "could not check whether a rule forbids creating {}: GitHub reports that only for branches; the credential \
                     can write (`contents: write`), and the first `tokenward rotate` creates the ref before it creates a key",
                    self.name
                )),
            },
        })
    }

    fn failed(&self, verb: &str, error: &GitHubError) -> Problem {
        problems::ref_failed(verb, &self.name, &self.repo, error)
    }
}

/// An event as a commit's first line, which must not be mistaken for the record.
fn subject(event: &str) -> String {
    let line: String = event
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    line.trim_start_matches(['{', ' ']).chars().take(LONGEST_SUBJECT).collect()
}

fn foreign() -> GitHubError {
    GitHubError::Silent {
        why: "GitHub's response does not name our commit".to_owned(),
        without_effect: false,
    }
}

fn text(body: &Value, pointer: &str) -> Result<String, GitHubError> {
    let found = body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| GitHubError::Silent {
        why: format!("`{pointer}` is missing in GitHub's response"),
        without_effect: false,
    })
}

impl Store for GitRefStore<'_> {
    fn place(&self) -> String {
        format!("{} of {}", self.name, self.repo)
    }

    fn owner(&self) -> Option<Owner> {
        Some(Owner { repository: self.repo.to_string(), id: self.number })
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Tip>, StoreError>> {
        self.records().boxed()
    }

    fn writable(&self) -> BoxFuture<'_, Result<Writable, Problem>> {
        self.look_whether_writable().boxed()
    }

    fn append<'b>(
        &'b self,
        parent: Option<&'b str>,
        record: &'b Record,
    ) -> BoxFuture<'b, Result<String, AppendError>> {
        self.add(parent, record).boxed()
    }
}
