//! Making what a test names: organizations, repositories, environments and the stores in them.

use super::environments::Environment;
use super::git_objects::{Commit, Object, Objects, Person};
use super::handle::SecretPlace;
use super::org_secrets::Org;
use super::repos::Repo;
use super::rules::Rules;
use super::store::Store;
use super::{World, people};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl World {
    pub(super) fn ensure_org(&mut self, login: &str, now: Timestamp) -> &mut Org {
        let id = self.new_id();
        self.orgs.entry(login.to_lowercase()).or_insert_with(|| Org {
            id,
            login: login.to_owned(),
            created_at: now,
            store: Store::default(),
            reach: BTreeMap::new(),
        })
    }

    pub(super) fn ensure_repo(&mut self, full_name: &str, now: Timestamp) -> &mut Repo {
        let (owner, name) = full_name.split_once('/').unwrap_or(("", full_name));
        let org = self.orgs.get(&owner.to_lowercase()).map(|org| org.id);
        let (id, owner_id) = (self.new_id(), org.unwrap_or(40));
        self.repos.entry(full_name.to_lowercase()).or_insert_with(|| {
            let mut objects = Objects::default();
            let tree = objects.add(Object::Tree(Vec::new()));
            let author = Person {
                name: people::BOT.0.to_owned(),
                email: "bot@users.noreply.github.com".to_owned(),
                at: now.as_second(),
            };
            let first = Commit {
                message: "Initial commit".to_owned(),
                tree,
                parents: Vec::new(),
                committer: author.clone(),
                author,
            };
            let main = objects.add(Object::Commit(first));
            Repo {
                id,
                owner: owner.to_owned(),
                owner_id,
                owner_kind: if org.is_some() { "Organization" } else { "User" },
                name: name.to_owned(),
                private: false,
                created_at: now,
                actions: Store::default(),
                dependabot: Store::default(),
                codespaces: Store::default(),
                environments: BTreeMap::new(),
                objects,
                refs: BTreeMap::from([("refs/heads/main".to_owned(), main)]),
                issues: Vec::new(),
                texts: Vec::new(),
                artifacts: Vec::new(),
                runs: BTreeMap::new(),
                alerts: Vec::new(),
                rules: Rules::default(),
                members: Vec::new(),
                archived: false,
                disabled: false,
                deployments: Vec::new(),
            }
        })
    }

    pub(super) fn store(&self, place: &SecretPlace) -> Option<&Store> {
        Some(match place {
            SecretPlace::Repo(repo) => &self.repo(repo)?.actions,
            SecretPlace::Environment(repo, name) => {
                &self.repo(repo)?.environments.get(&name.to_lowercase())?.store
            }
            SecretPlace::Org(login) => &self.orgs.get(&login.to_lowercase())?.store,
            SecretPlace::Dependabot(repo) => &self.repo(repo)?.dependabot,
            SecretPlace::Codespaces(repo) => &self.repo(repo)?.codespaces,
        })
    }

    pub(super) fn ensure_store(&mut self, place: &SecretPlace, now: Timestamp) -> &mut Store {
        let id = self.new_id();
        match place {
            SecretPlace::Repo(repo) => &mut self.ensure_repo(repo, now).actions,
            SecretPlace::Dependabot(repo) => &mut self.ensure_repo(repo, now).dependabot,
            SecretPlace::Codespaces(repo) => &mut self.ensure_repo(repo, now).codespaces,
            SecretPlace::Org(login) => &mut self.ensure_org(login, now).store,
            SecretPlace::Environment(repo, name) => {
                let new = || Environment {
                    id,
                    name: name.clone(),
                    created_at: now,
                    store: Store::default(),
                };
                let environments = &mut self.ensure_repo(repo, now).environments;
                &mut environments.entry(name.to_lowercase()).or_insert_with(new).store
            }
        }
    }
}
