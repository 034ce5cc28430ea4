//! Organization secrets and who may see them. A PUT that leaves out the repositories clears their
//! list, exactly as GitHub does: that is the trap this file is here to set.

use super::World;
use super::call::{Call, error, not_found};
use super::secrets::{check_name, describe, open, public_key, written};
use super::store::Store;
use crate::http::{Answer, percent_encode};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone)]
pub(super) struct Org {
    pub(super) id: u64,
    pub(super) login: String,
    pub(super) created_at: Timestamp,
    pub(super) store: Store,
    pub(super) reach: BTreeMap<String, Reach>,
}

/// Which repositories are handed a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    All,
    Private,
    Selected(BTreeSet<u64>),
}

/// How many organization secrets a workflow is handed at most, in alphabetical order.
const HANDED_TO_A_RUN: usize = 100;

impl Reach {
    fn name(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Private => "private",
            Self::Selected(_) => "selected",
        }
    }

    fn covers(&self, repo_id: u64, private: bool) -> bool {
        match self {
            Self::All => true,
            Self::Private => private,
            Self::Selected(ids) => ids.contains(&repo_id),
        }
    }
}

impl Org {
    fn describe(&self, name: &str, call: &Call) -> Option<Value> {
        let secret = self.store.get(name)?;
        let reach = self.reach.get(name).unwrap_or(&Reach::All);
        let mut described = describe(name, secret);
        described["visibility"] = reach.name().into();
        if let Reach::Selected(_) = reach {
            let path = format!(
                "/orgs/{}/actions/secrets/{}/repositories",
                self.login,
                percent_encode(name)
            );
            described["selected_repositories_url"] = call.url(&path).into();
        }
        Some(described)
    }

    /// Names of the secrets a repository can see, in GitHub's order.
    pub(super) fn seen_by(&self, repo_id: u64, private: bool) -> Vec<String> {
        let visible =
            |name: &&String| self.reach.get(*name).unwrap_or(&Reach::All).covers(repo_id, private);
        self.store.secrets.keys().filter(visible).take(HANDED_TO_A_RUN).cloned().collect()
    }
}

impl World {
    /// `GET /repos/{o}/{r}/actions/organization-secrets`.
    pub(super) fn org_secrets_seen_by(&self, repo_key: &str, call: &Call) -> Answer {
        let Some(repo) = self.repos.get(repo_key) else {
            return not_found();
        };
        let org = self.orgs.get(&repo.owner.to_lowercase());
        let seen = org.map(|org| {
            let names = org.seen_by(repo.id, repo.private);
            names.iter().filter_map(|name| Some(describe(name, org.store.get(name)?))).collect()
        });
        call.counted("secrets", seen.unwrap_or_default())
    }

    pub(super) fn org_secrets(&mut self, org: &str, rest: &[&str], call: &Call) -> Answer {
        let Some(found) = self.orgs.get_mut(org) else {
            return not_found();
        };
        let upper = rest.first().map(|name| name.to_uppercase()).unwrap_or_default();
        match (call.method(), rest) {
            ("GET", []) => {
                let names: Vec<String> = found.store.secrets.keys().cloned().collect();
                call.counted(
                    "secrets",
                    names.iter().filter_map(|name| found.describe(name, call)).collect(),
                )
            }
            ("GET", ["public-key"]) => public_key(&found.store),
            ("GET", [_]) => found
                .describe(&upper, call)
                .map_or_else(not_found, |secret| Answer::json(200, &secret)),
            ("DELETE", [_]) if found.store.remove(&upper) => {
                found.reach.remove(&upper);
                Answer::empty(204)
            }
            ("PUT", [_]) => {
                self.put_org_secret(org, &upper, call).unwrap_or_else(|refused| refused)
            }
            (_, [_, "repositories", rest @ ..]) => self
                .org_secret_repositories(org, &upper, rest, call)
                .unwrap_or_else(|refused| refused),
            _ => not_found(),
        }
    }

    fn put_org_secret(&mut self, org: &str, name: &str, call: &Call) -> Result<Answer, Answer> {
        let body = call.body()?;
        check_name(name)?;
        let selected = self.selected_ids(org, &body)?;
        let reach = match body["visibility"].as_str() {
            Some("all") => Reach::All,
            Some("private") => Reach::Private,
            Some("selected") => Reach::Selected(selected),
            _ => {
                return Err(error(
                    422,
                    "Invalid request.\n\n\"visibility\" wasn't supplied or is not one of all, private, selected.",
                ));
            }
        };
        let org = self.orgs.get_mut(org).ok_or_else(not_found)?;
        let new = if body["encrypted_value"].is_null() && org.store.get(name).is_some() {
            org.store.touch(name, call.now);
            false
        } else {
            let value = open(&org.store, &body)?;
            org.store.set(name, value, call.now)
        };
        org.reach.insert(name.to_owned(), reach);
        Ok(written(new))
    }

    /// The repositories a body selects: all must be the organization's own.
    fn selected_ids(&self, org: &str, body: &Value) -> Result<BTreeSet<u64>, Answer> {
        let Some(ids) = body["selected_repository_ids"].as_array() else {
            return Ok(BTreeSet::new());
        };
        let own =
            |id: u64| self.repos.values().any(|r| r.id == id && r.owner.eq_ignore_ascii_case(org));
        let known = |id: &Value| id.as_u64().filter(|id| own(*id));
        ids.iter().map(|id| known(id).ok_or_else(|| error(422, "Validation Failed"))).collect()
    }

    fn org_secret_repositories(
        &mut self,
        org: &str,
        name: &str,
        rest: &[&str],
        call: &Call,
    ) -> Result<Answer, Answer> {
        let found = self.orgs.get(org).ok_or_else(not_found)?;
        found.store.get(name).ok_or_else(not_found)?;
        let current = match found.reach.get(name) {
            Some(Reach::Selected(ids)) => ids.clone(),
            _ => {
                return Err(error(
                    409,
                    "Repository access can only be listed or changed for secrets with selected visibility",
                ));
            }
        };
        let changed = match (call.method(), rest) {
            ("GET", []) => {
                let repos = self
                    .repos
                    .values()
                    .filter(|r| current.contains(&r.id))
                    .map(|r| r.brief(call))
                    .collect();
                return Ok(call.counted("repositories", repos));
            }
            ("PUT", []) => self.selected_ids(org, &call.body()?)?,
            ("PUT" | "DELETE", [id]) => {
                let mut ids = current;
                let wanted = self.selected_ids(
                    org,
                    &json!({"selected_repository_ids": [id.parse::<u64>().ok()]}),
                )?;
                if call.method() == "PUT" {
                    ids.extend(wanted);
                } else {
                    ids.retain(|id| !wanted.contains(id));
                }
                ids
            }
            _ => return Err(not_found()),
        };
        if let Some(org) = self.orgs.get_mut(org) {
            org.reach.insert(name.to_owned(), Reach::Selected(changed));
        }
        Ok(Answer::empty(204))
    }
}
