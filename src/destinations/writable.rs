//! What GitHub tells, before a write, of whether it would take one: a repository that is archived
//! or disabled, a store that is full. Whether a GitHub App may write what it may read, GitHub tells
//! only in answer to a write.

use serde_json::Value;

use super::path;
use super::secrets::Secrets;
use crate::domain::{Code, Place, Problem, Repo, SecretName, Store};

/// The most secrets of a place. Source: GitHub's "Secrets reference", limits; it names none for
/// Dependabot and Codespaces.
fn most(place: &Place) -> Option<u64> {
    match place {
        Place::Repository { store: Store::Actions, .. } | Place::Environment { .. } => Some(100),
        Place::Organization { .. } => Some(1000),
        Place::Repository { .. } => None,
    }
}

impl Secrets<'_> {
    /// Why no secret of a repository can be written although they can be read: it is archived, or
    /// GitHub disabled it. One read a repository and run.
    pub async fn closed(&self, repo: &Repo) -> Option<Problem> {
        let mut known = self.repos.lock().await;
        if let Some(open) = known.get(repo) {
            return open.clone();
        }
        match self.ask_whether_closed(repo).await {
            Ok(found) => {
                known.insert(repo.clone(), found.clone());
                found
            }
            // Another token may get an answer.
            Err(problem) => Some(problem),
        }
    }

    async fn ask_whether_closed(&self, repo: &Repo) -> Result<Option<Problem>, Problem> {
        let address = path::owner(&Place::Repository { repo: repo.clone(), store: Store::Actions });
        let body = match self.github().get(&address).await {
            Ok(reply) => reply.body,
            Err(trouble) => {
                return Err(trouble.to_problem(&format!("ask whether {repo} takes writes")));
            }
        };
        let is = |word: &str| body.get(word).and_then(Value::as_bool) == Some(true);
        let (code, why) = if is("archived") {
            (Code::RepositoryArchived, "archived")
        } else if is("disabled") {
            (Code::RepositoryDisabled, "disabled")
        } else {
            return Ok(None);
        };
        Ok(Some(
            Problem::new(
                code,
                format!("no secret of {repo} can be written: the repository is {why}"),
            )
            .hint(
                "take its destinations out of the config, or let the repository take writes again",
            ),
        ))
    }

    /// The first hundred names of a place, unless it takes no further secret.
    pub(super) async fn room(&self, place: &Place) -> Result<Vec<SecretName>, Problem> {
        let reply = self.github().get(&format!("{}?per_page=100", path::store(place))).await;
        let page = reply
            .map_err(|trouble| trouble.to_problem(&format!("count the secrets of {place}")))?
            .body;
        let there = page.get("total_count").and_then(Value::as_u64);
        if let (Some(there), Some(most)) = (there, most(place).filter(|most| there >= Some(*most)))
        {
            return Err(Problem::new(Code::SecretQuota, format!("{place} has {there} secrets, and GitHub allows {most}"))
                .hint("delete one that nobody uses, or take the destination that is to be created out of the config"));
        }
        Ok(names(&page))
    }
}

/// The names on a page of secrets.
pub(super) fn names(page: &Value) -> Vec<SecretName> {
    let secrets = page.get("secrets").and_then(Value::as_array);
    secrets
        .into_iter()
        .flatten()
        .filter_map(|secret| SecretName::parse(secret.get("name")?.as_str()?).ok())
        .collect()
}
