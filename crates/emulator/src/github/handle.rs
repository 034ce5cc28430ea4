//! The way tests seed GitHub and look inside it. Seeding creates what it names;
//! nothing here is a request, so nothing is recorded and no fault applies.

use super::World;
use super::alerts::Alert;
use super::auth::{Credential, CredentialKind};
use super::issues::Issue;
use super::org_secrets::Reach;
use super::repos::Repo;
use super::runs::Run;
use super::store::Store;
use super::texts::{Artifact, Text, TextKind};
use crate::Emulator;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A place GitHub keeps secrets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretPlace {
    /// Actions secrets of `owner/repo`.
    Repo(String),
    /// Actions secrets of an environment: `owner/repo`, then its name.
    Environment(String, String),
    /// Actions secrets of an organization.
    Org(String),
    /// Dependabot secrets of `owner/repo`.
    Dependabot(String),
    /// Codespaces secrets of `owner/repo`.
    Codespaces(String),
}

/// Which repositories an organization secret is handed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Every repository.
    All,
    /// Private repositories.
    Private,
    /// These, as `owner/repo`.
    Selected(Vec<String>),
}

/// Seeding and inspection of the GitHub service.
#[derive(Clone)]
pub struct GitHub {
    emulator: Emulator,
}

impl Emulator {
    /// The GitHub service, from the inside.
    #[must_use]
    pub fn github(&self) -> GitHub {
        GitHub { emulator: self.clone() }
    }
}

