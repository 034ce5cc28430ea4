//! What GitHub tells before a write about whether it will succeed: an archived or disabled
//! repository, a full store. Whether a GitHub App can write what it can read shows only in a
//! write's response.

use serde_json::Value;

use super::secrets::Secrets;
use super::{path, problems};
use crate::domain::{Code, Place, Problem, Repo, SecretName, Store};

/// GitHub's limit on the number of secrets in a place. Source: GitHub's "Secrets reference",
/// limits; it names none for Dependabot and Codespaces.
fn most(place: &Place) -> Option<u64> {
    match place {
        Place::Repository { store: Store::Actions, .. } | Place::Environment { .. } => Some(100),
        Place::Organization { .. } => Some(1000),
        Place::Repository { .. } => None,
    }
}

impl Secrets<'_> {
    /// Why a repository's secrets can be read but not written: it is archived, or GitHub disabled
    /// it. One read per repository and run.
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
            // Not remembered: the check for another token may succeed.
            Err(problem) => Some(problem),
        }
    }

    async fn ask_whether_closed(&self, repo: &Repo) -> Result<Option<Problem>, Problem> {
        let address = path::owner(&Place::Repository { repo: repo.clone(), store: Store::Actions });
        let body = match self.github().get(&address).await {
            Ok(reply) => reply.body,
            Err(trouble) => {
                return Err(trouble.to_problem(&format!("check whether {repo} can be written")));
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
        Ok(Some(problems::repository_closed(code, repo, why)))
    }

    /// The first hundred names in a place, unless it is full.
    pub(super) async fn room(&self, place: &Place) -> Result<Vec<SecretName>, Problem> {
        let reply = self.github().get(&format!("{}?per_page=100", path::store(place))).await;
        let page = reply
            .map_err(|trouble| trouble.to_problem(&format!("count the secrets of {place}")))?
            .body;
        let there = page.get("total_count").and_then(Value::as_u64);
        if let (Some(there), Some(most)) = (there, most(place).filter(|most| there >= Some(*most)))
        {
            return Err(problems::store_full(place, there, most));
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