impl GitHub {
    /// Looks at or changes the state, at the virtual time.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let mut state = self.emulator.lock();
        let now = state.clock.now();
        act(&mut state.worlds.github, now)
    }

    /// A public repository with one commit on `main`.
    pub fn add_repo(&self, full_name: &str) {
        self.with(|world, now| world.ensure_repo(full_name, now).private = false);
    }

    /// A private repository with one commit on `main`.
    pub fn add_private_repo(&self, full_name: &str) {
        self.with(|world, now| world.ensure_repo(full_name, now).private = true);
    }

    /// Another branch, at the commit of `main`.
    pub fn add_branch(&self, full_name: &str, name: &str) {
        self.with(|world, now| {
            let repo = world.ensure_repo(full_name, now);
            if let Some(main) = repo.refs.get("refs/heads/main").cloned() {
                repo.refs.insert(format!("refs/heads/{name}"), main);
            }
        });
    }

    /// A repository without a commit: its Git endpoints answer 409.
    pub fn add_empty_repo(&self, full_name: &str) {
        self.with(|world, now| world.ensure_repo(full_name, now).refs.clear());
    }

    /// The id of a repository.
    #[must_use]
    pub fn repo_id(&self, full_name: &str) -> Option<u64> {
        self.with(|world, _| world.repo(full_name).map(|repo| repo.id))
    }

    /// An organization.
    pub fn add_org(&self, login: &str) {
        self.with(|world, now| {
            world.ensure_org(login, now);
        });
    }

    /// A person who may write to a repository.
    pub fn add_member(&self, full_name: &str, login: &str) {
        self.with(|world, now| world.ensure_repo(full_name, now).members.push(login.to_owned()));
    }

    /// An environment of a repository.
    pub fn add_environment(&self, full_name: &str, name: &str) {
        self.with(|world, now| {
            world.ensure_store(
                &SecretPlace::Environment(full_name.to_owned(), name.to_owned()),
                now,
            );
        });
    }

    /// Stores a plaintext value, as though somebody had written it in the web page.
    pub fn put_secret(&self, place: &SecretPlace, name: &str, value: &str) {
        self.with(|world, now| world.ensure_store(place, now).set(name, value.to_owned(), now));
    }

    /// The value a secret holds, really opened.
    #[must_use]
    pub fn secret_value(&self, place: &SecretPlace, name: &str) -> Option<String> {
        self.with(|world, _| Some(world.store(place)?.get(name)?.value.clone()))
    }

    /// When a secret was last written, to the second.
    #[must_use]
    pub fn secret_updated_at(&self, place: &SecretPlace, name: &str) -> Option<Timestamp> {
        self.with(|world, _| Some(world.store(place)?.get(name)?.updated_at))
    }

    /// Every value a secret ever held, in order, also across deletions.
    #[must_use]
    pub fn secret_history(&self, place: &SecretPlace, name: &str) -> Vec<String> {
        self.with(|world, _| {
            world.store(place).map(|store| store.history(name)).unwrap_or_default()
        })
    }

    /// Removes a secret.
    pub fn delete_secret(&self, place: &SecretPlace, name: &str) {
        self.with(|world, now| world.ensure_store(place, now).remove(name));
    }

    /// Who is handed an organization secret.
    pub fn set_org_visibility(&self, login: &str, name: &str, visibility: &Visibility) {
        self.with(|world, now| {
            let reach = match visibility {
                Visibility::All => Reach::All,
                Visibility::Private => Reach::Private,
                Visibility::Selected(repos) => Reach::Selected(
                    repos.iter().map(|full_name| world.ensure_repo(full_name, now).id).collect(),
                ),
            };
            world.ensure_org(login, now).reach.insert(name.to_uppercase(), reach);
        });
    }

    /// Who is handed an organization secret now.
    #[must_use]
    pub fn org_visibility(&self, login: &str, name: &str) -> Option<Visibility> {
        self.with(|world, _| {
            let org = world.orgs.get(&login.to_lowercase())?;
            org.store.get(name)?;
            Some(match org.reach.get(&name.to_uppercase()) {
                None | Some(Reach::All) => Visibility::All,
                Some(Reach::Private) => Visibility::Private,
                Some(Reach::Selected(ids)) => {
                    let selected = world.repos.values().filter(|repo| ids.contains(&repo.id));
                    Visibility::Selected(selected.map(Repo::full_name).collect())
                }
            })
        })
    }

    /// What a job would be handed now: environment before repository before organization.
    #[must_use]
    pub fn handed_secrets(
        &self,
        full_name: &str,
        environment: Option<&str>,
    ) -> BTreeMap<String, String> {
        self.with(|world, _| {
            let mut handed = BTreeMap::new();
            let Some(repo) = world.repo(full_name) else {
                return handed;
            };
            let mut hand = |store: &Store, names: Vec<String>| {
                let value =
                    |name: String| store.get(&name).map(|secret| (name, secret.value.clone()));
                handed.extend(names.into_iter().filter_map(value));
            };
            if let Some(org) = world.orgs.get(&repo.owner.to_lowercase()) {
                hand(&org.store, org.seen_by(repo.id, repo.private));
            }
            hand(&repo.actions, repo.actions.secrets.keys().cloned().collect());
            if let Some(found) =
                environment.and_then(|name| repo.environments.get(&name.to_lowercase()))
            {
                hand(&found.store, found.store.secrets.keys().cloned().collect());
            }
            handed
        })
    }

    /// Adds a credential and returns the token to send as Bearer.
    #[must_use]
    pub fn add_credential(&self, credential: Credential) -> String {
        self.with(|world, _| world.credentials.add(credential))
    }

    /// A GitHub App's installation token with every permission this emulator knows, on every
    /// repository.
    #[must_use]
    pub fn add_app_credential_with_all(&self) -> String {
        let all = [
            "secrets",
            "environments",
            "organization_secrets",
            "dependabot_secrets",
            "codespaces_secrets",
            "actions",
            "contents",
            "issues",
            "pull_requests",
            "deployments",
            "secret_scanning_alerts",
            "metadata",
        ];
        let permissions = all.iter().map(|name| ((*name).to_owned(), "write".to_owned())).collect();
        self.add_credential(Credential {
            kind: CredentialKind::AppInstallation,
            permissions,
            repos: None,
            expires_at: None,
        })
    }

    /// Makes a token answer 401 from now on.
    pub fn revoke_credential(&self, token: &str) {
        self.with(|world, _| world.credentials.revoke(token));
    }

    /// A workflow run in progress; an existing one is started again with this attempt.
    pub fn start_run(&self, full_name: &str, run_id: u64, attempt: u32) {
        self.with(|world, now| {
            let status = "in_progress".to_owned();
            let run = Run {
                id: run_id,
                attempt,
                status,
                created_at: now,
                updated_at: now,
                logs: BTreeMap::new(),
                fork: None,
                link: None,
            };
            world.ensure_repo(full_name, now).runs.insert(run_id, run);
        });
    }

    /// A run comes to its end.
    pub fn complete_run(&self, full_name: &str, run_id: u64) {
        self.set_run_status(full_name, run_id, "completed");
    }

    /// Any status a run can have: `queued`, `in_progress`, `waiting`, `pending`, `requested`,
    /// `completed`.
    pub fn set_run_status(&self, full_name: &str, run_id: u64, status: &str) {
        self.with(|world, now| {
            if let Some(run) = world.repo_mut(full_name).and_then(|repo| repo.runs.get_mut(&run_id))
            {
                status.clone_into(&mut run.status);
                run.updated_at = now;
            }
        });
    }

    /// What each attempt of a run printed, from the first, as the zips that GitHub hands out once
    /// it is completed; those of others are gone.
    pub fn set_run_logs(
        &self,
        full_name: &str,
        run_id: u64,
        zips: impl IntoIterator<Item = Vec<u8>>,
    ) {
        self.change_run(full_name, run_id, |run| run.logs = (1..).zip(zips).collect());
    }

    /// A run of what a fork brought.
    pub fn set_run_fork(&self, full_name: &str, run_id: u64, fork: &str) {
        self.change_run(full_name, run_id, |run| run.fork = Some(fork.to_owned()));
    }

    fn change_run(&self, full_name: &str, run_id: u64, change: impl FnOnce(&mut Run)) {
        self.with(|world, _| {
            world.repo_mut(full_name).and_then(|repo| repo.runs.get_mut(&run_id)).map(change)
        });
    }

    /// New key pairs for every store: values sealed to the old ones answer 422.
    pub fn rotate_public_keys(&self) {
        self.with(|world, _| {
            for org in world.orgs.values_mut() {
                org.store.rotate_key();
            }
            for repo in world.repos.values_mut() {
                let own = [&mut repo.actions, &mut repo.dependabot, &mut repo.codespaces];
                let environments =
                    repo.environments.values_mut().map(|environment| &mut environment.store);
                own.into_iter().chain(environments).for_each(Store::rotate_key);
            }
        });
    }

    /// An issue that somebody opened, such as the one every pull request is; gives its number.
    pub fn open_issue(&self, full_name: &str, title: &str) -> u64 {
        self.open_issue_of(full_name, "mallory", (title, ""))
    }

    /// A text that somebody wrote.
    pub fn add_text(&self, full_name: &str, kind: TextKind, body: &str) {
        self.with(|world, now| {
            let id = world.new_id();
            let text = Text { kind, id, body: body.to_owned(), at: now };
            world.ensure_repo(full_name, now).texts.push(text);
        });
    }

    /// An artifact of a run: a zip.
    pub fn add_artifact(&self, full_name: &str, zip: Vec<u8>, expired: bool) {
        self.with(|world, now| {
            let id = world.new_id();
            let artifact = Artifact { id, zip, at: now, expired, link: None };
            world.ensure_repo(full_name, now).artifacts.push(artifact);
        });
    }

    /// Makes an issue that of a pull request.
    pub fn make_pull(&self, full_name: &str, number: u64) {
        self.with(|world, now| {
            let issues = &mut world.ensure_repo(full_name, now).issues;
            if let Some(record) = issues.iter_mut().find(|record| record.issue.number == number) {
                record.is_pull = true;
            }
        });
    }

    /// An issue that somebody opened, with this title and text; returns its number.
    pub fn open_issue_of(&self, full_name: &str, login: &str, text: (&str, &str)) -> u64 {
        self.with(|world, now| {
            let id = world.new_id();
            super::issues::open(world.ensure_repo(full_name, now), login, text, id, now)
        })
    }

    /// A comment that somebody wrote on an issue or a pull request.
    pub fn comment_of(&self, full_name: &str, number: u64, login: &str, text: &str) {
        self.with(|world, now| {
            let id = world.new_id();
            super::issues::comment_by(
                world.ensure_repo(full_name, now),
                number,
                (login, text),
                id,
                now,
            );
        });
    }

    /// The issues of a repository, oldest first.
    #[must_use]
    pub fn issues(&self, full_name: &str) -> Vec<Issue> {
        self.with(|world, _| {
            world
                .repo(full_name)
                .map(|r| r.issues.iter().map(|i| i.issue.clone()).collect())
                .unwrap_or_default()
        })
    }

    /// A secret scanning alert; returns its number.
    pub fn add_alert(&self, full_name: &str, secret_type: &str, secret: &str) -> u64 {
        self.with(|world, now| {
            let alerts = &mut world.ensure_repo(full_name, now).alerts;
            let number = alerts.len() as u64 + 1;
            alerts.push(Alert {
                number,
                secret_type: secret_type.to_owned(),
                secret: secret.to_owned(),
                created_at: now,
                updated_at: now,
                resolved: None,
                validity: "unknown".to_owned(),
            });
            number
        })
    }

    /// State and resolution of an alert: `("resolved", Some("revoked"))`.
    #[must_use]
    pub fn alert_state(&self, full_name: &str, number: u64) -> Option<(String, Option<String>)> {
        self.with(|world, _| {
            let alert =
                world.repo(full_name)?.alerts.iter().find(|alert| alert.number == number)?;
            Some((
                alert.state().to_owned(),
                alert.resolved.as_ref().map(|(resolution, _, _)| resolution.clone()),
            ))
        })
    }

    /// Turns the secondary limits on or off: 900 points a minute, 80 writes a minute, 500 an hour.
    pub fn enforce_limits(&self, on: bool) {
        self.with(|world, _| world.limits.enforced = on);
    }

    /// How often a limit was overrun; from the third on everything is 403.
    #[must_use]
    pub fn violations(&self) -> u32 {
        self.with(|world, _| world.limits.violations)
    }
}
